from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from policy.models import Purpose, RecipientCategory


def _day(label: Any, **extra: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=False, widget=widget, **extra)


class PeriodForm(forms.Form):
    """Which months, what part and which purpose; stands in the address, so it can be shared."""

    use_required_attribute = False
    since = _day(_("From the month of"))
    until = _day(_("To the month of"))
    category = forms.ModelChoiceField(
        label=_("Kind of recipient"),
        queryset=RecipientCategory.objects.order_by("code"),
        required=False,
        empty_label=_("all"),
    )
    purpose = forms.ModelChoiceField(
        label=_("Purpose"),
        queryset=Purpose.objects.order_by("code"),
        required=False,
        empty_label=_("all"),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and since > until:
            self.add_error("until", _("This is before the first month."))
        return given


def a_year_until(today: date) -> dict[str, date]:
    """Return the period shown unless asked otherwise: this month and the eleven before it."""
    year, month0 = divmod(today.year * 12 + today.month - 1 - 11, 12)
    return {"since": date(year, month0 + 1, 1), "until": today}
