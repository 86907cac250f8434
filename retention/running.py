"""A whole list, by as many workers as like: each takes the next positions, until none is left.

A window is claimed before and marked done in the transaction that destroys. What a worker that
died left undone is taken by another; who finds all windows done looks again and ends the list.
"""

from datetime import date
from time import monotonic

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from audit import services as audit
from retention.constants import BY_DATE
from retention.destruction import Destroyed, destroy_picked, destroy_slice
from retention.models import DestructionList, RuleRun, Window
from retention.planning import HELD, UNITS
from subjects.models import ErasureProof, Unit
from vault.draining import DrainBeside

# Whoever places a hold waits for one slice: units a slice, steered towards this time.
FIRST_WIDTH = 500
WIDTHS = (250, 5_000)
SECONDS = 0.15
PICKED = 500


def destroy_list(list_id: int, *, today: date) -> bool:
    """Destroy what a list may destroy today, and end it; tell whether it has ended.

    Safe to run twice, in parallel, and to be killed anywhere. A list that may not run (not
    approved, too early, stopped) is left alone.
    """
    listed = DestructionList.objects.filter(
        pk=list_id, status=DestructionList.Status.APPROVED, runs_from__lte=today
    ).first()
    if listed is None:
        return False
    with DrainBeside() as drain:
        _run_windows(listed, today, drain)
    if not _all_done(listed):
        return False
    _destroy_what_is_left(listed, today)
    return _end(listed.pk, today)


def _run_windows(listed: DestructionList, today: date, drain: DrainBeside) -> None:
    width = FIRST_WIDTH
    while window := _claim(listed, width):
        began = monotonic()
        if _destroy_window(window, today, drain) is None:
            return
        width = _steered(width, monotonic() - began)
    for window in Window.objects.filter(list=listed, done_at=None).order_by("after"):
        _destroy_window(window, today, drain)


def _destroy_window(window: Window, today: date, drain: DrainBeside) -> Destroyed | None:
    return destroy_slice(
        window.list_id,
        window.after,
        window.to,
        today=today,
        window_id=window.pk,
        drain=drain.wake,
    )


def _steered(width: int, seconds: float) -> int:
    factor = min(2.0, max(0.5, SECONDS / max(seconds, 0.001)))
    return int(min(WIDTHS[1], max(WIDTHS[0], width * factor)))


def _claim(listed: DestructionList, width: int) -> Window | None:
    """Claim the next positions that nobody has claimed yet; None when there are no more."""
    while True:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            # Nobody waits for the disk: a claim that a crash forgets is made again, and what was
            # destroyed under it is forgotten too, since its commit comes later.
            cursor.execute("SET LOCAL synchronous_commit = off")
            cursor.execute(
                """INSERT INTO retention_window (list_id, after, "to")
                SELECT %(list)s, begin, least(begin + %(width)s, %(size)s)
                FROM (SELECT coalesce(max("to"), 0) AS begin FROM retention_window
                    WHERE list_id = %(list)s) b
                WHERE begin < %(size)s ON CONFLICT DO NOTHING RETURNING id, after, "to" """,
                {"list": listed.pk, "width": width, "size": listed.size},
            )
            # Nothing comes back when another worker was faster: then the next ones.
            if row := cursor.fetchone():
                return Window(id=row[0], list=listed, after=row[1], to=row[2])
        if _all_claimed(listed):
            return None


def _all_claimed(listed: DestructionList) -> bool:
    last = Window.objects.filter(list=listed).aggregate(last=Max("to"))["last"]
    return (last or 0) >= listed.size


def _all_done(listed: DestructionList) -> bool:
    """Tell whether nothing is left: neither stopped, nor in the hands of another worker."""
    return _all_claimed(listed) and not Window.objects.filter(list=listed, done_at=None).exists()


def _destroy_what_is_left(listed: DestructionList, today: date) -> None:
    """Take what slices left but may go: mostly, what has a hold or restriction of the past."""
    unit = UNITS[Unit(listed.unit)]
    last = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                f"""SELECT x.position FROM {unit["rows"]}, retention_destructionitem x
                WHERE u.id = x.unit_id AND u.delete_from <= %s
                  AND x.list_id = %s AND x.position > %s AND x.taken_off_at IS NULL
                  AND NOT {HELD.format(dossier=unit["dossier"], mark=unit["mark"])}
                ORDER BY x.position LIMIT %s""",  # noqa: S608 - constants of `planning`
                [today, listed.pk, last, PICKED],
            )
            positions = [row[0] for row in cursor.fetchall()]
            if not positions:
                return
            destroy_picked(listed.pk, positions, today=today)
            last = positions[-1]


@transaction.atomic
def _end(list_id: int, today: date) -> bool:
    """Mark a list done, once, with its counts; and its rule as one that has run before."""
    ended = (
        DestructionList.objects.select_for_update()
        .filter(pk=list_id, status=DestructionList.Status.APPROVED)
        .first()
    )
    if ended is None or not _all_done(ended):
        return False
    taken_off = ended.items.filter(taken_off_at__isnull=False).count()
    ended.destroyed = ErasureProof.objects.filter(list_id=list_id).count()
    ended.kept = ended.items.count() - taken_off - ended.destroyed
    ended.status, ended.done_at = DestructionList.Status.DONE, timezone.now()
    ended.save(update_fields=["destroyed", "kept", "status", "done_at"])
    Window.objects.filter(list=ended).delete()
    audit.append(
        "list.done",
        object=f"list:{ended.reference}",
        actor=audit.WORKER,
        destroyed=ended.destroyed,
        kept=ended.kept,
        taken_off=taken_off,
        rule=ended.rule,
        done=today,
    )
    if ended.kind in BY_DATE and ended.approved_by and ended.destroyed and ended.rule_digest:
        RuleRun.objects.get_or_create(
            digest=ended.rule_digest,
            defaults={"rule": ended.rule, "first_run_on": today, "list": ended},
        )
    return True
