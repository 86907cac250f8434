"""Days, months and public holidays, counted as the law counts them."""

import calendar
from collections.abc import Collection
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

SATURDAY = 5
DATA = Path(__file__).parent / "data"


def add_months(day: date, months: int) -> date:
    """Return the same day number `months` later, or that month's last day if it lacks it.

    Source: Regulation 1182/71, Article 3(2)(c).
    """
    years, month0 = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month0 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def day_after(day: date, *, months: int) -> date:
    """Return the first day after a period of `months` that began on `day`; never rolled.

    Source: Regulation 1182/71, Article 3(2)(c): a period ends with the last hour of its day.
    """
    return add_months(day, months) + timedelta(days=1)


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar, from the age of the moon."""
    century = year // 100
    # The epact: the moon's age on 1 January, corrected for leap centuries.
    moon = (15 + century - century // 4 - (8 * century + 13) // 25 + 19 * (year % 19)) % 30
    moon -= moon // 28 * (1 - moon // 28 * (29 // (moon + 1)) * ((21 - year % 19) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    return date(year, 3, 28) + timedelta(days=moon - weekday)


@lru_cache(maxsize=1)
def _rows() -> list[dict[str, Any]]:
    text = (DATA / "holidays.nl.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@lru_cache(maxsize=512)
def public_holidays(year: int, *, equated: bool = False) -> dict[date, str]:
    """Return the Dutch public holidays of `year` with their names.

    `equated` adds the days put on a par with them, such as Good Friday, which do not move a
    deadline of European law.

    Source: Algemene termijnenwet, Article 3; Regulation 1182/71, Articles 2 and 3(4).
    """
    found = {}
    for row in _rows():
        if row.get("equated") and not equated:
            continue
        if "easter" in row:
            day = easter_sunday(year) + timedelta(days=row["easter"])
        else:
            day = date(year, row["month"], row["day"])
        if day.weekday() > SATURDAY:
            day += timedelta(days=row.get("if_sunday", 0))
        found[day] = row["name"]
    return found


def next_working_day(day: date, *, equated: bool = False, also: Collection[date] = ()) -> date:
    """Return `day`, or the first working day after it where it is none.

    `also` are further days off, such as bridge days equated by decree.

    Source: Regulation 1182/71, Article 3(4).
    """
    while (
        day.weekday() >= SATURDAY
        or day in public_holidays(day.year, equated=equated)
        or day in also
    ):
        day += timedelta(days=1)
    return day
