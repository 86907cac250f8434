"""What a colleague records about a person in a dossier: restrictions, disclosures, contacts."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from desk.people import words
from policy.models import DataCategory, Purpose
from subjects.constants import EEA, Direction, RestrictionGround, TransferMechanism
from subjects.models import Dossier, Recipient

CHANNELS = [(code, words.CHANNELS[code]) for code in ("letter", "phone", "email", "visit")]
# A longer list would be no help; the systems themselves send what they share.
MOST_RECIPIENTS = 1_000
NOT_AHEAD = _("This day lies in the future.")


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def _words(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=_("Kept sealed with the person's data, and shown to them when they ask."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def _for_claim() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("Needed for a legal claim"),
        help_text=_("Restricted data may be used for nothing else."),
        required=False,
    )


class RecipientField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        """Say also in which part an organisation receives."""
        return f"{obj.organisation} ({obj.category})"


class RestrictForm(forms.Form):
    """On which ground what is held of a person is restricted."""

    ground = forms.ChoiceField(
        label=_("On which ground?"), choices=RestrictionGround.choices, widget=forms.RadioSelect
    )


class LiftForm(forms.Form):
    """On which day the person was told that a restriction ends."""

    informed_on = _day(
        _("When was the person told?"), _("The law asks that they know before it ends.")
    )


class DisclosureForm(forms.Form):
    """Who received what of a person, when, and why."""

    recipient = RecipientField(
        label=_("Who received it?"), queryset=Recipient.objects.none(), empty_label=None
    )
    disclosed_on = _day(_("On which day?"))
    purpose = forms.ChoiceField(label=_("For which purpose?"))
    data_categories = forms.MultipleChoiceField(
        label=_("Which data?"), widget=forms.CheckboxSelectMultiple
    )
    country = forms.RegexField(
        r"^[A-Za-z]{2}$",
        label=_("Country"),
        help_text=_("Two letters, such as NL."),
        initial="NL",
        strip=True,
    )
    mechanism = forms.ChoiceField(
        label=_("What makes a transfer outside Europe lawful?"),
        choices=[("", _("Not outside Europe")), *TransferMechanism.choices],
        required=False,
    )
    reason = _words(_("Why?"))
    for_claim = _for_claim()

    def __init__(self, *args: Any, dossier: Dossier, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A subquery, so that what is chosen is still looked up among these.
        first = Recipient.objects.order_by("organisation__name", "pk")[:MOST_RECIPIENTS]
        recipient = cast(forms.ModelChoiceField, self.fields["recipient"])
        recipient.queryset = (
            Recipient.objects.filter(pk__in=first.values("pk"))
            .select_related("organisation", "category")
            .order_by("organisation__name", "pk")
        )
        purpose = cast(forms.ChoiceField, self.fields["purpose"])
        purpose.choices = [
            (row.pk, str(row)) for row in Purpose.objects.filter(retired=False).order_by("code")
        ]
        self.initial.setdefault("purpose", dossier.purpose_id)
        data = cast(forms.MultipleChoiceField, self.fields["data_categories"])
        known = DataCategory.objects.filter(retired=False, purposes=dossier.purpose_id)
        data.choices = [(row.pk, str(row)) for row in known.order_by("code")]

    def clean_country(self) -> str:
        return self.cleaned_data["country"].upper()

    def clean_disclosed_on(self) -> Any:
        day = self.cleaned_data["disclosed_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(NOT_AHEAD)
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        country = values.get("country")
        if country and country not in EEA and not values.get("mechanism"):
            self.add_error(
                "mechanism",
                _("Outside Europe data may go only where one of these makes it lawful."),
            )
        return values


class ContactForm(forms.Form):
    """A letter, call or message that a system did not send in."""

    direction = forms.ChoiceField(
        label=_("Who wrote or called?"), choices=Direction.choices, widget=forms.RadioSelect
    )
    channel = forms.ChoiceField(label=_("How?"), choices=CHANNELS, widget=forms.RadioSelect)
    happened_at = forms.DateTimeField(
        label=_("When?"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )
    note = _words(_("What was said?"))
    for_claim = _for_claim()

    def clean_happened_at(self) -> datetime:
        at = self.cleaned_data["happened_at"]
        if at > timezone.now():
            raise forms.ValidationError(_("This moment lies in the future."))
        return at
