"""Small things the pages of people need to draw what was sealed."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django import template
from django.utils.formats import date_format

from desk.people.words import FIELDS_OF_ADDRESS

register = template.Library()


@register.filter
def of(words: Mapping[str, str], code: str) -> str:
    """Return what a code is called, or the code itself."""
    return words.get(code, code)


@register.filter
def at(found: Mapping[Any, Any], key: Any) -> Any:
    """Return what stands under a key, or nothing."""
    return found.get(key, ())


@register.filter
def without(codes: Iterable[str], hidden: Collection[str]) -> list[str]:
    """Return codes less those that this reader may not know of."""
    return [code for code in codes if code not in hidden]


@register.filter
def born(day: str | None) -> str:
    """Return a birth date of a sealed identity in words."""
    return date_format(date.fromisoformat(day), "DATE_FORMAT") if day else ""


@register.filter
def one_line(address: Mapping[str, Any]) -> str:
    """Return an address as one line."""
    return " ".join(str(address[name]) for name in FIELDS_OF_ADDRESS if address.get(name))


@register.filter
def pairs(content: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    """Return the names and values of a piece of data; plain text has no name."""
    if not content:
        return []
    return [("" if name == "text" else name, value) for name, value in content.items()]
