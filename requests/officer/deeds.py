"""A page with one form that does one thing to a request: what is shared by all of them."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.functional import Promise

from requests import tasks
from requests.exceptions import ChangedMeanwhile, RuleBroken
from requests.models import PrivacyRequest
from requests.officer import pages as desk_pages
from requests.officer.forms import Seen
from requests.officer.one_request import CONFLICT, UNPROCESSABLE, who_changed


def deed_page(
    request: HttpRequest,
    privacy_request: PrivacyRequest,
    form: Seen,
    *,
    do: Callable[[Any], int | None],
    title: str | Promise,
    button: str | Promise,
    done: str | Promise,
    lead: Sequence[str | Promise] = (),
    warnings: Sequence[str] = (),
    **context: Any,
) -> HttpResponse:
    """Show the form, or do what it asks and go back to the request.

    `do` gets the form and returns the mail to send, if any. What goes wrong shows the form again
    with everything that was typed.
    """
    status = 200
    if form.is_bound:
        status = UNPROCESSABLE
        if form.is_valid():
            try:
                mail_id = do(form)
            except RuleBroken as error:
                status = _say(request, form, privacy_request, error)
            else:
                if mail_id is not None:
                    tasks.soon(tasks.send_mail, mail_id)
                messages.success(request, str(done))
                return redirect("requests:show", reference=privacy_request.reference)
    page = {
        "privacy_request": privacy_request,
        "form": form,
        "title": title,
        "lead": lead,
        "warnings": warnings,
        "button": button,
    }
    return render(request, "requests/deed.html", page | context, status=status)


def _say(
    request: HttpRequest, form: Seen, privacy_request: PrivacyRequest, error: RuleBroken
) -> int:
    """Put in the form why it could not be done; return the status to answer with."""
    if isinstance(error, ChangedMeanwhile):
        privacy_request.refresh_from_db()
        form.data = with_version(form, privacy_request)
        form.add_error(None, who_changed(request, privacy_request))
        return CONFLICT
    form.add_error(None, desk_pages.words_of(error))
    return UNPROCESSABLE


def with_version(form: Seen, privacy_request: PrivacyRequest) -> dict[str, Any]:
    """Return what was typed, with the version that is shown now: sending it again is about that."""
    typed = cast(QueryDict, form.data).copy()
    typed["version"] = str(privacy_request.version)
    return typed
