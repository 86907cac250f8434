"""What pages need to show the plain data of an answer."""

from datetime import date

from django import template
from django.utils.dateformat import format as format_date

register = template.Library()


@register.filter
def day(iso: str) -> str:
    """Write an ISO day out in words of the language now active; nothing stays nothing."""
    return format_date(date.fromisoformat(iso), "j F Y") if iso else ""
