"""Articles and codes as decisions carry them, for people to read."""

from collections.abc import Mapping
from uuid import UUID

from django import template
from django.utils.translation import get_language

from policy.articles import article_in

register = template.Library()


@register.filter
def article(code: str) -> str:
    """Write "17.3.e" as "Article 17(3)(e)" in the language now active; what is written out stays.

    >>> article("")
    ''
    """
    if not code:
        return ""
    reference = code
    if code[0].isdigit():
        head, *rest = code.split(".")
        reference = f"GDPR Article {head}" + "".join(f"({part})" for part in rest)
    return article_in(reference, get_language() or "nl")


@register.filter
def called(reference: UUID | None, names: Mapping[UUID, str] | str) -> str:
    """Return what a dossier is called; nothing for one that is not known here, or gone."""
    return names.get(reference, "") if reference and isinstance(names, Mapping) else ""


@register.filter
def named(code: str, names: Mapping[str, str]) -> str:
    """Return what `names` calls a code; a code it does not know stays."""
    return names.get(code, code)
