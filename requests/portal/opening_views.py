"""How a browser comes to a person's page, and what it is asked before the page is shown.

The session holds the references it has opened: by sending the request, by number and access
code, or by a mailed link, which works once and leads to an address without secret.
"""

from functools import partial
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from requests import services, tasks
from requests.limits import allowed_for
from requests.models import PrivacyRequest
from requests.portal.page_forms import FactForm, LinkForm, OpenForm, PostedCodeForm
from requests.portal.sessions import came_by_mail, closed, grant, opened, opens
from requests.portal.ways import limited, private, secret_address, takes_the_same_time
from requests.services import Opens

LINK_SECONDS = 0.5  # above what making a link takes


@private
@limited("open")
@require_http_methods(["GET", "HEAD", "POST"])
def open_page(request: HttpRequest) -> HttpResponse:
    """Open a page with number and access code."""
    if request.method != "POST":
        return render(request, "portal/open.html", {"form": OpenForm()})
    form = OpenForm(request.POST)
    if not form.is_valid():
        return render(request, "portal/open.html", {"form": form}, status=422)
    found = services.open_with_code(
        form.cleaned_data["number"], form.cleaned_data["code"], now=timezone.now()
    )
    if found is None:
        form.add_error(None, _("This number and access code do not belong together."))
        return render(request, "portal/open.html", {"form": form}, status=422)
    grant(request, found.request, letter=found.letter, with_code=found.letter is None)
    return redirect(found.request)


@private
@limited("link")
@takes_the_same_time(LINK_SECONDS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_link(request: HttpRequest) -> HttpResponse:
    """Ask a new link by mail; the answer never tells whether there is such a request."""
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number, email = form.cleaned_data["number"], form.cleaned_data["email"]
        # Also where there is no such request; and who is over the limit gets the same answer.
        if allowed_for("link_number", number):
            mail_id = services.send_new_link(
                number, email, now=timezone.now(), may_mail=partial(allowed_for, "more_mail")
            )
            if mail_id is not None:
                tasks.soon(tasks.send_mail, mail_id)
        return render(request, "portal/link_asked.html")
    status = 422 if request.method == "POST" else 200
    return render(request, "portal/new_link.html", {"form": form}, status=status)


@secret_address
@limited("open")
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """A mailed link: a button opens the page, so that a mail scanner does not use the link up."""
    if request.method != "POST":
        return render(request, "portal/link.html")
    found = services.open_link(token, now=timezone.now())
    if found is None:
        return closed(request, _("This link was used before, or it is too old."))
    grant(request, found, by_mail=True)
    return redirect(found)


@private
@limited("code")
@require_POST
def fact(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Open the page for who came by a mailed link and knows what the request gives."""
    privacy_request = opened(request, reference, least=Opens.FACT)
    if privacy_request is None or not came_by_mail(request, reference):
        return closed(request)
    form = FactForm(request.POST, asks=services.fact_of(privacy_request))
    if form.is_valid():
        # However the mail was got, and from wherever: so many guesses for one request.
        tries = allowed_for("fact", privacy_request.number)
        if tries and services.knows_fact(privacy_request, form.cleaned_data["fact"]):
            grant(request, privacy_request)
            return redirect(privacy_request)
        form.add_error(
            "fact",
            _(
                "This is not what the request gives. Try again, or open the page with number and"
                " access code."
            ),
        )
    return ask_first(request, privacy_request, fact_form=form)


def ask_first(
    request: HttpRequest,
    privacy_request: PrivacyRequest,
    *,
    posted_form: PostedCodeForm | None = None,
    fact_form: FactForm | None = None,
) -> HttpResponse:
    """Ask what must come first, and show nothing of the request before it.

    Of who came in with a letter the code beside, of who came by a mailed link a fact.
    """
    asks_code = posted_form or opens(request, privacy_request) == Opens.CODE
    wrong, phone = bool(posted_form or fact_form), settings.CONTROLLER.get("phone", "")
    context = {
        "phone": phone,
        "dial": "".join(c for c in phone if c.isdecimal()),
        "privacy_request": privacy_request,
        "posted_form": (posted_form or PostedCodeForm()) if asks_code else None,
        "posted_code": services.live_code(privacy_request, now=timezone.now()),
        "fact_form": fact_form or FactForm(asks=services.fact_of(privacy_request)),
        "wrong": wrong,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return render(request, "portal/asked_first.html", context, status=status)
