"""What a colleague fills in beside the queue: a person to look for, a view, an export."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from requests.queue.models import LONGEST_NAME, ExportForm
from subjects import person_form as subjects
from subjects.constants import LookPurpose


class PersonForm(subjects.PersonForm):
    """Who made a request, or whom it is about, by any part of it; and why a colleague looks."""

    not_enough = _("Give a last name, date of birth, postcode, e-mail, telephone or number.")
    # Of who asks neither is kept to find them by.
    birth_year = None  # type: ignore[assignment]
    iban = None  # type: ignore[assignment]
    purpose = forms.ChoiceField(
        label=_("Why do you look?"),
        help_text=_("This is recorded with the search."),
        choices=LookPurpose.choices,
        widget=forms.RadioSelect,
        initial=LookPurpose.REQUEST,
    )


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
