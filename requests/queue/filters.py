"""What the address of the queue asks: read, checked, and written again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from django import forms
from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from requests.constants import Channel, Kind, Refused, Right
from requests.queue.constants import LOOKS_BACK, MARKS, ME, NOBODY, InTime, Order, Show

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
BEFORE, AFTER = "from", "to"
PERIODS: dict[str, tuple[Any, Any]] = {
    "received": (_("Received from"), _("Received until")),
    "answered": (_("Answered from"), _("Answered until")),
    "due": (_("Answer by, from"), _("Answer by, until")),
}
DAYS: dict[str, Any] = {"days_from": _("Days to answer, from"), "days_to": _("Days to answer, to")}
MOST_DAYS = 9_999
CHOICES: dict[str, type[TextChoices]] = {
    "right": Right,
    "channel": Channel,
    "kind": Kind,
    "answered": InTime,
    "outcome": Refused,
}
LONGEST = 18  # digits of a number in the address


@dataclass(frozen=True)
class Filters:
    """What is shown and in which order. `assigned` is "me", "nobody" or a colleague's number."""

    state: str = Show.OPEN
    right: str = ""
    channel: str = ""
    kind: str = ""
    assigned: str = ""
    received_from: date | None = None
    received_to: date | None = None
    answered_from: date | None = None
    answered_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    answered: str = ""
    outcome: str = ""
    days_from: int | None = None
    days_to: int | None = None
    warned: bool = False
    extended: bool = False
    refused: bool = False
    second: bool = False
    send_on: bool = False
    sort: str = Order.DUE

    @property
    def order(self) -> Order:
        return Order(self.sort.removeprefix("-"))

    @property
    def descends(self) -> bool:
        return self.sort.startswith("-")

    @property
    def narrows(self) -> bool:
        """Tell whether anything but state and order was chosen."""
        return any(name not in ("state", "sort") for name in self.pairs())

    def pairs(self) -> dict[str, str]:
        """Return names and values as they stand in an address, without those that say nothing."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: _written(value) for name, value in named.items() if _says(value)}

    def address(self, **more: str) -> str:
        """Return the query of these filters, with "?"; what is added stands last."""
        return "?" + urlencode(self.pairs() | more)

    def sorted_by(self, order: Order) -> "Filters":
        """Return the same filters in another order; asked again it turns round."""
        turned = self.sort == order.value
        return replace(self, sort=f"-{order.value}" if turned else order.value)


def _says(value: Any) -> bool:
    """Tell whether a filter narrows anything. 0 days are answers of the same day."""
    return value is not None and value is not False and value != ""


def _written(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return "1" if value is True else str(value)


def default_sort(state: str) -> str:
    """Return the order that suits: what is due first; of what ended, the newest."""
    return f"-{Order.RECEIVED}" if state in (Show.ENDED, Show.ALL) else Order.DUE


def day_field(label: Any) -> forms.DateField:
    """Return a day that may be chosen, for a form that is sent by its address."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": _("This day does not exist. Check day and month.")},
    )


def choice_field(label: Any, choices: Any, unknown: Any) -> forms.ChoiceField:
    """Return a choice of one or all; `unknown` is said of what an address asks besides."""
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", _("All")), *choices],
        error_messages={"invalid_choice": unknown},
    )


def _days_field(label: Any) -> forms.IntegerField:
    words = _("Give a number of days between 0 and 9999.")
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), words),
    )


class FilterForm(forms.Form):
    """The filters as a form that is sent by its address."""

    state = choice_field(
        _("How it stands"), Show.choices, _("There is no such state of a request.")
    )
    right = choice_field(_("Right"), Right.choices, _("There is no such right."))
    channel = choice_field(_("Came by"), Channel.choices, _("There is no such channel."))
    kind = choice_field(_("Kind"), Kind.choices, _("There is no such kind."))
    assigned = forms.CharField(label=_("In hand of"), required=False, widget=forms.Select)
    received_from = day_field(PERIODS["received"][0])
    received_to = day_field(PERIODS["received"][1])
    answered_from = day_field(PERIODS["answered"][0])
    answered_to = day_field(PERIODS["answered"][1])
    due_from = day_field(PERIODS["due"][0])
    due_to = day_field(PERIODS["due"][1])
    answered = choice_field(
        _("In time"), InTime.choices, _("An answer is in time or too late: nothing else.")
    )
    outcome = choice_field(_("Refused"), Refused.choices, _("There is no such outcome."))
    days_from = _days_field(DAYS["days_from"])
    days_to = _days_field(DAYS["days_to"])
    warned = forms.BooleanField(label=MARKS["warned"], required=False)
    extended = forms.BooleanField(label=MARKS["extended"], required=False)
    refused = forms.BooleanField(label=MARKS["refused"], required=False)
    second = forms.BooleanField(label=MARKS["second"], required=False)
    send_on = forms.BooleanField(label=MARKS["send_on"], required=False)
    sort = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, colleagues: Mapping[int, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = Show.choices  # type: ignore[attr-defined]
        self.fields["assigned"].widget.choices = [
            ("", _("All")),
            (ME, _("Me")),
            (NOBODY, _("Nobody yet")),
            *((str(pk), name) for pk, name in (colleagues or {}).items()),
        ]

    def clean_assigned(self) -> str:
        value: str = self.cleaned_data["assigned"].strip()
        number = value.isascii() and value.isdecimal() and len(value) <= LONGEST
        if value and value not in (ME, NOBODY) and not number:
            raise forms.ValidationError(_now("There is no such colleague."))
        return value

    def clean_sort(self) -> str:
        value: str = self.cleaned_data["sort"].strip()
        if value and value.removeprefix("-") not in Order.values:
            raise forms.ValidationError(_now("The list cannot be sorted by this."))
        return value

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in PERIODS:
            first, last = cleaned.get(f"{name}_{BEFORE}"), cleaned.get(f"{name}_{AFTER}")
            for end, day in ((BEFORE, first), (AFTER, last)):
                if day and not EARLIEST <= day <= LATEST:
                    self.add_error(f"{name}_{end}", _now("Give a day between 2000 and 2099."))
            if first and last and first > last:
                self.add_error(f"{name}_{AFTER}", _now("This day comes before the first one."))
        fewest, most = cleaned.get("days_from"), cleaned.get("days_to")
        if fewest is not None and most is not None and fewest > most:
            self.add_error("days_to", _now("This is fewer days than the first."))
        return cleaned

    def filters(self) -> Filters:
        """Return what was asked. Without a state: the open ones, or all for who looks back."""
        asked = dict(self.cleaned_data)
        if not asked["state"]:
            back = any(_says(asked[one]) for one in LOOKS_BACK)
            asked["state"] = Show.ALL if back else Show.OPEN
        return Filters(**asked | {"sort": asked["sort"] or default_sort(asked["state"])})


def in_words(filters: Filters, colleagues: Mapping[int, str]) -> Iterator[str]:
    """Yield what the filters say, each in words."""
    yield str(Show(filters.state).label)
    yield from (words for _name, words in _chosen(filters, colleagues))


def removable(filters: Filters, colleagues: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """Yield what narrows the list, in words, and the query of the same filters without it."""
    empty = Filters()
    for name, words in _chosen(filters, colleagues):
        yield words, replace(filters, **{name: getattr(empty, name)}).address()


def _chosen(filters: Filters, colleagues: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """Yield the name and the words of each filter but the state."""
    for name, choices in CHOICES.items():
        if chosen := getattr(filters, name):
            yield name, str(choices(chosen).label)
    if filters.assigned:
        who = _who(filters.assigned, colleagues)
        yield "assigned", _now("In hand of: %(who)s") % {"who": who}
    for name, labels in PERIODS.items():
        for label, end in zip(labels, (BEFORE, AFTER), strict=True):
            if day := getattr(filters, f"{name}_{end}"):
                yield f"{name}_{end}", f"{label} {date_format(day, 'DATE_FORMAT')}"
    for name, label in DAYS.items():
        if (days := getattr(filters, name)) is not None:
            yield name, f"{label} {days}"
    yield from ((name, str(label)) for name, label in MARKS.items() if getattr(filters, name))


def _who(assigned: str, colleagues: Mapping[int, str]) -> str:
    if assigned == ME:
        return _now("Me")
    if assigned == NOBODY:
        return _now("Nobody yet")
    return colleagues.get(int(assigned)) or _now("a colleague who has left")


def parsed(query: Mapping[str, str]) -> Filters:
    """Return the filters of a query that was checked before; what is wrong in it is left out."""
    form = FilterForm(query)
    if form.is_valid():
        return form.filters()
    good = {name: value for name, value in query.items() if name not in form.errors}
    form = FilterForm(good)
    return form.filters() if form.is_valid() else Filters()


def filters_of(query: str) -> Filters:
    """Return the filters of a query that was kept, as `Filters.address` writes it."""
    return parsed(dict(parse_qsl(query.removeprefix("?"))))
