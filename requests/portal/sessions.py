"""Which pages of requests a browser may see, until its session ends."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from requests import services
from requests.constants import Channel
from requests.models import PrivacyRequest
from requests.portal.page_forms import OpenForm
from requests.services import Opens

OPENED = "opened"
# Which of them this browser sent, or opened with the access code, and with which code.
WITH_CODE = "opened_with_code"
BY_LETTER, BY_MAIL = "opened_by_letter", "opened_by_mail"
MOST_OPENED = 20


def grant(
    request: HttpRequest,
    privacy_request: PrivacyRequest,
    *,
    letter: UUID | None = None,
    by_mail: bool = False,
    with_code: bool = False,
) -> None:
    """Let this browser open the page until its session ends.

    Or as far as a `letter`, or a mailed link, opens it; what it could before, it can. `with_code`
    says that it sent the request or has its access code: it sees no more once another takes the
    place of that code.
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
    codes = request.session.get(WITH_CODE, {})
    if with_code:
        codes[reference] = services.mark_of_code(privacy_request)
    elif not _knows_code(request, privacy_request):
        codes.pop(reference, None)
    request.session[WITH_CODE] = {one: codes[one] for one in opened if one in codes}
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
        ended = reference in request.session.get(WITH_CODE, {}) and not _knows_code(
            request, privacy_request
        )
        return Opens.NOTHING if ended else Opens.PAGE
    ways = [Opens.NOTHING]
    if letter is not None:
        ways.append(services.opened_by(privacy_request, UUID(letter), now=timezone.now()))
    if mailed:
        ways.append(Opens.FACT if services.asks_fact(privacy_request) else Opens.PAGE)
    return max(ways)


def _knows_code(request: HttpRequest, privacy_request: PrivacyRequest) -> bool:
    known = request.session.get(WITH_CODE, {}).get(str(privacy_request.reference))
    return known is not None and known == services.mark_of_code(privacy_request)


def proven_here(request: HttpRequest, privacy_request: PrivacyRequest) -> None:
    """Let who just proved something in this browser alone have the page.

    Whoever sent a request has its access code, also who sent it in another's name: the mail then
    goes to that other, who may prove in good faith what somebody else is to read. So where this
    browser did not send it, and has not the code, another code takes its place, shown here.
    """
    if privacy_request.channel != Channel.PORTAL or _knows_code(request, privacy_request):
        return
    code = services.renew_page_code(privacy_request.pk)
    privacy_request.refresh_from_db()
    grant(request, privacy_request, with_code=True)
    messages.warning(
        request,
        _(
            "You opened this page with a link. So we made a new access code: %(code)s. Write it"
            " down. The one that was shown when this request was sent opens nothing any more."
        )
        % {"code": code},
    )


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
