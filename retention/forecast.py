"""What will go, month by month, and what cannot be told because a date is missing."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

from policy.calendars import add_months


@dataclass(frozen=True, slots=True)
class Expected:
    """How many dossiers go in a month (its first day) by a rule. Overdue counts as this month."""

    month: date
    rule: str
    dossiers: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A dossier whose date nobody can compute: the anchor must be looked up, never guessed."""

    id: int
    reference: UUID
    purpose: str
    rule: str
    anchor: str


def forecast(today: date, *, months: int = 24) -> list[Expected]:
    """Return what goes in this month and those after it, in one query over the dates' index."""
    begin = today.replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT date_trunc('month', greatest(delete_from, %(begin)s)::timestamp)::date AS m,
                rule, count(*)
            FROM subjects_dossier
            WHERE delete_from IS NOT NULL AND delete_from < %(end)s
            GROUP BY m, rule ORDER BY m, rule""",
            {"begin": begin, "end": add_months(begin, months)},
        )
        return [Expected(*row) for row in cursor.fetchall()]


def missing_anchors(after: tuple[str, int] = ("", 0), *, limit: int = 50) -> list[Missing]:
    """Return dossiers without a date because an anchor is missing, by anchor and key."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, reference, purpose_id, rule, missing_anchor FROM subjects_dossier
            WHERE missing_anchor <> '' AND (missing_anchor, id) > (%s, %s)
            ORDER BY missing_anchor, id LIMIT %s""",
            [*after, limit],
        )
        return [Missing(*row) for row in cursor.fetchall()]
