"""Who is meant: proposals, what a colleague decides of them, and what is held meanwhile."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit import services as audit
from requests.belongings import belongings_of
from requests.constants import (
    OPEN,
    MatchState,
    Right,
    State,
)
from requests.identity.constants import AsksFor
from requests.models import (
    PrivacyRequest,
    SubjectMatch,
)
from requests.services.changing import body_of, locked, move, note, require, save
from requests.services.own_file import require_other
from requests.services.people.by_letter import end_of_person
from requests.services.people.proof import hidden_among, hidden_ids, mandate_of, unproven
from requests.services.rights.at_once import carry_out_at_once
from requests.services.rights.suspending import end_of_match
from requests.services.sellers import note_due, take_back
from retention import services as retention
from retention.models import HoldKind, LegalHold
from subjects.models import Dossier, Involvement
from subjects.names import person_of
from subjects.search import find


@transaction.atomic
def begin(pk: int, *, officer: int, version: int | None = None) -> PrivacyRequest:
    """Begin to handle a request; that needs no proof of who asks, giving data does."""
    privacy_request = locked(pk, version)
    require(privacy_request, State.RECEIVED)
    require_other(privacy_request, officer)
    if privacy_request.assigned_to is None:
        privacy_request.assigned_to = officer
    move(privacy_request, State.HANDLING)
    note(privacy_request, "request.begun", f"user:{officer}")
    return privacy_request


@transaction.atomic
def propose_matches(pk: int, *, now: datetime) -> list[SubjectMatch]:
    """Look in the registry for who may be meant; a colleague decides. Safe to run twice.

    Whom we hold for a report of an unusual transaction only is not proposed: from here on all goes
    as for somebody whom we do not hold, for the person and for colleagues (Wwft, Article 23).

    What is not yet due is held from here on: an answer must not lose what was there when it was
    asked (legal requirements, section 3).
    """
    privacy_request = locked(pk)
    if privacy_request.searched_at is not None or privacy_request.state not in OPEN:
        return []
    found = find(person_of(body_of(privacy_request)["identity"]), hidden=hidden_ids)
    keys = [key for match in found.matches for key in match.involvements]
    references = dict(Involvement.objects.filter(pk__in=keys).values_list("pk", "reference"))
    matches = SubjectMatch.objects.bulk_create(
        SubjectMatch(
            request=privacy_request,
            subject_reference=match.reference,
            involvements=[references[key] for key in match.involvements if key in references],
            score=match.score,
            evidence=[f"{one.field.value}:{one.kind.value}" for one in match.evidence],
        )
        for match in found.matches
    )
    if _asks_access(privacy_request):
        for match in matches:
            _hold(match, now)
    privacy_request.searched_at = now
    save(privacy_request, "searched_at")
    note(privacy_request, "request.searched", audit.SYSTEM, matches=len(matches), more=found.more)
    carry_out_at_once(pk, now=now)
    return matches


def without_search(*, limit: int) -> list[int]:
    """Return open requests for which nobody has looked yet, oldest first."""
    waiting = PrivacyRequest.objects.open().filter(searched_at=None).order_by("id")
    return list(waiting.values_list("pk", flat=True)[:limit])


@transaction.atomic
def confirm_match(pk: int, *, officer: int, now: datetime) -> SubjectMatch:
    """Note that this is the person. An access request holds their files back from destruction.

    Raises WrongState when the request is no longer being handled.
    """
    match = _decide_match(pk, MatchState.CONFIRMED, officer, now)
    if match.hold_id is None and _asks_access(match.request):
        _hold(match, now)
    carry_out_at_once(match.request_id, now=now)
    return match


@transaction.atomic
def reject_match(pk: int, *, officer: int, now: datetime) -> SubjectMatch:
    """Note that this is somebody else; what was held for this match is let go."""
    match = _decide_match(pk, MatchState.REJECTED, officer, now)
    let_go([match], timezone.localdate(now), f"user:{officer}")
    return match


@transaction.atomic
def leave_unproven(pk: int, *, officer: int, now: datetime) -> SubjectMatch:
    """Note that this may be the person, and that it is not proven: nothing of them is opened.

    What is held for the match stays held until the answer.
    """
    return _decide_match(pk, MatchState.UNPROVEN, officer, now)


@transaction.atomic
def note_deceased(pk: int, *, officer: int, now: datetime) -> SubjectMatch:
    """Note that this person has died: nothing of them is opened to whoever asks.

    Source: GDPR recital 27: the regulation does not apply to the dead.
    """
    match = _decide_match(pk, MatchState.DECEASED, officer, now)
    if match.request.asks_for == AsksFor.SELF:
        match.request.asks_for = AsksFor.DECEASED
        save(match.request, "asks_for")
    return match


def _decide_match(pk: int, state: MatchState, officer: int, now: datetime) -> SubjectMatch:
    match = SubjectMatch.objects.get(pk=pk)
    privacy_request = locked(match.request_id)
    require(privacy_request, State.RECEIVED, State.WAITING, State.HANDLING)
    require_other(privacy_request, officer)
    match = SubjectMatch.objects.select_for_update().get(pk=pk)
    match.request = privacy_request
    match.state, match.decided_by, match.decided_at = state, officer, now
    match.save(update_fields=["state", "decided_by", "decided_at"])
    if state in (MatchState.REJECTED, MatchState.DECEASED):
        end_of_person(privacy_request, match.subject_reference, now=now)
    if state not in (MatchState.PROPOSED, MatchState.CONFIRMED):
        end_of_match(match, actor=f"user:{officer}", now=now)
    if state == MatchState.REJECTED:
        take_back(match, actor=f"user:{officer}", now=now)
    note_due(privacy_request)
    save(privacy_request)
    note(privacy_request, f"request.match_{state}", f"user:{officer}", match=match.pk)
    return match


def _asks_access(privacy_request: PrivacyRequest) -> bool:
    return privacy_request.rights.filter(right=Right.ACCESS).exists()


def _hold(match: SubjectMatch, now: datetime) -> None:
    """Hold what was not yet due when the request came (legal requirements, section 3).

    But for a file of which nothing may be told: the answer needs nothing of it, and the law wants
    it gone on its day (Wwft, Articles 23 and 33).
    """
    privacy_request = match.request
    dossiers = Dossier.objects.filter(
        involvements__subject__reference=match.subject_reference
    ).filter(Q(delete_from=None) | Q(delete_from__gt=privacy_request.received_on))
    ids = set(dossiers.values_list("pk", flat=True)) - _untold(match.subject_reference)
    if not ids:
        return
    hold = retention.place_hold(
        HoldKind.ACCESS,
        privacy_request.reference,
        ids,
        today=timezone.localdate(now),
        actor=audit.SYSTEM,
    )
    match.hold_id = hold.pk
    match.save(update_fields=["hold_id"])


def _untold(subject: UUID) -> set[int]:
    """Return the dossiers of a person of which nothing may be told to anybody."""
    theirs = Involvement.objects.filter(subject__reference=subject).select_related("dossier")
    hidden = hidden_among(theirs)
    return {one.dossier_id for one in theirs if one.pk in hidden}


def hold_for_access(privacy_request: PrivacyRequest, now: datetime) -> None:
    """Hold for each match not rejected what is not yet due, where access is asked."""
    if not _asks_access(privacy_request):
        return
    matches = privacy_request.matches.exclude(state=MatchState.REJECTED)
    for match in matches.filter(hold_id=None):
        _hold(match, now)


def let_go(matches: Collection[SubjectMatch], today: date, actor: str) -> None:
    held = {match.hold_id: match for match in matches if match.hold_id is not None}
    for hold in LegalHold.objects.filter(pk__in=held):
        match = held[hold.pk]
        first, second = match.decided_by, match.request.approved_by
        # Who found the person and who approved the answer; one alone releases nothing for good.
        retention.release_hold(
            hold,
            today=today,
            actor=actor,
            released_by=first,
            approver_id=second if second != first else None,
        )
    SubjectMatch.objects.filter(hold_id__in=held).update(hold_id=None)


def told_involvements(privacy_request: PrivacyRequest) -> list[int]:
    """Return the same without those of which nothing may be told, for deeds that leave a trace.

    Else rows, effects and pauses would count them, for the person and for colleagues.
    Source: Wwft, Article 23.
    """
    confirmed = confirmed_involvements(privacy_request)
    hidden = hidden_ids(confirmed)
    return [pk for pk in confirmed if pk not in hidden]


def confirmed_involvements(privacy_request: PrivacyRequest) -> list[int]:
    """Return the involvements that the answer is about, those of the people confirmed.

    Who asks for another gets no more than their mandate tells. From approval on, only what is
    proven is here: what came in meanwhile and needs a surer proof is not opened.
    """
    involvements = belongings_of(privacy_request).involvements_of(MatchState.CONFIRMED)
    mandate = mandate_of(privacy_request)
    if mandate is not None:
        involvements = [
            one
            for one in involvements
            if one.subject.reference == mandate.subject_reference
            and (not mandate.purposes or one.dossier.purpose_id in mandate.purposes)
        ]
    lacks = set[UUID]()
    if privacy_request.state not in (State.RECEIVED, State.WAITING, State.HANDLING):
        lacks = {one.involvement for one in unproven(privacy_request)}
    return [one.pk for one in involvements if one.reference not in lacks]
