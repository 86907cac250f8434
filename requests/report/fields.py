"""Content as pairs of words that people read, in the language now active."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.dateformat import format as format_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from requests.constants import Situation
from requests.countries import country_name
from requests.report.words import FIELDS

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def fields_of(content: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return content as pairs of words for people to read, in the language now active."""
    return list(_flat(content or {}, ""))


def _flat(content: Mapping[str, Any], before: str) -> Iterable[tuple[str, str]]:
    for name, value in content.items():
        label = f"{before}{label_of(name)}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{label}: ")
        elif isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
            for number, part in enumerate(value, start=1):
                inner = part if isinstance(part, Mapping) else {"value": part}
                joined = ", ".join(f"{text}" for _name, text in _flat(inner, ""))
                yield (f"{label} {number}" if len(value) > 1 else label), joined
        elif text := _known(name, value) or _text(value):
            yield label, text


def label_of(name: str) -> str:
    known = FIELDS.get(name)
    return str(known) if known else name.replace("_", " ").capitalize()


def _known(name: str, value: Any) -> str:
    """Return in words what is a code of ours; nothing for anything else."""
    if name == "country" and isinstance(value, str):
        return country_name(value, get_language() or "nl")
    if name == "situation" and value in Situation.values:
        return str(Situation(value).label)
    return ""


def in_words(value: Any) -> str:
    """Return one value as people read it; a day as a day."""
    return _text(value)


def _text(value: Any) -> str:
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_text(part) for part in value)
    text = str(value)
    return format_date(date.fromisoformat(text), "j F Y") if _is_day(text) else text


def _is_day(text: str) -> bool:
    if not DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
