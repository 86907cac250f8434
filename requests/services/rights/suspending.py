"""What a computer decided waits for a person: measures suspended on receipt, and let go again.

As soon as a colleague says who is meant, or it is proven who asks, and until a person has decided
anew; or until the request is refused, taken back, or turns out to be about somebody else.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from audit import services as audit
from requests.constants import (
    GIVEN,
    UNANSWERED,
    EffectKind,
    EffectState,
    MatchState,
    ReviewResult,
    Right,
)
from requests.identity.constants import AsksFor
from requests.models import (
    Decision,
    Effect,
    PrivacyRequest,
    RequestedRight,
    Review,
    SubjectMatch,
)
from requests.organisations import telling
from requests.services.changing import note
from requests.services.people.proof import (
    hidden_among,
    is_proven,
    mandate_lasts,
    mandate_of,
    proven_rungs,
    unproven,
)
from subjects import rights
from subjects.constants import Phase
from subjects.models import AutomatedDecision, Involvement
from subjects.unseen import AML

MAY_BE = (MatchState.PROPOSED, MatchState.CONFIRMED)


def suspend_at_once(
    privacy_request: PrivacyRequest, meant: Iterable[Involvement], *, now: datetime
) -> int:
    """Suspend what a computer decided of who is meant, before anybody decides; return how many.

    `meant` come with their dossiers. What a person decided anew already is not suspended again,
    nor what a client decides, or a money-laundering check. And what waited for somebody who is
    not meant after all goes on. In the caller's transaction, with the request locked; safe to run
    twice.

    Source: GDPR Article 22(3); legal requirements, 1.12.
    """
    if privacy_request.state not in UNANSWERED:
        return 0
    end_of_others(privacy_request, actor=audit.PERSON, now=now)
    may_be = privacy_request.matches.filter(state__in=MAY_BE)
    theirs = [one for one in meant if one.dossier.phase != Phase.INVOICE]
    theirs = [one for one in theirs if one.dossier.purpose_id != AML]
    hidden = hidden_among(theirs)
    anew = AutomatedDecision.objects.filter(reviews_digest=OuterRef("source_digest"))
    found = AutomatedDecision.objects.filter(
        ~Exists(anew),
        involvement__in=[one.pk for one in theirs if one.pk not in hidden],
        involvement__subject__reference__in=may_be.values("subject_reference"),
        reviews_digest=None,
    )
    decisions = list(found.select_related("involvement__dossier").order_by("pk"))
    return begin_reviews(privacy_request, decisions, actor=audit.PERSON, now=now)


def begin_reviews(
    privacy_request: PrivacyRequest,
    decisions: Sequence[AutomatedDecision],
    *,
    actor: str,
    now: datetime,
) -> int:
    """Let these decisions wait for a person, and suspend what they set going; return how many.

    In the caller's transaction, with the request locked. Safe to run twice.

    Source: GDPR Article 22(3).
    """
    begun = 0
    if not decisions:
        return begun
    right = privacy_request.rights.get(right=Right.REVIEW)
    for decision in decisions:
        involvement = decision.involvement
        _review, new = Review.objects.get_or_create(
            request=privacy_request,
            decision_digest=bytes(decision.source_digest),
            defaults={
                "dossier_reference": involvement.dossier.reference,
                "involvement_reference": involvement.reference,
                "suspended_at": now,
            },
        )
        if not new:
            continue
        begun += 1
        rights.suspend_measure(bytes(decision.source_digest), now=now, actor=actor)
        telling.measure(
            decision, suspended=True, case=privacy_request.reference, actor=actor, now=now
        )
        _note_suspended(privacy_request, right, involvement, actor, now)
    return begun


def _note_suspended(
    privacy_request: PrivacyRequest,
    right: RequestedRight,
    involvement: Involvement,
    actor: str,
    now: datetime,
) -> None:
    effect, new = Effect.objects.get_or_create(
        request=privacy_request,
        right=right,
        kind=EffectKind.SUSPEND,
        dossier_reference=involvement.dossier.reference,
        involvement_reference=involvement.reference,
        defaults={"state": EffectState.DONE, "carried_out_at": now},
    )
    if not new and effect.ended_at is None:
        return
    if not new:
        effect.carried_out_at, effect.ended_at = now, None
        effect.save(update_fields=["carried_out_at", "ended_at"])
    note(
        privacy_request,
        "request.carried_out",
        actor,
        right=right.right,
        kind=str(EffectKind.SUSPEND),
        involvement=involvement.reference,
    )


# --- letting go ----------------------------------------------------------------------------


def end_of_others(privacy_request: PrivacyRequest, *, actor: str, now: datetime) -> None:
    """Let go on what waits for somebody who is not, or no longer, who may be meant."""
    waiting = _waiting(privacy_request)
    if privacy_request.searched_at is None or not waiting.exists():
        return
    may_be = privacy_request.matches.filter(state__in=MAY_BE)
    people = Involvement.objects.filter(subject__reference__in=may_be.values("subject_reference"))
    _end(waiting.exclude(involvement_reference__in=people.values("reference")), actor, now)


def end_of_match(match: SubjectMatch, *, actor: str, now: datetime) -> None:
    """Let go on what waits for a person who is somebody else, died, or is not proven to ask."""
    people = Involvement.objects.filter(subject__reference=match.subject_reference)
    theirs = _waiting(match.request)
    _end(theirs.filter(involvement_reference__in=people.values("reference")), actor, now)


def end_all(privacy_request: PrivacyRequest, *, actor: str, now: datetime) -> None:
    """Let go on all that still waits: the request was refused, taken back, or asks it no more."""
    _end(_waiting(privacy_request), actor, now)


def hand_over(later: PrivacyRequest, first: PrivacyRequest, *, actor: str, now: datetime) -> None:
    """Let what waits for a request wait for the earlier one that it joins, without a gap."""
    waiting = list(_waiting(later))
    if not waiting:
        return
    known = {bytes(one.decision_digest) for one in first.reviews.all()}
    right = first.rights.get(right=Right.REVIEW)
    people = Involvement.objects.filter(
        reference__in=[one.involvement_reference for one in waiting]
    ).select_related("dossier")
    for involvement in people.order_by("pk"):
        _note_suspended(first, right, involvement, actor, now)
    for row in waiting:
        if bytes(row.decision_digest) in known:
            row.delete()
        else:
            row.request = first
            row.save(update_fields=["request"])
    later.effects.filter(kind=EffectKind.SUSPEND, ended_at=None).update(ended_at=now)


def go_on(row: Review, *, actor: str, now: datetime) -> bool:
    """Let a measure go on where nobody waits for it and no person changed it; tell its system.

    Another request may wait for the same decision: then it stays suspended for that one.
    """
    digest = bytes(row.decision_digest)
    decision = rights.locked_measure(digest)
    if decision is None or decision.suspended_at is None:
        return False
    others = Review.objects.filter(decision_digest=digest).exclude(pk=row.pk)
    if others.filter(Q(reviewed_at=None) | Q(result=ReviewResult.CHANGED)).exists():
        return False
    rights.resume_measure(digest, actor=actor)
    telling.measure(decision, suspended=False, case=row.request.reference, actor=actor, now=now)
    return True


def note_ended(privacy_request: PrivacyRequest, row: Review, *, actor: str, now: datetime) -> None:
    """Note with the request that a part in a dossier waits no more, once nothing of it does."""
    stands = Q(reviewed_at=None) | Q(result=ReviewResult.CHANGED)
    same = privacy_request.reviews.filter(involvement_reference=row.involvement_reference)
    if same.filter(stands).exists():
        return
    effects = privacy_request.effects.filter(kind=EffectKind.SUSPEND, ended_at=None)
    if effects.filter(involvement_reference=row.involvement_reference).update(ended_at=now):
        note(
            privacy_request,
            "request.suspension_ended",
            actor,
            involvement=row.involvement_reference,
        )


def _waiting(privacy_request: PrivacyRequest) -> QuerySet[Review]:
    return privacy_request.reviews.filter(reviewed_at=None).order_by("pk")


def _end(waiting: QuerySet[Review], actor: str, now: datetime) -> None:
    for row in waiting.select_related("request"):
        go_on(row, actor=actor, now=now)
        row.delete()
        note_ended(row.request, row, actor=actor, now=now)


# --- what waits ----------------------------------------------------------------------------


def refused_in(decisions: Iterable[Decision]) -> set[UUID | None]:
    """Return the dossiers in which a review was decided and is not granted."""
    return {
        one.dossier_reference
        for one in decisions
        if one.right.right == Right.REVIEW and one.outcome not in GIVEN
    }


def suspended_for(privacy_request: PrivacyRequest, *, today: date) -> datetime | None:
    """Return since when something is suspended for who asks, as far as they may know it.

    Only of whom it is proven that they ask: to a stranger it would tell that we have the person.
    Nor to who asks for another without a mandate, or after it ended.
    """
    waiting = list(_waiting(privacy_request))
    if not waiting or not is_proven(privacy_request):
        return None
    no_mandate = mandate_of(privacy_request) is None
    if (no_mandate and privacy_request.asks_for == AsksFor.OTHER) or not mandate_lasts(
        privacy_request, today
    ):
        return None
    rungs = proven_rungs(privacy_request)
    lacks = {one.involvement for one in unproven(privacy_request, rungs)}
    confirmed = privacy_request.matches.filter(state=MatchState.CONFIRMED)
    proven = set(confirmed.values_list("subject_reference", flat=True)) & set(rungs)
    people = Involvement.objects.filter(subject__reference__in=proven)
    told = set(people.values_list("reference", flat=True)) - lacks
    since = (one.suspended_at for one in waiting if one.involvement_reference in told)
    return min(since, default=None)
