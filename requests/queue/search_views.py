"""Finding a request by its person. What is typed comes by POST: it stands in no address."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alektum_privacy.access import needs
from requests.constants import MatchState
from requests.officer.one_request import UNPROCESSABLE, officer_of
from requests.queue.forms import PersonForm
from requests.queue.reading import rows_of
from requests.queue.searching import ASKED, requests_of
from subjects.constants import LookPurpose

# Why somebody looks is asked on the pages of people too, and kept there for the session.
PURPOSE = "look_purpose"
HOW = {
    ASKED: _("Made this request"),
    MatchState.PROPOSED: _("May be whom it is about"),
    MatchState.UNPROVEN: _("May be whom it is about, not proven"),
    MatchState.CONFIRMED: _("Is whom it is about"),
    MatchState.DECEASED: _("Is whom it is about, and has died"),
}


@needs("requests.search_privacyrequest")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def search(request: HttpRequest) -> HttpResponse:
    """Ask for a person, and show the requests that they made or that are about them."""
    purpose = request.session.get(PURPOSE)
    first = {"purpose": purpose} if purpose in LookPurpose.values else {}
    form = PersonForm(request.POST if request.method == "POST" else None, initial=first)
    context: dict[str, Any] = {
        "form": form,
        "trail": [(_now("Requests"), reverse("requests:queue"))],
    }
    if not form.is_bound:
        return render(request, "requests/queue_search.html", context)
    if not form.is_valid():
        return render(request, "requests/queue_search.html", context, status=UNPROCESSABLE)
    found = requests_of(
        form.person(),
        user=officer_of(request),
        purpose=LookPurpose(form.cleaned_data["purpose"]),
    )
    rows = rows_of([one for one, _how in found.requests], timezone.localdate())
    told = [
        replace(row, how=str(HOW[how]))
        for row, (_one, how) in zip(rows, found.requests, strict=True)
    ]
    context |= {"asked": True, "rows": told, "more": found.more}
    return render(request, "requests/queue_search.html", context)
