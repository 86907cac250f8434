"""Rows into a table by COPY, the fastest way in."""

import io
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg2.sql import SQL, Identifier

_ESCAPED = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
_SPECIAL = re.compile(r"[\\\t\n\r]")


def _text(value: str) -> str:
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


def take_ids(cursor: CursorWrapper, table: str, count: int) -> list[int]:
    """Return ids for `count` new rows of a table; those not used leave harmless gaps."""
    if not count:
        return []
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
        [table, count],
    )
    return [row[0] for row in cursor.fetchall()]
