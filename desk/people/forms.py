"""What a colleague types to find a person, and why they look."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from subjects.constants import LookPurpose
from subjects.names import Person, search_keys

ENOUGH = _(
    "This is not enough to find anybody. Give a last name, date of birth, postcode, e-mail"
    " address, telephone, account or dossier number."
)


class WhyForm(forms.Form):
    """Why a colleague looks at somebody's data."""

    purpose = forms.ChoiceField(
        label=_("Why do you look?"),
        help_text=_("This is recorded with everything you look at."),
        choices=LookPurpose.choices,
        widget=forms.RadioSelect,
    )


class PersonForm(forms.Form):
    """What is known of a person, by any part of it; nothing of it goes into an address."""

    last_name = forms.CharField(label=_("Last name"), max_length=100, required=False)
    first_name = forms.CharField(label=_("First name"), max_length=100, required=False)
    initials = forms.CharField(label=_("Initials"), max_length=20, required=False)
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    birth_year = forms.IntegerField(
        label=_("Or year of birth"), min_value=1880, max_value=2100, required=False
    )
    postcode = forms.CharField(label=_("Postcode"), max_length=12, required=False)
    house_number = forms.CharField(label=_("House number"), max_length=12, required=False)
    email = forms.CharField(label=_("E-mail address"), max_length=254, required=False)
    phone = forms.CharField(label=_("Telephone number"), max_length=30, required=False)
    iban = forms.CharField(label=_("Account number"), max_length=42, required=False)
    dossier_number = forms.CharField(label=_("Dossier number"), max_length=80, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # A browser would keep other people's names for the next who types.
            field.widget.attrs["autocomplete"] = "off"

    def person(self) -> Person:
        """Return what was typed."""
        typed = self.cleaned_data
        address = (typed.get("postcode", ""), typed.get("house_number", ""))
        return Person(
            first_name=typed.get("first_name", ""),
            initials=typed.get("initials", ""),
            last_name=typed.get("last_name", ""),
            birth_date=typed.get("birth_date"),
            birth_year=typed.get("birth_year"),
            addresses=(address,) if any(address) else (),
            emails=_one(typed.get("email")),
            phones=_one(typed.get("phone")),
            ibans=_one(typed.get("iban")),
            dossier_numbers=_one(typed.get("dossier_number")),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not search_keys(self.person()):
            raise forms.ValidationError(ENOUGH)
        return cleaned


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()
