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
BY_LETTER, BY_MAIL = "opened_by_letter", "opened_by_mail"
MOST_OPENED = 20


def grant(
    request: HttpRequest,
    privacy_request: PrivacyRequest,
    *,
    letter: UUID | None = None,
    by_mail: bool = False,
) -> None:
    """Let this browser open the page until its session ends.

    Or as far as a `letter`, or a mailed link, opens it; what it could before, it can.
    """
    # A session that somebody else may know must not become one that opens a page.
    request.session.cycle_key()
    before = request.session.get(OPENED, [])
    reference = str(privacy_request.reference)
    by_letter, mailed = request.session.get(BY_LETTER, {}), request.session.get(BY_MAIL, [])
    whole = reference in before and reference not in by_letter and reference not in mailed
    if whole or not (letter or by_mail):
        by_letter.pop(reference, None)
        mailed = [one for one in mailed if one != reference]
    elif letter:
        by_letter[reference] = str(letter)
    elif reference not in mailed:
        mailed.append(reference)
    opened = [*(one for one in before if one != reference), reference][-MOST_OPENED:]
    request.session[OPENED] = opened
    request.session[BY_LETTER] = {one: by_letter[one] for one in opened if one in by_letter}
    request.session[BY_MAIL] = [one for one in mailed if one in opened]


def opened(
    request: HttpRequest, reference: UUID, *, least: Opens = Opens.PAGE
) -> PrivacyRequest | None:
    """Return the request whose page this browser opened; None for any other."""
    if str(reference) not in request.session.get(OPENED, []):
        return None
    found = PrivacyRequest.objects.filter(reference=reference).first()
    return found if found is not None and opens(request, found) >= least else None


def opens(request: HttpRequest, privacy_request: PrivacyRequest) -> Opens:
    """Return what a browser that came in may see now: a letter or a mail is asked each time."""
    reference = str(privacy_request.reference)
    letter = request.session.get(BY_LETTER, {}).get(reference)
    mailed = reference in request.session.get(BY_MAIL, [])
    if letter is None and not mailed:
        return Opens.PAGE
    ways = [Opens.NOTHING]
    if letter is not None:
        ways.append(services.opened_by(privacy_request, UUID(letter), now=timezone.now()))
    if mailed:
        ways.append(Opens.FACT if services.asks_fact(privacy_request) else Opens.PAGE)
    return max(ways)


def came_by_mail(request: HttpRequest, reference: UUID) -> bool:
    """Tell whether a mailed link is how this browser came to the page, and it may still ask."""
    return str(reference) in request.session.get(BY_MAIL, [])


def closed(request: HttpRequest, sentence: str = "", form: Any = None) -> HttpResponse:
    """The one answer to a wrong link, another's page, a page that never was."""
    context = {
        "form": form or OpenForm(),
        "sentence": sentence or _("This page is not open, or it does not exist."),
    }
    return render(request, "portal/open.html", context, status=404)
