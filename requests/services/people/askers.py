"""Who asks, recognised again across requests: by keyed tokens that die with the request's key."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from requests.constants import JOINS_WITHIN, OPEN
from requests.intake.words import plain
from requests.models import PrivacyRequest
from subjects.names import Person, bare, fold, person_of, phone_digits, squeeze
from vault import services as vault

TOKENS = 2  # version of how tokens are made
MOST = 50


def asker_tokens(identity: Mapping[str, Any]) -> list[int]:
    """Return the tokens by which another letter of the same person is found."""
    return vault.tokens(marks_of(person_of(identity)))


def marks_of(person: Person) -> Iterator[tuple[str, str]]:
    """Yield kinds and values by which a person who asks is known again."""
    name = fold(bare(person.last_name))
    yield from (("asker_email", one.strip().lower()) for one in person.emails if one.strip())
    yield from (("asker_phone", digits) for one in person.phones if (digits := phone_digits(one)))
    yield from (("asker_dossier", squeeze(one)) for one in person.dossier_numbers if squeeze(one))
    if name and person.birth_date:
        yield "asker_name+born", f"{name}+{person.birth_date.isoformat()}"
    for postcode, number in person.addresses:
        if name and squeeze(postcode) and squeeze(number):
            yield "asker_name+address", f"{name}+{squeeze(postcode)}+{squeeze(number)}"


def letter_digest(letter_id: str, words: str) -> bytes:
    """Return a digest by which the same letter is known again; empty for one without words."""
    text = letter_id.strip() or " ".join(plain(words).split())
    return vault.digest("requests.letter", text) if text else b""


def caller_digest(caller: tuple[str, str] | None) -> bytes | None:
    return None if caller is None else vault.digest("requests.caller", *caller)


def alike(
    identity: Mapping[str, Any],
    *,
    now: datetime,
    numbers: Sequence[str] = (),
    letter: bytes = b"",
    but: int | None = None,
) -> list[PrivacyRequest]:
    """Return requests that the letter may belong to, the newest first; a person decides.

    Those whose number it names, those with the same letter, and those of somebody with the same
    e-mail address, telephone or dossier number, or the same name with birth date or address;
    open ones, and those that ended within JOINS_WITHIN.
    """
    tokens = asker_tokens(identity)
    found = vault.probe(tokens, each=MOST) if tokens else []
    keys = {key for keys in found for key in keys}
    same = Q(key_id__in=keys) | Q(number__in=list(numbers))
    if letter:
        same |= Q(letter_digest=letter)
    recent = Q(state__in=OPEN) | Q(received_at__gt=now - JOINS_WITHIN)
    rows = PrivacyRequest.objects.filter(same, recent, merged_into=None).exclude(pk=but or 0)
    return list(rows.prefetch_related("rights").order_by("-pk")[:MOST])
