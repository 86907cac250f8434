from collections.abc import Iterator
from typing import Any

import orjson


class Stream:
    """Lines that are made while they are read."""

    def __init__(self, lines: Iterator[dict[str, Any]]) -> None:
        self._lines = lines

    def readline(self, limit: int, /) -> bytes:
        line = next(self._lines, None)
        return b"" if line is None else orjson.dumps(line) + b"\n"
