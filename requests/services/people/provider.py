"""What an identity provider says of a person, compared with what is held."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from audit import services as audit
from requests.constants import IdentityMethod, IdentityResult, MatchState
from requests.identity.proofs import equal_fields, evidence_codes, says_the_same, tells_apart
from requests.models import IdentityCheck
from requests.services.changing import locked, note, require
from requests.services.people.identity import OPEN_STATES, note_proof
from requests.services.people.proof import identities_of, told_of
from subjects.matching import Field, Kind
from subjects.models import Involvement

# Why an answer of the provider proved nobody, besides the fields that differ.
NOBODY = "nobody:differs"


@transaction.atomic
def prove_by_provider(pk: int, identity: Mapping[str, Any], *, now: datetime) -> bool:
    """Compare what a provider said with the people who may be meant; true where it proves one.

    Last name and date of birth must be equal, no first name may differ, and something must fit
    that twins do not share: the first name itself, or an address or number. Where that fits more
    than one person, the postcode must be equal too. Of the claims only codes are kept.

    Source: GDPR Article 12(6).
    """
    privacy_request = locked(pk)
    require(privacy_request, *OPEN_STATES)
    matched = told_of(privacy_request, MatchState.PROPOSED, MatchState.CONFIRMED)
    rows = {row.reference: row for row in matched.select_related("subject")}
    identities = identities_of(rows.values())
    said = {reference: equal_fields(identity, held) for reference, held in identities.items()}
    fits = {
        reference: kinds
        for reference, kinds in said.items()
        if says_the_same(kinds) and tells_apart(kinds)
    }
    if _people(rows[reference] for reference in fits) > 1:
        fits = {
            one: kinds for one, kinds in fits.items() if kinds.get(Field.POSTCODE) == Kind.EQUAL
        }
    if not fits:
        evidence = sorted({code for kinds in said.values() for code in evidence_codes(kinds)})
        IdentityCheck.objects.create(
            request=privacy_request,
            method=IdentityMethod.PROVIDER,
            result=IdentityResult.NOT_PROVEN,
            evidence=evidence or [NOBODY],
            checked_at=now,
        )
        note(
            privacy_request,
            "request.identity_not_proven",
            audit.PERSON,
            method=str(IdentityMethod.PROVIDER),
        )
        return False
    note_proof(
        privacy_request,
        IdentityMethod.PROVIDER,
        list(fits),
        evidence=sorted({code for kinds in fits.values() for code in evidence_codes(kinds)}),
        actor=audit.PERSON,
        now=now,
    )
    return True


def _people(rows: Iterable[Involvement]) -> int:
    return len({row.subject_id for row in rows})
