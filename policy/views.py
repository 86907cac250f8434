"""Pages anybody may read, and the two calculators for officers."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from alektum_privacy.access import needs
from policy import calculators as compute
from policy import services
from policy.changes import changes
from policy.explain import read
from policy.forms import PURPOSE_FORMS, YEARS, CaseForms, DeadlineForms, RetentionForms
from policy.jsonlines import BadField, Fields
from policy.models import PolicyVersion
from policy.statement import Statement

TITLES = {form.purpose: form.title for form in PURPOSE_FORMS}
STATUSES = {
    "suspended": gettext_lazy("No day yet: the clock stands still"),
    "not_started": gettext_lazy("No day yet: a period has not begun"),
    "on_hold": gettext_lazy("No day yet: a legal hold stops deletion"),
    "restricted": gettext_lazy("No day yet: a restriction stops deletion"),
    "pending_request": gettext_lazy("No day yet: an access request stops deletion"),
}
# What takes effect on the day itself, before anybody decides.
SAME_DAY = ("marketing_objection", "consent_withdrawal")
PARTS = {
    "purposes": gettext_lazy("Why we use data"),
    "subject_categories": gettext_lazy("Of whom we have data"),
    "data_categories": gettext_lazy("Which data we use"),
    "source_categories": gettext_lazy("Where we get data"),
    "recipient_categories": gettext_lazy("Who gets data"),
}


def _published() -> Statement:
    try:
        return services.current()
    except PolicyVersion.DoesNotExist:
        raise Http404(_("No statement has been published yet.")) from None


def statement(request: HttpRequest, version: str = "") -> HttpResponse:
    """Show the published statement, or an earlier version, in the words that were published."""
    shown = _version(version) if version else _published()
    title, *blocks = shown.blocks
    context = {
        "statement": shown,
        "row": _row(shown.version),
        "page_title": title.sentences[0],
        "blocks": blocks,
        "contents": [block for block in blocks if block.kind == "heading"],
    }
    return render(request, "policy/statement.html", context)


def versions(request: HttpRequest) -> HttpResponse:
    """List every published version with the days on which it was in force."""
    _published()
    return render(request, "policy/versions.html", {"versions": services.history()})


def changed(request: HttpRequest, version: str) -> HttpResponse:
    """Tell in plain words what a version changed; the first one changed nothing."""
    shown, row = _version(version), _row(version)
    if row.previous is None:
        raise Http404(_("This is the first version."))
    found = changes(services.published(row.previous), shown)
    context = {
        "row": row,
        "changes": found,
        "names": [(PARTS[part], rows) for part, rows in found.names.items()],
    }
    return render(request, "policy/changed.html", context)


def _version(version: str) -> Statement:
    try:
        return services.published(version)
    except PolicyVersion.DoesNotExist:
        raise Http404(_("There is no such version of the statement.")) from None


def _row(version: str) -> services.InForce:
    return next(row for row in services.history() if row.version == version)


def rights(request: HttpRequest) -> HttpResponse:
    """Tell in plain words what one may ask, how, how long it takes, and what if one disagrees."""
    published = _published()
    others = list(published.authorities.values())
    context = {
        "statement": published,
        "rights": [
            (right, published.told_refusals(right.code), right.code in SAME_DAY)
            for right in published.rights.values()
        ],
        "authority": others[0],
        "others": others[1:],
    }
    return render(request, "policy/rights.html", context)


@needs("policy.view_purpose")
def calculators(request: HttpRequest) -> HttpResponse:
    """Tell by when to answer, or when data must go, for a case that is not in the system.

    Nothing is kept, and nothing of it stands in the address.
    """
    asked = request.POST.get("calculator")
    deadline = DeadlineForms(request.POST if asked == "deadline" else None)
    retention = RetentionForms(request.POST if asked == "retention" else None)
    context: dict[str, Any] = {"deadline": deadline, "retention": retention}
    status = 200
    if asked == "deadline":
        calculate = partial(compute.deadline, tell=read)
        context["deadline_answer"] = answer = _answer(deadline, calculate)
        status = 200 if answer else 422
    elif asked == "retention":
        calculate = partial(compute.retention_date, rules=_published().rules, tell=read)
        context["retention_answer"] = answer = _answer(retention, calculate)
        status = 200 if answer else 422
    return render(request, "policy/calculators.html", context, status=status)


def _answer(
    forms: CaseForms, calculate: Callable[[Fields, str], dict[str, Any]]
) -> dict[str, Any] | None:
    """Return a calculator's answer in words, or None with the fault beside its field."""
    if not forms.is_valid():
        return None
    language = "en" if (get_language() or "nl").startswith("en") else "nl"
    try:
        said = calculate(Fields(forms.to_case()).with_zone(), language)
    except BadField as error:
        forms.blame(error)
    except (OverflowError, ValueError):
        forms.blame(BadField("", YEARS))
    else:
        day = said.get("due_date") or said.get("first_deletion_day")
        return {
            "day": _day(day),
            "status": STATUSES.get(said["status"], ""),
            "purposes": [
                (TITLES[name], _day(day)) for name, day in said.get("per_purpose", {}).items()
            ],
            "why": said["why"],
        }
    return None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
