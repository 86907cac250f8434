"""What the address of the units that go asks: months, rules, which kind, held back or not."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from policy.calendars import add_months
from retention.due import Asked
from retention.sight import Sight
from subjects.models import Unit

MONTHS = 24
FIRST, LAST = "from", "to"


def code_of(month: date) -> str:
    return f"{month:%Y-%m}"


def months_from(today: date) -> list[date]:
    """Return the first days of this month and those after it, two years in all."""
    return [add_months(today.replace(day=1), count) for count in range(MONTHS)]


def address_of(
    unit: str,
    first: date,
    last: date | None = None,
    *,
    rules: Sequence[str] = (),
    held: bool = False,
) -> str:
    """Return the query that asks for units of a month, or of all to a last one; with "?"."""
    pairs = [("unit", unit), (FIRST, code_of(first)), (LAST, code_of(last or first))]
    pairs += [("rule", rule) for rule in rules]
    return "?" + urlencode([*pairs, ("held", "1")] if held else pairs)


class DueForm(forms.Form):
    """The filters as a form that is sent by its address; without any, all dossiers of two years."""

    unit = forms.ChoiceField(
        label=_("What"),
        choices=Unit.choices,
        error_messages={"invalid_choice": _("There is no such kind of unit.")},
    )
    rule = forms.MultipleChoiceField(
        label=_("Rules"),
        required=False,
        help_text=_("None chosen means all."),
        widget=forms.SelectMultiple(attrs={"size": 4}),
        error_messages={"invalid_choice": _("There is no such rule.")},
    )
    held = forms.BooleanField(label=_("Held back or restricted: stays for now"), required=False)

    def __init__(self, data: QueryDict, *, rules: Sequence[str], today: date) -> None:
        self.months = {code_of(month): month for month in months_from(today)}
        codes = list(self.months)
        shown: MultiValueDict[str, Any] = data.copy()
        for name, usual in (("unit", Unit.DOSSIER), (FIRST, codes[0]), (LAST, codes[-1])):
            if not shown.get(name):
                shown[name] = str(usual)
        super().__init__(shown)
        self.fields["rule"].choices = [(one, one) for one in rules]  # type: ignore[attr-defined]
        # "from" is no name that a class may have.
        choices = [(code, date_format(month, "F Y")) for code, month in self.months.items()]
        days = {
            FIRST: _month(_("From the month"), choices),
            LAST: _month(_("To the month"), choices),
        }
        self.fields = {"unit": self.fields["unit"], **days, **self.fields}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get(FIRST), cleaned.get(LAST)
        if first and last and first > last:
            self.add_error(LAST, _now("This month comes before the first one."))
        return cleaned

    def asked(self, sight: Sight) -> Asked:
        found = self.cleaned_data
        return Asked(
            begin=next(iter(self.months.values())),
            first=self.months[found[FIRST]],
            last=self.months[found[LAST]],
            unit=found["unit"],
            rules=found["rule"],
            held=found["held"],
            sight=sight,
        )


def _month(label: Any, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    words = _("Choose this month or one of the 23 after it.")
    return forms.ChoiceField(label=label, choices=choices, error_messages={"invalid_choice": words})


def removable(asked: Asked, months: Mapping[str, date]) -> Iterator[tuple[str, str]]:
    """Yield what narrows the list, in words, and the query of the same filters without it."""
    first, *_between, last = months.values()

    def without(**other: Any) -> str:
        now: dict[str, Any] = {"rules": asked.rules, "held": asked.held} | other
        unit = now.pop("unit", asked.unit)
        return address_of(unit, now.pop("first", asked.first), now.pop("last", asked.last), **now)

    if asked.unit != Unit.DOSSIER:
        yield str(Unit(asked.unit).label), without(unit=Unit.DOSSIER)
    if (asked.first, asked.last) != (first, last):
        yield _months_in_words(asked), without(first=first, last=last)
    for rule in asked.rules:
        yield rule, without(rules=[one for one in asked.rules if one != rule])
    if asked.held:
        yield _now("Held back or restricted: stays for now"), without(held=False)


def _months_in_words(asked: Asked) -> str:
    first = date_format(asked.first, "F Y")
    if asked.first == asked.last:
        return first
    return _now("%(first)s to %(last)s") % {"first": first, "last": date_format(asked.last, "F Y")}
