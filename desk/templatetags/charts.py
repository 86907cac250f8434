"""Charts drawn on the server: readable without script, by eye, by ear and in print."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.text import slugify

from desk.charts import ABOVE, BELOW, PLOT, Column, draw, printed

register = template.Library()
ROW_HEIGHT = 46


@register.inclusion_tag("desk/_bar_chart.html")
def bar_chart(
    data: Iterable[tuple[str, int]],
    *,
    title: str,
    description: str = "",
    label_heading: str,
    value_heading: str,
) -> dict[str, Any]:
    """Draw (label, value) pairs as bars, one under the other, with a table of the same.

    Bars are a share of the width and text keeps its own size, so a telephone
    shows shorter bars and never smaller words.
    """
    rows = list(data)
    most = max((value for _, value in rows), default=0) or 1
    bars = [
        {
            "label": label,
            "printed": number_format(value, use_l10n=True, force_grouping=True),
            # Written by hand: a comma for the decimal point would break the drawing.
            "percent": f"{100 * value / most:.1f}",
            "text_y": str(at * ROW_HEIGHT + 18),
            "bar_y": str(at * ROW_HEIGHT + 25),
        }
        for at, (label, value) in enumerate(rows)
    ]
    return {
        "id": f"chart-{slugify(title)}",
        "title": title,
        "description": description or title,
        "label_heading": label_heading,
        "value_heading": value_heading,
        "height": str(len(rows) * ROW_HEIGHT),
        "bars": bars,
    }


PAIR_HEIGHT = 66


@register.inclusion_tag("desk/_pair_chart.html")
def pair_chart(
    data: Iterable[tuple[str, int, int]],
    *,
    title: str,
    first: str,
    second: str,
    description: str = "",
) -> dict[str, Any]:
    """Draw (label, value, other value) as two bars under each other, their numbers in words.

    The caller shows the same numbers as a table beside it.
    """
    rows = list(data)
    most = max((value for _, *values in rows for value in values), default=0) or 1
    bars = [
        {
            "label": label,
            "first": number_format(one, use_l10n=True, force_grouping=True),
            "second": number_format(other, use_l10n=True, force_grouping=True),
            "first_percent": f"{100 * one / most:.1f}",
            "second_percent": f"{100 * other / most:.1f}",
            "text_y": str(at * PAIR_HEIGHT + 18),
            "first_y": str(at * PAIR_HEIGHT + 25),
            "second_y": str(at * PAIR_HEIGHT + 41),
        }
        for at, (label, one, other) in enumerate(rows)
    ]
    return {
        "id": f"chart-{slugify(title)}",
        "title": title,
        "description": description or title,
        "first": first,
        "second": second,
        "height": str(len(rows) * PAIR_HEIGHT),
        "bars": bars,
    }


@register.inclusion_tag("desk/_column_chart.html")
def column_chart(
    columns: Sequence[Column],
    series: Sequence[str],
    *,
    title: str,
    description: str = "",
    label_heading: str,
) -> dict[str, Any]:
    """Draw columns beside each other, each stacked of its series, with a table of the same.

    A number of the table leads to its rows where it has an address: of its own, or, where there
    is one series, that of its column.
    """
    return {
        "id": f"chart-{slugify(title)}",
        "title": title,
        "description": description or title,
        "label_heading": label_heading,
        "series": list(enumerate(series)),
        "stacked": len(series) > 1,
        "height": str(ABOVE + PLOT + BELOW),
        "floor": str(ABOVE + PLOT),
        "axis_y": str(ABOVE + PLOT + BELOW - 6),
        "columns": draw(columns, series),
        "rows": [(one, list(_cells(one, series))) for one in columns],
    }


def _cells(column: Column, series: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield each number of a column, its address, and the name of its series where it has many."""
    hrefs = column.hrefs or ([column.href] if len(series) == 1 else [""] * len(series))
    for value, href, name in zip(column.values, hrefs, series, strict=True):
        yield printed(value), href, name if len(series) > 1 else ""


@register.inclusion_tag("desk/_bar.html")
def bar(value: int, most: int) -> dict[str, str]:
    """Draw one number as a bar for the cell beside it, which says the number itself."""
    return {"percent": f"{100 * value / most:.1f}" if most else "0"}


@register.filter
def most(rows: Iterable[Any], name: str) -> int:
    """Return the largest value by this name: what the longest bar stands for."""
    return max((int(getattr(row, name) or 0) for row in rows), default=0)


@register.filter
def in_list(name: str) -> list[str]:
    """Return one name as the list of series that it is."""
    return [name]
