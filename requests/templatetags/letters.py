"""The words around a letter, in the letter's own language."""

from typing import Any

from django import template

from requests.letters.words import said

register = template.Library()


@register.filter
def part(letter: dict[str, Any], name: str) -> str:
    """Return a word of `data/letters.yaml`, parts, in the language of the letter."""
    return str(said(letter["language"], "parts", name))
