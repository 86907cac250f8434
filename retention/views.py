"""The officer's pages: what goes and why, who agrees, what stops it, and the proof after."""

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alektum_privacy.access import needs
from policy.calendars import add_months
from policy.explain import anchor_name
from policy.models import Purpose, RetentionRule
from retention import forecast, services, tasks
from retention.constants import StopReason
from retention.due_forms import address_of
from retention.exceptions import SamePerson
from retention.forms import StopForm
from retention.models import (
    RuleReview,
    RuleRun,
    StopSwitch,
)
from retention.sight import Sight
from subjects import recomputing
from subjects.models import Unit

PAGE = 50
MONTHS_DRAWN = 12
# Decided by people, or a right that takes effect the same day: no plan waits for these.
NEVER_PLANNED = ("COL-min", "SPC")
FORECAST_SECONDS = 600
TOTALS = ("number", "held")


def _language() -> str:
    return "en" if (get_language() or "nl").startswith("en") else "nl"


def _who(request: HttpRequest) -> int:
    """Return the number of the colleague; `needs` lets nobody else in."""
    return int(request.user.pk or 0)


def _number(request: HttpRequest, name: str = "after") -> int:
    """Return a key from the address; 404 where somebody wrote something else there."""
    text = request.GET.get(name, "0")
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)


# --- schedule and forecast ----------------------------------------------------------------------


@needs("retention.view_destructionlist")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the schedule in the statement's own words, and what will go month by month."""
    return _home_page(request, StopForm())


def _home_page(request: HttpRequest, form: StopForm) -> HttpResponse:
    sight = Sight.of(request.user)
    context = _schedule(_who(request)) | _forecast(sight) | {"stop_form": form}
    return render(request, "retention/home.html", context, status=422 if form.is_bound else 200)


def names_of(numbers: Iterable[int | None]) -> list[str]:
    """Return what the colleagues are called whose numbers stand on a row; "" for none."""
    wanted = list(numbers)
    found = User.objects.in_bulk([number for number in wanted if number])
    named = {pk: user.get_full_name() or user.username for pk, user in found.items()}
    return [named.get(number or 0, "") for number in wanted]


def _schedule(who: int) -> dict[str, Any]:
    stopped = StopSwitch.objects.first()
    known = set(RuleRun.objects.values_list("digest", flat=True))
    in_review = dict(RuleReview.objects.values_list("rule", "set_by"))
    other = "nl" if _language() == "en" else "en"
    rules = [
        {
            "rule": rule,
            "sentence": getattr(rule, f"sentence_{_language()}"),
            "other_sentence": getattr(rule, f"sentence_{other}"),
            "other_code": other,
            "other_language": _("In Dutch") if other == "nl" else _("In English"),
            "anchor": anchor_name(rule.anchor, _language()),
            "known": rule.digest in known,
            "in_review": rule.code in in_review,
            "mine": in_review.get(rule.code) == who,
            "by_list": rule.days is None and rule.code not in NEVER_PLANNED,
        }
        for rule in RetentionRule.objects.filter(retired=False).order_by("code")
    ]
    return {
        "rules": rules,
        "stopped": stopped,
        "stopped_by": names_of([stopped.stopped_by])[0] if stopped else "",
        "computing": recomputing.progress(),
    }


def _forecast(sight: Sight) -> dict[str, Any]:
    today = timezone.localdate()
    # Counts of the whole index: not for each look at the page.
    found = cache.get_or_set(
        f"retention.forecast:{today}", lambda: forecast.forecast(today), FORECAST_SECONDS
    )
    missing = cache.get_or_set(
        f"retention.missing:{today}", forecast.missing_by_rule, FORECAST_SECONDS
    )
    rows = [replace(row, **dict(zip(TOTALS, sight.total(row), strict=True))) for row in found or []]
    dossiers = [row for row in rows if row.unit == Unit.DOSSIER]
    first = today.replace(day=1)
    last = add_months(first, MONTHS_DRAWN - 1)
    year = [row for row in rows if row.month <= last]
    going = {unit: sum(row.number for row in year if row.unit == unit) for unit in Unit}
    each = cache.get_or_set(
        f"retention.pieces:{today}", forecast.pieces_a_dossier, FORECAST_SECONDS
    )
    months = [
        (date_format(month, "F Y"), sum(row.number for row in of_month))
        for month, of_month in groupby(dossiers, lambda row: row.month)
    ]
    return {
        "chart": months[:MONTHS_DRAWN],
        "year": [
            {"label": words, "number": going[unit], "href": address_of(unit, first, last)}
            for unit, words in (
                (Unit.DOSSIER, _("Dossiers that go within twelve months")),
                (Unit.INVOLVEMENT, _("People who go earlier than their dossier")),
                (Unit.RECORD, _("Pieces of data that go earlier than their dossier")),
            )
        ],
        "pieces": round(going[Unit.DOSSIER] * each) if each else 0,
        # Of people and pieces too, but the dossiers say most.
        "year_held": sum(row.held for row in year if row.unit == Unit.DOSSIER),
        "year_held_href": address_of(Unit.DOSSIER, first, last, held=True),
        "no_date": sum(number for _rule, _anchor, number in missing or []),
        "expected": [
            {
                "month": date_format(row.month, "F Y"),
                "rule": row.rule,
                "unit": Unit(row.unit).label,
                "number": row.number,
                "held": row.held,
                "href": address_of(row.unit, row.month, rules=[row.rule]),
                "held_unknown": row.rule in sight.rules,
                "held_href": address_of(row.unit, row.month, rules=[row.rule], held=True),
            }
            for row in rows
        ],
        "missing": [
            {
                "rule": rule,
                "anchor": anchor_name(anchor, _language()),
                "number": number,
                "href": "?" + urlencode({"rule": rule, "missing": anchor}),
            }
            for rule, anchor, number in missing or []
        ],
    }


@needs("retention.stop_destruction")
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Stop every list, and say why."""
    form = StopForm(request.POST)
    if not form.is_valid():
        return _home_page(request, form)
    services.stop(actor_id=_who(request), reason=StopReason(form.cleaned_data["reason"]))
    messages.warning(request, _("All destruction is stopped."))
    return redirect("retention:home")


@needs("retention.stop_destruction")
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """Let lists go on."""
    services.resume(actor_id=_who(request))
    tasks.destroy_due.delay()
    messages.success(request, _("Destruction goes on."))
    return redirect("retention:home")


@needs("retention.approve_destructionlist")
@require_POST
def review(request: HttpRequest, code: str) -> HttpResponse:
    """Put a rule in review, or end that."""
    rule = get_object_or_404(RetentionRule, pk=code)
    if "end" in request.POST:
        try:
            services.end_review(rule.code, actor_id=_who(request))
        except SamePerson:
            messages.error(request, _("Another colleague must end the review that you began."))
    else:
        services.begin_review(rule.code, actor_id=_who(request), today=timezone.localdate())
    return redirect("retention:home")


# --- missing anchors ----------------------------------------------------------------------------


@needs("retention.view_destructionlist")
@require_GET
def missing(request: HttpRequest) -> HttpResponse:
    """Show dossiers without a date, by the anchor that somebody must look up."""
    asked = {name: _code(request, name) for name in ("rule", "missing")}
    asked = {name: code for name, code in asked.items() if code}
    rule, anchor = asked.get("rule", ""), asked.get("missing", "")
    after = (_code(request, "anchor"), _number(request))
    sight = Sight.of(request.user)
    rows = forecast.missing_anchors(
        after, rule=rule, anchor=anchor, without=sight.purposes, limit=PAGE + 1
    )
    page = rows[:PAGE]
    more = (
        {**asked, "anchor": page[-1].anchor, "after": str(page[-1].id)} if len(rows) > PAGE else {}
    )
    purposes = {purpose.pk: purpose.name for purpose in Purpose.objects.all()}
    said = [
        (
            anchor_name(code, _language())
            if name == "missing"
            else _("Rule %(rule)s") % {"rule": code},
            "?" + urlencode({one: other for one, other in asked.items() if one != name}),
        )
        for name, code in asked.items()
    ]
    context = {
        "rows": [
            {
                "row": row,
                "anchor": anchor_name(row.anchor, _language()),
                "purpose": purposes.get(row.purpose, row.purpose),
            }
            for row in page
        ],
        "next_page": f"?{urlencode(more)}" if more else "",
        "said": said,
        "knows_all": sight.is_whole,
    }
    return render(request, "retention/missing.html", context)


def _code(request: HttpRequest, name: str) -> str:
    """Return a code from the address; 404 where somebody wrote something else there."""
    text = request.GET.get(name, "")
    if not re.fullmatch(r"[A-Za-z0-9_.-]{0,40}", text):
        raise Http404
    return text
