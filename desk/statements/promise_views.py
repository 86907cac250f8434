"""From a sentence of the statement to what keeps it, the rows it governs and the proofs."""

from datetime import date
from itertools import groupby
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from alektum_privacy.access import needs
from audit import hiding
from audit.event_words import words_of
from desk.statements import keeping
from policy import services as policy
from policy.models import PolicyVersion
from policy.statement import Statement
from retention.sight import Sight

PAGE = 50


def _published() -> Statement:
    try:
        return policy.current()
    except PolicyVersion.DoesNotExist:
        raise Http404(_("No statement has been published yet.")) from None


@needs("policy.view_policyversion")
@require_GET
def promises(request: HttpRequest) -> HttpResponse:
    """List every sentence of the statement with what keeps it."""
    statement = _published()
    above = {heading.before: heading.text for heading in statement.headings}
    rows: list[dict[str, Any]] = [
        {
            "promise": one,
            "address": address_of(one.code),
            "heading": above.get(one.code, ""),
            "kinds": list(
                dict.fromkeys(str(keeping.KINDS[by.partition(":")[0]]) for by in one.kept_by)
            ),
        }
        for one in statement.promises.values()
    ]
    sections = [
        (section, list(group))
        for section, group in groupby(rows, key=lambda row: row["promise"].section)
    ]
    context = {"sections": sections, "version": statement.version, "number": len(rows)}
    return render(request, "desk/statements/promises.html", context)


def address_of(code: str) -> str:
    """Return the page of a promise, such as that of sentence 17.1."""
    section, _dot, number = code.partition(".")
    return reverse("statements:promise", args=[int(section), int(number)])


@needs("policy.view_policyversion")
@require_GET
def promise(request: HttpRequest, section: int, number: int) -> HttpResponse:
    """Show one sentence, what keeps it, what is due, what went, and the entries that show it."""
    statement = _published()
    shown = statement.promises.get(f"{section}.{number}")
    if shown is None:
        raise Http404
    codes = list(statement.promises)
    at = codes.index(shown.code)
    may = request.user.has_perm
    context: dict[str, Any] = {
        "promise": shown,
        "version": statement.version,
        "keepers": keeping.kept_by(
            shown, statement, without=hiding.purposes_hidden_from(request.user)
        ),
        "former": address_of(codes[at - 1]) if at else "",
        "following": address_of(codes[at + 1]) if at + 1 < len(codes) else "",
        "trail": [(_("Promises"), reverse("statements:promises"))],
    }
    rules = keeping.rules_of(shown)
    if rules and may("retention.view_destructionlist"):
        context |= _what_went(request, rules, statement)
    if may("audit.view_entry"):
        context |= _entries(request, keeping.events_of(shown))
    return render(request, "desk/statements/promise.html", context)


@needs("subjects.view_dossier")
@require_GET
def rows(request: HttpRequest) -> HttpResponse:
    """List the dossiers that a rule governs, by number and never by name, the first to go first."""
    statement = _published()
    code = request.GET.get("rule", "")
    if code not in statement.rules:
        raise Http404
    sight = Sight.of(request.user)
    found = keeping.under(code, sight=sight, after=_after(request), limit=PAGE + 1)
    page = found[:PAGE]
    last = page[-1] if page else None
    more = last and len(found) > PAGE
    context = {
        "rule": statement.rules[code],
        "rows": page,
        "next_page": f"?rule={code}&day={last.delete_from}&after={last.pk}"
        if last and more
        else "",
        "knows_all": sight.is_whole,
        "today": timezone.localdate(),
        "trail": [(_("Promises"), reverse("statements:promises"))],
    }
    return render(request, "desk/statements/rows.html", context)


def _after(request: HttpRequest) -> tuple[date, int] | None:
    """Return the day and key to go on after; 404 where somebody wrote something else there."""
    day, after = request.GET.get("day", ""), request.GET.get("after", "")
    if not day and not after:
        return None
    try:
        read = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    if not after.isascii() or not after.isdecimal() or len(after) > 18:
        raise Http404
    return read, int(after)


def _what_went(request: HttpRequest, rules: list[str], statement: Statement) -> dict[str, Any]:
    sees_proofs = request.user.has_perm("subjects.view_erasureproof")
    # What went, beside the length of a list, says how many stayed (`decisions/not-there.md`).
    unseen = Sight.of(request.user).rules
    told = [rule for rule in rules if rule not in unseen]
    months = keeping.went(told, timezone.now())
    lists = keeping.latest_lists(told)
    return {
        "left_out": len(told) < len(rules),
        "due": keeping.due(rules, statement, timezone.localdate()),
        "months": [(date_format(month, "F Y"), number) for month, _lists, number in months],
        "lists": lists,
        "proofs": keeping.certificates(request.user, lists) if sees_proofs else [],
    }


def _entries(request: HttpRequest, events: list[str]) -> dict[str, Any]:
    entries = [
        {
            **keeping.plain_facts(entry),
            "at": parse_datetime(entry.body["at"]),
            "words": words_of(entry.body["event"]),
        }
        for entry in hiding.seen_by(request.user, keeping.latest_entries(events))
    ]
    named = [(code, words_of(code)) for code in events]
    return {"events": named, "entries": entries, "sees_ledger": True}
