"""The page of what goes when: the rows behind the figures of the forecast."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from alektum_privacy.access import needs
from policy.models import Purpose, RetentionRule
from retention import due
from retention.due_forms import DueForm, removable
from retention.models import Expectation
from retention.sight import Sight
from subjects.models import Unit


@needs("retention.view_destructionlist")
@require_GET
def due_page(request: HttpRequest) -> HttpResponse:
    """Show the units that go in some months by some rules, or those held back meanwhile."""
    today = timezone.localdate()
    form = DueForm(request.GET, rules=_rules(), today=today)
    context: dict[str, Any] = {"form": form}
    if not form.is_valid():
        return render(request, "retention/due.html", context, status=422)
    sight = Sight.of(request.user)
    asked = form.asked(sight)
    rows = due.rows_of(asked, _seen(request.GET.get("after", "")), limit=due.PAGE + 1)
    number, counted = due.number_of(asked), _counted(asked)
    purposes = Purpose.objects.filter(pk__in={row.purpose for row in rows})
    names = {one.pk: str(one) for one in purposes}
    context |= {
        "asked": asked,
        "knows_all": sight.is_whole,
        "today": today,
        "said": list(removable(asked, form.months)),
        "what": Unit(asked.unit).label,
        "rows": [(row, names.get(row.purpose, row.purpose)) for row in rows[: due.PAGE]],
        "number": min(number, due.MOST),
        "more": number > due.MOST,
        "counted": counted,
        "next_page": _next(request, rows[due.PAGE - 1]) if len(rows) > due.PAGE else "",
    }
    return render(request, "retention/due.html", context)


def _rules() -> list[str]:
    """Return the codes that may be asked for: of the statement, and of what was counted."""
    known = set(RetentionRule.objects.values_list("code", flat=True))
    return sorted(known | set(Expectation.objects.values_list("rule", flat=True).distinct()))


def _counted(asked: due.Asked) -> tuple[int, datetime] | None:
    """Return how many there were when the forecast was counted last, and when that was."""
    rows = Expectation.objects.filter(
        month__gte=asked.first, month__lte=asked.last, unit=asked.unit
    )
    if asked.rules:
        rows = rows.filter(rule__in=asked.rules)
    found = [(asked.sight.total(row), row.counted_at) for row in rows]
    return (sum(total[asked.held] for total, _at in found), found[0][1]) if found else None


def _seen(key: str) -> tuple[date, int] | None:
    """Return the date and key of the last row seen; None for what is no key: it begins anew."""
    day, _mark, number = key.partition("~")
    try:
        seen = date.fromisoformat(day), int(number)
    except ValueError:
        return None
    return seen if 0 < seen[1] < 2**63 else None


def _next(request: HttpRequest, last: due.Due) -> str:
    query = request.GET.copy()
    query["after"] = f"{last.delete_from.isoformat()}~{last.id}"
    return f"?{query.urlencode()}"
