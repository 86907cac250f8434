"""Representatives: by what they may ask for another, noted once and used again."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from alektum_privacy.reading import once
from requests.belongings import belongings_of
from requests.constants import IdentityMethod, MatchState, State
from requests.exceptions import Incomplete, NoMandate
from requests.identity.constants import PROOFS, AsksFor, AuthorityProof, MandateKind
from requests.identity.models import Mandate, Representation, Representative
from requests.models import PrivacyRequest, SubjectMatch
from requests.services.changing import email_of, locked, note, require, save
from requests.services.own_file import require_other
from requests.services.people.identity import note_proof
from requests.services.people.proof import in_force, mandate_of
from subjects.models import Involvement
from vault import services as vault
from vault.constants import KeyKind

OPEN_STATES = (State.RECEIVED, State.WAITING, State.HANDLING)
MOST = 20


@transaction.atomic
def note_mandate(
    pk: int,
    match: int,
    *,
    kind: MandateKind,
    proof: AuthorityProof,
    since: date,
    identity: Mapping[str, Any],
    text: str,
    officer: int,
    now: datetime,
    until: date | None = None,
    rights: Sequence[str] = (),
    purposes: Sequence[str] = (),
    version: int | None = None,
) -> Mandate:
    """Note that a representative may ask for the person of this match, and what showed it.

    No `rights` or `purposes` means all. `identity` is {"name", "office", "email", "phone",
    "address"}; who proved with a code that they have the e-mail address of a representative is
    the same one. Raises Incomplete where the proof does not show such a mandate, NoMandate where
    it is not in force today.

    Source: GDPR Article 12(6); legal requirements, sections 1.1 and 6.
    """
    privacy_request = locked(pk, version)
    require(privacy_request, *OPEN_STATES, State.APPROVED)
    require_other(privacy_request, officer)
    if proof not in PROOFS[kind]:
        raise Incomplete("this document does not show such a mandate")
    if not text.strip():
        raise Incomplete("note what you saw, and how you know the representative")
    if not (identity.get("name") or "").strip():
        raise Incomplete("name the representative")
    meant = _match(privacy_request, match)
    representative = _representative(privacy_request, identity)
    mandate = Mandate(
        representative=representative,
        subject_reference=meant.subject_reference,
        kind=kind,
        proof=proof,
        rights=sorted(rights),
        purposes=sorted(purposes),
        since=since,
        until=until,
        seen_by=officer,
        seen_at=now,
    )
    key = vault.open_key(representative.key_id)
    mandate.sealed_note = key.seal({"text": text}, place=mandate.note_place)
    mandate.save()
    _rest_on(privacy_request, mandate, officer, now)
    return mandate


@transaction.atomic
def use_mandate(
    pk: int, mandate: UUID, *, officer: int, now: datetime, version: int | None = None
) -> Mandate:
    """Let a request rest on a mandate that was noted before, for somebody matched to it.

    Raises NoMandate where it is not in force, is for a person who is not matched, or where no
    code proved that who asks has the e-mail address of this representative.
    """
    privacy_request = locked(pk, version)
    require(privacy_request, *OPEN_STATES, State.APPROVED)
    require_other(privacy_request, officer)
    known = Mandate.objects.filter(reference=mandate).first()
    matched = privacy_request.matches.filter(state__in=(MatchState.PROPOSED, MatchState.CONFIRMED))
    if known is None or not matched.filter(subject_reference=known.subject_reference).exists():
        raise NoMandate("the mandate is for another person than the one confirmed")
    if not _asks_as(privacy_request, known.representative):
        raise NoMandate("it is not shown that who asks is this representative")
    _rest_on(privacy_request, known, officer, now)
    return known


def _asks_as(privacy_request: PrivacyRequest, representative: Representative) -> bool:
    """Tell whether a code proved that who asks has the e-mail address of a representative."""
    proven = email_of(privacy_request) if privacy_request.email_verified_at else ""
    digest = _email_digest(proven)
    return digest is not None and digest == bytes(representative.email_digest or b"")


def _email_digest(email: str) -> bytes | None:
    plain = email.strip().casefold()
    return vault.digest("requests.representative", plain) if plain else None


def mandates_for(privacy_request: PrivacyRequest, *, today: date) -> list[Mandate]:
    """Return mandates in force for the people matched, the newest first."""
    found = belongings_of(privacy_request).mandates[:MOST]
    return [one for one in found if in_force(one, today)]


def who_of(mandates: Sequence[Mandate]) -> dict[int, Mapping[str, Any]]:
    """Return who each mandate is of, unsealed, by its key."""
    asked = tuple(one.pk for one in mandates)
    return once(("who", asked), lambda: _unsealed(mandates)) if asked else {}


def _unsealed(mandates: Sequence[Mandate]) -> dict[int, Mapping[str, Any]]:
    keys = vault.open_keys([one.representative.key_id for one in mandates])
    return {
        one.pk: keys[one.representative.key_id].unseal(
            one.representative.sealed_identity, place=one.representative.identity_place
        )
        for one in mandates
        if one.representative.key_id in keys
    }


def _match(privacy_request: PrivacyRequest, pk: int) -> SubjectMatch:
    meant = privacy_request.matches.filter(
        pk=pk, state__in=(MatchState.PROPOSED, MatchState.CONFIRMED)
    ).first()
    if meant is None:
        raise Incomplete("choose for whom the representative asks among those who may be meant")
    return meant


def _representative(privacy_request: PrivacyRequest, identity: Mapping[str, Any]) -> Representative:
    """Return who is known by this e-mail address, with what is now known of them, or a new one.

    Our letters go to the name and address of a representative: who only names the e-mail address
    of another does not change them, nor is found by it later.
    """
    digest = _email_digest(identity.get("email") or "")
    found = None
    if digest is not None:
        # An update, so that a file that goes meanwhile waits for us, or we for it.
        found = Representative.objects.select_for_update().filter(email_digest=digest).first()
    if found is not None and not (
        _asks_as(privacy_request, found) or _only_here(privacy_request, found)
    ):
        found = digest = None
    if found is None:
        key = vault.create_key(KeyKind.REQUEST)
        found = Representative(key_id=key.id, email_digest=digest)
    key = vault.open_key(found.key_id)
    found.sealed_identity = key.seal(dict(identity), place=found.identity_place)
    found.save()
    return found


def _only_here(privacy_request: PrivacyRequest, representative: Representative) -> bool:
    """Tell whether nothing but this request rests on them: what was noted is noted better."""
    resting = Representation.objects.filter(mandate__representative=representative)
    return not resting.exclude(request=privacy_request).exists()


def _rest_on(
    privacy_request: PrivacyRequest, mandate: Mandate, officer: int, now: datetime
) -> None:
    if not in_force(mandate, timezone.localdate(now)):
        raise NoMandate("the mandate is not in force")
    approved = privacy_request.state == State.APPROVED
    if approved:
        _require_the_same(privacy_request, mandate)
    replaced = Representation.objects.filter(request=privacy_request).values_list("mandate_id")
    before = list(Mandate.objects.filter(pk__in=replaced).exclude(pk=mandate.pk))
    Representation.objects.update_or_create(
        request=privacy_request,
        defaults={"mandate": mandate, "officer": officer, "noted_at": now},
    )
    for one in before:
        _let_go(one)
    privacy_request.asks_for = AsksFor.OTHER
    save(privacy_request, "asks_for")
    if not approved:
        covered = Involvement.objects.filter(subject__reference=mandate.subject_reference)
        note_proof(
            privacy_request,
            IdentityMethod.MANDATE,
            list(covered.values_list("reference", flat=True)),
            actor=f"user:{officer}",
            officer=officer,
            now=now,
        )
    note(
        privacy_request,
        "request.mandate_noted",
        f"user:{officer}",
        mandate=mandate.reference,
        kind=str(mandate.kind),
        until=mandate.until,
    )


def _let_go(mandate: Mandate) -> None:
    """Let a mandate go that another took the place of, where no request rests on it any more."""
    held = Mandate.objects.select_for_update().get(pk=mandate.pk)
    if held.representations.exists():
        return
    held.delete()
    of = Representative.objects.select_for_update().get(pk=held.representative_id)
    if not of.mandates.exists():
        of.delete()
        vault.destroy_keys_later([of.key_id])


def _require_the_same(privacy_request: PrivacyRequest, mandate: Mandate) -> None:
    """Raise NoMandate unless it opens what the one did that ended since the approval, and no more.

    What was approved is approved: a mandate for other data needs another request.
    """
    before = mandate_of(privacy_request)
    opened = before and (before.subject_reference, sorted(before.purposes))
    if opened != (mandate.subject_reference, sorted(mandate.purposes)):
        raise NoMandate("the mandate is not for what was approved")
