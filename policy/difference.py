"""What changed from one statement to the next: to read before publishing, and side by side."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Change:
    """A row added, gone, or changed in a field. `code` and `field` are empty where there is none.

    `old` is None where a row was added, `new` where it is gone.
    """

    part: str
    code: str
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a text that stayed, went or came."""

    kind: Literal["same", "removed", "added"]
    text: str


def changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    """Yield every row added, gone, or changed in a field; by part and code."""
    for part in sorted(old.keys() | new.keys()):
        if not isinstance(new.get(part, old.get(part)), list):
            if old.get(part) != new.get(part):
                yield Change(part, "", "", old.get(part), new.get(part))
            continue
        before = {row["code"]: row for row in old.get(part, [])}
        after = {row["code"]: row for row in new.get(part, [])}
        for code in sorted(before.keys() | after.keys()):
            if code not in after or code not in before:
                yield Change(part, code, "", before.get(code), after.get(code))
            else:
                yield from _fields(part, code, before[code], after[code])


def _fields(part: str, code: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield Change(part, code, key, old.get(key), new.get(key))


def difference(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return a line for every row added, gone, or changed in a field; by part and code."""
    return [_line(change) for change in changes(old, new)]


def _line(change: Change) -> str:
    where = " ".join(filter(None, (change.part, change.code, change.field)))
    if change.code and not change.field:
        if change.new is None:
            return f"- {where}"
        return f"+ {where}: {_text(change.new)}"
    if not change.code:
        where = change.part
    return f"~ {where}: {_text(change.old)} -> {_text(change.new)}"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def pieces(old: str, new: str) -> list[Piece]:
    """Return two texts as one, word by word: what stayed, went and came."""
    before, after = re.findall(r"\S+\s*", old), re.findall(r"\S+\s*", new)
    found: list[Piece] = []
    for what, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            found.append(Piece("same", "".join(before[i1:i2])))
            continue
        if i2 > i1:
            found.append(Piece("removed", "".join(before[i1:i2])))
        if j2 > j1:
            found.append(Piece("added", "".join(after[j1:j2])))
    return found
