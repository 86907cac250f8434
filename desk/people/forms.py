"""Why a colleague looks at somebody's data."""

from django import forms
from django.utils.translation import gettext_lazy as _

from subjects.constants import LookPurpose


class WhyForm(forms.Form):
    """Why a colleague looks at somebody's data."""

    purpose = forms.ChoiceField(
        label=_("Why do you look?"),
        help_text=_("This is recorded with everything you look at."),
        choices=LookPurpose.choices,
        widget=forms.RadioSelect,
    )
