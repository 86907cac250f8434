"""The officer's pages: what is due, who is meant, what was found, what is answered.

Each page that shows what is sealed notes in the ledger who looked. What goes wrong shows the page
again with everything that was typed.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alektum_privacy.access import needs
from audit import services as audit
from policy import services as policy
from requests import (
    decision_pages,
    desk_pages,
    forwarding,
    identity_pages,
    intake_pages,
    letter_views,
    packs,
    services,
    tasks,
    told_pages,
)
from requests.constants import PackKind, QuestionAbout
from requests.decision_forms import EndPauseForm
from requests.desk_forms import AskForm
from requests.exceptions import ChangedMeanwhile, RuleBroken
from requests.models import Pack, PrivacyRequest, SubjectMatch
from requests.seeing import sees_aml
from requests.services.own_file import AML
from requests.standing_page import step_of

HANDLE = "requests.handle_privacyrequest"
CONFLICT, UNPROCESSABLE = 409, 422


def _officer(request: HttpRequest) -> User:
    return cast(User, request.user)


# --- the queue -----------------------------------------------------------------------------


@needs("requests.view_privacyrequest")
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    """Show requests, the first due first; `show` and `number` choose among them."""
    today = timezone.localdate()
    visible = PrivacyRequest.objects.visible_to(request.user)
    if number := request.GET.get("number", "").strip().upper():
        found = visible.filter(number=number).first()
        if found is not None:
            return redirect("requests:show", reference=found.reference)
        messages.warning(request, _("There is no request with this number."))
    page = desk_pages.queue_page(
        visible,
        choice=request.GET.get("show", desk_pages.OPEN_ONES),
        after=request.GET.get("after", ""),
        today=today,
    )
    context = {"page": page, "today": today, "choices": desk_pages.CHOICES, "number": number}
    return render(request, "requests/queue.html", context)


# --- one request ---------------------------------------------------------------------------


@needs("requests.view_privacyrequest")
@require_GET
def show(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show all of a request to who handles it; to others only how it stands."""
    return _page(request, _visible(request, reference))


def _visible(request: HttpRequest, reference: UUID) -> PrivacyRequest:
    visible = PrivacyRequest.objects.visible_to(request.user).select_related("dossier")
    found = get_object_or_404(visible, reference=reference)
    if request.user.has_perm(HANDLE) and services.concerns(found, request.user):
        raise PermissionDenied(_("This may be your own file: ask a colleague."))
    return found


def _page(
    request: HttpRequest,
    privacy_request: PrivacyRequest,
    *,
    status: int = 200,
    **forms: Any,
) -> HttpResponse:
    """Answer with the page of a request; `forms` are those that were filled in."""
    language, today = get_language() or "nl", timezone.localdate()
    context = desk_pages.standing(privacy_request, today=today, language=language)
    if request.user.has_perm(HANDLE):
        seen = {"version": privacy_request.version}
        context |= desk_pages.asked(privacy_request, sees_aml=sees_aml(request))
        context |= intake_pages.for_officer(privacy_request, now=timezone.now())
        context |= identity_pages.who_asks(
            privacy_request, sees_aml=sees_aml(request), now=timezone.now(), today=today
        )
        context["ask_form"] = AskForm(initial=seen)
        context |= decision_pages.done_page(privacy_request, request.user)
        context["pause_form"] = EndPauseForm()
        if desk_pages.shows_answer(privacy_request):
            context |= decision_pages.deciding_page(privacy_request, request.user, today=today)
            context |= desk_pages.found(
                context["found_report"], context["found_gaps"], context["found_named"]
            )
            context |= letter_views.preview(
                privacy_request, context["found_held"], request.user, today=today
            )
        _note_seen(request, privacy_request)
    context["purpose_names"] = policy.purpose_names()
    context["decisions"] = decision_pages.decisions_shown(privacy_request, request.user)
    context |= told_pages.told(
        privacy_request, may_forward="body" in context, sees_aml=sees_aml(request)
    )
    if "body" in context:
        context["now"] = step_of(privacy_request, context, request.user)
    return render(request, "requests/request.html", context | forms, status=status)


def _note_seen(request: HttpRequest, privacy_request: PrivacyRequest) -> None:
    with transaction.atomic():
        audit.append(
            "request.viewed",
            object=f"request:{privacy_request.reference}",
            actor=audit.actor_of(_officer(request)),
        )


def _done(request: HttpRequest, privacy_request: PrivacyRequest, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("requests:show", reference=privacy_request.reference)


def _broken(
    request: HttpRequest, privacy_request: PrivacyRequest, error: RuleBroken, **forms: Any
) -> HttpResponse:
    """Show the page again: why it could not be done, and all that was typed."""
    privacy_request.refresh_from_db()
    changed = isinstance(error, ChangedMeanwhile)
    if changed:
        words = _(
            "Somebody changed this request after you opened it. Nothing you typed is lost: look"
            " what changed, and send it again."
        )
    else:
        words = desk_pages.words_of(error)
    for name, form in forms.items():
        # What was typed stays; sending it again is about what is shown now.
        form.data = form.data.copy()
        form.data[form.add_prefix("version")] = str(privacy_request.version)
        forms[name] = form
    messages.error(request, words)
    status = CONFLICT if changed else UNPROCESSABLE
    return _page(request, privacy_request, status=status, **forms)


@needs(HANDLE)
@require_POST
def begin(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Begin to handle a request."""
    privacy_request = _visible(request, reference)
    return _do(
        request,
        privacy_request,
        lambda: services.begin(privacy_request.pk, officer=_officer(request).pk),
        _("You handle this request now."),
    )


@needs(HANDLE)
@require_POST
def forward(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Send on what is in the invoice phase to the sellers, who decide about it."""
    privacy_request = _visible(request, reference)
    return _do(
        request,
        privacy_request,
        lambda: _send_on(privacy_request.pk, officer=_officer(request).pk),
        _("The request goes on to the seller, and the person is told who that is."),
    )


def _send_on(pk: int, *, officer: int) -> None:
    forwarding.forward(pk, officer=officer, now=timezone.now())
    # Their links go out now, or with the next round where the broker is away.
    transaction.on_commit(tasks.tell_organisations.delay, robust=True)


def _send(mail_id: int | None) -> None:
    if mail_id is not None:
        tasks.soon(tasks.send_mail, mail_id)


def _do(
    request: HttpRequest,
    privacy_request: PrivacyRequest,
    deed: Callable[[], Any],
    words: str,
    **forms: Any,
) -> HttpResponse:
    try:
        deed()
    except RuleBroken as error:
        return _broken(request, privacy_request, error, **forms)
    return _done(request, privacy_request, words)


@needs(HANDLE)
@require_POST
def decide_match(request: HttpRequest, reference: UUID, match: int) -> HttpResponse:
    """Say whether a proposed person is the one who asks."""
    privacy_request = _visible(request, reference)
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
    return _do(
        request,
        privacy_request,
        lambda: service(match, officer=_officer(request).pk, now=timezone.now()),
        words,
    )


@needs(HANDLE)
@require_POST
def ask(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Ask the person who they are, or which processing they mean; the clock may stand still."""
    privacy_request = _visible(request, reference)
    form = AskForm(request.POST)
    if not form.is_valid():
        return _page(request, privacy_request, status=UNPROCESSABLE, ask_form=form)
    return _do(
        request,
        privacy_request,
        lambda: _send(_ask(request, privacy_request, form.cleaned_data)),
        _("Your question is on the person's page."),
        ask_form=form,
    )


def _ask(
    request: HttpRequest, privacy_request: PrivacyRequest, data: Mapping[str, Any]
) -> int | None:
    common = {
        "text": data["text"],
        "without_undue_delay": data["without_undue_delay"],
        "officer": _officer(request).pk,
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
    privacy_request = _visible(request, reference)
    actor = audit.actor_of(_officer(request))
    return _do(
        request,
        privacy_request,
        lambda: services.close(privacy_request.pk, actor=actor, now=timezone.now()),
        _("Closed. The file of this request goes 60 months from now."),
    )


@needs(HANDLE)
@require_POST
def download(request: HttpRequest, reference: UUID, form: str) -> HttpResponse:
    """Give an officer the pack, to send it by post; that too is noted."""
    privacy_request = _visible(request, reference)
    there = Pack.objects.select_related("request").filter(request=privacy_request)
    # Of the data to see before those to take along: that is what goes by post.
    pack = there.filter(kind=PackKind.ACCESS).last() or there.last()
    if pack is None or form not in packs.FORMS_OF[PackKind(pack.kind)]:
        raise Http404
    told = {purpose["code"] for purpose in pack.manifest.get("purposes", ())}
    if AML in told and not sees_aml(request):
        raise PermissionDenied(_("This answer tells of a money-laundering check."))
    actor = audit.actor_of(_officer(request))
    try:
        content = packs.open_pack(pack, form, actor=actor, now=timezone.now())
    except RuleBroken as error:
        return _broken(request, privacy_request, error)
    name = f"{privacy_request.number}.{form}"
    return HttpResponse(
        content,
        content_type=packs.FORMS[form],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
