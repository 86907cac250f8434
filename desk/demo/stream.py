from collections.abc import Iterator
from itertools import islice
from typing import Any

import orjson

LINES = 500


class Stream:
    """Lines that are made while they are read."""

    def __init__(self, lines: Iterator[dict[str, Any]]) -> None:
        self._lines = lines
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        while len(self._rest) < size and (made := list(islice(self._lines, LINES))):
            self._rest += b"".join([orjson.dumps(line) + b"\n" for line in made])
        part, self._rest = self._rest[:size], self._rest[size:]
        return part
