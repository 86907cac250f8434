"""Honest figures for anybody: counted from the ledger, so that an auditor can count them again.

Every night the entries `request.received` and `request.answered` are counted by quarter and year
(`count`). What is shown of it names no number from one to four, nor one from which such a number
could be computed (`published`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from audit.models import Checkpoint
from requests.constants import ZONE, Right
from requests.figures.models import PublicFigure

# A number below this is not told: somebody might be recognised in it.
FEW = 5
QUARTERS = (1, 2, 3, 4)
YEAR = 0
# Years that are shown, this one included.
YEARS = 5
COUNTS = ("received", "waiting", "answered", "late", "extended", "partly", "refused")

Key = tuple[int, int, str]

# A letter that joined an earlier request is counted with that one.
_RECEIVED = """
WITH came AS (
    SELECT e.body->'object' AS object, e.body->'rights' AS rights,
        coalesce((e.body->>'received_on')::date,
            ((e.body->>'at')::timestamptz AT TIME ZONE %(zone)s)::date) AS day
    FROM audit_entry e
    WHERE (e.body->'event' = '"request.received"' AND e.body->'kind' = '"request"'
        OR e.body->'event' = '"request.made_of_question"')
      AND NOT EXISTS (SELECT FROM audit_entry m
        WHERE m.body->'event' = '"request.merged"' AND m.body->'object' = e.body->'object')
), ended AS (
    SELECT DISTINCT body->'object' AS object FROM audit_entry
    WHERE body->'event' IN ('"request.answered"', '"request.withdrawn"')
), counted AS (
    SELECT extract(year FROM day) AS year, extract(quarter FROM day) AS quarter, rights,
        ended.object IS NULL AS waits
    FROM came LEFT JOIN ended USING (object) WHERE day >= %(since)s
), every AS (
    SELECT year, quarter, '' AS of_right, waits FROM counted
    UNION ALL SELECT year, quarter, one, waits FROM counted, jsonb_array_elements_text(rights) one
)
SELECT year::int, coalesce(quarter, 0)::int, of_right, count(*), count(*) FILTER (WHERE waits)
FROM every GROUP BY GROUPING SETS ((year, quarter, of_right), (year, of_right))
"""
_ANSWERED = """
WITH answered AS (
    SELECT (body->>'answered_on')::date AS day, (body->>'days')::int AS days,
        (body->>'late')::boolean AS late, (body->>'extended')::boolean AS extended,
        body->>'refused' AS refused, body->'rights' AS rights
    FROM audit_entry
    WHERE body->'event' = '"request.answered"' AND body ? 'answered_on'
      AND (body->>'answered_on')::date >= %(since)s
), every AS (
    SELECT '' AS of_right, answered.* FROM answered
    UNION ALL
    SELECT one, answered.* FROM answered, jsonb_array_elements_text(rights) one
)
SELECT extract(year FROM day)::int, coalesce(extract(quarter FROM day), 0)::int, of_right,
    count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY days), count(*) FILTER (WHERE late),
    count(*) FILTER (WHERE extended), count(*) FILTER (WHERE refused = 'partly'),
    count(*) FILTER (WHERE refused = 'wholly'), min(day)
FROM every
GROUP BY GROUPING SETS ((extract(year FROM day), extract(quarter FROM day), of_right),
    (extract(year FROM day), of_right))
"""


@transaction.atomic
def count(now: datetime) -> int:
    """Count the figures of the last years anew from the ledger; return how many rows.

    Safe to run twice and in parallel: whoever comes second waits, and counts again.
    """
    since = timezone.localdate(now).replace(month=1, day=1)
    since = since.replace(year=since.year - YEARS + 1)
    sealed = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    rows: dict[Key, PublicFigure] = {}

    def row(year: int, quarter: int, right: str) -> PublicFigure:
        new = PublicFigure(year=year, quarter=quarter, right=right, counted_at=now, entries=sealed)
        return rows.setdefault((year, quarter, right), new)

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('requests.figures', 0))")
        cursor.execute(_RECEIVED, {"zone": ZONE, "since": since})
        for year, quarter, right, *numbers in cursor.fetchall():
            one = row(year, quarter, right)
            one.received, one.waiting = numbers
        cursor.execute(_ANSWERED, {"since": since})
        for year, quarter, right, *numbers in cursor.fetchall():
            one = row(year, quarter, right)
            one.answered, one.median_days, one.late, one.extended = numbers[:4]
            one.partly, one.refused, one.first_answer_on = numbers[4:]
    PublicFigure.objects.all().delete()
    PublicFigure.objects.bulk_create(rows.values())
    return len(rows)


# --- what is shown -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """The figures of a period and right, as anybody may see them; a hidden number is None."""

    year: int
    quarter: int
    right: str
    numbers: Mapping[str, int | None]
    median_days: int | None
    is_over: bool

    def share(self, name: str) -> int | None:
        """Return a number as a whole percentage of the answers; None where it is hidden."""
        part, whole = self.numbers[name], self.numbers["answered"]
        return None if part is None or not whole else (200 * part + whole) // (2 * whole)


@dataclass(frozen=True)
class Published:
    """All that is shown, newest first, and what it was counted from."""

    rows: Sequence[Shown] = ()
    counted_at: datetime | None = None
    entries: int = 0
    since: Any = None
    by_key: Mapping[Key, Shown] = field(default_factory=dict)

    @property
    def years(self) -> list[int]:
        return sorted({row.year for row in self.rows}, reverse=True)


def published(now: datetime) -> Published:
    """Return the figures as anybody may see them."""
    counted = list(PublicFigure.objects.order_by("-year", "quarter", "right"))
    if not counted:
        return Published()
    exact = {
        name: {(one.year, one.quarter, one.right): getattr(one, name) for one in counted}
        for name in COUNTS
    }
    shown = {name: hide_few(numbers) for name, numbers in exact.items()}
    # What came in, without what still waits, is what was answered or taken back.
    ended = {key: exact["received"][key] - exact["waiting"][key] for key in exact["waiting"]}
    few = {key for key, number in ended.items() if 0 < number < FEW}
    shown["waiting"] = hide_few(exact["waiting"], also=few)
    today = timezone.localdate(now)
    current = (today.year, (today.month + 2) // 3)
    rows = []
    for one in counted:
        key = (one.year, one.quarter, one.right)
        numbers = {name: shown[name][key] for name in COUNTS}
        over = one.year < today.year if one.quarter == YEAR else key[:2] < current
        median = one.median_days if numbers["answered"] else None
        rows.append(Shown(*key, numbers, median, over))
    first = min((one.first_answer_on for one in counted if one.first_answer_on), default=None)
    by_key = {(row.year, row.quarter, row.right): row for row in rows}
    return Published(rows, counted[0].counted_at, counted[0].entries, first, by_key)


def hide_few(numbers: Mapping[Key, int], also: Iterable[Key] = ()) -> dict[Key, int | None]:
    """Hide the numbers from one to four, and those from which one of them could be computed.

    `also` are others that would give away a small number of another kind.

    A year is the sum of its quarters, and all requests may be the sum of those for each right: in
    such a line one number hidden alone is no secret, so the smallest of the others goes too.
    """
    hidden = {key for key, number in numbers.items() if 0 < number < FEW} | set(also)
    lines = _lines(numbers)
    while more := {key for line in lines for key in _gives_away(line, numbers, hidden)}:
        hidden |= more
    return {key: None if key in hidden else number for key, number in numbers.items()}


def _lines(numbers: Iterable[Key]) -> list[list[Key]]:
    """Return what adds up: a year and its quarters, and the rights of a period and the whole."""
    years: dict[tuple[int, str], list[Key]] = {}
    periods: dict[tuple[int, int], list[Key]] = {}
    for year, quarter, right in numbers:
        years.setdefault((year, right), []).append((year, quarter, right))
        periods.setdefault((year, quarter), []).append((year, quarter, right))
    return [*years.values(), *periods.values()]


def _gives_away(line: Sequence[Key], numbers: Mapping[Key, int], hidden: set[Key]) -> Iterable[Key]:
    if sum(key in hidden for key in line) != 1:
        return []
    others = [key for key in line if key not in hidden and numbers[key]]
    return [min(others, key=lambda key: (numbers[key], key))] if others else []


def rights_of(figures: Published, year: int) -> list[Right]:
    """Return the rights that were asked for, or answered about, in a year."""
    return [right for right in Right if (year, YEAR, right.value) in figures.by_key]
