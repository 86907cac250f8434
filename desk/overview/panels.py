"""What stands on the overview, each part only for who may see it.

Parts are counted in few queries each; what a reader may not see is not asked.
"""

from collections.abc import Iterator, Mapping, Sequence
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
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from audit import services as audit
from desk.charts import Column, together
from desk.overview import filters
from desk.overview.waiting import waits
from desk.roles import LABELS
from requests.constants import Channel, Right
from requests.figures import overview as requests
from requests.figures.overview import DAYS_UP_TO, Answered, Answers, Scope, start_of
from requests.incidents.services import running
from retention import forecast, overview
from retention.due_forms import months_from
from retention.models import Expectation
from retention.sight import WHOLE, Sight
from subjects.models import Suppression, Unit

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
        found["expected"] = expected(today, Sight.of(user))
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
        Tile(
            str(standing.warned),
            _("Warned of by mail, and still open"),
            filters.queue(scope, state="open", warned="1"),
        ),
    ]


def _requests(scope: Scope) -> dict[str, Any]:
    steps, answers = requests.arrivals(scope), requests.answers(scope)
    return {
        "arrivals": [
            Column(
                _span(step),
                [step.received],
                _axis(step, before),
                filters.received(replace(scope, first=step.first, last=step.last)),
            )
            for before, step in zip([None, *steps], steps, strict=False)
        ],
        "arrived": sum(step.received for step in steps),
        "arrived_href": filters.received(scope),
        "answers": answers.all,
        "answered_href": filters.answered(scope),
        "shares": _shares(scope, answers.all),
        "days": _days(scope, answers.days),
        "by_right": [
            Line(str(right.label), found, scope, {"right": right.value})
            for right in Right
            if (found := answers.by_right.get(right.value))
        ],
        "by_channel": [
            Line(str(channel.label), found, scope, {"channel": channel.value})
            for channel in Channel
            if (found := answers.by_channel.get(channel.value))
        ],
    }


@dataclass(frozen=True)
class Share:
    """A part of a whole as a percentage, both numbers beside it, and where the part is."""

    percent: str
    beside: str
    href: str


@dataclass(frozen=True)
class Line:
    """How the requests of one kind were answered, each figure with its rows."""

    label: str
    answered: Answered
    scope: Scope
    kind: Mapping[str, str]

    @property
    def number(self) -> int:
        return self.answered.number

    @property
    def href(self) -> str:
        return filters.answered(self.scope, **self.kind)

    @property
    def in_time(self) -> Share:
        return self._share(self.answered.in_time, answered="in-time")

    @property
    def extended(self) -> Share:
        return self._share(self.answered.extended, extended="1")

    @property
    def refused(self) -> Share:
        return self._share(self.answered.refused, refused="1")

    def _share(self, part: int, **more: str) -> Share:
        href = filters.answered(self.scope, **self.kind, **more)
        return Share(percent(part, self.number), _of(part, self.number), href)


def percent(part: int, whole: int) -> str:
    """Return a share as a whole percentage; a dash of nothing."""
    return f"{(200 * part + whole) // (2 * whole)}%" if whole else "–"


def _of(part: int, whole: int) -> str:
    return _("%(part)s of %(whole)s") % {"part": part, "whole": whole}


def _shares(scope: Scope, found: Answered) -> list[Tile]:
    def tile(part: int, label: str, mood: str = "", **more: str) -> Tile:
        href, beside = filters.answered(scope, **more), _of(part, found.number)
        return Tile(percent(part, found.number), label, href, mood if part else "", beside)

    return [
        tile(found.in_time, _("Answered in time"), answered="in-time"),
        tile(found.late, _("Answered too late"), "danger", answered="late"),
        tile(found.extended, _("Period extended"), extended="1"),
        tile(found.wholly, _("Refused"), outcome="wholly"),
        tile(found.partly, _("Refused in part"), outcome="partly"),
    ]


def _span(step: requests.Step) -> str:
    """Return the words for a week or a month."""
    if (step.last - step.first).days > 6:
        return date_format(step.first, "F Y")
    return _("%(first)s to %(last)s") % {
        "first": f"{step.first.day} {_month(step.first)}",
        "last": f"{step.last.day} {_month(step.last)} {step.last.year}",
    }


def _axis(step: requests.Step, before: requests.Step | None) -> str:
    if before is not None and before.first.month == step.first.month:
        return ""
    return _month(step.first)


def _english() -> bool:
    return (get_language() or "nl").startswith("en")


def _month(day: date) -> str:
    """Return a month in few letters, small ones where the language writes months so."""
    return date_format(day, "M") if _english() else date_format(day, "M").lower()


def _days(scope: Scope, numbers: Sequence[int]) -> list[Column]:
    """Return how many were answered within which time; the last took longer than all."""
    columns, first = [], 0
    for last, number in zip([*DAYS_UP_TO, None], numbers, strict=False):
        span = f"{first}–{last}" if last is not None else f"{first}+"
        href = filters.answered(scope, days_from=str(first), days_to=str(last or ""))
        columns.append(Column(_("%(span)s days") % {"span": span}, [number], span, href))
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
    held_href: str = ""


def expected(today: date, sight: Sight, only: str = "") -> Expected | None:
    """Return what was counted last of dossiers by month and rule; None where nothing was.

    `only` is what the codes of the rules begin with.
    """
    rows: Sequence[Expectation] = forecast.counted(today)
    of = [row for row in rows if row.unit == Unit.DOSSIER and row.rule.startswith(only)]
    if not of:
        return None
    rules = sorted({row.rule for row in of})
    numbers = {(row.month, row.rule): sight.total(row)[0] for row in of}
    waiting = sum(sight.total(row)[1] for row in of)
    # A month in which nothing goes is a month too.
    months = months_from(today)
    columns = [
        Column(
            date_format(month, "F Y"),
            [numbers.get((month, rule), 0) for rule in rules],
            f"{_month(month)} {month.year}" if month.month % 3 == 1 else "",
            filters.goes(month),
            minor=month.month % 6 != 1,
        )
        for month in months
    ]
    columns, shown = together(columns, rules, _("other rules"))
    others = [rule for rule in rules if rule not in shown]
    columns = [
        replace(
            one, hrefs=[filters.goes(month, [rule] if rule in rules else others) for rule in shown]
        )
        for month, one in zip(months, columns, strict=True)
    ]
    held = filters.goes(months[0], last=months[-1], held=True)
    return Expected(columns, shown, waiting, of[0].counted_at, held)


# --- marketing and administration --------------------------------------------------------------


def _marketing(scope: Scope, today: date) -> dict[str, Any]:
    """Return how many objected, and how soon it ended: counts only, for who sees no request."""
    asked = Scope(scope.first, scope.last, Right.MARKETING)
    answers: Answers = requests.answers(asked)
    steps = requests.arrivals(asked)
    goes = expected(today, WHOLE, only=MARKETING_PURPOSE)
    return {
        "arrivals": [
            Column(_span(step), [step.received], _axis(step, before))
            for before, step in zip([None, *steps], steps, strict=False)
        ],
        "arrived": sum(step.received for step in steps),
        "answers": answers.all,
        "shut": Suppression.objects.filter(purpose=MARKETING_PURPOSE, is_address=True).count(),
        "expected": goes and replace(goes, columns=_plain(goes.columns), held_href=""),
    }


def _plain(columns: Sequence[Column]) -> list[Column]:
    return [replace(one, href="", hrefs=()) for one in columns]


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
