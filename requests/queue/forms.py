"""What a colleague fills in beside the queue: a person to look for, a view, an export."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from requests.queue.models import LONGEST_NAME, ExportForm
from subjects.constants import LookPurpose
from subjects.names import Person, search_keys


def _text(label: Any, longest: int = 100) -> forms.CharField:
    # A browser would keep other people's names for the next who types.
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=longest, required=False, widget=widget)


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


class PersonForm(forms.Form):
    """Who made a request, or whom it is about, by any part of it; and why a colleague looks."""

    last_name = _text(_("Last name"))
    first_name = _text(_("First name"))
    initials = _text(_("Initials"), 20)
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This day does not exist. Check day and month.")},
    )
    postcode = _text(_("Postcode"), 12)
    house_number = _text(_("House number"), 12)
    email = _text(_("E-mail address"), 254)
    phone = _text(_("Telephone number"), 30)
    dossier_number = _text(_("Dossier number"), 80)
    purpose = forms.ChoiceField(
        label=_("Why do you look?"),
        help_text=_("This is recorded with the search."),
        choices=LookPurpose.choices,
        widget=forms.RadioSelect,
        initial=LookPurpose.REQUEST,
    )

    def person(self) -> Person:
        """Return what was typed."""
        typed = self.cleaned_data
        address = (typed.get("postcode", ""), typed.get("house_number", ""))
        return Person(
            first_name=typed.get("first_name", ""),
            initials=typed.get("initials", ""),
            last_name=typed.get("last_name", ""),
            birth_date=typed.get("birth_date"),
            addresses=(address,) if any(address) else (),
            emails=_one(typed.get("email")),
            phones=_one(typed.get("phone")),
            dossier_numbers=_one(typed.get("dossier_number")),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not search_keys(self.person()):
            raise forms.ValidationError(
                _now("Give a last name, date of birth, postcode, e-mail, telephone or number.")
            )
        return cleaned


class ViewForm(forms.Form):
    """The name of a view, and for whom it is."""

    name = forms.CharField(
        label=_("Name of this view"),
        max_length=LONGEST_NAME,
        help_text=_("Never the name of a person."),
    )
    shared = forms.BooleanField(label=_("For the whole team"), required=False)


class AskExportForm(forms.Form):
    """As which file, and whether with names."""

    token = forms.UUIDField(widget=forms.HiddenInput)
    form = forms.ChoiceField(
        label=_("As which file?"),
        choices=ExportForm.choices,
        widget=forms.RadioSelect,
        initial=ExportForm.XLSX,
    )
    name_purpose = forms.ChoiceField(
        label=_("Names of who asked"),
        help_text=_("With names each request in the file is noted in the ledger, and why."),
        choices=[("", _("Without names")), *LookPurpose.choices],
        required=False,
    )

    def __init__(self, *args: Any, names: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not names:
            del self.fields["name_purpose"]
