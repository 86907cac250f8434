"""What of a line is sealed: taken out of it as JSON, so that nothing plain goes further."""

from collections.abc import Callable
from typing import Any

import orjson

_ACCOUNT = ("inputs", "weights", "result", "effect", "would_change")
_CONTENTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "consent": lambda data: {"text": data.pop("proof")},
    "record": lambda data: data.pop("content"),
    "disclosure": lambda data: {"text": data.pop("reason")},
    "contact_event": lambda data: {"text": data.pop("note")},
    "automated_decision": lambda data: {name: data.pop(name) for name in _ACCOUNT if name in data},
}


def take_content(data: dict[str, Any]) -> bytes:
    """Return what is to be sealed of a line, and leave its data without it."""
    content = _CONTENTS.get(data["type"])
    return orjson.dumps(content(data)) if content else b""
