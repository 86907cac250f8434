"""When officers are warned of a due date: plain functions of dates."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from policy.calendars import SATURDAY, public_holidays
from requests.identity.constants import WarningKind

WORKING_DAYS = 3
ORDER = (
    WarningKind.HALF,
    WarningKind.THREE_QUARTERS,
    WarningKind.THREE_DAYS,
    WarningKind.LAST_DAY,
)


@dataclass(frozen=True, slots=True)
class DueWarning:
    """That officers are warned from this day on."""

    kind: WarningKind
    on: date


def warnings_of(received: date, due: date) -> list[DueWarning]:
    """Return the four warnings of a due date, in the order in which the law's time runs out.

    Half and three quarters count calendar days from receipt, rounded down so that a warning never
    comes late; three working days are counted back from the due date.

    Source: legal requirements, section 2.7.
    """
    days = (due - received).days
    return [
        DueWarning(WarningKind.HALF, received + timedelta(days=days // 2)),
        DueWarning(WarningKind.THREE_QUARTERS, received + timedelta(days=days * 3 // 4)),
        DueWarning(WarningKind.THREE_DAYS, working_days_before(due, WORKING_DAYS)),
        DueWarning(WarningKind.LAST_DAY, due),
    ]


def reached(received: date, due: date, today: date) -> list[WarningKind]:
    """Return the warnings whose day has come, the most urgent last."""
    return [one.kind for one in warnings_of(received, due) if one.on <= today]


def most_urgent(kinds: Collection[str]) -> WarningKind | None:
    """Return the warning that says most, if there is any."""
    there: Sequence[WarningKind] = [kind for kind in ORDER if kind in kinds]
    return there[-1] if there else None


def working_days_before(day: date, number: int) -> date:
    """Return the day that lies this number of working days before `day`."""
    while number:
        day -= timedelta(days=1)
        if day.weekday() < SATURDAY and day not in public_holidays(day.year):
            number -= 1
    return day
