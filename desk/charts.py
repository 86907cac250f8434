"""The geometry of charts: plain numbers for a drawing whose width is that of its page.

Across, everything is a share of the width; down it is pixels. So text keeps its size wherever the
page is narrow. Numbers are written by hand: a comma for the decimal point would break the drawing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from django.utils.formats import number_format

PLOT, ABOVE, BELOW = 150, 20, 24
# About how many letters fit above the columns of a page of the desk.
LETTERS = 130
# As many colours as `theme.css` has; what comes after them is taken together.
MOST_SERIES = 8


def printed(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)


@dataclass(frozen=True)
class Column:
    """A column, with one value for each series; `hrefs` leads to the rows of each value.

    `axis` stands under it where it is not empty, a `minor` one only where the page is wide.
    """

    label: str
    values: Sequence[int]
    axis: str = ""
    href: str = ""
    minor: bool = False
    hrefs: Sequence[str] = ()

    @property
    def total(self) -> int:
        return sum(self.values)


@dataclass(frozen=True)
class Part:
    """One coloured piece of a column, as drawn."""

    y: str
    height: str
    colour: int
    says: str


@dataclass(frozen=True)
class Drawn:
    """A column as drawn; `seldom` numbers are left out where the page is narrow."""

    x: str
    width: str
    middle: str
    top: str
    number: str
    axis: str
    seldom: bool
    minor: bool
    parts: list[Part] = field(default_factory=list)


def draw(columns: Sequence[Column], series: Sequence[str]) -> list[Drawn]:
    """Return the columns as they are drawn, the first series at the bottom."""
    if not columns:
        return []
    most = max(column.total for column in columns) or 1
    share = 100 / len(columns)
    longest = max(len(printed(column.total)) for column in columns)
    every = 1 if (longest + 1) * len(columns) <= LETTERS else 3
    peak = max(range(len(columns)), key=lambda at: columns[at].total)
    drawn = []
    for at, column in enumerate(columns):
        base, parts = float(ABOVE + PLOT), []
        for colour, value in enumerate(column.values):
            if value:
                height = PLOT * value / most
                base -= height
                says = f"{column.label}, {series[colour]}: {printed(value)}"
                parts.append(Part(f"{base:.1f}", f"{height:.1f}", colour, says))
        shown = at == peak or (at % every == 0 and abs(at - peak) >= every)
        drawn.append(
            Drawn(
                x=f"{at * share + share * 0.1:.2f}%",
                width=f"{share * 0.8:.2f}%",
                middle=f"{at * share + share / 2:.2f}%",
                top=f"{base - 5:.1f}",
                number=printed(column.total) if shown else "",
                axis=column.axis,
                seldom=len(columns) > 8 and at not in (peak, len(columns) - 1),
                minor=column.minor,
                parts=parts,
            )
        )
    return drawn


def together(
    columns: Sequence[Column], series: Sequence[str], others: str
) -> tuple[list[Column], list[str]]:
    """Return columns with no more series than there are colours: the largest, and the others."""
    if len(series) <= MOST_SERIES:
        return list(columns), list(series)
    sums = [sum(column.values[at] for column in columns) for at in range(len(series))]
    kept = sorted(range(len(series)), key=lambda at: -sums[at])[: MOST_SERIES - 1]
    kept.sort()
    rows = []
    for column in columns:
        values = [column.values[at] for at in kept]
        rows.append(replace(column, values=[*values, column.total - sum(values)]))
    return rows, [*(series[at] for at in kept), others]
