"""What every view about one request does: show it, do a deed, say what went wrong."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from alektum_privacy.reading import reading_once
from audit import services as audit
from policy import services as policy
from requests import services, tasks
from requests.belongings import Belongings, gather
from requests.decisions import pages as decision_pages
from requests.decisions.forms import EndPauseForm
from requests.exceptions import ChangedMeanwhile, RuleBroken
from requests.identity import pages as identity_pages
from requests.intake import pages as intake_pages
from requests.letters import views as letter_views
from requests.models import PrivacyRequest
from requests.officer import pages as desk_pages
from requests.officer.checklist import checklist
from requests.officer.forms import AskForm
from requests.officer.next_step import next_step
from requests.officer.page_steps import open_steps, steps_of
from requests.officer.seeing import HANDLE, sees_aml
from requests.officer.standing_page import rests_on_one, standing_of, why_not_approve
from requests.officer.timeline import number_of
from requests.organisations import told_pages

CONFLICT, UNPROCESSABLE = 409, 422


def officer_of(request: HttpRequest) -> User:
    return cast(User, request.user)


def request_page(
    request: HttpRequest,
    privacy_request: PrivacyRequest,
    *,
    status: int = 200,
    **forms: Any,
) -> HttpResponse:
    """Answer with the page of a request; `forms` are those that were filled in."""
    with reading_once():
        gather(privacy_request)
        context = _shown(request, privacy_request)
    context["open_steps"] = open_steps(context, forms)
    # With several forms on the page, the title says that something went wrong.
    context["wrong"] = status in (CONFLICT, UNPROCESSABLE)
    return render(request, "requests/request.html", context | forms, status=status)


def _shown(request: HttpRequest, privacy_request: PrivacyRequest) -> dict[str, Any]:
    language, today = get_language() or "nl", timezone.localdate()
    context = desk_pages.standing(privacy_request, today=today, language=language)
    if request.user.has_perm(HANDLE):
        seen = {"version": privacy_request.version}
        context |= identity_pages.who_asks(
            privacy_request, sees_aml=sees_aml(request), now=timezone.now(), today=today
        )
        context |= desk_pages.asked(privacy_request, context["people"], sees_aml=sees_aml(request))
        context |= intake_pages.for_officer(privacy_request, now=timezone.now())
        context["ask_form"] = AskForm(initial=seen)
        context |= decision_pages.done_page(privacy_request, request.user)
        context["pause_form"] = EndPauseForm()
        if desk_pages.shows_answer(privacy_request):
            context |= decision_pages.deciding_page(privacy_request, request.user, today=today)
            context |= desk_pages.found(
                context["found_report"],
                context["found_gaps"],
                context["found_named"],
                context["found_places"],
            )
            context |= letter_views.preview(privacy_request, context["found_letter"], request.user)
        note_seen(request, privacy_request)
    context["purpose_names"] = policy.purpose_names()
    context["decisions"] = decision_pages.decisions_shown(privacy_request, request.user)
    context |= told_pages.told(
        privacy_request, may_forward="body" in context, sees_aml=sees_aml(request), today=today
    )
    if "body" in context:
        standing = standing_of(privacy_request, context, request.user)
        context["now"] = next_step(standing)
        if "decisions_form" in context:
            context["why_not_approve"] = why_not_approve(privacy_request, context, request.user)
            context["rests_on_one"] = rests_on_one(privacy_request, context, request.user)
        context["checklist"] = checklist(privacy_request, context, standing)
    context["steps"] = steps_of(privacy_request, context)
    return context


def note_seen(request: HttpRequest, privacy_request: PrivacyRequest) -> None:
    with transaction.atomic():
        audit.append(
            "request.viewed",
            object=f"request:{privacy_request.reference}",
            actor=audit.actor_of(officer_of(request)),
        )


def done(request: HttpRequest, privacy_request: PrivacyRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("requests:show", reference=privacy_request.reference)


def show_broken(
    request: HttpRequest, privacy_request: PrivacyRequest, error: RuleBroken, **forms: Any
) -> HttpResponse:
    """Show the page again: why it could not be done, and all that was typed."""
    privacy_request.refresh_from_db()
    changed = isinstance(error, ChangedMeanwhile)
    words = who_changed(request, privacy_request) if changed else desk_pages.words_of(error)
    for name, form in forms.items():
        # What was typed stays; sending it again is about what is shown now.
        form.data = form.data.copy()
        form.data[form.add_prefix("version")] = str(privacy_request.version)
        forms[name] = form
    messages.error(request, words)
    status = CONFLICT if changed else UNPROCESSABLE
    return request_page(request, privacy_request, status=status, **forms)


def who_changed(request: HttpRequest, privacy_request: PrivacyRequest) -> str:
    """Say who changed a request after its page was opened: a colleague, or oneself elsewhere."""
    last = Belongings(privacy_request).entries.first()
    number = number_of(last.body["actor"]) if last else None
    if number == officer_of(request).pk:
        return _(
            "You changed this request yourself after this page was opened: in another tab, or by"
            " pressing a button twice. Nothing you typed is lost: look, and send it again if it is"
            " still needed."
        )
    known = User.objects.filter(pk=number).first() if number else None
    if known is None:
        return _(
            "Somebody changed this request after you opened it. Nothing you typed is lost: look"
            " what changed, and send it again."
        )
    return _(
        "%(who)s changed this request after you opened it. Nothing you typed is lost: look what"
        " changed, and send it again."
    ) % {"who": known.get_full_name() or known.get_username()}


def seen_version(request: HttpRequest) -> int | None:
    """Return which version of the request the sender of a form saw; None if it is unsaid."""
    said = request.POST.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


def send_soon(mail_id: int | None) -> None:
    if mail_id is not None:
        tasks.soon(tasks.send_mail, mail_id)


def do(
    request: HttpRequest,
    privacy_request: PrivacyRequest,
    deed: Callable[[], Any],
    words: str,
    **forms: Any,
) -> HttpResponse:
    """Do what a button of the page asks, on the version that was seen; show what went wrong."""
    try:
        with transaction.atomic():
            if (seen := seen_version(request)) is not None:
                services.locked(privacy_request.pk, seen)
            deed()
    except RuleBroken as error:
        return show_broken(request, privacy_request, error, **forms)
    return done(request, privacy_request, words)
