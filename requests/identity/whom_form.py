"""For whom somebody asks: for themselves, for another, or about somebody who has died."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from requests.identity.constants import AsksFor, MandateKind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What the screens about the person ask, where that is somebody else.
HEADINGS: dict[str, "StrOrPromise"] = {
    "name": _("What is the name of the person for whom you ask?"),
    "born": _("When was this person born?"),
    "address": _("What is the address of this person?"),
}


class WhomFields(forms.Form):
    asks_for: Any = forms.ChoiceField(
        label=_("Choose one"),
        choices=AsksFor.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose for whom you ask.")},
    )
    asks_for.said_above = True


class RepresentativeFields(forms.Form):
    """Who asks for another; asked only of them."""

    representative_name = forms.CharField(
        label=_("Your own name"), error_messages={"required": _("Write your own name.")}
    )
    representative_kind = forms.ChoiceField(
        label=_("As what do you ask?"),
        choices=MandateKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose as what you ask.")},
        help_text=_("You show that later, without an identity document."),
    )


# What is told on the next screen to who asks about somebody who has died, and to nobody else.
OF_THE_DEAD = _(
    "Nobody can ask for the data of somebody who has died. You can ask what we have about"
    " yourself, for example as an heir. So fill in your own name."
)
# What those screens tell of oneself, and would be untrue of somebody else.
LEADS: dict[str, "StrOrPromise"] = {
    "born": "",
    "address": _("Only to find the data."),
    "reach": _("We write to you, not to that person. One is enough."),
}


def lead_of(slug: str, usual: "StrOrPromise", asks_for: str) -> "StrOrPromise":
    """Return what a screen explains, given for whom somebody asks."""
    if asks_for == AsksFor.DECEASED and slug == "name":
        return OF_THE_DEAD
    return LEADS.get(slug, usual) if asks_for == AsksFor.OTHER else usual


def heading_of(slug: str, usual: "StrOrPromise", asks_for: str) -> "StrOrPromise":
    """Return what a screen asks, given for whom somebody asks."""
    return HEADINGS.get(slug, usual) if asks_for == AsksFor.OTHER else usual


def representative_of(asks_for: str, who: Mapping[str, str], email: str) -> dict[str, str]:
    """Return who asks for another, as the sealed body of the request keeps it."""
    if asks_for != AsksFor.OTHER:
        return {}
    return {
        "name": who.get("representative_name", ""),
        "kind": who.get("representative_kind", ""),
        "email": email,
    }
