"""Which pages of requests a browser may see, until its session ends."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from requests.models import PrivacyRequest
from requests.portal.page_forms import OpenForm

OPENED = "opened"
MOST_OPENED = 20


def grant(request: HttpRequest, privacy_request: PrivacyRequest) -> None:
    """Let this browser open the page until its session ends."""
    # A session that somebody else may know must not become one that opens a page.
    request.session.cycle_key()
    before = request.session.get(OPENED, [])
    reference = str(privacy_request.reference)
    request.session[OPENED] = [*(one for one in before if one != reference), reference][
        -MOST_OPENED:
    ]


def opened(request: HttpRequest, reference: UUID) -> PrivacyRequest | None:
    """Return the request whose page this browser opened; None for any other."""
    if str(reference) not in request.session.get(OPENED, []):
        return None
    return PrivacyRequest.objects.filter(reference=reference).first()


def closed(request: HttpRequest, sentence: str = "", form: Any = None) -> HttpResponse:
    """The one answer to a wrong link, another's page, a page that never was."""
    context = {
        "form": form or OpenForm(),
        "sentence": sentence or _("This page is not open, or it does not exist."),
    }
    return render(request, "portal/open.html", context, status=404)
