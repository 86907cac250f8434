from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from policy.models import Purpose
from retention.checking import MOST_BYTES
from retention.constants import AbortReason, HoldReason, StopReason
from retention.holds import NEVER_HELD
from retention.models import ClientInstruction
from subjects.models import Dossier

MOST_DOSSIERS = 200


class AbortForm(forms.Form):
    """Why a list does not go."""

    reason = forms.ChoiceField(
        label=_("Why does it not go?"), choices=AbortReason.choices, widget=forms.RadioSelect
    )


class StopForm(forms.Form):
    """Why all destruction is stopped."""

    reason = forms.ChoiceField(
        label=_("Why is it stopped?"), choices=StopReason.choices, widget=forms.RadioSelect
    )


def _words(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=_("Kept sealed. No more about people than is needed."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def _review_day() -> forms.DateField:
    return forms.DateField(
        label=_("Look again on"),
        help_text=_("Within six months."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def dossiers_named(text: str, *, without: Collection[str] = ()) -> list[int]:
    """Return the keys of the dossiers whose references are typed; say how many name none.

    Those of the purposes of `without` are not there.
    """
    lines = text.split()
    if len(lines) > MOST_DOSSIERS:
        raise forms.ValidationError(_("At most 200 dossiers at a time."))
    wanted = set()
    for line in lines:
        try:
            wanted.add(UUID(line))
        except ValueError:
            raise forms.ValidationError(
                _("“%(line)s” is not a reference of a dossier."), params={"line": line[:60]}
            ) from None
    there = Dossier.objects.filter(reference__in=wanted).exclude(purpose__in=list(without))
    found = list(there.values_list("pk", flat=True))
    if missing := len(wanted) - len(found):
        raise forms.ValidationError(
            ngettext(
                "%(number)s of these references is not of a dossier.",
                "%(number)s of these references are not of a dossier.",
                missing,
            ),
            params={"number": missing},
        )
    return found


class InstructionForm(forms.Form):
    """What a client instructed us to do with its dossiers of the invoice phase."""

    kind = forms.ChoiceField(
        label=_("What did the client instruct?"),
        choices=ClientInstruction.Kind.choices,
        widget=forms.RadioSelect,
    )
    instructed_on = forms.DateField(
        label=_("On which day?"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    dossiers = forms.CharField(
        label=_("Only these dossiers"),
        help_text=_("References, one a line, at most 200. Leave it empty for all there are now."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, without: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.without = without

    def clean_dossiers(self) -> list[int] | None:
        """Return the keys of the dossiers, or None for all."""
        return dossiers_named(self.cleaned_data["dossiers"], without=self.without) or None


class HandedOverForm(forms.Form):
    """When what is to be returned was handed over to the client."""

    handed_over_on = forms.DateField(
        label=_("Handed over to the client on"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class HoldForm(forms.Form):
    """What a colleague asks to be held back for a legal claim."""

    dossiers = forms.CharField(
        label=_("References of the dossiers"),
        help_text=_("One a line, at most 200."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    same_people = forms.BooleanField(
        label=_("Also the other dossiers of the same people, for these purposes"), required=False
    )
    purposes = forms.MultipleChoiceField(
        label=_("For which purposes?"),
        help_text=_("Data kept for another purpose are not held back."),
        widget=forms.CheckboxSelectMultiple,
    )
    reason = forms.ChoiceField(
        label=_("Why must it be kept?"), choices=HoldReason.choices, widget=forms.RadioSelect
    )
    words = _words(_("In your own words"))
    case = forms.UUIDField(
        label=_("Reference of the claim"),
        help_text=_("Leave it empty where the claim has none."),
        required=False,
    )
    review_on = _review_day()

    def __init__(self, *args: Any, without: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.without = without
        known = Purpose.objects.filter(retired=False).exclude(pk=NEVER_HELD).order_by("code")
        field = cast(forms.MultipleChoiceField, self.fields["purposes"])
        field.choices = [(row.pk, str(row)) for row in known]

    def clean_dossiers(self) -> list[int]:
        """Return the keys of the dossiers."""
        return dossiers_named(self.cleaned_data["dossiers"], without=self.without)


class ProlongForm(forms.Form):
    """Why a hold stays, and until when."""

    words = _words(_("Why does it stay?"))
    review_on = _review_day()
    # How often it was looked at again when the page was opened.
    reviews_seen = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)


class CheckForm(forms.Form):
    """A certificate that somebody shows."""

    file = forms.FileField(label=_("The certificate, a JSON file"), max_length=200)

    def clean_file(self) -> bytes:
        """Return the content; what is too large is no certificate."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("This file is too large to be a certificate."))
        return file.read()


class CertificateForm(forms.Form):
    """Which erasure is asked about."""

    reference = forms.UUIDField(
        label=_("Reference"), help_text=_("Of the dossier, or of one person in a dossier.")
    )
