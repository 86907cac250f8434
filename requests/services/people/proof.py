"""What is proven of who asks, and what that opens.

Each proof carries the involvements whose identifier it proves. It opens the people of those
involvements, as the registry knows them to be one person, and nobody else's: an address proved
by what one dossier holds tells nothing of a person who was found by name in another.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from alektum_privacy.reading import once
from requests.belongings import belongings_of, is_gathered
from requests.constants import (
    WITHOUT_DATA,
    IdentityMethod,
    IdentityResult,
    MatchState,
    Outcome,
)
from requests.exceptions import Incomplete, NoMandate, NotProven
from requests.identity.constants import AsksFor, Rung
from requests.identity.models import Mandate, PostedCode
from requests.identity.proofs import BY_WORD, rung_needed, rung_of
from requests.models import IdentityCheck, PrivacyRequest
from requests.report.withheld import withheld_rules, without_withheld
from subjects.models import Involvement
from subjects.services import person_view
from vault import services as vault

# Answers that say nothing of whoever is meant: also who shows no mandate gets one of them.
TELLS_NOTHING = (Outcome.NOT_PROVEN, Outcome.UNIDENTIFIABLE, Outcome.DECEASED)
MOST = 1_000  # involvements of the people matched to one request


@dataclass(frozen=True, slots=True)
class Unproven:
    """One involvement that what is proven does not open: codes and references only."""

    involvement: UUID
    subject: UUID
    purpose: str
    needed: Rung
    proven: Rung


def involvements_of(
    privacy_request: PrivacyRequest, *states: MatchState
) -> "QuerySet[Involvement]":
    """Return the involvements of everybody matched in one of these states."""
    matched = privacy_request.matches.filter(state__in=states).values("subject_reference")
    return Involvement.objects.filter(subject__reference__in=matched).order_by("pk")


def identities_of(involvements: Iterable[Involvement]) -> dict[UUID, Mapping[str, Any]]:
    """Return who each involvement is about, unsealed; without those whose key is gone."""
    rows = list(involvements)
    keys = vault.open_keys([one.key_id for one in rows])
    return {
        one.reference: keys[one.key_id].unseal(one.sealed_identity, place=one.identity_place)
        for one in rows
        if one.key_id in keys
    }


def proven_rungs(
    privacy_request: PrivacyRequest, *, without: int | None = None
) -> dict[UUID, Rung]:
    """Return how surely each person is proven to be the one who asks, by their reference.

    `without` leaves out what rests on the word of this colleague alone, or on a code by post that
    they could read.
    """
    belongings = belongings_of(privacy_request)
    known = _codes_known_to(belongings.posted_codes, without) if without is not None else set()
    rungs: dict[UUID, Rung] = {}
    for proof in belongings.checks:
        if proof.result != IdentityResult.PROVEN:
            continue
        if without is not None and proof.officer == without and proof.method in BY_WORD:
            continue
        if proof.method == IdentityMethod.POSTED_CODE and known >= set(proof.involvements):
            continue
        for reference in proof.involvements:
            rungs[reference] = max(rungs.get(reference, Rung.NONE), rung_of(proof.method))
    if is_gathered(privacy_request):
        people = [(one.reference, one.subject.reference) for one in belongings.involvements]
    else:
        named = Involvement.objects.filter(reference__in=list(rungs))
        people = list(named.values_list("reference", "subject__reference"))
    found: dict[UUID, Rung] = {}
    for reference, subject in people:
        if reference in rungs:
            found[subject] = max(found.get(subject, Rung.NONE), rungs[reference])
    return found


def _codes_known_to(codes: Iterable[PostedCode], officer: int) -> set[UUID]:
    """Return the involvements whose code by post this colleague made, or printed."""
    return {one.involvement for one in codes if officer in (one.officer, *one.read_by)}


def told_of(privacy_request: PrivacyRequest, *states: MatchState) -> "QuerySet[Involvement]":
    """Return the same without those of which nothing may be told: they can prove nothing."""
    matched = involvements_of(privacy_request, *states)
    return matched.exclude(pk__in=hidden_among(matched.select_related("dossier")))


def hidden_ids(involvement_ids: Collection[int]) -> set[int]:
    """Return those of which nothing may be told, for a search that must not find them."""
    rows = Involvement.objects.filter(pk__in=list(involvement_ids)).select_related("dossier")
    return hidden_among(rows)


def hidden_among(involvements: Iterable[Involvement]) -> set[int]:
    """Return those of which nothing may be told, so that nothing hints at them either.

    `involvements` come with their dossiers. Source: Wwft, Article 23.
    """
    at_risk = {one.pk for one in involvements if one.dossier.purpose_id in withheld_rules()}
    if not at_risk:
        return set()
    ids = tuple(sorted(at_risk))
    held = once(("withheld", ids), lambda: person_view(involvement_ids=ids))
    return at_risk - {view.pk for view in without_withheld(held)}


def unproven(
    privacy_request: PrivacyRequest, rungs: Mapping[UUID, Rung] | None = None
) -> list[Unproven]:
    """Return what would be opened of the people confirmed, and is not proven surely enough.

    `rungs` are those of `proven_rungs`, where the caller has them.
    """
    proven = proven_rungs(privacy_request) if rungs is None else rungs
    confirmed = belongings_of(privacy_request).involvements_of(MatchState.CONFIRMED)
    hidden = hidden_among(confirmed)
    lacks = []
    for one in confirmed:
        if one.pk in hidden:
            continue
        subject, purpose = one.subject.reference, one.dossier.purpose_id
        special = one.special  # type: ignore[attr-defined]
        needed, has = rung_needed(purpose, has_special=special), proven.get(subject, Rung.NONE)
        if has < needed:
            lacks.append(Unproven(one.reference, subject, purpose, needed, has))
    return lacks


def is_proven(privacy_request: PrivacyRequest) -> bool:
    """Tell whether it is known who asks; whom that opens is for `proven_rungs`.

    An attempt that proved nobody undoes no proof; a doubt asks for a new one.
    """
    told = IdentityCheck.objects.filter(request=privacy_request).exclude(
        result=IdentityResult.NOT_PROVEN
    )
    last = told.order_by("-id").first()
    return last is not None and last.result == IdentityResult.PROVEN


def require_proven(privacy_request: PrivacyRequest) -> None:
    """Raise Incomplete unless it is known who asks, NotProven unless for all that would open.

    Source: GDPR Articles 5(1)(f), 12(6) and 32.
    """
    if not belongings_of(privacy_request).people(MatchState.CONFIRMED):
        return
    confirmed = belongings_of(privacy_request).involvements_of(MatchState.CONFIRMED)
    hidden = hidden_among(confirmed)
    if hidden and all(one.pk in hidden for one in confirmed):
        # Nothing is opened: no proof is asked, as of somebody whom we do not hold (Wwft 23).
        return
    if not is_proven(privacy_request):
        raise Incomplete("it is not known who asks")
    if lacks := unproven(privacy_request):
        raise NotProven(lacks)


# --- asking for another --------------------------------------------------------------------


def mandate_of(privacy_request: PrivacyRequest) -> Mandate | None:
    """Return the mandate on which the request rests, if it was asked for another."""
    return belongings_of(privacy_request).mandate


def in_force(mandate: Mandate, today: date) -> bool:
    """Tell whether it may be used on this day."""
    return mandate.since <= today and (mandate.until is None or today <= mandate.until)


def require_mandate(privacy_request: PrivacyRequest, today: date) -> None:
    """Raise NoMandate unless who asks for another may be told what is granted, today.

    Source: Dutch Civil Code, Book 1, Articles 253i, 381 and 441, and Book 3, Article 60;
    legal requirements, section 6.
    """
    mandate = mandate_of(privacy_request)
    if mandate is None:
        if privacy_request.asks_for == AsksFor.OTHER and _tells_of_another(privacy_request):
            raise NoMandate("who asks for another has shown no mandate")
        return
    if not in_force(mandate, today):
        raise NoMandate("the mandate is not in force")
    belongings = belongings_of(privacy_request)
    if belongings.people(MatchState.CONFIRMED) - {mandate.subject_reference}:
        raise NoMandate("the mandate is for another person than the one confirmed")
    if mandate.rights:
        opens = (Outcome.GRANTED, Outcome.PARTLY, Outcome.FORWARDED)
        given = {one.right.right for one in belongings.decisions if one.outcome in opens}
        outside = sorted(given - set(mandate.rights))
        if outside:
            raise NoMandate("the mandate does not cover a right that is granted", rights=outside)


def _tells_of_another(privacy_request: PrivacyRequest) -> bool:
    """Tell whether the answer says anything of the person meant: also that nothing was found."""
    decided = privacy_request.decisions
    return not decided.exists() or decided.exclude(outcome__in=TELLS_NOTHING).exists()


def mandate_lasts(privacy_request: PrivacyRequest, today: date) -> bool:
    """Tell whether who asked may still be told; true for who asked without a mandate."""
    mandate = mandate_of(privacy_request)
    return mandate is None or in_force(mandate, today)


# --- the outcome of the whole --------------------------------------------------------------


def whole_outcome(privacy_request: PrivacyRequest, *, found: bool) -> Outcome:
    """Return the outcome for the request as a whole; `found` says whether it opens any file.

    What an officer decided for a request that opens nothing stays.
    """
    if found:
        return Outcome.GRANTED
    belongings = belongings_of(privacy_request)
    decided = [
        one.outcome
        for one in belongings.decisions
        if one.dossier_reference is None and one.outcome in WITHOUT_DATA
    ]
    if decided and decided[0] != Outcome.NOTHING_FOUND:
        return Outcome(decided[0])
    states = {one.state for one in belongings.matches}
    if MatchState.UNPROVEN in states:
        return Outcome.NOT_PROVEN
    return Outcome.DECEASED if MatchState.DECEASED in states else Outcome.NOTHING_FOUND
