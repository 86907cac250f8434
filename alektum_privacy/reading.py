"""What a page reads, read once: many querysets in one statement, and small facts kept meanwhile.

A page that shows everything of one thing asks many small tables. One statement for all of them
costs one way to the database and back.
"""

import json
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models import QuerySet, query
from django.db.models.fields.reverse_related import ForeignObjectRel

Kept = TypeVar("Kept")

_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("kept_while_reading", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Keep what `once` reads until the outermost block ends. For who changes nothing of it."""
    if _kept.get() is not None:
        yield
        return
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def kept_meanwhile() -> dict[Hashable, Any] | None:
    """Return what is kept within `reading_once`, to add to; None outside of it."""
    return _kept.get()


def once(name: Hashable, read: Callable[[], Kept]) -> Kept:
    """Return what `read` returns, within `reading_once` without reading it a second time."""
    kept = _kept.get()
    if kept is None:
        return read()
    if name not in kept:
        kept[name] = read()
    return cast(Kept, kept[name])


# --- many querysets, one statement ---------------------------------------------------------


def read_together(*querysets: QuerySet[Any]) -> None:
    """Read these querysets in one statement; each then holds its rows, in its order.

    Of models, with `select_related`, `defer` and annotations, and of `values_list` without names.
    For small sets: rows travel as JSON.
    """
    waiting, parts, params = [], list[str](), list[Any]()
    for queryset in querysets:
        compiler = queryset.query.get_compiler(using=queryset.db)
        try:
            sql, of_part = compiler.as_sql(with_col_aliases=True)
        except EmptyResultSet:
            cast(Any, queryset)._result_cache = []
            continue
        waiting.append((queryset, compiler))
        columns = ", ".join(f't."{alias}"' for _column, _sql, alias in compiler.select)
        parts.append(_PART.format(columns=columns, rows=sql))
        params += of_part
    if not waiting:
        return
    statement = "SELECT " + ", ".join(parts)
    with connections[waiting[0][0].db].cursor() as cursor:
        cursor.execute(statement, params)
        found = cursor.fetchone()
    for (queryset, compiler), text in zip(waiting, found, strict=True):
        convert = [_from_json(column[0]) for column in compiler.select]
        rows = [
            [
                None if value is None else to_python(value)
                for to_python, value in zip(convert, row, strict=True)
            ]
            for row in json.loads(text or "[]")
        ]
        cast(Any, queryset)._result_cache = _made(queryset, compiler, rows)


def _made(queryset: Any, compiler: Any, rows: Sequence[list[Any]]) -> list[Any]:
    """Return rows as the queryset gives them. As Django's own ModelIterable does it."""
    django: Any = query
    if queryset._iterable_class is django.ValuesListIterable:
        return [tuple(row) for row in rows]
    if queryset._iterable_class is not django.ModelIterable:
        raise TypeError("read_together reads models and values_list")
    info, select = compiler.klass_info, compiler.select
    first, end = info["select_fields"][0], info["select_fields"][-1] + 1
    names = [column[0].target.attname for column in select[first:end]]
    populators = django.get_related_populators(info, select, queryset.db)
    made = []
    for row in rows:
        one = info["model"].from_db(queryset.db, names, row[first:end])
        for populator in populators:
            populator.populate(row, one)
        for name, column in compiler.annotation_col_map.items():
            setattr(one, name, row[column])
        # Whose rows these are: the object itself, and not read once more.
        for field, known in queryset._known_related_objects.items():
            if (owner := known.get(getattr(one, field.attname))) is not None:
                setattr(one, field.name, owner)
        made.append(one)
    return made


def _from_json(expression: Any) -> Callable[[Any], Any]:
    """Return how a column's value is read from JSON."""
    return _of_field(expression.output_field)


def _of_field(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, ForeignObjectRel):
        field = field.target_field
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, models.DecimalField):
        raise TypeError("JSON would round this")
    if hasattr(field, "base_field"):
        return _list_of(_of_field(field.base_field))
    for kind, to_python in _TO_PYTHON:
        if isinstance(field, kind):
            return to_python
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _list_of(each: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda values: [None if one is None else each(one) for one in values]


def _bytes(value: str) -> bytes:
    return bytes.fromhex(value.removeprefix("\\x"))


# Django wrote both, with its parameters apart.
_PART = "(SELECT json_agg(json_build_array({columns}))::text FROM ({rows}) t)"
# A moment is a date to Django too: it comes first.
_TO_PYTHON: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (models.BinaryField, _bytes),
    (models.DateTimeField, datetime.fromisoformat),
    (models.DateField, date.fromisoformat),
    (models.UUIDField, UUID),
    (models.FloatField, float),
)
