"""Days as people write them, in Dutch or English, as a plain function."""

import re
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OLDEST = 125  # years; nobody lived longer than 122
MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "januari january jan",
            "februari february feb",
            "maart march mrt mar maa",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "augustus august aug",
            "september sep sept",
            "oktober october okt oct",
            "november nov",
            "december dec",
        ],
        start=1,
    )
    for name in names.split()
}
_PARTS = re.compile(r"\d+|[^\W\d_]+")


class NotADay(ValueError):
    """The text is no day; `reason` is a sentence for whoever typed it."""

    def __init__(self, reason: str | Promise) -> None:
        super().__init__(reason)
        self.reason = reason


def parse_day(text: str) -> date:
    """Return the day that is meant: 9-3-1984, 09031984, 9 maart 1984, March 9 1984, 1984-03-09.

    A number below 13 may be day or month: the day comes first, as in both languages here, but
    for a year in front. Raises NotADay with what is wrong.
    """
    day, month, year = _parts(text)
    if year < 1000 or year > 9999:
        raise NotADay(_("Write the year with four digits, such as 1984."))
    if not 1 <= month <= 12:
        raise NotADay(_("The month must be a number from 1 to 12, or its name."))
    try:
        return date(year, month, day)
    except ValueError:
        raise NotADay(_("This day does not exist in that month. Check day and month.")) from None


def parse_birth_date(text: str, *, today: date) -> date:
    """Return the day of birth. Raises NotADay for a day to come, or one too long ago."""
    born = parse_day(text)
    if born > today:
        raise NotADay(_("This day is still to come. Check the year."))
    if born.year < today.year - OLDEST:
        raise NotADay(_("This is too long ago to be your date of birth. Check the year."))
    return born


def is_day(text: str, day: date) -> bool:
    """Tell whether this is that day, however it was typed."""
    try:
        return parse_day(text) == day
    except NotADay:
        return False


def _parts(text: str) -> tuple[int, int, int]:
    """Return day, month and year as they were typed, whatever they are worth."""
    parts = _PARTS.findall(text.casefold())
    if len(parts) == 1 and len(parts[0]) == 8 and parts[0].isdecimal():
        parts = [parts[0][:2], parts[0][2:4], parts[0][4:]]
    named = [part for part in parts if not part.isdecimal()]
    if len(parts) != 3 or len(named) > 1 or any(len(part) > 9 for part in parts):
        raise NotADay(_("Write day, month and year, such as 27-3-1984."))
    if named:
        if named[0] not in MONTHS:
            raise NotADay(_("We do not know this month. Write it as a number from 1 to 12."))
        first, second = (int(part) for part in parts if part.isdecimal())
        year_first = first > 31 or (parts[0].isdecimal() and len(parts[0]) == 4)
        day, year = (second, first) if year_first else (first, second)
        return day, MONTHS[named[0]], year
    first, month, last = (int(part) for part in parts)
    return (last, month, first) if len(parts[0]) == 4 else (first, month, last)
