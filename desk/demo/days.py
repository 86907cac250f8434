"""Days on which files of the demo begin and end."""

import calendar
from datetime import date, timedelta

KEPT_YEARS = 5


def back(day: date, years: int) -> date:
    """Return the same day so many years before; 28 February for a 29th that is not there."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def attainable(due: date) -> date:
    """Return the day, or the next one where no period of whole years can end on its eve.

    What is kept for three or five years until 28 February goes on the 29th where there is one, and
    then nothing goes on 1 March.
    """
    if (due.month, due.day) == (3, 1) and calendar.isleap(due.year):
        return due + timedelta(days=1)
    return due
