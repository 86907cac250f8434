"""The officer's deeds about decisions: decide, approve, correct, review, pause."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from alektum_privacy.access import needs
from requests import services, tasks
from requests.constants import ReviewResult
from requests.decisions import deciding
from requests.decisions.forms import CorrectionForm, DecisionsForm, EndPauseForm, ReviewForm
from requests.decisions.lines import Key
from requests.decisions.pages import deciding_of
from requests.exceptions import GrantsNothing, RuleBroken
from requests.models import Effect, PrivacyRequest, Rectification, Review
from requests.officer.one_request import (
    UNPROCESSABLE,
    do,
    done,
    officer_of,
    request_page,
    send_soon,
    show_broken,
)
from requests.officer.seeing import HANDLE, visible_request
from requests.services.rights.correcting import PIECES


@needs(HANDLE)
@require_POST
def answer(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Save the decisions, or approve them too: they are carried out, and the answer is made."""
    privacy_request = visible_request(request, reference)
    lines = deciding_of(privacy_request, request.user, today=timezone.localdate()).lines
    form = DecisionsForm(request.POST, lines=lines)
    if not form.is_valid():
        return request_page(request, privacy_request, status=UNPROCESSABLE, decisions_form=form)
    approving = request.POST.get("do") == "approve"
    if approving and not _may_approve(request, privacy_request, form):
        words = _("Nothing was approved. A senior officer approves a refusal: save it first.")
        messages.error(request, words)
        return request_page(request, privacy_request, status=403, decisions_form=form)
    service = deciding.decide_and_approve if approving else deciding.decide
    try:
        service(
            privacy_request.pk,
            form.choices(),
            officer=officer_of(request).pk,
            now=timezone.now(),
            version=form.cleaned_data["version"],
        )
    except RuleBroken as error:
        if isinstance(error, GrantsNothing):
            line = Key(error.right, error.dossier, error.part).name
            form.add_error(
                f"outcome-{line}",
                _(
                    "This would do nothing. Note what is corrected, or choose “Does not apply to"
                    " these data”."
                ),
            )
        return show_broken(request, privacy_request, error, decisions_form=form)
    if not approving:
        return done(request, privacy_request, _("The decisions are saved."))
    tasks.soon(tasks.build_pack, privacy_request.pk)
    return done(
        request,
        privacy_request,
        _("Approved. The answer is being made and will be on the person's page in a moment."),
    )


def _may_approve(
    request: HttpRequest, privacy_request: PrivacyRequest, form: DecisionsForm
) -> bool:
    if not request.user.has_perm("requests.approve_privacyrequest"):
        return False
    refuses = deciding.refuses(privacy_request, form.choices())
    return not refuses or request.user.has_perm("requests.approve_refusal")


# --- corrections ---------------------------------------------------------------------------


@needs(HANDLE)
@require_POST
def correct(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Note what is to be corrected, into what, and what shows it."""
    privacy_request = visible_request(request, reference)
    held = deciding_of(privacy_request, request.user, today=timezone.localdate()).held
    form = CorrectionForm(request.POST, held=held)
    if not form.is_valid():
        return request_page(request, privacy_request, status=UNPROCESSABLE, correction_form=form)
    return do(
        request,
        privacy_request,
        _noting(request, privacy_request, form.cleaned_data),
        _("The correction is noted. It is carried out when the decisions are approved."),
        correction_form=form,
    )


def _noting(
    request: HttpRequest, privacy_request: PrivacyRequest, data: dict[str, Any]
) -> Callable[[], Any]:
    common = {
        "evidence": data["evidence"],
        "officer": officer_of(request).pk,
        "now": timezone.now(),
        "version": data["version"],
    }
    kind, _colon, name = data["what"].partition(":")
    pk, value, removes = privacy_request.pk, data["value"], data["removes"]
    if kind == "identity":
        return lambda: services.note_identity(pk, name, value, removes=removes, **common)
    if kind in PIECES:
        return lambda: services.note_statement(pk, kind, int(name), value, **common)
    return lambda: services.note_record(pk, int(kind), name, value, removes=removes, **common)


@needs(HANDLE)
@require_POST
def drop_correction(request: HttpRequest, reference: UUID, correction: UUID) -> HttpResponse:
    """Take back a correction that was noted."""
    privacy_request = visible_request(request, reference)
    get_object_or_404(Rectification, request=privacy_request, reference=correction)
    return do(
        request,
        privacy_request,
        lambda: services.drop_correction(correction, officer=officer_of(request).pk),
        _("The correction is taken back."),
    )


# --- reviews -------------------------------------------------------------------------------


@needs("requests.review_decision")
@require_POST
def review(request: HttpRequest, reference: UUID, review: UUID) -> HttpResponse:
    """Decide anew what a computer decided, with reasons."""
    privacy_request = visible_request(request, reference)
    row = get_object_or_404(Review, request=privacy_request, reference=review)
    form = ReviewForm(request.POST, prefix=f"review{row.pk}")
    if not form.is_valid():
        return request_page(request, privacy_request, status=UNPROCESSABLE, review_form=form)
    data = form.cleaned_data
    new = services.NewDecision(
        ReviewResult(data["result"]),
        data["view"],
        data["outcome"],
        data["effect"],
        data["reasons"],
    )
    return do(
        request,
        privacy_request,
        lambda: services.review(row.pk, new, officer=officer_of(request).pk, now=timezone.now()),
        _("The new decision is noted."),
        review_form=form,
    )


# --- pauses --------------------------------------------------------------------------------


@needs(HANDLE)
@require_POST
def pause(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Pause the use of the person's data until it is decided, as they asked."""
    privacy_request = visible_request(request, reference)
    officer, now = officer_of(request).pk, timezone.now()
    return do(
        request,
        privacy_request,
        lambda: services.pause_meanwhile(privacy_request.pk, officer=officer, now=now),
        _("The use of these data is paused."),
    )


@needs(HANDLE)
@require_POST
def tell_pause_ends(request: HttpRequest, reference: UUID, effect: int) -> HttpResponse:
    """Tell the person that a pause will end (GDPR Article 18(3))."""
    privacy_request = visible_request(request, reference)
    get_object_or_404(Effect, request=privacy_request, pk=effect)
    form = EndPauseForm(request.POST)
    if not form.is_valid():
        return request_page(request, privacy_request, status=UNPROCESSABLE, pause_form=form)
    officer, text = officer_of(request).pk, form.cleaned_data["text"]
    return do(
        request,
        privacy_request,
        lambda: send_soon(services.announce_end(effect, text, officer=officer, now=timezone.now())),
        _("The person is told. Now the pause can end."),
    )


@needs(HANDLE)
@require_POST
def end_pause(request: HttpRequest, reference: UUID, effect: int) -> HttpResponse:
    """End a pause of which the person was told."""
    privacy_request = visible_request(request, reference)
    get_object_or_404(Effect, request=privacy_request, pk=effect)
    officer, now = officer_of(request).pk, timezone.now()
    return do(
        request,
        privacy_request,
        lambda: services.end_pause(effect, officer=officer, now=now),
        _("The pause has ended."),
    )
