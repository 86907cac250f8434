"""Saving a form and going on with it later, on this device or another.

Every answer is the same whether a code is wrong, too old, or of a form that was sent, and whether
mail goes to an address or not.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from requests import tasks
from requests.dates import is_day
from requests.limits import allowed_for
from requests.mail import mailing
from requests.models import PortalDraft
from requests.portal import drafts, resuming
from requests.portal.page_forms import FactForm, LaterForm, ResumeForm
from requests.portal.questions import first_wrong
from requests.portal.ways import limited, private, secret_address

DRAFT = "draft"


def draft_of(request: HttpRequest) -> PortalDraft | None:
    """Return the form that this browser has open, or has just sent."""
    kept = request.session.get(DRAFT)
    return drafts.find(UUID(kept), now=timezone.now()) if kept else None


def open_draft(request: HttpRequest, draft: PortalDraft) -> None:
    """Let this browser go on with a draft until its session ends."""
    # A session that somebody else may know must not become one that holds the answers.
    request.session.cycle_key()
    request.session[DRAFT] = str(draft.reference)


@private
@limited("later")
@require_http_methods(["GET", "HEAD", "POST"])
def later(request: HttpRequest) -> HttpResponse:
    """The form is saved: the code with which one goes on, or a link by mail, and until when."""
    draft = draft_of(request)
    if draft is None or draft.request_id:
        return redirect("portal:start")
    answers = drafts.answers_of(draft)
    context: dict[str, Any] = {
        "code": resuming.code_of(draft.reference),
        "until": drafts.kept_until(draft),
        "form": LaterForm(initial={"email": answers.get("reach", {}).get("email", "")}),
        "back": place_of(answers),
        "address": mailing.address("portal:resume"),
    }
    status = 200
    if request.method == "POST":
        form = context["form"] = LaterForm(request.POST)
        if form.is_valid():
            _mail_link(draft, form.cleaned_data["email"])
            context["mailed_to"] = form.cleaned_data["email"]
        else:
            status = 422
    return render(request, "portal/later.html", context, status=status)


def _mail_link(draft: PortalDraft, email: str) -> None:
    # Who is over the limit gets the same page: it shows the code.
    if not allowed_for("later_mail", email):
        return
    queued = resuming.mail_link(draft.reference, email, now=timezone.now())
    if queued is not None:
        tasks.soon(tasks.send_mail, queued.pk)


@private
@limited("resume")
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest) -> HttpResponse:
    """Go on with a form that was saved, by its code."""
    form = ResumeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if form.is_valid():
            found = resuming.open_with_code(form.cleaned_data["code"], now=timezone.now())
            if found is not None:
                return _go_on(request, found)
            form.add_error(
                "code",
                _(
                    "With this code we find no form. Look whether you typed it right. A form that"
                    " was sent, or that is older than seven days, cannot be opened any more."
                ),
            )
        return render(request, "portal/resume.html", {"form": form}, status=422)
    return render(request, "portal/resume.html", {"form": form})


@secret_address
@limited("resume")
@require_http_methods(["GET", "HEAD", "POST"])
def resume_link(request: HttpRequest, token: str) -> HttpResponse:
    """A mailed link: a button opens the form, so that a mail scanner does not use the link up."""
    if request.method != "POST":
        return render(request, "portal/resume_link.html")
    if asked := _asks_born(request, token):
        return asked
    found = resuming.open_link(token, now=timezone.now())
    if found is None:
        sentence = _("This link was used before, it is too old, or you asked a newer one.")
        context = {"form": ResumeForm(), "sentence": sentence}
        return render(request, "portal/resume.html", context, status=404)
    return _go_on(request, found)


def _asks_born(request: HttpRequest, token: str) -> HttpResponse | None:
    """Ask the date of birth that a form gives, before anything of it is shown; None once known."""
    given = resuming.born_in(token, now=timezone.now())
    if given is None:
        return None
    reference, born = given
    sent = "fact" in request.POST
    form = FactForm(request.POST if sent else None, asks="birth_date")
    if sent and form.is_valid():
        if allowed_for("fact", reference) and is_day(form.cleaned_data["fact"], born):
            return None
        form.add_error(
            "fact", _("This is not what the form gives. Try again, or open the form with its code.")
        )
    status = 422 if sent else 200
    return render(request, "portal/resume_link.html", {"form": form}, status=status)


@private
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Close the form on this device, such as one in a library; it stays saved."""
    request.session.flush()
    messages.success(request, _("Your form is closed here. It stays saved."))
    return redirect("portal:start")


def _go_on(request: HttpRequest, draft: PortalDraft) -> HttpResponse:
    open_draft(request, draft)
    return redirect(place_of(drafts.answers_of(draft)))


def place_of(answers: dict[str, dict[str, str]]) -> str:
    """Return where somebody goes on: the first screen that is not right yet, or the last page."""
    wrong = first_wrong(answers)
    return reverse("portal:step", args=[wrong]) if wrong else reverse("portal:check")
