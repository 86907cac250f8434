"""Who and what must never be used for marketing again, kept only as keyed digests.

Of who stops it stay: each e-mail address and telephone number, the person as their source calls
them, and their name at each postal address. So the same person does not come back with a new
address, nor an old address with another number.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from subjects.models import Suppression
from subjects.names import Person, bare, fold, phone_digits, squeeze
from vault import services as vault

# At a postal address: in place of the initial, who has none, and anybody of that name.
NO_INITIAL, ANYBODY = "-", "*"


class Mark(NamedTuple):
    """What stays of somebody who stops marketing: `is_address` of an e-mail address or number."""

    digest: bytes
    is_address: bool


def suppression_digest(kind: str, value: str) -> bytes:
    """Return the digest by which an e-mail address or telephone number is recognised."""
    same = value.strip().lower() if kind == "email" else phone_digits(value)
    return vault.digest("suppression", kind, same)


def marks_of(person: Person, who: bytes | memoryview | None = None) -> list[Mark]:
    """Return what stays of a person who stops it; `who` is the digest of their source's id."""
    homes = (
        vault.digest("suppression", "home", home, initial)
        for home in _homes(person)
        for initial in (person.initial or NO_INITIAL, ANYBODY)
    )
    return [
        *(Mark(digest, True) for digest in _addresses(person)),
        *(Mark(digest, False) for digest in (*_person(who), *homes)),
    ]


def asked_of(person: Person, who: bytes | memoryview | None = None) -> list[bytes]:
    """Return the digests of which none may be suppressed for this person to be written to.

    At a postal address a name with another initial is somebody else; without one it may be them.
    """
    initials = (person.initial, NO_INITIAL) if person.initial else (ANYBODY,)
    homes = (
        vault.digest("suppression", "home", home, initial)
        for home in _homes(person)
        for initial in initials
    )
    return [*_addresses(person), *_person(who), *homes]


def shut(marks: Iterable[Mark], purpose: str, *, since: date) -> None:
    """Keep these marks from being used for a purpose; what stood already keeps its day."""
    shut_since(((mark, since) for mark in marks), purpose)


def shut_since(marks: Iterable[tuple[Mark, date]], purpose: str) -> None:
    """Keep each of these marks, with its day, from being used for a purpose: in one statement."""
    Suppression.objects.bulk_create(
        [
            Suppression(
                digest=mark.digest, is_address=mark.is_address, purpose_id=purpose, since=since
            )
            for mark, since in marks
        ],
        ignore_conflicts=True,
    )


def _addresses(person: Person) -> Iterator[bytes]:
    for email in person.emails:
        if email.strip():
            yield suppression_digest("email", email)
    for phone in person.phones:
        if phone_digits(phone):
            yield suppression_digest("phone", phone)


def _person(who: bytes | memoryview | None) -> Iterator[bytes]:
    if who is not None:
        yield vault.digest("suppression", "person", bytes(who).hex())


def _homes(person: Person) -> Iterator[str]:
    name = fold(bare(person.last_name))
    if name:
        for postcode, number in person.addresses:
            if (code := squeeze(postcode)) and (house := squeeze(number)):
                yield f"{name}+{code}+{house}"
