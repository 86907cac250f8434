"""The calculators as forms: what an officer types becomes the case of a calculator."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext_lazy as _

from policy.jsonlines import BadField

Case = dict[str, Any]

YEARS = "lies outside the years that can be counted"
# What the calculators say of a field in English, in whole sentences for people.
PROBLEMS = {
    "lies before the receipt of the request": _("This day lies before the day of receipt."),
    "lies before asked_at": _("This day lies before the day on which it was asked."),
    "lies before placed_on": _("This day lies before the day on which the hold began."),
    "lies before from": _("This day lies before the day on which the restriction began."),
    "lies before received_on": _("This day lies before the day of receipt."),
    "must be a month and day such as 12-31": _("This is not a month and day such as 12-31."),
    YEARS: _("A day lies outside the years that can be counted, 1 to 9999."),
}


def day_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    """Return a field for a day, typed or picked."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        input_formats=["%Y-%m-%d", "%d-%m-%Y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class Part(forms.Form):
    """Fields that belong together: `to_case` gives them as a calculator reads them.

    A part that was left as it was does not count and may be empty.
    """

    title: Any = ""
    counts_always = False

    def __init__(self, data: Any, prefix: str) -> None:
        super().__init__(
            data,
            prefix=prefix,
            empty_permitted=not self.counts_always,
            use_required_attribute=False,
        )

    @property
    def counts(self) -> bool:
        return self.counts_always or self.has_changed()

    @property
    def open(self) -> bool:
        """Tell whether there is something to see in it."""
        return self.is_bound and (self.has_changed() or bool(self.errors))

    def to_case(self) -> Case:
        """Return what was filled in; what was left empty is missing."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in self.cleaned_data.items()
            if value not in (None, "", [])
        }


class ReceiptForm(Part):
    counts_always = True
    received_at = day_field(
        _("Received on"),
        required=True,
        help_text=_("The day in the Netherlands on which the request reached us; also a weekend."),
    )
    question = forms.ChoiceField(
        label=_("By when must we tell"),
        widget=forms.RadioSelect,
        initial="response_due",
        choices=[
            ("response_due", _("the answer")),
            ("extension_notice_due", _("that we need more time")),
            ("refusal_notice_due", _("that we refuse")),
        ],
    )


class SuspensionForm(Part):
    title = _("A question that we put to the person")
    reason = forms.ChoiceField(
        label=_("We asked"),
        choices=[
            ("", "–"),
            ("identity", _("who the person is")),
            ("scope", _("which processing is meant")),
        ],
    )
    asked_at = day_field(_("Asked on"), required=True)
    answered_at = day_field(_("Answered on"), help_text=_("Empty while we wait."))
    asked_without_undue_delay = forms.BooleanField(
        label=_("We asked without undue delay"), required=False
    )


class ExtensionForm(Part):
    title = _("An extension")
    notified_at = day_field(_("The person was told on"), required=True)
    further_months = forms.TypedChoiceField(
        label=_("Further months"), coerce=int, choices=[("", "–"), (1, "1"), (2, "2")]
    )
    reason = forms.CharField(
        label=_("Reason given"),
        required=False,
        max_length=500,
        help_text=_("Without a reason an extension is void. Do not write names here."),
    )


class PurposeForm(Part):
    """One purpose that the data serve: chosen, with its moments."""

    purpose = ""
    chosen = forms.BooleanField(label=_("The data serve this purpose"), required=False)

    counts_always = True

    @property
    def counts(self) -> bool:
        return bool(self.cleaned_data.get("chosen"))

    def to_case(self) -> Case:
        case = super().to_case()
        del case["chosen"]
        return {"purpose": self.purpose} | case

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.has_changed() and not values.get("chosen"):
            self.add_error("chosen", _("Something is filled in below: tick this, or empty it."))
        return values


class CollectionForm(PurposeForm):
    purpose, title = "collection", _("Collection case")
    case_closed_on = day_field(_("Case closed on"), help_text=_("The last closing counts."))
    reopened_on = day_field(_("Reopened on"))
    early_erasure_decided_on = day_field(_("Early erasure decided on"))
    statutory_file_minimum = forms.BooleanField(
        label=_("A regulated collection: the file stays two years at least"), required=False
    )


class RelationForm(PurposeForm):
    purpose, title = "client_relation", _("Client, partner or supplier; creditworthiness")
    relation_ended_on = day_field(_("Relation ended on"))
    mutual_claims_settled_on = day_field(_("Mutual claims settled on"))
    no_longer_relevant_on = day_field(_("Recorded as no longer relevant on"))


class MoneyLaunderingForm(PurposeForm):
    purpose, title = "aml", _("Money-laundering check")
    has_business_relationship = forms.NullBooleanField(
        label=_("Was a business relationship entered?"), required=False
    )
    relationship_ended_on = day_field(_("Relationship ended on"))
    transaction_on = day_field(_("Last transaction on"))
    unusual_report_on = day_field(_("Unusual transaction reported on"))
    statutory_period_until = day_field(_("Statutory period until"))


class MarketingForm(PurposeForm):
    purpose, title = "marketing_development", _("Marketing or development")
    last_contact_on = day_field(
        _("Last contact by the person on"), help_text=_("What we send does not count.")
    )
    unsubscribed_at = day_field(_("Unsubscribed on"))


class AccountingForm(PurposeForm):
    purpose, title = "accounting", _("Invoices and books")
    financial_year_ended_on = day_field(_("Financial year ended on"))
    booked_on = day_field(_("Or: booked on"))
    financial_year_end_month_day = forms.RegexField(
        r"^[0-9]{2}-[0-9]{2}$",
        label=_("Month and day on which the financial year ends"),
        required=False,
        help_text=_("Such as 12-31; 02-29 is the last day of February."),
    )


class SpecialForm(PurposeForm):
    purpose, title = "special_category_consent", _("Health or criminal data")
    consent_withdrawn_at = day_field(_("Consent withdrawn on"))
    also_needed_for_claim = forms.BooleanField(
        label=_("Also needed for a legal claim"), required=False
    )


class RequestFileForm(PurposeForm):
    purpose, title = "rights_request_file", _("File of a privacy request")
    request_closed_on = day_field(_("Request closed on"))


PURPOSE_FORMS: tuple[type[PurposeForm], ...] = (
    CollectionForm,
    RelationForm,
    MoneyLaunderingForm,
    MarketingForm,
    AccountingForm,
    SpecialForm,
    RequestFileForm,
)


class ScopedForm(Part):
    scope = forms.MultipleChoiceField(
        label=_("For"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(form.purpose, form.title) for form in PURPOSE_FORMS],
        help_text=_("Nothing ticked means every purpose."),
    )


class HoldForm(ScopedForm):
    title = _("A legal hold")
    placed_on = day_field(_("Held since"), required=True)
    released_on = day_field(_("Released on"), help_text=_("Empty while it lasts."))
    field_order = ("placed_on", "released_on", "scope")


class RestrictionForm(ScopedForm):
    title = _("A restriction")
    # The calculator's name for this field is a word that Python keeps to itself.
    since = day_field(_("Restricted since"), required=True)
    lifted_on = day_field(_("Lifted on"), help_text=_("Empty while it lasts."))
    field_order = ("since", "lifted_on", "scope")

    def to_case(self) -> Case:
        case = super().to_case()
        return {"from": case.pop("since")} | case


class PendingForm(Part):
    title = _("An access request")
    received_on = day_field(_("Access request received on"), required=True)
    closed_on = day_field(_("Answered on"), help_text=_("Empty while it waits."))

    def to_case(self) -> Case:
        return {"type": "access"} | super().to_case()


class CaseForms:
    """All parts of one case. What was typed stays in them, whatever was wrong.

    `groups` holds the parts by their name in the case; `lone` are those that stand there once,
    the empty name being the case itself.
    """

    lone: frozenset[str] = frozenset()
    groups: dict[str, list[Part]]

    @property
    def parts(self) -> Iterator[Part]:
        return (part for group in self.groups.values() for part in group)

    def is_valid(self) -> bool:
        return all(part.is_valid() for part in self.parts)

    def to_case(self) -> Case:
        """Return the case; only for valid forms."""
        case: Case = {}
        self.counted = {
            name: [part for part in group if part.counts] for name, group in self.groups.items()
        }
        for name, parts in self.counted.items():
            found = [part.to_case() for part in parts]
            if name not in self.lone:
                case[name] = found
            elif found:
                case |= {name: found[0]} if name else found[0]
        return case

    def blame(self, error: BadField) -> None:
        """Put what a calculator says of a field beside that field."""
        match = re.fullmatch(r"(?:(\w+)(?:\[(\d+)\])?\.)?(\w*)", error.name)
        group, number, field = match.groups() if match else (None, None, "")
        parts = self.counted.get(group or "", [])
        part = parts[int(number or 0)] if parts else next(self.parts)
        words = PROBLEMS.get(error.problem, _("This cannot be right."))
        part.add_error(field if field in part.fields else None, words)

    def problems(self) -> list[tuple[str, str, str]]:
        """Return what is wrong, to stand above the forms: field's id, label and words."""
        found = []
        for part in self.parts:
            for name, errors in part.errors.items():
                field = None if name == NON_FIELD_ERRORS else part[name]
                place = (field.auto_id, str(field.label)) if field else ("", "")
                found += [(*place, str(words)) for words in errors]
        return found


class DeadlineForms(CaseForms):
    """A case of the calculator of answer days."""

    lone = frozenset(["", "extension"])

    def __init__(self, data: Any = None) -> None:
        self.groups = {
            "": [ReceiptForm(data, "deadline")],
            "suspensions": _rows(SuspensionForm, data, "deadline-asked", 2),
            "extension": [ExtensionForm(data, "deadline-extension")],
        }

    @property
    def receipt(self) -> Part:
        return self.groups[""][0]


class RetentionForms(CaseForms):
    """A case of the calculator of deletion days."""

    def __init__(self, data: Any = None) -> None:
        self.groups = {
            "purposes": [form(data, f"retention-{form.purpose}") for form in PURPOSE_FORMS],
            "holds": _rows(HoldForm, data, "retention-hold", 2),
            "restrictions": _rows(RestrictionForm, data, "retention-restriction", 2),
            "pending_requests": _rows(PendingForm, data, "retention-request", 2),
        }

    def is_valid(self) -> bool:
        valid = super().is_valid()
        purposes = self.groups["purposes"]
        if valid and not any(part.counts for part in purposes):
            purposes[0].add_error("chosen", _("Tick at least one purpose that the data serve."))
            return False
        return valid


def _rows(form: type[Part], data: Any, name: str, number: int) -> list[Part]:
    return [form(data, f"{name}-{place}") for place in range(1, number + 1)]
