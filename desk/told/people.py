"""Who was told which version of the statement: a list by key, with the proof of each."""

from bisect import bisect_left
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from alektum_privacy.access import needs
from audit import hiding
from audit.models import Entry
from subjects.constants import ToldHow
from subjects.models import StatementRun, StatementTold, Subject
from subjects.unseen import known_without

PAGE = 50
# Counted no further on a page.
MOST = 10_000
SHOWN = ("mail", "letter", "waiting")


@needs("subjects.view_subject")
@require_GET
def told(request: HttpRequest, version: str) -> HttpResponse:
    """List who was told of a version, by channel, by number and never by name."""
    run = get_object_or_404(StatementRun, version=version)
    show = request.GET.get("show", "mail")
    after = request.GET.get("after", "0")
    if show not in SHOWN or not after.isascii() or not after.isdecimal() or len(after) > 18:
        raise Http404
    unseen = hiding.purposes_hidden_from(request.user)
    listed = _rows(version, show).filter(subject__in=known_without(Subject.objects.all(), unseen))
    rows = list(listed.filter(pk__gt=int(after)).order_by("pk")[: PAGE + 1])
    page = rows[:PAGE]
    waiting = _rows(version, "waiting")[: MOST + 1].count()
    sees_ledger = request.user.has_perm("audit.view_entry")
    proofs = _proofs(version, [row.subject_id for row in page]) if sees_ledger else {}
    context = {
        "run": run,
        "show": show,
        "rows": [(row, proofs.get(row.subject_id)) for row in page],
        "next_page": f"?show={show}&after={page[-1].pk}" if len(rows) > PAGE else "",
        "waiting": min(waiting, MOST),
        "more_waiting": waiting > MOST,
        "sent_letters": max(run.letters - waiting, 0),
        "sees_ledger": sees_ledger,
        "trail": [(_("Changes of the statement"), reverse("told:statement"))],
    }
    return render(request, "desk/told/people.html", context)


def _rows(version: str, show: str) -> QuerySet[StatementTold]:
    """Return who was told by mail or letter, or who still waits for a letter; an index for each."""
    rows = StatementTold.objects.filter(version=version).select_related("subject")
    if show == "waiting":
        return rows.filter(how=ToldHow.LETTER, told_at__isnull=True)
    return rows.filter(how=show)


def _proofs(version: str, subjects: list[int]) -> dict[int, int]:
    """Return for each person the entry of the ledger in whose window they were told.

    A window tells the people up to a number, in their order; so the first entry that reaches a
    person's number is theirs.
    """
    if not subjects:
        return {}
    windows: list[tuple[int, Any]] = list(
        Entry.objects.filter(
            body__object=f"policy:{version}",
            body__event="statement.told",
            body__up_to__gte=min(subjects),
        )
        .order_by("pk")
        .values_list("pk", "body__up_to")[: PAGE + 1]
    )
    reached = [up_to for _pk, up_to in windows]
    found = {}
    for subject in subjects:
        at = bisect_left(reached, subject)
        if at < len(windows):
            found[subject] = windows[at][0]
    return found
