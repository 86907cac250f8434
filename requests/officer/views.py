"""The officer's pages: what is due, who is meant, what was found, what is answered.

Each page that shows what is sealed notes in the ledger who looked. What goes wrong shows the page
again with everything that was typed.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alektum_privacy.access import needs
from alektum_privacy.reading import reading_once
from audit import services as audit
from requests import services, tasks
from requests.belongings import gather
from requests.constants import PackKind, QuestionAbout
from requests.decisions import pages as decision_pages
from requests.exceptions import RuleBroken
from requests.models import Pack, PrivacyRequest, SubjectMatch
from requests.officer import pages as desk_pages
from requests.officer.forms import AskForm
from requests.officer.one_request import (
    UNPROCESSABLE,
    do,
    note_seen,
    officer_of,
    request_page,
    send_soon,
    show_broken,
)
from requests.officer.seeing import HANDLE, sees_aml, visible_request
from requests.organisations import forwarding
from requests.packs import taking
from subjects.unseen import AML

# --- one request ---------------------------------------------------------------------------


@needs("requests.view_privacyrequest")
@require_GET
def show(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show all of a request to who handles it; to others only how it stands."""
    with reading_once():
        return request_page(request, visible_request(request, reference))


@needs(HANDLE)
@require_GET
def found(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show the whole answer as the person will get it; as a part of a page to who asks for that."""
    with reading_once():
        privacy_request = visible_request(request, reference)
        gather(privacy_request)
        report = None
        if desk_pages.shows_answer(privacy_request):
            today = timezone.localdate()
            report = decision_pages.report_page(privacy_request, request.user, today=today)
    if report is None:
        messages.info(request, _("There is no report to look at as this request stands now."))
        return redirect("requests:show", reference=reference)
    note_seen(request, privacy_request)
    context = {
        "privacy_request": privacy_request,
        "report": desk_pages.whole_report(report),
        "may_decide": desk_pages.may_decide(privacy_request),
        "lacks": desk_pages.lacks(report),
    }
    template = "_found" if request.headers.get("HX-Request") else "found"
    return render(request, f"requests/{template}.html", context)


@needs(HANDLE)
@require_POST
def begin(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Begin to handle a request."""
    privacy_request = visible_request(request, reference)
    return do(
        request,
        privacy_request,
        lambda: services.begin(privacy_request.pk, officer=officer_of(request).pk),
        _("You handle this request now."),
    )


@needs(HANDLE)
@require_POST
def forward(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Send on what is in the invoice phase to the sellers, who decide about it."""
    privacy_request = visible_request(request, reference)
    return do(
        request,
        privacy_request,
        lambda: _send_on(privacy_request.pk, officer=officer_of(request).pk),
        _("The request goes on. The person hears who the seller is once it is proven who asks."),
    )


def _send_on(pk: int, *, officer: int) -> None:
    forwarding.forward(pk, officer=officer, now=timezone.now())
    # Their links go out now, or with the next round where the broker is away.
    transaction.on_commit(tasks.tell_organisations.delay, robust=True)


@needs(HANDLE)
@require_POST
def decide_match(request: HttpRequest, reference: UUID, match: int) -> HttpResponse:
    """Say whether a proposed person is the one who asks."""
    privacy_request = visible_request(request, reference)
    get_object_or_404(SubjectMatch, request=privacy_request, pk=match)
    service, words = {
        "confirm": (services.confirm_match, _("Noted: this is the person.")),
        "unproven": (
            services.leave_unproven,
            _("Noted: this may be the person. Nothing of them is shown until it is proven."),
        ),
        "deceased": (services.note_deceased, _("Noted: this person has died.")),
    }.get(
        request.POST.get("do", ""),
        (services.reject_match, _("Noted: this is somebody else.")),
    )
    return do(
        request,
        privacy_request,
        lambda: service(match, officer=officer_of(request).pk, now=timezone.now()),
        words,
    )


@needs(HANDLE)
@require_POST
def ask(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Ask the person who they are, or which processing they mean; the clock may stand still."""
    privacy_request = visible_request(request, reference)
    form = AskForm(request.POST)
    if not form.is_valid():
        return request_page(request, privacy_request, status=UNPROCESSABLE, ask_form=form)
    return do(
        request,
        privacy_request,
        lambda: send_soon(_ask(request, privacy_request, form.cleaned_data)),
        _("Your question is on the person's page."),
        ask_form=form,
    )


def _ask(
    request: HttpRequest, privacy_request: PrivacyRequest, data: Mapping[str, Any]
) -> int | None:
    common = {
        "text": data["text"],
        "without_undue_delay": data["without_undue_delay"],
        "officer": officer_of(request).pk,
        "now": timezone.now(),
        "version": data["version"],
    }
    if data["about"] == QuestionAbout.PROCESSING:
        return services.ask_processing(privacy_request.pk, **common)
    return services.ask_identity(privacy_request.pk, data["reasons"], **common)


@needs(HANDLE)
@require_POST
def close(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Close an answered request."""
    privacy_request = visible_request(request, reference)
    actor = audit.actor_of(officer_of(request))
    return do(
        request,
        privacy_request,
        lambda: services.close(privacy_request.pk, actor=actor, now=timezone.now()),
        _("Closed. The file of this request goes 60 months from now."),
    )


@needs(HANDLE)
@require_POST
def download(request: HttpRequest, reference: UUID, form: str) -> HttpResponse:
    """Give an officer the pack, to send it by post; that too is noted."""
    privacy_request = visible_request(request, reference)
    there = Pack.objects.select_related("request").filter(request=privacy_request)
    # Of the data to see before those to take along: that is what goes by post.
    pack = there.filter(kind=PackKind.ACCESS).last() or there.last()
    if pack is None or form != "pdf":  # to print and post; nothing else leaves plain
        raise Http404
    told = {purpose["code"] for purpose in pack.manifest.get("purposes", ())}
    if AML in told and not sees_aml(request):
        raise PermissionDenied(_("This answer tells of a money-laundering check."))
    actor = audit.actor_of(officer_of(request))
    try:
        content = taking.open_pack(pack, form, actor=actor, now=timezone.now())
    except RuleBroken as error:
        return show_broken(request, privacy_request, error)
    name = f"{privacy_request.number}.{form}"
    return HttpResponse(
        content,
        content_type=taking.FORMS[form],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
