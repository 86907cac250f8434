"""How a public figure is written: a number, a share, or that it is not told."""

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from requests.figures.public import Shown

register = template.Library()


@register.filter
def told(row: Shown | None, name: str) -> str:
    """Return a number, or words where it is hidden; a dash where there is nothing to count."""
    if row is None:
        return "0"
    number = row.numbers[name]
    return _("not told") if number is None else number_format(number, force_grouping=True)


@register.filter
def share(row: Shown, name: str) -> str:
    """Return a share of the answers with its number, or words where it is hidden."""
    percent = row.share(name)
    if percent is None:
        return "–" if row.numbers["answered"] == 0 else _("not told")
    return _("%(percent)s%% (%(number)s)") % {"percent": percent, "number": told(row, name)}
