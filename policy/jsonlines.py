"""JSON Lines in, JSON Lines out: reading of fields with errors that name them. No database."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "Europe/Amsterdam"


class BadField(ValueError):
    """A field that cannot be understood; the text begins with its name."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.problem = problem


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object whose fields are read by kind; `null` and a missing key are the same."""

    values: dict[str, Any]
    path: str = ""
    zone: ZoneInfo | None = None

    def bad(self, name: str, problem: str) -> BadField:
        return BadField(self.path + name, problem)

    def with_zone(self) -> "Fields":
        """Return the same fields, reading instants in the zone that `timezone` names."""
        name = self.text("timezone") or DEFAULT_ZONE
        try:
            return Fields(self.values, self.path, _zone(name))
        except (KeyError, ValueError, OSError) as error:
            raise self.bad("timezone", "no such time zone") from error

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise self.bad(name, "must be text")
        return value

    def flag(self, name: str) -> bool | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.bad(name, "must be true or false")
        return value

    def day(self, name: str) -> date | None:
        """Return the local date of a date or of an instant with offset."""
        text = self.text(name)
        return None if text is None else self._day_of(name, text)

    def needed_day(self, name: str) -> date:
        day = self.day(name)
        if day is None:
            raise self.bad(name, "is missing")
        return day

    def days(self, name: str) -> list[date]:
        found = []
        for number, value in enumerate(self._list(name)):
            if not isinstance(value, str):
                raise self.bad(f"{name}[{number}]", "must be a date")
            found.append(self._day_of(f"{name}[{number}]", value))
        return found

    def _day_of(self, name: str, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
        try:
            instant = datetime.fromisoformat(text)
            if instant.tzinfo is None:
                raise self.bad(name, "an instant must carry its offset")
            return instant.astimezone(self.zone).date()
        except BadField:
            raise
        except (ValueError, OverflowError) as error:
            raise self.bad(name, "is not a date or instant of ISO 8601") from error

    def _list(self, name: str) -> list[Any]:
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.bad(name, "must be a list")
        return value

    def texts(self, name: str) -> list[str] | None:
        """Return a list of texts, or None where it is left out."""
        if self.values.get(name) is None:
            return None
        found = self._list(name)
        if not all(isinstance(value, str) for value in found):
            raise self.bad(name, "must be a list of texts")
        return found

    def part(self, name: str) -> "Fields | None":
        value = self.values.get(name)
        return None if value is None else self._object(name, value)

    def parts(self, name: str) -> list["Fields"]:
        return [
            self._object(f"{name}[{number}]", value)
            for number, value in enumerate(self._list(name))
        ]

    def _object(self, name: str, value: Any) -> "Fields":
        if not isinstance(value, dict):
            raise self.bad(name, "must be an object")
        return Fields(value, f"{self.path}{name}.", self.zone)


Answer = Callable[[Fields, str], dict[str, Any]]


def answer_line(line: bytes, answer: Answer, language: str) -> tuple[dict[str, Any], bool]:
    """Return the answer to one line, or an error that names the field; and whether it is good."""
    try:
        case = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return {"id": None, "error": "line: is not JSON in UTF-8"}, False
    if not isinstance(case, dict):
        return {"id": None, "error": "line: must be a JSON object"}, False
    try:
        return {"id": case.get("id"), **answer(Fields(case).with_zone(), language)}, True
    except BadField as error:
        return {"id": case.get("id"), "error": str(error)}, False
    except (OverflowError, ValueError):
        problem = "a date lies outside the years that can be counted (1 to 9999)"
        return {"id": case.get("id"), "error": f"date: {problem}"}, False


def answer_all(lines: Iterable[bytes], out: BinaryIO, answer: Answer, language: str) -> bool:
    """Answer every line in order; return whether all were understood. Blank lines are no cases."""
    all_good = True
    for number, line in enumerate(lines):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
        if not text.strip():
            continue
        said, good = answer_line(text, answer, language)
        all_good = all_good and good
        # A lone surrogate in an `id` is echoed as the escape it came as.
        encoded = json.dumps(said, ensure_ascii=False).encode("utf-8", "backslashreplace")
        out.write(encoded + b"\n")
    out.flush()
    return all_good
