"""The officer's pages about the clock: extension, withdrawal, messages, and their own calendar."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from alektum_privacy.access import needs
from audit import services as audit
from requests import services
from requests.clock import due_calendar
from requests.constants import ExtensionReason
from requests.files.uploads import taken_with, takes_files
from requests.identity.forms import ExtendForm, WithdrawForm, WriteForm
from requests.identity.models import CalendarFeed
from requests.intake import pages as intake_pages
from requests.mail.mailing import address
from requests.models import PrivacyRequest
from requests.officer.deeds import deed_page
from requests.officer.forms import Seen
from requests.officer.one_request import officer_of
from requests.officer.seeing import HANDLE, visible_request


@needs(HANDLE)
@require_http_methods(["GET", "POST"])
def extend(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Extend the period once, and tell the person why: on or before the day that the law gives."""
    privacy_request = visible_request(request, reference)
    form = ExtendForm(request.POST or None, initial={"version": privacy_request.version})
    lead = [
        _("Once, by one or two months, and only where the request is complex or there are many."),
        _("It does not move the day of a refusal."),
    ]
    return deed_page(
        request,
        privacy_request,
        form,
        do=lambda form: services.extend_deadline(
            privacy_request.pk,
            further_months=form.cleaned_data["further_months"],
            reason=ExtensionReason(form.cleaned_data["reason"]),
            text=form.cleaned_data["text"],
            officer=officer_of(request).pk,
            now=timezone.now(),
            version=form.cleaned_data["version"],
        ),
        title=_("Take more time"),
        lead=lead,
        warnings=_about_notice(privacy_request),
        button=_("Extend and tell the person"),
        done=_("The period is extended, and the person is told why."),
    )


def _about_notice(privacy_request: PrivacyRequest) -> list[str]:
    """Say until when an extension may be told, or that it is too late."""
    limit = privacy_request.extension_due_on
    if limit is None:
        return [_("The clock stands still: an extension waits until the question is answered.")]
    day = date_format(limit, "DATE_FORMAT")
    if timezone.localdate() > limit:
        return [
            _("An extension had to be told on or before %(day)s. It is too late.") % {"day": day}
        ]
    return [_("Tell it on or before %(day)s; after that it is void.") % {"day": day}]


@needs(HANDLE)
@require_http_methods(["GET", "POST"])
def go_on(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Handle a request on whose question was not answered: the clock runs again from today."""
    privacy_request = visible_request(request, reference)
    form = Seen(request.POST or None, initial={"version": privacy_request.version})
    return deed_page(
        request,
        privacy_request,
        form,
        do=lambda form: _go_on(privacy_request.pk, officer_of(request).pk, form),
        title=_("Go on without an answer"),
        lead=[
            _("Give the person a fair time first, such as two weeks, and ask once more."),
            _("From today the clock runs again; the days of waiting do not count."),
            _(
                "Did the person answer by letter, telephone or e-mail? Then take that in and put"
                " it with this request: the clock runs from the day it came."
            ),
        ],
        button=_("Go on"),
        done=_("Noted: we go on without an answer."),
    )


def _go_on(pk: int, officer: int, form: Seen) -> None:
    version = form.cleaned_data["version"]
    services.go_on_unanswered(pk, officer=officer, now=timezone.now(), version=version)


@needs(HANDLE)
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, reference: UUID) -> HttpResponse:
    """End a request that the person took back by telephone or letter."""
    privacy_request = visible_request(request, reference)
    form = WithdrawForm(request.POST or None, initial={"version": privacy_request.version})
    return deed_page(
        request,
        privacy_request,
        form,
        do=lambda form: services.withdraw(
            privacy_request.pk,
            actor=audit.actor_of(officer_of(request)),
            now=timezone.now(),
            version=form.cleaned_data["version"],
            text=form.cleaned_data["text"],
        ),
        title=_("Withdrawn by the person"),
        lead=[
            _("Only the person can take a request back. Nothing of it is carried out."),
            _("It cannot be undone: the person may make a new request, with a new period."),
        ],
        button=_("End this request"),
        done=_("Noted: the person took the request back."),
    )


@needs(HANDLE)
@takes_files("requests/too_much.html")
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Put a message, with files, on the person's page."""
    privacy_request = visible_request(request, reference)
    form = WriteForm(request.POST or None, initial={"version": privacy_request.version})
    files = taken_with(form, request.FILES.getlist("papers")) if form.is_bound else []
    return deed_page(
        request,
        privacy_request,
        form,
        do=lambda form: services.send_message(
            privacy_request.pk,
            form.cleaned_data["text"],
            officer=officer_of(request).pk,
            now=timezone.now(),
            files=files,
            version=form.cleaned_data["version"],
        ),
        title=_("Write to the person"),
        lead=[
            _("The message stands on the person's page. A mail only says that something is there."),
            _("A message does not stop the clock. To ask something, use “Ask the person”."),
        ],
        button=_("Send the message"),
        done=_("Your message is on the person's page."),
        letters=intake_pages.letters_of(privacy_request, services.attachments_of(privacy_request)),
    )


# --- a colleague's own calendar ------------------------------------------------------------


@needs("requests.view_privacyrequest")
@never_cache
@require_http_methods(["GET", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """Make, renew or revoke the address of one's own calendar; it is shown once."""
    user, shown = officer_of(request), ""
    if request.method == "POST":
        if request.POST.get("do") == "revoke":
            due_calendar.revoke(user)
            messages.success(request, _("The address no longer works."))
        else:
            shown = address("calendar", due_calendar.renew(user, now=timezone.now()))
    feed = CalendarFeed.objects.filter(user=user).first()
    return render(request, "requests/calendar.html", {"feed": feed, "address": shown})
