"""Which units go in which months by which rule: the rows behind the figures of `forecast`.

What is counted there is listed here, a page at a time by date and key: the conditions are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from policy.calendars import add_months
from retention.forecast import BEFORE
from retention.planning import UNITS
from retention.sight import WHOLE, Sight
from subjects.models import Unit

PAGE = 50
# Counted no further on a page.
MOST = 10_000
ORDER = "ORDER BY u.delete_from, u.id LIMIT %(limit)s"


@dataclass(frozen=True)
class Asked:
    """Which units: of which kind, by which rules (none: all), in which months; or the held ones.

    `first` and `last` are first days of months. What is overdue belongs to `begin`, this month.
    What `sight` does not show is not there.
    """

    begin: date
    first: date
    last: date
    unit: str = Unit.DOSSIER
    rules: Sequence[str] = ()
    held: bool = False
    sight: Sight = WHOLE


@dataclass(frozen=True, slots=True)
class Due:
    """A unit that goes: its first deletion day, its rule, and the dossier in which it stands."""

    delete_from: date
    id: int
    rule: str
    dossier: UUID
    purpose: str


# The rules there are dates of, one step along the index for each.
_RULES = """
WITH RECURSIVE r AS (
    (SELECT rule FROM subjects_dossier WHERE delete_from IS NOT NULL ORDER BY rule LIMIT 1)
    UNION ALL
    SELECT (SELECT u.rule FROM subjects_dossier u WHERE u.delete_from IS NOT NULL
            AND u.rule > r.rule ORDER BY u.rule LIMIT 1)
    FROM r WHERE r.rule IS NOT NULL)
SELECT rule FROM r WHERE rule IS NOT NULL
"""


def rows_of(asked: Asked, after: tuple[date, int] | None, *, limit: int = PAGE) -> list[Due]:
    """Return what follows `after`, by first deletion day and key."""
    key, beyond = "", dict[str, Any]()
    if after is not None:
        key = " AND (u.delete_from, u.id) > (%(day)s, %(key)s)"
        beyond = {"day": after[0], "key": after[1]}
    chosen = _chosen(asked, f"u.id, u.delete_from, u.rule, {_dossier(asked)}", key, ORDER)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT u.delete_from, u.id, u.rule, d.reference, d.purpose_id
            FROM ({chosen}) u (id, delete_from, rule, dossier_id)
            JOIN subjects_dossier d ON d.id = u.dossier_id {ORDER}""",  # noqa: S608 - constants
            _values(asked) | beyond | {"limit": limit},
        )
        return [Due(*row) for row in cursor.fetchall()]


def number_of(asked: Asked) -> int:
    """Return how many there are now, counted up to `MOST` and one more."""
    chosen = _chosen(asked, "1", "", "LIMIT %(limit)s")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT FROM ({chosen}) c LIMIT %(limit)s) n",  # noqa: S608
            _values(asked) | {"limit": MOST + 1},
        )
        number: int = cursor.fetchone()[0]
        return number


def _dossier(asked: Asked) -> str:
    return UNITS[Unit(asked.unit)]["dossier"]


def _chosen(asked: Asked, columns: str, key: str, end: str) -> str:
    """Return the question for the units; of dossiers, one walk along the index for each rule."""
    unit = Unit(asked.unit)
    rows, since = UNITS[unit]["rows"], "" if asked.first <= asked.begin else _SINCE
    where = (
        f"u.delete_from < %(end)s {since} {BEFORE[unit]} AND {_held(asked)} {_seen(asked)} {key}"
    )
    if unit == Unit.DOSSIER:
        rules = "unnest(%(rules)s::text[])" if asked.rules else f"({_RULES})"
        each = f"SELECT {columns} FROM {rows} WHERE u.rule = r.rule AND {where} {end}"  # noqa: S608
        # Of a rule that the reader may see nothing of no date is read.
        shown = "" if asked.sight.is_whole else "WHERE r.rule <> ALL (%(unseen_rules)s)"
        return f"SELECT c.* FROM {rules} r (rule), LATERAL ({each}) c {shown}"  # noqa: S608
    by_rule = "u.rule = ANY (%(rules)s) AND" if asked.rules else ""
    return f"SELECT {columns} FROM {rows} WHERE {by_rule} {where} {end}"  # noqa: S608


_SINCE = "AND u.delete_from >= %(first)s"


def _seen(asked: Asked) -> str:
    """Leave out what the reader may not know of."""
    if asked.sight.is_whole:
        return ""
    if asked.unit == Unit.DOSSIER:
        return "AND u.purpose_id <> ALL (%(unseen)s)"
    return f"""AND NOT EXISTS (SELECT FROM subjects_dossier x
        WHERE x.id = {_dossier(asked)} AND x.purpose_id = ANY (%(unseen)s))"""


def _held(asked: Asked) -> str:
    """Return what is held back or restricted, as `forecast` counts it; or what is not.

    Asked of the small tables first where only those are wanted.
    """
    parts = UNITS[Unit(asked.unit)]
    column, key = parts["mark"].split(" = ")
    held = f"""{parts["dossier"]} IN (SELECT h.dossier_id FROM retention_helddossier h
        WHERE h.released_on IS NULL)"""  # noqa: S608 - constants of `planning`
    marked = f"""{key} IN (SELECT {column} FROM subjects_restrictionmark m
        WHERE m.lifted_on IS NULL)"""  # noqa: S608
    if not asked.held:
        return f"NOT ({held} OR {marked})"
    return f"""u.id IN (SELECT u.id FROM {parts["rows"]} WHERE {held}
        UNION SELECT u.id FROM {parts["rows"]} WHERE {marked})"""  # noqa: S608


def _values(asked: Asked) -> dict[str, Any]:
    return {
        "first": asked.first,
        "end": add_months(asked.last, 1),
        "rules": [rule for rule in asked.rules if rule not in asked.sight.rules],
        "unseen": list(asked.sight.purposes),
        "unseen_rules": list(asked.sight.rules),
    }
