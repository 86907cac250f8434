"""What stands on the overview, each part only for who may see it.

Parts are counted in few queries each; what a reader may not see is not asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from audit import services as audit
from desk.charts import Column, together
from desk.overview import filters
from desk.overview.waiting import waits
from desk.roles import LABELS
from policy.calendars import add_months
from requests import figures as requests
from requests.constants import Channel, Right
from requests.figures import DAYS_UP_TO, Answered, Answers, Scope, start_of
from requests.incidents.services import running
from retention import forecast, overview
from retention.models import Expectation
from subjects.models import Suppression, Unit

MONTHS = 24
LONG_AGO = timedelta(days=90)
MARKETING_PURPOSE = "MKT"


def gather(user: Any, scope: Scope, now: datetime) -> dict[str, Any]:
    """Return the parts of the overview that this colleague may see."""
    today, may = timezone.localdate(now), user.has_perm
    found: dict[str, Any] = {}
    standing = None
    if may("requests.view_privacyrequest"):
        standing = requests.standing(scope, today, user=user.pk)
        found["open"] = _open(scope, standing)
        found |= _requests(scope)
    if may("retention.view_destructionlist"):
        found["retention"] = overview.figures(today)
        found["reviews"] = overview.next_reviews()
        found["expected"] = expected(today)
    found["waits"] = list(waits(user, scope, standing, found.get("retention")))
    if may("requests.view_incident"):
        found["breaches"] = running(now)
    if may("audit.view_entry"):
        found["ledger"] = audit.ledger_state(now=now)
    if may("desk.view_marketingfigures"):
        found["marketing"] = _marketing(scope, today)
    if may("auth.view_user"):
        found["accounts"] = _accounts(now)
    return found


# --- requests ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tile:
    """A number that leads to its rows; `mood` is how urgent it is."""

    number: str
    label: str | Promise
    href: str = ""
    mood: str = ""
    beside: str = ""


def _open(scope: Scope, standing: requests.Standing) -> list[Tile]:
    def tile(number: int, label: str, state: str, mood: str = "") -> Tile:
        return Tile(str(number), label, filters.queue(scope, state=state), mood if number else "")

    return [
        tile(standing.late, _("Too late"), "late", "danger"),
        tile(standing.today, _("To answer today"), "today", "warning"),
        tile(standing.week, _("In the next seven days"), "week"),
        tile(standing.open, _("Open in all"), "open"),
        Tile(str(standing.warned), _("Warned of by mail, and still open")),
    ]


def _requests(scope: Scope) -> dict[str, Any]:
    steps, answers = requests.arrivals(scope), requests.answers(scope)
    return {
        "arrivals": [
            Column(
                _span(step),
                [step.received],
                _axis(step, before),
                filters.queue(
                    scope,
                    state="all",
                    received_from=step.first.isoformat(),
                    received_to=step.last.isoformat(),
                ),
            )
            for before, step in zip([None, *steps], steps, strict=False)
        ],
        "arrived": sum(step.received for step in steps),
        "answers": answers.all,
        "shares": _shares(scope, answers.all),
        "days": _days(answers.days),
        "by_right": [
            Line(str(right.label), found, filters.answered(scope, right=right.value))
            for right in Right
            if (found := answers.by_right.get(right.value))
        ],
        "by_channel": [
            Line(str(channel.label), found, filters.answered(scope, channel=channel.value))
            for channel in Channel
            if (found := answers.by_channel.get(channel.value))
        ],
    }


@dataclass(frozen=True)
class Line:
    """How the requests of one kind were answered."""

    label: str
    answered: Answered
    href: str

    @property
    def number(self) -> int:
        return self.answered.number

    @property
    def in_time(self) -> str:
        return percent(self.answered.in_time, self.number)

    @property
    def extended(self) -> str:
        return percent(self.answered.extended, self.number)

    @property
    def refused(self) -> str:
        return percent(self.answered.refused, self.number)


def percent(part: int, whole: int) -> str:
    """Return a share as a whole percentage; a dash of nothing."""
    return f"{(200 * part + whole) // (2 * whole)}%" if whole else "–"


def _shares(scope: Scope, all_of_them: Answered) -> list[Tile]:
    def tile(part: int, label: str, href: str, mood: str = "") -> Tile:
        beside = _("%(part)s of %(whole)s") % {"part": part, "whole": all_of_them.number}
        return Tile(percent(part, all_of_them.number), label, href, mood, beside)

    refused = filters.answered(scope, refused="1")
    return [
        tile(all_of_them.in_time, _("Answered in time"), filters.answered(scope)),
        tile(all_of_them.extended, _("Period extended"), filters.answered(scope, extended="1")),
        replace(
            tile(all_of_them.refused, _("Refused, wholly or in part"), refused),
            beside=_("%(wholly)s wholly, %(partly)s in part of %(whole)s")
            % {
                "wholly": all_of_them.wholly,
                "partly": all_of_them.partly,
                "whole": all_of_them.number,
            },
        ),
    ]


def _span(step: requests.Step) -> str:
    """Return the words for a week or a month."""
    if (step.last - step.first).days > 6:
        return date_format(step.first, "F Y")
    return _("%(first)s to %(last)s") % {
        "first": date_format(step.first, "j M"),
        "last": date_format(step.last, "j M Y"),
    }


def _axis(step: requests.Step, before: requests.Step | None) -> str:
    if before is not None and before.first.month == step.first.month:
        return ""
    return date_format(step.first, "M")


def _days(numbers: Sequence[int]) -> list[Column]:
    """Return how many were answered within which time; the last took longer than all."""
    columns, first = [], 0
    for last, number in zip([*DAYS_UP_TO, None], numbers, strict=False):
        span = f"{first}–{last}" if last is not None else f"{first}+"
        columns.append(Column(_("%(span)s days") % {"span": span}, [number], span))
        first = (last or 0) + 1
    return columns


# --- what goes ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expected:
    """What goes, month by month and rule by rule; how many units are held back meanwhile."""

    columns: Sequence[Column]
    rules: Sequence[str]
    held: int
    counted_at: datetime


def expected(today: date, only: str = "") -> Expected | None:
    """Return what was counted last of dossiers by month and rule; None where nothing was.

    `only` is what the codes of the rules begin with.
    """
    rows: Sequence[Expectation] = forecast.counted(today)
    of = [row for row in rows if row.unit == Unit.DOSSIER and row.rule.startswith(only)]
    if not of:
        return None
    rules = sorted({row.rule for row in of})
    numbers = {(row.month, row.rule): row.number for row in of}
    # A month in which nothing goes is a month too.
    months = [add_months(today.replace(day=1), count) for count in range(MONTHS)]
    columns = [
        Column(
            date_format(month, "F Y"),
            [numbers.get((month, rule), 0) for rule in rules],
            date_format(month, "M y") if month.month % 3 == 1 else "",
            reverse("retention:home"),
            minor=month.month % 6 != 1,
        )
        for month in months
    ]
    columns, rules = together(columns, rules, _("other rules"))
    return Expected(columns, rules, sum(row.held for row in of), of[0].counted_at)


# --- marketing and administration --------------------------------------------------------------


def _marketing(scope: Scope, today: date) -> dict[str, Any]:
    """Return how many objected, and how soon it ended: counts only, for who sees no request."""
    asked = Scope(scope.first, scope.last, Right.MARKETING)
    answers: Answers = requests.answers(asked)
    steps = requests.arrivals(asked)
    goes = expected(today, only=MARKETING_PURPOSE)
    return {
        "arrivals": [
            Column(_span(step), [step.received], _axis(step, before))
            for before, step in zip([None, *steps], steps, strict=False)
        ],
        "arrived": sum(step.received for step in steps),
        "answers": answers.all,
        "shut": Suppression.objects.filter(purpose=MARKETING_PURPOSE).count(),
        "expected": goes and Expected(_plain(goes.columns), goes.rules, goes.held, goes.counted_at),
    }


def _plain(columns: Sequence[Column]) -> list[Column]:
    return [replace(one, href="") for one in columns]


def _accounts(now: datetime) -> dict[str, Any]:
    """Return how many accounts there are by role, and what an administrator should look at."""
    users = reverse("admin:auth_user_changelist")
    active = Q(user__is_active=True)
    roles = Group.objects.annotate(number=Count("user", filter=active)).order_by("name")
    people = User.objects.filter(is_active=True)
    quiet_since = start_of(timezone.localdate(now) - LONG_AGO)
    counted = people.aggregate(
        all=Count("pk", distinct=True),
        without=Count("pk", filter=Q(groups=None), distinct=True),
        quiet=Count("pk", filter=Q(last_login__lt=quiet_since), distinct=True),
        never=Count("pk", filter=Q(last_login=None), distinct=True),
    )
    active_ones = f"{users}?is_active__exact=1"
    tiles = [
        Tile(str(counted["all"]), _("Accounts in use"), active_ones),
        Tile(str(counted["without"]), _("Without a role"), f"{active_ones}&groups__isnull=True"),
        Tile(
            str(counted["quiet"]),
            _("Not signed in for 90 days"),
            f"{active_ones}&{urlencode({'last_login__lt': quiet_since.isoformat()})}",
        ),
        Tile(str(counted["never"]), _("Never signed in"), f"{active_ones}&last_login__isnull=True"),
    ]
    return {"tiles": tiles, "roles": list(_roles(roles, users))}


def _roles(roles: Any, users: str) -> Iterator[tuple[str, int, str]]:
    for role in roles:
        label = str(LABELS.get(role.name, role.name))
        yield label, role.number, f"{users}?groups__id__exact={role.pk}&is_active__exact=1"
