"""What colleagues fill in of a breach."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from requests.incidents.constants import Kind, NotTelling, Risk
from requests.officer.forms import WORDS, Seen


def moment(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateTimeField:
    """Return a field for a moment that has been."""
    return forms.DateTimeField(
        label=label,
        required=required,
        help_text=help_text,
        validators=[_has_been],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


def _has_been(value: datetime) -> None:
    if value > timezone.now():
        raise forms.ValidationError(_now("This moment is still to come."))


def words(label: Any, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class OpenForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What went wrong?"), choices=Kind.choices, widget=forms.RadioSelect
    )
    aware_at = moment(
        _("When did we know?"), help_text=_("The 72 hours of GDPR Article 33 run from this moment.")
    )
    happened_at = moment(_("When did it happen, if that is known?"), required=False)
    people = forms.IntegerField(
        label=_("About how many people does it concern?"), min_value=0, max_value=100_000_000
    )
    happened = words(
        _("What happened?"), help_text=_("Which data, where they went, what was done at once.")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        happened, aware = data.get("happened_at"), data.get("aware_at")
        if happened and aware and happened > aware:
            self.add_error("happened_at", _now("It cannot have happened after we knew of it."))
        return data


class DescribeForm(Seen):
    happened = words(_("What happened?"))
    measures = words(
        _("What was done about it?"),
        required=False,
        help_text=_("To limit the effects, and so that it does not happen again."),
    )


class AssessForm(Seen):
    risk = forms.ChoiceField(
        label=_("How great is the risk for the people concerned?"),
        choices=Risk.choices,
        widget=forms.RadioSelect,
    )
    why = words(
        _("Which effects may it have for them, and why do you judge so?"),
        help_text=_("Think of fraud, shame, loss of work, of people in debt above all."),
    )


class AuthorityForm(Seen):
    told_at = moment(_("When was the Autoriteit Persoonsgegevens told?"))
    why_late = words(_("If after 72 hours: why?"), required=False)


class PeopleForm(Seen):
    told_at = moment(_("When were the people told?"), required=False)
    ground = forms.ChoiceField(
        label=_("Or why need they not be told?"),
        choices=[("", _("They were told")), *NotTelling.choices],
        required=False,
    )
    why_not_told = words(_("Explain that ground"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("told_at") and not data.get("ground") and "told_at" not in self.errors:
            self.add_error("told_at", _now("Give a moment, or a ground below."))
        if data.get("ground") and not (data.get("why_not_told") or "").strip():
            self.add_error("why_not_told", _now("Explain why this ground holds."))
        return data
