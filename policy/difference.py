"""What changed from one statement to the next, as lines to read before publishing."""

import json
from typing import Any


def difference(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return a line for every row added, gone, or changed in a field; by part and code."""
    lines = []
    for part in sorted(old.keys() | new.keys()):
        if not isinstance(new.get(part, old.get(part)), list):
            if old.get(part) != new.get(part):
                lines.append(f"~ {part}: {_text(old.get(part))} -> {_text(new.get(part))}")
            continue
        before = {row["code"]: row for row in old.get(part, [])}
        after = {row["code"]: row for row in new.get(part, [])}
        for code in sorted(before.keys() | after.keys()):
            if code not in after:
                lines.append(f"- {part} {code}")
            elif code not in before:
                lines.append(f"+ {part} {code}: {_text(after[code])}")
            else:
                lines += _changed(f"{part} {code}", before[code], after[code])
    return lines


def _changed(where: str, old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [
        f"~ {where} {key}: {_text(old.get(key))} -> {_text(new.get(key))}"
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
