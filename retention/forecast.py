"""What will go, month by month, and what cannot be told because a date is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from policy.calendars import add_months
from retention.models import Expectation
from retention.planning import UNITS
from subjects.models import Unit


@dataclass(frozen=True)
class Expected:
    """How many units go in a month (its first day) by a rule; `held` stay for now.

    What is overdue counts as this month. The held are not among `number`: nobody can tell when
    they go.
    """

    month: date
    rule: str
    unit: str
    number: int
    held: int = 0


@dataclass(frozen=True, slots=True)
class Missing:
    """A dossier whose date nobody can compute: the anchor must be looked up, never guessed."""

    id: int
    reference: UUID
    purpose: str
    rule: str
    anchor: str


# What goes before its dossier. What would go later, or with it, is not counted by itself.
BEFORE = {
    Unit.DOSSIER: "",
    Unit.INVOLVEMENT: """AND u.delete_from < coalesce(
        (SELECT o.delete_from FROM subjects_dossier o WHERE o.id = u.dossier_id), 'infinity')""",
    Unit.RECORD: """AND u.delete_from < least(coalesce(i.delete_from, 'infinity'), coalesce(
        (SELECT o.delete_from FROM subjects_dossier o WHERE o.id = i.dossier_id), 'infinity'))""",
}


def _of(unit: Unit) -> str:
    parts = UNITS[unit]
    column, key = parts["mark"].split(" = ")
    # As `planning.HELD`, but asked of all rows at once: the small tables are read and hashed.
    held = f"""({parts["dossier"]} IN (SELECT h.dossier_id FROM retention_helddossier h
            WHERE h.released_on IS NULL)
        OR {key} IN (SELECT {column} FROM subjects_restrictionmark m
            WHERE m.lifted_on IS NULL))"""  # noqa: S608 - constants of `planning`
    return f"""SELECT date_trunc('month', greatest(u.delete_from, %(begin)s)::timestamp)::date,
            u.rule, '{unit}', {held}
        FROM {parts["rows"]}
        WHERE u.delete_from IS NOT NULL AND u.delete_from < %(end)s {BEFORE[unit]}"""  # noqa: S608


def forecast(today: date, *, months: int = 24) -> list[Expected]:
    """Return what goes in this month and those after it, in one query over the dates' indexes."""
    begin = today.replace(day=1)
    every = " UNION ALL ".join(_of(unit) for unit in Unit)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT month, rule, unit, count(*) FILTER (WHERE NOT held),
                count(*) FILTER (WHERE held)
            FROM ({every}) AS due (month, rule, unit, held)
            GROUP BY month, rule, unit ORDER BY month, rule, unit""",  # noqa: S608
            {"begin": begin, "end": add_months(begin, months)},
        )
        return [Expected(*row) for row in cursor.fetchall()]


@transaction.atomic
def count(now: datetime) -> int:
    """Count the forecast anew and keep it for the overview; return how many rows.

    Safe to run twice and in parallel: whoever comes second waits, and counts again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('retention.forecast', 0))")
    rows = [
        Expectation(
            month=row.month,
            rule=row.rule,
            unit=row.unit,
            number=row.number,
            held=row.held,
            counted_at=now,
        )
        for row in forecast(timezone.localdate(now))
    ]
    Expectation.objects.all().delete()
    Expectation.objects.bulk_create(rows)
    return len(rows)


def counted(today: date) -> Sequence[Expectation]:
    """Return what was counted last of this month and those after it: by month and rule."""
    begin = today.replace(day=1)
    return list(Expectation.objects.filter(month__gte=begin).order_by("month", "rule", "unit"))


def pieces_a_dossier() -> float:
    """Return about how many pieces of data a dossier has; 0 where nobody knows yet.

    From what the database itself counted last: to count them all would take too long for a page.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT relname, reltuples FROM pg_class
            WHERE relname IN ('subjects_dossier', 'subjects_record') AND relkind = 'r'"""
        )
        counted = dict(cursor.fetchall())
    dossiers, records = counted["subjects_dossier"], counted["subjects_record"]
    return records / dossiers if dossiers > 0 and records > 0 else 0.0


def missing_by_rule() -> list[tuple[str, str, int]]:
    """Return how many dossiers have no date, by rule and by the anchor that is missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT rule, missing_anchor, count(*) FROM subjects_dossier
            WHERE missing_anchor <> '' GROUP BY rule, missing_anchor ORDER BY 1, 2"""
        )
        return [(rule, anchor, number) for rule, anchor, number in cursor.fetchall()]


def missing_anchors(
    after: tuple[str, int] = ("", 0),
    *,
    rule: str = "",
    anchor: str = "",
    without: Sequence[str] = (),
    limit: int = 50,
) -> list[Missing]:
    """Return dossiers without a date because an anchor is missing, by anchor and key.

    `rule` and `anchor` narrow it, as `missing_by_rule` counts them; without those of the purposes
    of `without`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, reference, purpose_id, rule, missing_anchor FROM subjects_dossier
            WHERE missing_anchor <> '' AND (missing_anchor, id) > (%(anchor)s, %(key)s)
              AND (%(rule)s = '' OR rule = %(rule)s)
              AND (%(only)s = '' OR missing_anchor = %(only)s)
              AND purpose_id <> ALL (%(without)s)
            ORDER BY missing_anchor, id LIMIT %(limit)s""",
            {
                "anchor": after[0],
                "key": after[1],
                "rule": rule,
                "only": anchor,
                "without": list(without),
                "limit": limit,
            },
        )
        return [Missing(*row) for row in cursor.fetchall()]
