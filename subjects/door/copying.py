"""Rows into a table by COPY, the fastest way in."""

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg2.sql import SQL, Identifier

_ESCAPED = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
_SPECIAL = re.compile(r"[\\\t\n\r]")


def rows_with(
    cursor: CursorWrapper,
    table: str,
    columns: Sequence[str],
    digests: Iterable[bytes],
    *,
    named: str = "source_digest",
) -> list[tuple[Any, ...]]:
    """Return these columns of the rows of a table that have one of the digests."""
    wanted = ",".join([digest.hex() for digest in digests])
    if not wanted:
        return []
    # The planner takes what is unnested for few, so it looks each up in the index; an array of
    # thousands would have it read the whole table.
    query = SQL(
        "SELECT {} FROM {} WHERE {} = ANY"
        " (ARRAY(SELECT decode(digest, 'hex') FROM unnest(string_to_array(%s, ',')) digest))"
    ).format(SQL(", ").join(map(Identifier, columns)), Identifier(table), Identifier(named))
    cursor.execute(query, [wanted])
    return cursor.fetchall()


def _text(value: str) -> str:
    if not _SPECIAL.search(value):
        return value
    return _SPECIAL.sub(lambda match: _ESCAPED[match[0]], value)


def _array(value: Sequence[str]) -> str:
    # Only codes of the statement stand in arrays: no quotes needed.
    return "{" + ",".join(value) + "}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: r"\N",
    str: _text,
    bytes: lambda value: r"\\x" + value.hex(),
    bool: lambda value: "t" if value else "f",
    int: str,
    date: date.isoformat,
    datetime: datetime.isoformat,
    UUID: str,
    list: _array,
}


def copy_rows(
    cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Write the rows in one COPY; each holds its values in the order of `columns`."""
    if not rows:
        return
    writers = _WRITERS
    text = "".join(
        ["\t".join([writers[type(value)](value) for value in row]) + "\n" for row in rows]
    )
    statement = SQL("COPY {} ({}) FROM STDIN").format(
        Identifier(table), SQL(", ").join(map(Identifier, columns))
    )
    with connection.wrap_database_errors:
        cursor.cursor.copy_expert(statement.as_string(cursor.cursor), io.StringIO(text))


def take_ids(cursor: CursorWrapper, counts: Mapping[str, int]) -> dict[str, list[int]]:
    """Return ids for so many new rows of each table; those not used leave harmless gaps."""
    # Its name is looked up once, not for each id.
    taken = SQL(
        "ARRAY(SELECT nextval(sequence) FROM (SELECT"
        " pg_get_serial_sequence(%s, 'id')::regclass OFFSET 0) s (sequence),"
        " generate_series(1, %s))"
    )
    asked = [part for of_table in counts.items() for part in of_table]
    cursor.execute(SQL("SELECT {}").format(SQL(", ").join([taken] * len(counts))), asked)
    return dict(zip(counts, cursor.fetchone(), strict=True))
