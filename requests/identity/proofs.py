"""How sure a proof of identity makes us, and how sure we must be: plain functions."""

from collections.abc import Mapping
from typing import Any

from requests.constants import IdentityMethod
from requests.identity.constants import Rung
from subjects.matching import Field, Kind, compare
from subjects.names import person_of

# The ladder. Nothing on it asks for a copy of an identity document.
RUNGS: dict[str, Rung] = {
    IdentityMethod.EMAIL_ON_FILE: Rung.CONTACT,
    IdentityMethod.FILE_FACTS: Rung.FILE,
    IdentityMethod.CALL_BACK: Rung.REACHED,
    IdentityMethod.POSTED_CODE: Rung.REACHED,
    IdentityMethod.MANDATE: Rung.REACHED,
    IdentityMethod.PROVIDER: Rung.SEEN,
    IdentityMethod.IN_PERSON: Rung.SEEN,
    IdentityMethod.MASKED_DOCUMENT: Rung.SEEN,
}
# What rests on the word of the colleague who noted it; the rest is compared here, or is the
# person's own doing.
BY_WORD = frozenset(
    {
        IdentityMethod.CALL_BACK,
        IdentityMethod.IN_PERSON,
        IdentityMethod.MASKED_DOCUMENT,
        IdentityMethod.MANDATE,
        IdentityMethod.OTHER,
    }
)
# What one must know of a file, all at once and of one and the same dossier.
FACTS_OF_A_FILE = frozenset({Field.DOSSIER_NUMBER, Field.POSTCODE, Field.BIRTH_DATE})
# What an identity provider must say as our file does.
FACTS_OF_A_PERSON = frozenset({Field.LAST_NAME, Field.BIRTH_DATE})
FIRST_NAMES = (Field.FIRST_NAME, Field.INITIALS)
# What one of two twins has and the other has not.
OF_ONE_PERSON = (Field.FIRST_NAME, Field.EMAIL, Field.PHONE, Field.IBAN)


def rung_of(method: str) -> Rung:
    """Return how sure a proof by this method makes us; an unknown one not at all."""
    return RUNGS.get(method, Rung.NONE)


def rung_needed(purpose: str, *, has_special: bool) -> Rung:
    """Return how sure we must be of who asks, before data of this purpose are opened.

    The more harm it would do to tell a stranger, the surer: health, criminal data and
    money-laundering checks ask for a code by post, a call back or more. Of a marketing contact
    we know no more than how to reach them, so more may not be asked.

    Source: GDPR Articles 5(1)(f), 12(6), 32(1) and (2); recital 64; EDPB Guidelines 01/2022,
    section 3.3 on proportionality.
    """
    if has_special or purpose == "AML":
        return Rung.REACHED
    return Rung.CONTACT if purpose == "MKT" else Rung.FILE


def equal_fields(asked: Mapping[str, Any], held: Mapping[str, Any]) -> dict[Field, Kind]:
    """Return how each field given fits what one involvement holds: codes, never values."""
    found = compare(person_of(dict(asked)), person_of(dict(held)))
    return {one.field: one.kind for one in found}


def knows_the_file(asked: Mapping[str, Any], held: Mapping[str, Any], proven_email: str) -> bool:
    """Tell whether all of FACTS_OF_A_FILE, and the proven e-mail address, are of this one file."""
    kinds = equal_fields(asked, held)
    return all(kinds.get(field) == Kind.EQUAL for field in FACTS_OF_A_FILE) and has_email(
        held, proven_email
    )


def has_email(held: Mapping[str, Any], proven_email: str) -> bool:
    wanted = proven_email.strip().casefold()
    return bool(wanted) and wanted in {one.strip().casefold() for one in held.get("emails") or []}


def says_the_same(kinds: Mapping[Field, Kind]) -> bool:
    """Tell whether what an identity provider says is what a file holds of the person.

    Last name and date of birth must be equal, and nothing said of the first name may differ.
    """
    same = all(kinds.get(field) == Kind.EQUAL for field in FACTS_OF_A_PERSON)
    return same and all(kinds.get(field) != Kind.DIFFERS for field in FIRST_NAMES)


def tells_apart(kinds: Mapping[Field, Kind]) -> bool:
    """Tell whether something fits that twins do not share: they have name, birth and address alike.

    Initials may be theirs both; a first name that the file lacks tells nothing.
    """
    return any(kinds.get(field) == Kind.EQUAL for field in OF_ONE_PERSON)


def evidence_codes(kinds: Mapping[Field, Kind]) -> list[str]:
    """Return the evidence as it may stand in a row: "last_name:equal"."""
    return sorted(f"{field.value}:{kind.value}" for field, kind in kinds.items())
