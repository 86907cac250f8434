"""How requests go: what is open and for whom it waits, what came in, and how it was answered.

Everything is counted in the database, each question in one statement over a narrow index. What a
number counts is what the work queue lists under the same filters.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from requests.constants import OPEN, Kind, State
from requests.identity.models import Reminder
from requests.models import Decision, PrivacyRequest, RequestedRight
from requests.querysets import RequestQuerySet

# A longer period is drawn by month.
MOST_WEEKS = 27
# Days to answer: up to and including these, and what took longer.
DAYS_UP_TO = (7, 14, 21, 30, 60, 90)


@dataclass(frozen=True)
class Scope:
    """What is asked about: a period, first and last day, and perhaps one right and channel."""

    first: date
    last: date
    right: str = ""
    channel: str = ""


@dataclass(frozen=True)
class Standing:
    """How many requests are open, and for whom they wait."""

    open: int
    late: int
    today: int
    week: int
    mine: int
    nobody: int
    second: int
    person: int
    making: int
    warned: int


def standing(scope: Scope, today: date, *, user: int) -> Standing:
    """Return how many are open today, and of them in hand of `user`; whatever the period."""
    chosen = _chosen(scope).filter(state__in=OPEN)
    second = Exists(
        Decision.objects.filter(request=OuterRef("pk"), needs_second=True, approved_by=None)
    )
    warned = Exists(Reminder.objects.filter(request=OuterRef("pk"), due_on=OuterRef("due_on")))
    counted = chosen.aggregate(
        open=Count("pk"),
        late=Count("pk", filter=Q(due_on__lt=today)),
        today=Count("pk", filter=Q(due_on=today)),
        week=Count("pk", filter=Q(due_on__gt=today, due_on__lte=today + timedelta(days=7))),
        mine=Count("pk", filter=Q(assigned_to=user)),
        nobody=Count("pk", filter=Q(assigned_to=None)),
        second=Count("pk", filter=Q(second, state=State.HANDLING)),
        person=Count("pk", filter=Q(state=State.WAITING)),
        making=Count("pk", filter=Q(state=State.APPROVED)),
        warned=Count("pk", filter=warned),
    )
    return Standing(**counted)


def _chosen(scope: Scope) -> RequestQuerySet:
    chosen = PrivacyRequest.objects.filter(kind=Kind.REQUEST)
    if scope.channel:
        chosen = chosen.filter(channel=scope.channel)
    if scope.right:
        asked = RequestedRight.objects.filter(request=OuterRef("pk"), right=scope.right)
        chosen = chosen.filter(Exists(asked))
    return chosen


@dataclass(frozen=True)
class Step:
    """A part of the period, its first and last day, and how many requests came in."""

    first: date
    last: date
    received: int = 0


_ARRIVALS = """
SELECT width_bucket(received_at, %(begins)s::timestamptz[]), count(*)
FROM requests_privacyrequest r
WHERE received_at >= %(first)s AND received_at < %(end)s AND kind = 'request'
  AND (%(channel)s = '' OR channel = %(channel)s)
  AND (%(right)s = '' OR id IN
    (SELECT request_id FROM requests_requestedright WHERE "right" = %(right)s))
GROUP BY 1
"""


def arrivals(scope: Scope) -> list[Step]:
    """Return how many requests came in, week by week; month by month where that is too long."""
    steps = steps_of(scope)
    begins = [start_of(step.first) for step in steps]
    with connection.cursor() as cursor:
        cursor.execute(
            _ARRIVALS,
            {
                "begins": begins,
                "first": begins[0],
                "end": start_of(scope.last + timedelta(days=1)),
                "channel": scope.channel,
                "right": scope.right,
            },
        )
        counted = dict(cursor.fetchall())
    return [
        Step(step.first, step.last, counted.get(number, 0))
        for number, step in enumerate(steps, start=1)
    ]


def steps_of(scope: Scope) -> list[Step]:
    """Return the weeks, or months, of the period; the first and last may be cut short."""
    steps: list[Step] = []
    by_week, first = _by_week(scope), scope.first
    while first <= scope.last:
        end = min(_ending(first, by_week=by_week), scope.last)
        steps.append(Step(first, end))
        first = end + timedelta(days=1)
    return steps


def _by_week(scope: Scope) -> bool:
    return (scope.last - scope.first).days < 7 * MOST_WEEKS


def _ending(day: date, *, by_week: bool) -> date:
    if by_week:
        return day + timedelta(days=6 - day.weekday())
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def start_of(day: date) -> datetime:
    """Return the first moment of a day where the answer is given."""
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True)
class Answered:
    """How some requests were answered. Days are calendar days from receipt."""

    number: int = 0
    median_days: int | None = None
    slow_days: int | None = None
    late: int = 0
    extended: int = 0
    partly: int = 0
    wholly: int = 0

    @property
    def in_time(self) -> int:
        return self.number - self.late

    @property
    def refused(self) -> int:
        return self.partly + self.wholly


@dataclass(frozen=True)
class Answers:
    """How the requests answered in a period were answered: all, by right, by channel, by days.

    `days` has for each of `DAYS_UP_TO`, and at the end for what took longer, how many.
    A request with two rights is counted under both.
    """

    all: Answered = field(default_factory=Answered)
    by_right: Mapping[str, Answered] = field(default_factory=dict)
    by_channel: Mapping[str, Answered] = field(default_factory=dict)
    days: Sequence[int] = ()


# Groups of equal answers: few rows of many, from which everything follows.
_ANSWERS = """
SELECT channel, rights, days, count(*), count(*) FILTER (WHERE is_late),
    count(*) FILTER (WHERE is_extended), count(*) FILTER (WHERE refused = 'partly'),
    count(*) FILTER (WHERE refused = 'wholly')
FROM requests_answerfigure
WHERE answered_on BETWEEN %(first)s AND %(last)s
  AND (%(channel)s = '' OR channel = %(channel)s)
  AND (%(right)s = '' OR %(right)s = ANY(rights))
GROUP BY GROUPING SETS ((channel, days), (rights, days))
"""


def answers(scope: Scope) -> Answers:
    """Return how the requests were answered that were answered in the period, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ANSWERS,
            {
                "first": scope.first,
                "last": scope.last,
                "channel": scope.channel,
                "right": scope.right,
            },
        )
        rows = cursor.fetchall()
    everything = _Tally()
    by_channel: dict[str, _Tally] = defaultdict(_Tally)
    by_right: dict[str, _Tally] = defaultdict(_Tally)
    for channel, rights, days, *counts in rows:
        if channel is not None:
            everything.add(days, counts)
            by_channel[channel].add(days, counts)
        else:
            for right in rights:
                by_right[right].add(days, counts)
    return Answers(
        everything.answered(),
        {code: tally.answered() for code, tally in by_right.items()},
        {code: tally.answered() for code, tally in by_channel.items()},
        everything.by_bound(),
    )


class _Tally:
    """Adds up groups of equal answers."""

    def __init__(self) -> None:
        self.days: Counter[int] = Counter()
        self.counts = [0] * 4

    def add(self, days: int, counts: Sequence[int]) -> None:
        self.days[days] += counts[0]
        self.counts = [a + b for a, b in zip(self.counts, counts[1:], strict=True)]

    def answered(self) -> Answered:
        return Answered(
            self.days.total(), percentile(self.days, 50), percentile(self.days, 90), *self.counts
        )

    def by_bound(self) -> list[int]:
        sums = [0] * (len(DAYS_UP_TO) + 1)
        for days, number in self.days.items():
            sums[bisect_left(DAYS_UP_TO, days)] += number
        return sums


def percentile(days: Mapping[int, int], percent: int) -> int | None:
    """Return within how many days so many of a hundred were answered; None of nothing.

    `days` tells how many took how many days. Of an even number the median is the lower of the
    two in the middle: a real answer took so long.
    """
    wanted, seen = sum(days.values()) * percent, 0
    for day in sorted(days):
        seen += days[day] * 100
        if seen >= wanted:
            return day
    return None
