"""Which requests the queue shows, a page at a time, by key in whichever order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from requests.constants import ENDED, LAST_OPEN, NOT_ALL, OPEN, Cause, Kind, State
from requests.identity.models import Reminder
from requests.models import ClockEvent, Decision, PrivacyRequest, RequestedRight
from requests.officer.pages import Row, row_of
from requests.queue.constants import (
    COLUMN,
    ME,
    MOST_COUNTED,
    NOBODY,
    NULLABLE,
    PAGE,
    InTime,
    Order,
    Show,
)
from requests.queue.filters import Filters
from requests.services.sellers import to_send_on

Requests = QuerySet[PrivacyRequest]
WEEK = timedelta(days=7)
# What a row of the queue needs; nothing of it is of the person.
SHOWN = (
    *("reference", "number", "kind", "state", "version", "channel", "received_at", "due_on"),
    *("assigned_to", "state_order", "answered_at", "ended_on"),
)


# --- which ---------------------------------------------------------------------------------


def chosen(visible: Requests, filters: Filters, *, user: int, today: date) -> Requests:
    """Return the requests that the filters let through, in no order yet."""
    found = _by_state(visible, filters.state, today)
    if filters.order == Order.STATE and filters.state not in (Show.ENDED, Show.ALL):
        # Says nothing new, but leads the index past what has ended.
        found = found.filter(state_order__lte=LAST_OPEN)
    if filters.right:
        asked = RequestedRight.objects.filter(request=OuterRef("pk"), right=filters.right)
        found = found.filter(Exists(asked))
    if filters.channel:
        found = found.filter(channel=filters.channel)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.assigned:
        found = found.filter(assigned_to=_assignee(filters.assigned, user))
    found = found.filter(**_periods(filters), **_figures(filters))
    return _by_marks(found, filters)


def _by_state(visible: Requests, state: str, today: date) -> Requests:
    if state == Show.ALL:
        return visible
    if state == Show.ENDED:
        return visible.filter(state__in=ENDED)
    found = visible.filter(state__in=OPEN)
    if state in (Show.WAITING, Show.APPROVED):
        return found.filter(state=State(state))
    if state == Show.QUESTIONS:
        return found.filter(kind__in=(Kind.ENQUIRY, Kind.COMPLAINT))
    due: dict[str, dict[str, date]] = {
        Show.LATE: {"due_on__lt": today},
        Show.TODAY: {"due_on": today},
        Show.WEEK: {"due_on__gt": today, "due_on__lte": today + WEEK},
    }
    return found.filter(**due.get(state, {}))


def _assignee(assigned: str, user: int) -> int | None:
    if assigned == NOBODY:
        return None
    return user if assigned == ME else int(assigned)


def _periods(filters: Filters) -> dict[str, Any]:
    bounds = {
        "received_at__gte": _midnight(filters.received_from),
        "received_at__lt": _midnight(filters.received_to, 1),
        "answered_at__gte": _midnight(filters.answered_from),
        "answered_at__lt": _midnight(filters.answered_to, 1),
        "due_on__gte": filters.due_from,
        "due_on__lte": filters.due_to,
    }
    return {name: bound for name, bound in bounds.items() if bound}


def _figures(filters: Filters) -> dict[str, Any]:
    """Return what is asked of how a request was answered: only what was answered has a figure."""
    asked = {
        "figure__is_late": filters.answered == InTime.NO if filters.answered else None,
        "figure__refused": filters.outcome or None,
        "figure__days__gte": filters.days_from,
        "figure__days__lte": filters.days_to,
    }
    return {name: value for name, value in asked.items() if value is not None}


def _midnight(day: date | None, later: int = 0) -> datetime | None:
    """Return when a day begins where the answer is given."""
    if day is None:
        return None
    start = datetime.combine(day + timedelta(days=later), time.min)
    return timezone.make_aware(start)


def _by_marks(found: Requests, filters: Filters) -> Requests:
    if filters.warned:
        # Of the day it has now: one that moved was not warned of yet.
        warned = Reminder.objects.filter(request=OuterRef("pk"), due_on=OuterRef("due_on"))
        found = found.filter(Exists(warned))
    if filters.extended:
        found = found.filter(Exists(_extended().filter(request=OuterRef("pk"))))
    if filters.refused:
        found = found.filter(Exists(_refused().filter(request=OuterRef("pk"))))
    if filters.second:
        waits = waiting_for_second().filter(request=OuterRef("pk"))
        found = found.filter(Exists(waits), state=State.HANDLING)
    if filters.send_on:
        found = to_send_on(found)
    return found


def _extended() -> QuerySet[ClockEvent]:
    return ClockEvent.objects.filter(cause=Cause.EXTENDED)


def _refused() -> QuerySet[Decision]:
    # Not to act on a request is to refuse it, and to give a part is to refuse the rest.
    return Decision.objects.filter(outcome__in=NOT_ALL)


def waiting_for_second() -> QuerySet[Decision]:
    """Return what one colleague decided and another has to approve."""
    return Decision.objects.filter(needs_second=True, approved_by=None)


# --- in which order ------------------------------------------------------------------------

Seen = tuple[Any, int]


def in_order(found: Requests, filters: Filters, *, seen: Seen | None = None) -> Iterator[Requests]:
    """Yield questions that together give what follows `seen`, each one walk along an index.

    Those with the same value as the last one seen, then those beyond it; what has no value
    stands last, and first the other way round.
    """
    column, descends = COLUMN[filters.order], filters.descends
    ways = ("-" + column, "-pk") if descends else (column, "pk")
    ordered = found.order_by(*ways)
    if seen is None:
        yield ordered
        return
    value, pk = seen
    further = {f"pk__{'lt' if descends else 'gt'}": pk}
    same = {f"{column}__isnull": True} if value is None else {column: value}
    if filters.order != Order.NUMBER:
        yield found.filter(**same, **further).order_by(ways[1])
    if value is not None:
        yield ordered.filter(**{f"{column}__{'lt' if descends else 'gt'}": value})
    if filters.order in NULLABLE and (value is None) == descends:
        yield ordered.filter(**{f"{column}__isnull": not descends})


def seen_at(request: PrivacyRequest, filters: Filters) -> Seen:
    """Return what stands for a request as the last one seen."""
    return getattr(request, COLUMN[filters.order]), request.pk


def key_of(request: PrivacyRequest, filters: Filters) -> str:
    """Return how the address names the last request seen."""
    value, pk = seen_at(request, filters)
    written = value.isoformat() if isinstance(value, date | datetime) else value
    return f"{'-' if value is None else written}~{pk}"


def seen_of(key: str, filters: Filters) -> Seen | None:
    """Return what `key_of` wrote; None for what is no key, and then the list begins anew."""
    value, _mark, pk = key.rpartition("~")
    try:
        number = int(pk)
        read = None if value == "-" and filters.order in NULLABLE else _read(filters.order, value)
    except ValueError:
        return None
    return (read, number) if 0 < number < 2**63 else None


def _read(order: Order, value: str) -> date | datetime | int | str:
    if order == Order.DUE:
        return date.fromisoformat(value)
    if order == Order.RECEIVED:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a moment without its zone")
        return moment
    if order == Order.NUMBER:
        if not (value.isascii() and value.isprintable() and 0 < len(value) <= 20):
            raise ValueError("no number of a request")
        return value
    number = int(value)
    if not 0 <= number < (2**15 if order == Order.STATE else 2**63):
        raise ValueError("no number that stands there")
    return number


# --- a page --------------------------------------------------------------------------------


@dataclass(frozen=True)
class QueueRow(Row):
    """A request in the queue, who has it in hand, and how it is of whom one looked for."""

    assignee: str = ""
    waits_for_second: bool = False
    how: str = ""

    @property
    def tick(self) -> str:
        """Say which request this is and what of it was seen, for who ticks it."""
        return f"{self.request.reference}:{self.request.version}"

    @property
    def took(self) -> int | None:
        """Return in how many days it was answered; None while it was not."""
        answered_at = self.request.answered_at
        if answered_at is None:
            return None
        return max((timezone.localdate(answered_at) - self.request.received_on).days, 0)


@dataclass(frozen=True)
class QueuePage:
    rows: Sequence[QueueRow]
    count: int
    next_page: str = ""

    @property
    def many(self) -> bool:
        """Tell whether there are more than were counted."""
        return self.count > MOST_COUNTED


def page_of(found: Requests, filters: Filters, *, after: str, today: date) -> QueuePage:
    """Return the page that follows the key `after`, and how many there are in all."""
    light = found.only(*SHOWN)
    requests: list[PrivacyRequest] = []
    for question in in_order(light, filters, seen=seen_of(after, filters) if after else None):
        requests += question[: PAGE + 1 - len(requests)]
        if len(requests) > PAGE:
            break
    more = filters.address(after=key_of(requests[PAGE - 1], filters)) if requests[PAGE:] else ""
    count = found.order_by()[: MOST_COUNTED + 1].count()
    return QueuePage(rows_of(requests[:PAGE], today), count, more)


def rows_of(requests: Sequence[PrivacyRequest], today: date) -> list[QueueRow]:
    """Return requests with all that their rows tell, in three queries for all of them."""
    prefetch_related_objects(requests, "rights")
    names = names_of({one.assigned_to for one in requests if one.assigned_to})
    handled = [one.pk for one in requests if one.state == State.HANDLING]
    second = set(
        waiting_for_second().filter(request__in=handled).values_list("request_id", flat=True)
    )
    found = []
    for one in requests:
        row = row_of(one, today)
        name = names.get(one.assigned_to or 0, "")
        found.append(QueueRow(one, row.days_left, row.warned, name, one.pk in second))
    return found


def names_of(users: set[int]) -> Mapping[int, str]:
    """Return what colleagues are called; who has left has no name any more."""
    if not users:
        return {}
    there = User.objects.filter(pk__in=users)
    names = {one.pk: name_of(one) for one in there}
    return {pk: names.get(pk) or _("a colleague who has left") for pk in users}


def name_of(user: User) -> str:
    return user.get_full_name() or user.get_username()
