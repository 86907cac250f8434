"""The public page of honest figures, and the same as a table for a spreadsheet."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from requests.constants import Right
from requests.figures.public import COUNTS, QUARTERS, YEAR, Published, Shown, published, rights_of
from requests.limits import allowed
from requests.portal.ways import too_many

# Counted anew every night.
KEPT_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Year:
    """What a year's part of the page shows: a column for each period, a row for each right."""

    year: int
    periods: list[Shown]
    rights: list[tuple[str, list[Shown | None]]]
    headings: list[str]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show how many asked what, and how we answered."""
    if not allowed(request, "figures"):
        return too_many(request)
    figures = published(timezone.now())
    context = {"figures": figures, "years": [_year(figures, one) for one in figures.years]}
    return render(request, "portal/figures.html", context)


def _year(figures: Published, year: int) -> Year:
    known = [one for one in (*QUARTERS, YEAR) if (year, one, "") in figures.by_key]
    shown = [figures.by_key[year, one, ""] for one in known]
    return Year(
        year,
        shown,
        [
            (str(right.label), [figures.by_key.get((year, one, right.value)) for one in known])
            for right in rights_of(figures, year)
        ],
        [_period(row) for row in shown],
    )


def _period(row: Shown) -> str:
    if row.quarter == YEAR:
        words = _("The whole year %(year)s") if row.is_over else _("The year %(year)s so far")
        return words % {"year": row.year}
    words = _("Quarter %(quarter)s") if row.is_over else _("Quarter %(quarter)s so far")
    return words % {"quarter": row.quarter}


@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """Give the same figures as CSV; a number that is not told is "hidden"."""
    if not allowed(request, "figures"):
        return too_many(request)
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": 'attachment; filename="figures.csv"',
            "Cache-Control": f"public, max-age={int(KEPT_FOR.total_seconds())}",
        },
    )
    csv.writer(response).writerows(_lines(published(timezone.now())))
    return response


def _lines(figures: Published) -> Iterator[list[str | int]]:
    # Codes and English names: a program reads this, and the page explains them.
    yield ["year", "quarter", "right", "complete", *COUNTS, "median_days"]
    for row in figures.rows:
        numbers = [row.numbers[name] for name in COUNTS]
        yield [
            row.year,
            row.quarter or "all",
            Right(row.right).value if row.right else "all",
            "yes" if row.is_over else "no",
            *("hidden" if number is None else number for number in numbers),
            "" if row.median_days is None else row.median_days,
        ]
