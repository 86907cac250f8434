"""What a right corrected, so that the source's next file does not undo it.

Marks stand sealed on the row they are about and go with it. A mark keeps the day of the correction
and keyed digests of the values that were wrong, never those values. See
`docs/decisions/corrected-at-the-door.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

from vault import services as vault

Marks = dict[str, dict[str, Any]]


@dataclass(slots=True)
class Settled:
    """What a line's fields become beside corrections: `kept` are those it did not change."""

    values: dict[str, Any]
    marks: Marks
    kept: list[str] = field(default_factory=list)


def noted(
    marks: Marks, changes: Mapping[str, tuple[Any, Any]], *, place: str, today: date
) -> Marks:
    """Return the marks with these corrections, each (old, new), beside those that stand."""
    made = dict(marks)
    for name, (old, new) in changes.items():
        if _same(old, new):
            continue
        wrong = [*made.get(name, {}).get("wrong", ()), _digest(place, name, old)]
        right = _digest(place, name, new)
        made[name] = {"wrong": sorted({*wrong} - {right}), "on": today.isoformat()}
    return made


def settle(
    marks: Marks,
    held: Mapping[str, Any],
    sent: Mapping[str, Any],
    *,
    place: str,
    dated_on: date | None,
) -> Settled:
    """Return what is to stand after a line of the source, field by field.

    The corrected value sent back ends its mark. A value that was found wrong stays out, whenever
    it is dated; another one comes in only where the line is dated after the correction.

    Source: GDPR Articles 5(1)(d) and 16.
    """
    values, left, kept = dict(sent), dict(marks), []
    for name, mark in marks.items():
        ours, theirs = held.get(name), sent.get(name)
        if _same(ours, theirs) or (
            dated_on is not None
            and dated_on > date.fromisoformat(mark["on"])
            and _digest(place, name, theirs) not in mark["wrong"]
        ):
            del left[name]
        else:
            kept.append(name)
            values.pop(name, None)
            if name in held:
                values[name] = ours
    return Settled(values, left, kept)


def _same(one: Any, other: Any) -> bool:
    return _canonical(one) == _canonical(other)


def _digest(place: str, name: str, value: Any) -> str:
    return vault.digest("corrected", place, name, _canonical(value).decode()).hex()


def _canonical(value: Any) -> bytes:
    """Return a value as bytes, the same for what differs in order, spaces or emptiness only."""
    return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split()) or None
    if isinstance(value, Mapping):
        parts = {name: _plain(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part is not None} or None
    if isinstance(value, list | tuple):
        return sorted((_plain(part) for part in value), key=orjson.dumps) or None
    return value
