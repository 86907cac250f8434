"""Legal holds for a claim: one colleague proposes, another approves; and as many to release.

A proposal protects from its first moment, so nothing is lost while it waits. One that nobody
approves within fourteen days lapses; one that is refused ends at once. What is due by then goes on
as released. Each step stands in the ledger, with codes and never with the words.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from audit import services as audit
from policy.calendars import day_after
from retention import planning
from retention.constants import PROPOSAL_DAYS, REVIEW_MONTHS, HoldReason, ListKind
from retention.exceptions import HoldChanged, HoldRefused, SamePerson
from retention.models import HeldDossier, HoldKind, HoldReview, LegalHold
from retention.planning import PlannedList
from subjects.models import Dossier, Unit
from vault import services as vault
from vault.constants import KeyKind

State = LegalHold.State
# Of money-laundering checks the law has the data destroyed, claim or not (Wwft 33-34a).
NEVER_HELD = "AML"
BATCH = 500


@dataclass(frozen=True)
class Proposal:
    """What a claim asks to be kept. Only dossiers kept for one of `purposes` are in scope.

    With `same_people`, also the other dossiers of the people in these, for these purposes.
    """

    dossiers: Sequence[int]
    purposes: Collection[str]
    reason: HoldReason
    words: str = field(repr=False)
    review_on: date
    case: UUID = field(default_factory=uuid4)
    same_people: bool = False


def latest_review(today: date) -> date:
    """Return the last day on which a hold must be looked at again.

    Source: legal requirements, section 3(a): review every six months.
    """
    return day_after(today, months=REVIEW_MONTHS) - timedelta(1)


def _require_review(review_on: date, today: date) -> None:
    if not today < review_on <= latest_review(today):
        raise HoldRefused("a claim is reviewed within six months")


@transaction.atomic
def propose(proposal: Proposal, *, actor_id: int, today: date) -> LegalHold:
    """Hold dossiers back for a claim, as from now; another colleague must approve within a time.

    Raises HoldRefused without dossiers in scope, with money-laundering data, or with a review
    later than six months from now. Waits at most for one slice of destruction.
    """
    _require_review(proposal.review_on, today)
    if NEVER_HELD in proposal.purposes:
        raise HoldRefused("a claim may not hold anti-money-laundering data")
    with connection.cursor() as cursor:
        # First the lock, then the look: what a slice has destroyed meanwhile is then seen.
        cursor.execute("LOCK TABLE retention_helddossier IN ROW EXCLUSIVE MODE")
    dossiers = _in_scope(proposal)
    key = vault.create_key(KeyKind.HOLD)
    hold = LegalHold(
        kind=HoldKind.CLAIM,
        case=proposal.case,
        state=State.PROPOSED,
        purposes=sorted(proposal.purposes),
        reason=HoldReason(proposal.reason),
        key_id=key.id,
        proposed_by=actor_id,
        placed_on=today,
        lapses_on=today + timedelta(PROPOSAL_DAYS),
        review_on=proposal.review_on,
    )
    hold.sealed_words = key.seal(proposal.words, place=hold.words_place)
    hold.save()
    HeldDossier.objects.bulk_create(HeldDossier(hold=hold, dossier_id=pk) for pk in dossiers)
    _note(
        hold,
        "hold.proposed",
        actor_id,
        reason=hold.reason,
        purposes=hold.purposes,
        dossiers=len(dossiers),
        lapses_on=hold.lapses_on,
    )
    vault.require_fresh([key])
    return hold


def _in_scope(proposal: Proposal) -> list[int]:
    named = Dossier.objects.filter(pk__in=list(proposal.dossiers))
    if outside := named.exclude(purpose__in=proposal.purposes).values_list("purpose_id", flat=True):
        raise HoldRefused(f"not in scope: {', '.join(sorted(set(outside)))}")
    found = set(named.values_list("pk", flat=True))
    if proposal.same_people:
        people = named.values("involvements__subject")
        others = Dossier.objects.filter(
            involvements__subject__in=people, purpose__in=proposal.purposes
        )
        found |= set(others.values_list("pk", flat=True))
    if not found:
        raise HoldRefused("no dossier is in scope")
    return sorted(found)


def _locked(hold_id: int, *states: str) -> LegalHold:
    hold = LegalHold.objects.select_for_update().get(pk=hold_id, kind=HoldKind.CLAIM)
    if hold.state not in states:
        raise HoldRefused("the hold has changed meanwhile")
    return hold


def _note(hold: LegalHold, event: str, actor_id: int | None, **facts: audit.Fact) -> None:
    actor = audit.WORKER if actor_id is None else f"user:{actor_id}"
    audit.append_many([audit.Event(event, f"hold:{hold.pk}", actor, facts=facts)])


@transaction.atomic
def approve(hold_id: int, *, actor_id: int, today: date) -> LegalHold:
    """Approve what another proposed. Raises SamePerson, HoldRefused."""
    hold = _locked(hold_id, State.PROPOSED)
    if hold.proposed_by == actor_id:
        raise SamePerson("who proposed a hold may not approve it")
    if hold.lapses_on is None or today >= hold.lapses_on:
        raise HoldRefused("the proposal has lapsed")
    hold.state, hold.approver_id = State.IN_FORCE, actor_id
    hold.save(update_fields=["state", "approver_id"])
    _note(hold, "hold.approved", actor_id, review_on=hold.review_on)
    return hold


@transaction.atomic
def refuse(hold_id: int, *, actor_id: int, today: date) -> LegalHold:
    """End a proposal that a second colleague does not share. Raises SamePerson, HoldRefused."""
    hold = _locked(hold_id, State.PROPOSED)
    if hold.proposed_by == actor_id:
        raise SamePerson("who proposed a hold may not refuse it")
    hold.approver_id = actor_id
    _end(hold, State.REFUSED, today)
    _note(hold, "hold.refused", actor_id)
    return hold


def _end(hold: LegalHold, state: str, today: date) -> list[int]:
    """End the protection; return the dossiers that were held."""
    planning.one_planner_at_a_time()
    held = hold.dossiers.filter(released_on=None)
    ids = list(held.values_list("dossier_id", flat=True))
    held.update(released_on=today)
    hold.state, hold.ended_on = state, today
    hold.save(update_fields=["state", "ended_on", "approver_id", "released_by"])
    return ids


def lapse(today: date) -> int:
    """End the proposals that nobody approved in time; return how many. Safe to run twice."""
    ended = 0
    late = LegalHold.objects.filter(state=State.PROPOSED, lapses_on__lte=today)
    for pk in late.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            planning.one_planner_at_a_time()
            hold = LegalHold.objects.select_for_update().get(pk=pk)
            if hold.state == State.PROPOSED:
                _end(hold, State.LAPSED, today)
                _note(hold, "hold.lapsed", None)
                ended += 1
    return ended


# --- looking again ------------------------------------------------------------------------------


@transaction.atomic
def mark_reviews(today: date) -> int:
    """Mark the holds that must be looked at again; return how many are new. Safe to run twice."""
    due = list(
        LegalHold.objects.select_for_update().filter(
            kind=HoldKind.CLAIM,
            state=State.IN_FORCE,
            review_on__lte=today,
            review_marked_on=None,
        )
    )
    for hold in due:
        hold.review_marked_on = today
        _note(hold, "hold.review_due", None, review_on=hold.review_on)
    LegalHold.objects.bulk_update(due, ["review_marked_on"])
    return len(due)


@transaction.atomic
def prolong(
    hold_id: int,
    *,
    review_on: date,
    words: str,
    actor_id: int,
    today: date,
    reviews_seen: int | None = None,
) -> HoldReview:
    """Record that a colleague looked at a hold again and why it stays, and until which review.

    Raises HoldRefused with a review later than six months from now, or for a hold not in force, and
    HoldChanged where another looked at it after this colleague saw so many reviews.
    """
    _require_review(review_on, today)
    hold = _locked(hold_id, State.IN_FORCE)
    if reviews_seen is not None and hold.reviews.count() != reviews_seen:
        raise HoldChanged("another colleague looked at this hold meanwhile")
    review = HoldReview(hold=hold, decided_by=actor_id, decided_on=today, review_on=review_on)
    if hold.key_id is not None:
        key = vault.open_key(hold.key_id)
        review.sealed_words = key.seal(words, place=review.words_place)
    review.save()
    hold.review_on, hold.review_marked_on = review_on, None
    hold.save(update_fields=["review_on", "review_marked_on"])
    _note(hold, "hold.prolonged", actor_id, review_on=review_on)
    return review


# --- release, by two ----------------------------------------------------------------------------


@transaction.atomic
def propose_release(hold_id: int, *, actor_id: int) -> LegalHold:
    """Put a hold forward for release; it protects until another confirms. Raises HoldRefused."""
    hold = _locked(hold_id, State.IN_FORCE)
    if hold.release_proposed_by is not None:
        raise HoldRefused("its release is proposed already")
    hold.release_proposed_by = actor_id
    hold.save(update_fields=["release_proposed_by"])
    _note(hold, "hold.release_proposed", actor_id)
    return hold


@transaction.atomic
def refuse_release(hold_id: int, *, actor_id: int) -> LegalHold:
    """Let a hold stay whose release was proposed. Raises HoldRefused."""
    hold = _locked(hold_id, State.IN_FORCE)
    if hold.release_proposed_by is None:
        raise HoldRefused("its release is not proposed")
    hold.release_proposed_by = None
    hold.save(update_fields=["release_proposed_by"])
    _note(hold, "hold.release_refused", actor_id)
    return hold


@transaction.atomic
def confirm_release(hold_id: int, *, actor_id: int, today: date) -> list[PlannedList]:
    """Release a hold as a second colleague; return the lists of what goes today.

    Raises SamePerson, HoldRefused.
    """
    planning.one_planner_at_a_time()
    hold = _locked(hold_id, State.IN_FORCE)
    if hold.release_proposed_by is None:
        raise HoldRefused("its release is not proposed")
    if hold.release_proposed_by == actor_id:
        raise SamePerson("a release needs two people")
    hold.released_by = actor_id
    ids = _end(hold, State.RELEASED, today)
    _note(hold, "hold.released", actor_id, dossiers=len(ids))
    return planning.plan_decided(
        Unit.DOSSIER,
        ids,
        ListKind.RELEASED,
        today=today,
        case=hold.case,
        people=(hold.release_proposed_by, actor_id),
    )


# --- the words ----------------------------------------------------------------------------------


def words_of(hold: LegalHold) -> tuple[str, dict[int, str]]:
    """Return why a hold was proposed, and why it was prolonged by review; empty once erased."""
    if hold.key_id is None or hold.sealed_words is None:
        return "", {}
    key = vault.open_keys([hold.key_id]).get(hold.key_id)
    if key is None:
        return "", {}
    reviews = {
        review.pk: key.unseal(review.sealed_words, place=review.words_place)
        for review in hold.reviews.all()
        if review.sealed_words is not None
    }
    return key.unseal(hold.sealed_words, place=hold.words_place), reviews


def erase_words() -> int:
    """Erase the words of holds that ended and none of whose dossiers is left; return how many.

    What a hold says of people goes with the last dossier it kept. Safe to run twice.
    """
    erased = 0
    left = HeldDossier.objects.filter(hold=OuterRef("pk"))
    ended = LegalHold.objects.filter(~Exists(left), key_id__isnull=False, ended_on__isnull=False)
    while True:
        with transaction.atomic():
            holds = list(ended.select_for_update(skip_locked=True).order_by("pk")[:BATCH])
            if not holds:
                break
            HoldReview.objects.filter(hold__in=holds).update(sealed_words=None)
            vault.destroy_keys_later([hold.key_id for hold in holds if hold.key_id])
            LegalHold.objects.filter(pk__in=[hold.pk for hold in holds]).update(
                key_id=None, sealed_words=None
            )
            erased += len(holds)
    vault.drain_outbox()
    return erased
