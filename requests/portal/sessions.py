"""Which pages of requests a browser may see, until its session ends."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from requests import services
from requests.models import PrivacyRequest
from requests.portal.page_forms import OpenForm
from requests.services import Opens

OPENED = "opened"
BY_LETTER = "opened_by_letter"
MOST_OPENED = 20


def grant(
    request: HttpRequest, privacy_request: PrivacyRequest, *, letter: UUID | None = None
) -> None:
    """Let this browser open the page until its session ends, or as far as a `letter` goes."""
    # A session that somebody else may know must not become one that opens a page.
    request.session.cycle_key()
    before = request.session.get(OPENED, [])
    reference = str(privacy_request.reference)
    by_letter = request.session.get(BY_LETTER, {})
    if letter is None:
        by_letter.pop(reference, None)
    elif reference not in before or reference in by_letter:
        by_letter[reference] = str(letter)
    opened = [*(one for one in before if one != reference), reference][-MOST_OPENED:]
    request.session[OPENED] = opened
    request.session[BY_LETTER] = {one: by_letter[one] for one in opened if one in by_letter}


def opened(
    request: HttpRequest, reference: UUID, *, least: Opens = Opens.PAGE
) -> PrivacyRequest | None:
    """Return the request whose page this browser opened; None for any other.

    What a letter opened is asked again each time: it may have ended since.
    """
    if str(reference) not in request.session.get(OPENED, []):
        return None
    found = PrivacyRequest.objects.filter(reference=reference).first()
    return found if found is not None and _opens(request, found) >= least else None


def _opens(request: HttpRequest, privacy_request: PrivacyRequest) -> Opens:
    letter = request.session.get(BY_LETTER, {}).get(str(privacy_request.reference))
    if letter is None:
        return Opens.PAGE
    return services.opened_by(privacy_request, UUID(letter), now=timezone.now())


def closed(request: HttpRequest, sentence: str = "", form: Any = None) -> HttpResponse:
    """The one answer to a wrong link, another's page, a page that never was."""
    context = {
        "form": form or OpenForm(),
        "sentence": sentence or _("This page is not open, or it does not exist."),
    }
    return render(request, "portal/open.html", context, status=404)
