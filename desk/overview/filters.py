"""What the address of the overview asks: a period, a right, a channel; and where its figures lead.

The names stand in addresses that colleagues share, so they stay as they are.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from requests.constants import Channel, Right
from requests.figures.overview import Scope
from requests.queue.filters import choice_field, day_field
from retention.due_forms import address_of
from subjects.models import Unit

WEEKS = 26
# What is counted while somebody waits for the page.
LONGEST_DAYS = 366
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
FIRST, LAST = "from", "to"


class OverviewForm(forms.Form):
    """The filters as a form that is sent by its address; without any, the last 26 weeks."""

    right = choice_field(_("Right"), Right.choices, _("There is no such right."))
    channel = choice_field(_("Came by"), Channel.choices, _("There is no such channel."))

    def __init__(self, data: QueryDict, *, today: date) -> None:
        self.today = today
        shown = data.copy()
        shown.setdefault(FIRST, _first(today).isoformat())
        shown.setdefault(LAST, today.isoformat())
        super().__init__(shown)
        days = {FIRST: day_field(_("From")), LAST: day_field(_("Until"))}
        # "from" is no name that a class may have.
        self.fields = {**days, **self.fields}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first = cleaned.get(FIRST) or _first(cleaned.get(LAST) or self.today)
        last = cleaned.get(LAST) or self.today
        for name, day in ((FIRST, first), (LAST, last)):
            if not EARLIEST <= day <= LATEST:
                self.add_error(name, _now("Give a day between 2000 and 2099."))
        if first > last:
            self.add_error(LAST, _now("This day comes before the first one."))
        elif (last - first).days >= LONGEST_DAYS:
            self.add_error(LAST, _now("Choose a period of at most one year."))
        return cleaned | {FIRST: first, LAST: last}

    def scope(self) -> Scope:
        """Return what is asked; of what was not understood, what holds without it."""
        if not self.is_valid():
            return Scope(_first(self.today), self.today)
        found = self.cleaned_data
        return Scope(found[FIRST], found[LAST], found["right"], found["channel"])


def _first(last: date) -> date:
    """Return the Monday with which the last 26 weeks begin."""
    return last - timedelta(days=last.weekday(), weeks=WEEKS - 1)


def queue(scope: Scope, **filters: Any) -> str:
    """Return the address of the requests that a figure counts."""
    asked = {"kind": "request", "right": scope.right, "channel": scope.channel} | filters
    chosen = {name: value for name, value in asked.items() if value}
    return f"{reverse('requests:queue')}?{urlencode(chosen)}"


def received(scope: Scope) -> str:
    """Return the address of requests that came in in the period."""
    first, last = scope.first.isoformat(), scope.last.isoformat()
    return queue(scope, state="all", received_from=first, received_to=last)


def answered(scope: Scope, **filters: Any) -> str:
    """Return the address of requests that were answered in the period."""
    return queue(
        scope,
        state="all",
        **{"answered_from": scope.first.isoformat(), "answered_to": scope.last.isoformat()},
        **filters,
    )


def goes(
    month: date, rules: Sequence[str] = (), *, last: date | None = None, held: bool = False
) -> str:
    """Return the address of the dossiers that go in a month by these rules, or all of them."""
    query = address_of(Unit.DOSSIER, month, last, rules=rules, held=held)
    return reverse("retention:due") + query
