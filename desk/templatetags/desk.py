from datetime import datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from desk.navigation import links_for

register = template.Library()


@register.inclusion_tag("desk/_navigation.html", takes_context=True)
def desk_navigation(context: dict[str, Any]) -> dict[str, Any]:
    """Draw the navigation of the desk for whoever asks."""
    request = context.get("request")
    return {"groups": links_for(request) if request else []}


@register.simple_tag(takes_context=True)
def here(context: dict[str, Any], address: str, only: bool = False) -> SafeString:
    """Return what marks a link of a menu as the current page, or, without `only`, as above it."""
    request = context.get("request")
    path = request.path if request else ""
    below = path.startswith(address) and not only
    if path != address and not below:
        return SafeString()
    return format_html(' aria-current="{}"', "page" if path == address else "true")


@register.filter
def ago(moment: datetime) -> str:
    """Return how long ago it was, in words."""
    if timezone.now() - moment < timedelta(minutes=1):
        return _("just now")
    return _("%(ago)s ago") % {"ago": timesince(moment)}
