"""Debtors whom nobody told within a month that we hold their data.

Among millions of whom nearly all were told, asking for those who were not reads them all. So a
task looks at everybody each night, window by window, and keeps those it finds in a small table,
which a page reads by key. Each window is a transaction of its own: safe to stop and run again.

Source: GDPR Articles 14(3)(a) and 21(4).
"""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from policy.calendars import add_months
from policy.models import Family
from subjects.models import FirstContactNotice, Involvement, NotTold

WINDOW = 20_000
# The door opens cases of the past too: in which a month has been over for long.
_LATE = """
    FROM subjects_involvement i
    JOIN subjects_dossier d ON d.id = i.dossier_id
    JOIN policy_subjectcategory c ON c.code = i.category_id
    WHERE i.id > %(after)s AND i.id <= %(to)s AND c.family = %(family)s
      AND d.purpose_id = 'COL' AND d.phase <> 'invoice'
      AND (d.closed_on IS NULL OR d.reopened_on >= d.closed_on)
      AND coalesce(d.opened_on, (d.created_at AT TIME ZONE 'Europe/Amsterdam')::date)
          <= %(cutoff)s
      AND NOT EXISTS (SELECT 1 FROM subjects_firstcontactnotice n
          WHERE n.involvement_id = i.id AND n.objection_shown_apart)
"""


@dataclass(frozen=True, slots=True)
class Untold:
    """A debtor who was not told in time, and until which day it would have been."""

    involvement_id: int
    dossier_reference: uuid.UUID
    told_by: date


def look_again(today: date) -> int:
    """Find anew who was not told in time; return how many. Safe to run twice and to stop."""
    found = after = 0
    while (step := _window(after, today)) is not None:
        after, count = step
        found += count
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM subjects_nottold WHERE involvement_id > %s", [after])
    return found


@transaction.atomic
def _window(after: int, today: date) -> tuple[int, int] | None:
    """Look at the next involvements; return the last of them and how many were not told."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(id) FROM (SELECT id FROM subjects_involvement WHERE id > %s"
            " ORDER BY id LIMIT %s) w",
            [after, WINDOW],
        )
        to = cursor.fetchone()[0]
        if to is None:
            return None
        where = {
            "after": after,
            "to": to,
            "family": str(Family.DEBTOR),
            "cutoff": _a_month_before(today),
        }
        cursor.execute(
            "DELETE FROM subjects_nottold t WHERE t.involvement_id > %(after)s"  # noqa: S608
            f" AND t.involvement_id <= %(to)s AND t.involvement_id NOT IN (SELECT i.id {_LATE})",
            where,
        )
        cursor.execute(
            "INSERT INTO subjects_nottold (involvement_id, told_by)"
            " SELECT i.id, (coalesce(d.opened_on,"
            " (d.created_at AT TIME ZONE 'Europe/Amsterdam')::date) + interval '1 month')::date"
            f" {_LATE} ON CONFLICT (involvement_id) DO UPDATE SET told_by = excluded.told_by",
            where,
        )
        return to, cursor.rowcount


def without_first_contact_notice(today: date, *, after: int = 0, limit: int = 100) -> list[Untold]:
    """Return debtors in running cases whom nobody told within a month, by key.

    As the last night found them, without those who were told since. A notice counts where it
    shows the right to object apart from the rest. In the invoice phase telling is the client's.
    """
    told = FirstContactNotice.objects.filter(involvement=OuterRef("pk"), objection_shown_apart=True)
    shown: list[Untold] = []
    while len(shown) < limit:
        rows = dict(
            NotTold.objects.filter(pk__gt=after, told_by__lt=today)
            .order_by("pk")
            .values_list("pk", "told_by")[:limit]
        )
        if not rows:
            break
        after = max(rows)
        still = (
            Involvement.objects.filter(~Exists(told), pk__in=list(rows))
            .order_by("pk")
            .values_list("pk", "dossier__reference")
        )
        shown += [Untold(pk, reference, rows[pk]) for pk, reference in still]
    return shown[:limit]


def _a_month_before(today: date) -> date:
    """Return the last day whose month is over today."""
    days = (today - timedelta(days=n) for n in range(28, 33))
    return max(day for day in days if add_months(day, 1) < today)
