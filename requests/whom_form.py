"""For whom somebody asks: for themselves, for another, or about somebody who has died."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from requests.identity_constants import AsksFor, MandateKind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What the screens about the person ask, where that is somebody else.
HEADINGS: dict[str, "StrOrPromise"] = {
    "name": _("What is the name of the person for whom you ask?"),
    "born": _("When was this person born?"),
    "address": _("What is the address of this person?"),
}


class WhomFields(forms.Form):
    """The fields of the screen; nothing typed is lost where the first answer changes."""

    asks_for = forms.ChoiceField(
        label=_("Choose one"),
        choices=AsksFor.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose for whom you ask.")},
        help_text=_(
            "Nobody can ask for the data of somebody who has died. You can ask what we have about"
            " yourself, for example as an heir: then fill in your own name."
        ),
    )
    representative_name = forms.CharField(
        label=_("Do you ask for somebody else? Then write your own name"), required=False
    )
    representative_kind = forms.ChoiceField(
        label=_("And as what do you ask?"),
        choices=[("", _("Choose one")), *MandateKind.choices],
        required=False,
        help_text=_("We ask you later to show it. Do not send a copy of an identity document."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("asks_for") == AsksFor.OTHER:
            if not (data.get("representative_name") or "").strip():
                self.add_error("representative_name", _now("Write your own name."))
            if not data.get("representative_kind") and "representative_kind" not in self.errors:
                self.add_error("representative_kind", _now("Choose as what you ask."))
        return data


def heading_of(slug: str, usual: "StrOrPromise", asks_for: str) -> "StrOrPromise":
    """Return what a screen asks, given for whom somebody asks."""
    return HEADINGS.get(slug, usual) if asks_for == AsksFor.OTHER else usual


def representative_of(answers: dict[str, str], email: str) -> dict[str, str]:
    """Return who asks for another, as the sealed body of the request keeps it."""
    if answers.get("asks_for") != AsksFor.OTHER:
        return {}
    return {
        "name": answers.get("representative_name", ""),
        "kind": answers.get("representative_kind", ""),
        "email": email,
    }
