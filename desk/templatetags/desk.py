from typing import Any

from django import template

from desk.navigation import links_for

register = template.Library()


@register.inclusion_tag("desk/_navigation.html", takes_context=True)
def desk_navigation(context: dict[str, Any]) -> dict[str, Any]:
    """Draw the navigation of the desk for whoever asks."""
    request = context.get("request")
    return {"groups": links_for(request) if request else []}
