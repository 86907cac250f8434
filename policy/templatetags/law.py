"""References to the law in templates: `{% load law %}{{ right.article|article }}`."""

from django import template
from django.utils.translation import get_language

from policy.articles import article_in

register = template.Library()


@register.filter
def article(reference: str) -> str:
    """Return a reference to an article in the reader's language."""
    return article_in(reference, get_language() or "nl")
