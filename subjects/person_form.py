"""What is known of a person to find them by, as officers type it."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from subjects.names import Person, search_keys

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def _text(label: "StrOrPromise", longest: int = 100) -> forms.CharField:
    return forms.CharField(label=label, max_length=longest, required=False)


class PersonForm(forms.Form):
    """What is known of a person, by any part of it; nothing of it goes into an address."""

    not_enough: "StrOrPromise" = _(
        "This is not enough to find anybody. Give a last name, date of birth, postcode, e-mail"
        " address, telephone, account or dossier number."
    )
    last_name = _text(_("Last name"))
    first_name = _text(_("First name"))
    initials = _text(_("Initials"), 20)
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This day does not exist. Check day and month.")},
    )
    birth_year = forms.IntegerField(
        label=_("Or year of birth"), min_value=1880, max_value=2100, required=False
    )
    postcode = _text(_("Postcode"), 12)
    house_number = _text(_("House number"), 12)
    email = _text(_("E-mail address"), 254)
    phone = _text(_("Telephone number"), 30)
    iban = _text(_("Account number"), 42)
    dossier_number = _text(_("Dossier number"), 80)

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
            raise forms.ValidationError(self.not_enough)
        return cleaned


def _one(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()
