"""Every change of state: holds, lists, the stop switch. Destruction itself: `destruction`."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from audit import hiding
from audit import services as audit
from policy import services as policy
from retention import granting, planning
from retention.constants import ABORT_DAYS, BY_DATE, AbortReason, ListKind, StopReason
from retention.exceptions import HoldRefused, ListRefused, SamePerson
from retention.models import (
    DestructionItem,
    DestructionList,
    HeldDossier,
    HoldKind,
    LegalHold,
    RuleReview,
    StopSwitch,
)
from retention.planning import PlannedList
from subjects import services as subjects
from subjects.anchors import anchors_of, end_of
from subjects.constants import InstructionKind, NoticeEvent
from subjects.instructions import instruct
from subjects.models import Dossier, Involvement, Record, Unit
from subjects.telling import tell_recipients

Status = DestructionList.Status


@transaction.atomic
def place_hold(
    kind: HoldKind, case: UUID, dossier_ids: Iterable[int], *, today: date, actor: str
) -> LegalHold:
    """Hold these dossiers back from destruction; waits at most for one slice of it.

    For an access request. Raises HoldRefused for a claim, which needs two people: `holds`.
    """
    if kind == HoldKind.CLAIM:
        raise HoldRefused("a claim is proposed by one colleague and approved by another")
    with connection.cursor() as cursor:
        # First the lock, then the look: what a slice has destroyed meanwhile is then seen.
        cursor.execute("LOCK TABLE retention_helddossier IN ROW EXCLUSIVE MODE")
    dossiers = Dossier.objects.filter(pk__in=list(dossier_ids))
    hold = LegalHold.objects.create(kind=kind, case=case, placed_on=today)
    held = HeldDossier.objects.bulk_create(
        HeldDossier(hold=hold, dossier_id=pk) for pk in dossiers.values_list("pk", flat=True)
    )
    audit.append(
        "hold.placed",
        object=f"hold:{hold.pk}",
        actor=actor,
        kind=str(kind),
        dossiers=_told(row.dossier_id for row in held),
    )
    return hold


def _told(dossier_ids: Iterable[int]) -> int:
    """Return how many of these dossiers every reader of the ledger may know of."""
    hidden = hiding.purposes_hidden_from_some()
    return Dossier.objects.filter(pk__in=list(dossier_ids)).exclude(purpose__in=hidden).count()


@transaction.atomic
def release_hold(
    hold: LegalHold,
    *,
    today: date,
    actor: str,
    released_by: int | None = None,
    approver_id: int | None = None,
) -> list[PlannedList]:
    """Release the hold of an access request; return the lists of what goes today.

    `released_by` and `approver_id` are the two people of the release; without both, those lists
    wait for them. Safe to run twice. Raises SamePerson, and HoldRefused for a claim: `holds`.
    """
    if hold.kind == HoldKind.CLAIM:
        raise HoldRefused("a claim is released by two colleagues")
    if released_by is not None and released_by == approver_id:
        raise SamePerson("a release needs two people")
    planning.one_planner_at_a_time()
    held = hold.dossiers.filter(released_on=None)
    ids = list(held.values_list("dossier_id", flat=True))
    if not ids:
        return []
    held.update(released_on=today)
    LegalHold.objects.filter(pk=hold.pk).update(state=LegalHold.State.RELEASED, ended_on=today)
    audit.append("hold.released", object=f"hold:{hold.pk}", actor=actor, dossiers=_told(ids))
    return planning.plan_decided(
        Unit.DOSSIER,
        ids,
        ListKind.RELEASED,
        today=today,
        case=hold.case,
        people=(released_by, approver_id),
    )


# --- lists ------------------------------------------------------------------------------------


def _locked(list_id: int) -> DestructionList:
    # Destruction holds the row for one slice at a time: what we change, the next slice sees.
    return DestructionList.objects.select_for_update().get(pk=list_id)


def _note(changed: DestructionList, event: str, actor_id: int, **facts: str | int | date) -> None:
    about, actor = f"list:{changed.reference}", f"user:{actor_id}"
    audit.append_many([audit.Event(event, about, actor, facts={**facts})])


@transaction.atomic
def prepare(list_id: int, *, actor_id: int) -> DestructionList:
    """Note that a colleague has looked at a list and puts it forward for approval.

    Raises ListRefused where it does not wait for anybody.
    """
    changed = _locked(list_id)
    if changed.status != Status.PLANNED:
        raise ListRefused("this list does not wait for approval")
    changed.prepared_by = actor_id
    changed.save(update_fields=["prepared_by"])
    _note(changed, "list.prepared", actor_id)
    return changed


@transaction.atomic
def approve(list_id: int, *, actor_id: int, today: date) -> DestructionList:
    """Approve a list that another colleague prepared; it runs after the days to abort it.

    What people decided one by one (a release) runs at once. Raises SamePerson, ListRefused.
    """
    changed = _locked(list_id)
    if changed.status != Status.PLANNED or changed.prepared_by is None:
        raise ListRefused("this list was not put forward for approval")
    if changed.prepared_by == actor_id:
        raise SamePerson("who prepared a list may not approve it")
    changed.status = Status.APPROVED
    changed.approved_by, changed.approved_on = actor_id, today
    waiting = timedelta(ABORT_DAYS if changed.kind in BY_DATE else 0)
    changed.runs_from = max(changed.first_day, today + waiting)
    changed.save(update_fields=["status", "approved_by", "approved_on", "runs_from"])
    _note(changed, "list.approved", actor_id, runs_from=changed.runs_from)
    return changed


@transaction.atomic
def abort(list_id: int, *, reason: AbortReason, actor_id: int, today: date) -> DestructionList:
    """Abort a list, and put its rule in review: what was on it is listed anew and waits for two.

    Waits at most for the slice that is running; what that destroyed stays destroyed. Raises
    ListRefused on a list that has ended, or that carries out a person's right.
    """
    planning.one_planner_at_a_time()
    changed = _locked(list_id)
    if changed.status not in DestructionList.LIVE:
        raise ListRefused("this list has ended")
    if changed.kind not in BY_DATE:
        raise ListRefused("a decision or a person's right is not aborted here")
    changed.status, changed.aborted_by = Status.ABORTED, actor_id
    changed.abort_reason = AbortReason(reason)
    changed.save(update_fields=["status", "aborted_by", "abort_reason"])
    _note(changed, "list.aborted", actor_id, reason=str(reason))
    begin_review(changed.rule, actor_id=actor_id, today=today)
    return changed


@transaction.atomic
def take_off(list_id: int, positions: Sequence[int], *, actor_id: int, today: date) -> int:
    """Take items off a list until the day it runs; return how many came off.

    They are listed again once this list has ended, with new days in which to abort; place a hold
    to keep them longer. Raises ListRefused from the day on.
    """
    changed = _locked(list_id)
    if changed.status not in DestructionList.LIVE or changed.kind not in BY_DATE:
        raise ListRefused("nothing comes off this list")
    if changed.status == Status.APPROVED and today >= changed.runs_from:
        raise ListRefused("the day has come")
    found = DestructionItem.objects.filter(
        list=changed, position__in=list(positions), taken_off_at=None
    ).update(taken_off_at=timezone.now())
    if found:
        _note(changed, "list.items_taken_off", actor_id, items=found)
    return found


# --- granted erasures ---------------------------------------------------------------------------


@transaction.atomic
def erase_dossiers(
    dossier_ids: Sequence[int],
    *,
    case: UUID,
    people: tuple[int, int],
    today: date,
    unlawful: bool = False,
    regulated: bool = True,
) -> list[PlannedList]:
    """List dossiers whose erasure two people granted, each for the first day it may go.

    `unlawful`: kept by mistake (a wrong person), so that no period or open case keeps it longer.
    `regulated`: the file of a regulated collection, which stays two years after closing.
    Raises SamePerson, and ErasureForbidden when one of them may not be erased: then none is.

    Source: GDPR Article 17(1) and (3).
    """
    _require_two(people)
    planning.one_planner_at_a_time()
    actor = f"user:{people[0]}"
    rules = policy.rules()
    dossiers = list(Dossier.objects.filter(pk__in=list(dossier_ids)).order_by("pk"))
    for dossier in dossiers:
        if unlawful:
            subjects.move_anchors(dossier.pk, actor=actor, found_unlawful_on=today)
            continue
        moved = granting.anchors_moved(
            dossier.purpose_id,
            anchors_of(dossier),
            rules,
            decided_on=today,
            regulated=regulated,
        )
        subjects.move_anchors(dossier.pk, actor=actor, **moved)
    return _list_granted(Unit.DOSSIER, dossiers, case=case, people=people, today=today)


@transaction.atomic
def erase_involvements(
    involvement_ids: Sequence[int],
    *,
    case: UUID,
    people: tuple[int, int],
    today: date,
    unlawful: bool = False,
    regulated: bool = True,
) -> list[PlannedList]:
    """List people's part in dossiers whose erasure two people granted; the dossiers stay.

    Arguments and refusals as in `erase_dossiers`. Use for the purpose ends now.
    """
    _require_two(people)
    planning.one_planner_at_a_time()
    rules = policy.rules()
    involvements = list(
        Involvement.objects.filter(pk__in=list(involvement_ids))
        .select_related("dossier")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    for involvement in involvements:
        dossier = involvement.dossier
        involvement.delete_from, involvement.rule = today, dossier.rule
        if not unlawful:
            anchors = anchors_of(dossier)
            moved: dict[str, Any] = {
                **granting.anchors_moved(
                    dossier.purpose_id, anchors, rules, decided_on=today, regulated=regulated
                )
            }
            end = end_of(dossier.purpose_id, replace(anchors, **moved), rules)
            involvement.delete_from, involvement.rule = end.delete_from, end.rule
        involvement.use_ended_at = involvement.use_ended_at or timezone.now()
    Involvement.objects.bulk_update(involvements, ["delete_from", "rule", "use_ended_at"])
    for involvement in involvements:
        instruct(
            InstructionKind.STOP_USE,
            involvement=involvement,
            case=case,
            actor=f"user:{people[0]}",
            now=timezone.now(),
        )
    return _list_granted(Unit.INVOLVEMENT, involvements, case=case, people=people, today=today)


def _list_granted(
    unit: Unit,
    gone: Sequence[Dossier] | Sequence[Involvement],
    *,
    case: UUID,
    people: tuple[int, int],
    today: date,
) -> list[PlannedList]:
    for one in gone:
        # Now, while we still know whom it is about; sent once it is gone.
        tell_recipients(
            NoticeEvent.ERASURE,
            dossier=one if isinstance(one, Dossier) else None,
            involvement=one if isinstance(one, Involvement) else None,
            case=case,
            after_destruction=True,
            actor=f"user:{people[0]}",
            now=timezone.now(),
        )
    ids = [one.pk for one in gone]
    return planning.plan_decided(unit, ids, ListKind.GRANTED, today=today, case=case, people=people)


@transaction.atomic
def erase_records(
    record_ids: Sequence[int], *, case: UUID, people: tuple[int, int], today: date
) -> list[PlannedList]:
    """List pieces of data whose erasure two people granted, for today; the rest of the file stays.

    Raises SamePerson.

    Source: GDPR Article 17(1)(a) and (b).
    """
    _require_two(people)
    planning.one_planner_at_a_time()
    records = Record.objects.filter(pk__in=list(record_ids))
    ids = list(records.order_by("pk").values_list("pk", flat=True))
    rule = records.filter(pk=OuterRef("pk")).values("involvement__dossier__rule")[:1]
    sooner = Q(delete_from=None) | Q(delete_from__gt=today)
    records.filter(sooner).update(delete_from=today, rule=Subquery(rule))
    return planning.plan_decided(
        Unit.RECORD, ids, ListKind.GRANTED, today=today, case=case, people=people
    )


def _require_two(people: tuple[int, int]) -> None:
    if people[0] == people[1]:
        raise SamePerson("an erasure needs two people")


# --- rules in review, and the stop switch -------------------------------------------------------


@transaction.atomic
def begin_review(rule: str, *, actor_id: int, today: date) -> bool:
    """Let each list of a rule wait for two people; tell whether that is new."""
    planning.one_planner_at_a_time()
    _, new = RuleReview.objects.get_or_create(
        rule=rule, defaults={"since": today, "set_by": actor_id}
    )
    if new:
        audit.append("rule.review_began", object=f"rule:{rule}", actor=f"user:{actor_id}")
    return new


@transaction.atomic
def end_review(rule: str, *, actor_id: int) -> bool:
    """Let lists of a rule whose content has run before be approved by themselves again.

    Raises SamePerson where who began the review would end it.
    """
    if RuleReview.objects.filter(rule=rule, set_by=actor_id).exists():
        raise SamePerson("a review is ended by another colleague than began it")
    gone, _ = RuleReview.objects.filter(rule=rule).delete()
    if gone:
        audit.append("rule.review_ended", object=f"rule:{rule}", actor=f"user:{actor_id}")
    return bool(gone)


@transaction.atomic
def stop(*, actor_id: int, reason: StopReason | None = None) -> None:
    """Stop every list, at the latest after the slice that is running. Safe to run twice."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE retention_stopswitch IN SHARE ROW EXCLUSIVE MODE")
    if not StopSwitch.objects.exists():
        why = str(reason or "")
        StopSwitch.objects.create(stopped_by=actor_id, reason=why)
        audit.append(
            "destruction.stopped", object="destruction", actor=f"user:{actor_id}", reason=why
        )


@transaction.atomic
def resume(*, actor_id: int) -> None:
    """Let lists go on. Safe to run twice."""
    gone, _ = StopSwitch.objects.all().delete()
    if gone:
        audit.append("destruction.resumed", object="destruction", actor=f"user:{actor_id}")
