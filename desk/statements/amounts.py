"""How many rows of each code there are: exact where they are few, estimated where many.

The database keeps, of each column, its commonest values and their share, as of its last ANALYZE.
That answers at once for a hundred million rows, and a page says that it is an estimate.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import connection
from django.db.backends.utils import CursorWrapper

# Counted one by one up to here.
FEW = 20_000
# What a promise is kept by: the table and column that tell how many rows it governs.
COLUMNS = {
    "purpose": ("subjects_dossier", "purpose_id"),
    "rule": ("subjects_dossier", "rule"),
    "subject": ("subjects_involvement", "category_id"),
    "data": ("subjects_record", "data_category_id"),
    "source": ("subjects_record", "source_id"),
    "automated": ("subjects_automateddecision", "kind"),
    "right": ("requests_requestedright", "right"),
}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of rows; `is_known` is False where the database has no estimate yet."""

    number: int
    is_estimate: bool
    is_known: bool = True


def amounts(wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Amount]:
    """Return how many rows there are by kind and code; at most two queries for each kind."""
    codes: dict[str, set[str]] = {}
    for kind, code in wanted:
        if kind in COLUMNS:
            codes.setdefault(kind, set()).add(code)
    found: dict[tuple[str, str], Amount] = {}
    with connection.cursor() as cursor:
        for kind, some in codes.items():
            for code, amount in _of_kind(cursor, kind, some).items():
                found[kind, code] = amount
    return found


def _of_kind(cursor: CursorWrapper, kind: str, codes: set[str]) -> Mapping[str, Amount]:
    table, column = COLUMNS[kind]
    cursor.execute(
        f'SELECT value, count(*) FROM (SELECT "{column}" AS value FROM "{table}" LIMIT %s) part'  # noqa: S608 - names of our own
        " GROUP BY value",
        [FEW + 1],
    )
    counted = dict(cursor.fetchall())
    if sum(counted.values()) <= FEW:
        return {code: Amount(counted.get(code, 0), is_estimate=False) for code in codes}
    shares = _shares(cursor, table, column)
    if shares is None:
        return {
            code: Amount(counted.get(code, 0), is_estimate=True, is_known=False) for code in codes
        }
    return {code: Amount(_rounded(shares.get(code, 0)), is_estimate=True) for code in codes}


def _shares(cursor: CursorWrapper, table: str, column: str) -> Mapping[str, float] | None:
    """Return about how many rows have each of the commonest values; None before an ANALYZE."""
    cursor.execute(
        "SELECT c.reltuples, s.most_common_vals::text::text[], s.most_common_freqs"
        " FROM pg_class c JOIN pg_stats s ON s.tablename = c.relname AND s.attname = %s"
        " WHERE c.oid = %s::regclass AND s.schemaname = current_schema()",
        [column, table],
    )
    row = cursor.fetchone()
    if row is None or row[0] < 0 or row[1] is None:
        return None
    rows, values, frequencies = row
    return {value: rows * share for value, share in zip(values, frequencies, strict=True)}


def _rounded(number: float) -> int:
    """Return a number with two digits that mean something, as an estimate deserves."""
    whole = round(number)
    return round(whole, 2 - len(str(whole))) if whole >= 100 else whole
