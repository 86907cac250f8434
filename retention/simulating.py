"""What another rule would do to the dates that are stored, before it is published.

Nothing of the data is changed. Batch by batch, in the order of their keys, dossiers get the day
that the rules tried give them: by `subjects.anchors.end_of`, the function by which the door and
`subjects.recomputing` store dates. What is counted is added up in the transaction that moves the
simulation on: safe to kill anywhere, to run again, and to run twice. A batch and the counts are
all that is held in memory.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from audit import services as audit
from policy import services as policy
from policy.calendars import add_months
from policy.models import Purpose
from policy.periods import COUNTED_FROM, Anchors
from policy.statement import Rules
from retention.exceptions import SimulationRefused
from retention.simulation_models import KEPT_DAYS, Outcome, SimulatedCount, Simulation
from subjects.anchors import ANCHORS, End, end_of
from subjects.models import Dossier

BATCH = 5_000
MONTHS = 24
# So that curiosity does not keep the workers from their work.
MOST_OPEN = 3
LONGEST_MONTHS, LONGEST_DAYS = 600, 3_650

Changes = Mapping[str, Mapping[str, Any]]


# --- asking -------------------------------------------------------------------------------------


@transaction.atomic
def ask(changes: Changes, *, actor_id: int, today: date, draft: str = "") -> Simulation:
    """Note what is to be tried; `count` then does it.

    Raises SimulationRefused, with the reason in words, where nothing would change, where a rule
    cannot be tried like that, or where enough is being counted already.
    """
    statement = policy.current()
    _check(changes, statement.rules)
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE retention_simulation IN SHARE ROW EXCLUSIVE MODE")
    if waiting().count() >= MOST_OPEN:
        raise SimulationRefused("busy")
    purposes = Purpose.objects.filter(rules__in=list(changes)).distinct().order_by("pk")
    made = Simulation.objects.create(
        version=statement.version,
        draft=draft,
        changes={code: dict(fields) for code, fields in changes.items()},
        purposes=list(purposes.values_list("pk", flat=True)),
        today=today,
        asked_by=actor_id,
        last=Dossier.objects.aggregate(last=Max("pk"))["last"] or 0,
    )
    audit.append(
        "simulation.asked",
        object=f"simulation:{made.reference}",
        actor=f"user:{actor_id}",
        version=made.version,
        draft=draft,
        changes=_told(changes),
    )
    return made


def _check(changes: Changes, rules: Rules) -> None:
    differs = False
    for code, fields in changes.items():
        if code not in rules:
            raise SimulationRefused("unknown")
        rule = rules[code]
        for name, value in fields.items():
            if name == "anchor" and value not in COUNTED_FROM.get(code, (rule.anchor,)):
                raise SimulationRefused("anchor")
            if name == "months" and not (rule.months and 0 < value <= LONGEST_MONTHS):
                raise SimulationRefused("period")
            if name == "days" and not (rule.days and 0 < value <= LONGEST_DAYS):
                raise SimulationRefused("period")
            differs = differs or getattr(rule, name) != value
    if not differs:
        raise SimulationRefused("same")


def _told(changes: Changes) -> list[str]:
    return [
        f"{code}:{name}:{value}"
        for code, fields in sorted(changes.items())
        for name, value in sorted(fields.items())
    ]


def waiting() -> Any:
    """Return the simulations that are not done."""
    return Simulation.objects.filter(finished_at=None, cancelled_at=None)


@transaction.atomic
def cancel(simulation_id: int, *, actor_id: int) -> bool:
    """Stop counting; tell whether there was something to stop. Safe to run twice."""
    found = Simulation.objects.select_for_update().get(pk=simulation_id)
    if not found.is_open:
        return False
    found.cancelled_at = timezone.now()
    found.save(update_fields=["cancelled_at"])
    audit.append(
        "simulation.cancelled",
        object=f"simulation:{found.reference}",
        actor=f"user:{actor_id}",
        dossiers=found.looked_at,
    )
    return True


def forget(*, now: datetime) -> int:
    """Delete results that nobody should rely on any more; return how many."""
    old = Simulation.objects.filter(asked_at__lt=now - timedelta(days=KEPT_DAYS))
    with transaction.atomic():
        gone = old.count()
        old.delete()
    return gone


# --- counting -----------------------------------------------------------------------------------


def count(simulation_id: int) -> None:
    """Count what is left to count; where another worker is at it, it is left to them."""
    rules: Rules | None = None
    while True:
        with transaction.atomic():
            found = waiting().select_for_update(skip_locked=True).filter(pk=simulation_id).first()
            if found is None:
                return
            rules = rules or rules_tried(found)
            if not _count_batch(found, rules):
                return


def rules_tried(simulation: Simulation) -> Rules:
    """Return the published rules with what is tried."""
    return policy.rules_of(simulation.version).with_changes(simulation.changes)


def _count_batch(run: Simulation, rules: Rules) -> bool:
    """Count the next dossiers, in the caller's transaction; tell whether there were any."""
    ids = Dossier.objects.filter(pk__gt=run.after).order_by("pk").values_list("pk", flat=True)
    upto = ids[:BATCH].aggregate(last=Max("pk"))["last"]
    run.started_at = run.started_at or timezone.now()
    if upto is None:
        _finish(run)
        return False
    rows = _rows(run, upto)
    _add_up(run, _counted(rows, rules, run.today))
    run.after, run.looked_at = upto, run.looked_at + len(rows)
    run.save(update_fields=["after", "looked_at", "started_at"])
    return True


def _finish(run: Simulation) -> None:
    run.finished_at = timezone.now()
    run.save(update_fields=["finished_at", "started_at"])
    moved = run.counts.filter(month=None).exclude(what=Outcome.SAME)
    audit.append(
        "simulation.done",
        object=f"simulation:{run.reference}",
        actor=audit.WORKER,
        dossiers=run.looked_at,
        moved=sum(moved.values_list("dossiers", flat=True)),
    )


@dataclass(slots=True)
class _Row:
    """A dossier, its stored day, and whether a hold or restriction keeps it for now."""

    pk: int
    client_id: int | None
    rule: str
    day: date | None
    held: bool
    counted: tuple[Any, ...]


# Plain tuples, and the small tables of holds and restrictions asked for this stretch of keys.
ROWS = f"""
    SELECT d.id, d.client_id, d.rule, d.delete_from,
        d.id IN (SELECT h.dossier_id FROM retention_helddossier h WHERE h.released_on IS NULL
                AND h.dossier_id > %(after)s AND h.dossier_id <= %(upto)s)
            OR d.id IN (SELECT m.dossier_id FROM subjects_restrictionmark m
                WHERE m.lifted_on IS NULL
                AND m.dossier_id > %(after)s AND m.dossier_id <= %(upto)s),
        d.purpose_id, {", ".join(f"d.{name}" for name in ANCHORS)}
    FROM subjects_dossier d
    WHERE d.id > %(after)s AND d.id <= %(upto)s AND d.purpose_id = ANY (%(purposes)s)
"""  # noqa: S608 - names of columns


def _rows(run: Simulation, upto: int) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {"after": run.after, "upto": upto, "purposes": run.purposes})
        return [
            _Row(pk, client, rule, day, held, tuple(counted))
            for pk, client, rule, day, held, *counted in cursor.fetchall()
        ]


def outcome(now: date | None, then: date | None, today: date) -> Outcome:
    """Return what another day means for a dossier: by its stored day, the other one, and today.

    What goes at once by both stays as it is.
    """
    if now == then or (now and then and now <= today and then <= today):
        return Outcome.SAME
    if then is None:
        return Outcome.UNDATED
    if then <= today:
        return Outcome.AT_ONCE
    if now is None:
        return Outcome.DATED
    return Outcome.EARLIER if then < now else Outcome.LATER


# Rule, client, what, month; then dossiers, held, records.
Key = tuple[str, int | None, str, date | None]


def _counted(rows: list[_Row], rules: Rules, today: date) -> dict[Key, list[int]]:
    """Return the counts of these dossiers, by the same function that stores their days."""
    counts: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    ends: dict[tuple[Any, ...], End] = {}
    moved: dict[int, Key] = {}
    for row in rows:
        end = ends.get(row.counted)
        if end is None:
            purpose, *days = row.counted
            anchors = Anchors(**dict(zip(ANCHORS, days, strict=True)))
            end = ends[row.counted] = end_of(purpose, anchors, rules)
        then = end.delete_from
        what = outcome(row.day, then, today)
        key: Key = (end.rule, row.client_id, str(what), None)
        if what != Outcome.SAME:
            moved[row.pk] = key
        found = [key]
        found += _in_month(row.rule, row.day, SimulatedCount.NOW, today)
        found += _in_month(end.rule, then, SimulatedCount.THEN, today)
        for one in found:
            counts[one][0] += 1
            counts[one][1] += row.held
    for pk, records in _records_of(list(moved)):
        counts[moved[pk]][2] += records
    return counts


def _in_month(rule: str, day: date | None, what: str, today: date) -> list[Key]:
    """Return the month in which a dossier goes; what is overdue counts as this month."""
    begin = today.replace(day=1)
    if day is None or day >= add_months(begin, MONTHS):
        return []
    return [(rule, None, what, max(day.replace(day=1), begin))]


def _records_of(dossier_ids: list[int]) -> list[tuple[int, int]]:
    if not dossier_ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT i.dossier_id, count(*) FROM subjects_involvement i
            JOIN subjects_record r ON r.involvement_id = i.id
            WHERE i.dossier_id = ANY (%s) GROUP BY i.dossier_id""",
            [dossier_ids],
        )
        return list(cursor.fetchall())


ADD_UP = """
    INSERT INTO retention_simulatedcount AS c
        (simulation_id, rule, client_id, what, month, dossiers, held, records)
    SELECT %s, v.* FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::date[],
        %s::bigint[], %s::bigint[], %s::bigint[]) AS v
    ON CONFLICT (simulation_id, rule, client_id, what, month) DO UPDATE SET
        dossiers = c.dossiers + excluded.dossiers, held = c.held + excluded.held,
        records = c.records + excluded.records
"""


def _add_up(run: Simulation, counts: dict[Key, list[int]]) -> None:
    if not counts:
        return
    columns = zip(*((*key, *numbers) for key, numbers in counts.items()), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(ADD_UP, [run.pk, *(list(column) for column in columns)])
