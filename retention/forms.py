from django import forms
from django.utils.translation import gettext_lazy as _

from retention.constants import AbortReason


class AbortForm(forms.Form):
    """Why a list does not go."""

    reason = forms.ChoiceField(
        label=_("Why does it not go?"), choices=AbortReason.choices, widget=forms.RadioSelect
    )


class HoldForm(forms.Form):
    """A legal claim that holds a dossier back."""

    dossier = forms.UUIDField(label=_("Reference of the dossier"))
    case = forms.UUIDField(label=_("Reference of the claim"))
    review_on = forms.DateField(
        label=_("Look again on"),
        help_text=_("Within six months."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class CertificateForm(forms.Form):
    """Which erasure is asked about."""

    reference = forms.UUIDField(
        label=_("Reference"), help_text=_("Of the dossier, or of one person in a dossier.")
    )
