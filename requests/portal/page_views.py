"""The person's own page. Whoever may not open a page gets what a page that does not exist gives.

How a browser comes in: `opening_views`.
"""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import services as audit
from policy.explain import read
from policy.identifiers import mask_bsn
from requests import services, tasks
from requests.clock import words as clock_words
from requests.constants import UNANSWERED, Kind, PackKind
from requests.exceptions import CodeRefused, WrongState
from requests.files.downloads import as_download
from requests.files.models import Attachment
from requests.files.uploads import taken_with, takes_message
from requests.identity import oidc
from requests.intake import pages as intake_pages
from requests.letters.making import letter_of, letters_of
from requests.letters.pdf import render as render_letter
from requests.limits import allowed, allowed_for
from requests.models import PrivacyRequest
from requests.organisations import told_pages
from requests.packs import taking
from requests.packs import views as pack_views
from requests.portal.opening_views import ask_first
from requests.portal.page_forms import (
    CodeForm,
    MailKeyForm,
    MessageForm,
    PostedCodeForm,
)
from requests.portal.sessions import closed, opened, proven_here
from requests.portal.ways import (
    limited,
    private,
    too_many,
)
from requests.report import own_files
from requests.services import Opens
from vault.envelopes import KeyUnfit, MailKey


@private
@require_safe
def page(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Where the request stands, by when we answer and why, messages, and the answer itself."""
    if not allowed(request, "page"):
        return too_many(request)
    privacy_request = opened(request, reference, least=Opens.FACT)
    if privacy_request is None:
        return closed(request)
    if opened(request, reference) is None:
        return ask_first(request, privacy_request)
    return _show(request, privacy_request)


def _show(
    request: HttpRequest,
    privacy_request: PrivacyRequest,
    *,
    status: int = 200,
    code_form: CodeForm | None = None,
    message_form: MessageForm | None = None,
    mail_key_form: MailKeyForm | None = None,
    posted_form: PostedCodeForm | None = None,
) -> HttpResponse:
    language = (get_language() or "nl")[:2]
    clock = services.clock_of(privacy_request)
    context: dict[str, Any] = {
        "privacy_request": privacy_request,
        "rights": privacy_request.rights.order_by("id"),
        "why": [read(sentence, language).words for sentence in clock.why],
        "told": clock_words.told(privacy_request.clockevents.order_by("pk")),
        "posted_form": posted_form or PostedCodeForm(),
        "posted_code": services.live_code(privacy_request, now=timezone.now()),
        "provider": oidc.provider() if services.may_withdraw(privacy_request) else None,
        "may_withdraw": services.may_withdraw(privacy_request),
        "answers": [] if pack_views.mandate_ended(privacy_request) else letters_of(privacy_request),
        "email": services.email_of(privacy_request),
        "mailed": privacy_request.mails.exists(),
        "code_form": code_form or CodeForm(),
        "message_form": message_form or MessageForm(),
        "mail_key_form": mail_key_form or MailKeyForm(),
        "encrypts_mail": privacy_request.sealed_mail_key is not None,
        "may_write": services.takes_messages(privacy_request),
        # Several forms stand on the page: the title tells that one of them is not right.
        "wrong": status != HTTPStatus.OK,
    }
    context |= pack_views.shown(privacy_request)
    # Who may read the answer finds in it all that came.
    whole = any(pack.kind == PackKind.ACCESS for pack, _forms in context["packs"])
    context |= intake_pages.for_person(privacy_request, whole=whole)
    # Whom we told is for who may read the answer.
    shows_told = context["answers"] and privacy_request.state in taking.GIVEN_STATES
    # Said to everybody, whether something is sent on or not: else it would tell that we have them.
    context["unproven"] = (
        privacy_request.kind == Kind.REQUEST
        and privacy_request.state in UNANSWERED
        and not services.is_proven(privacy_request)
    )
    context["suspended_since"] = services.suspended_for(privacy_request, today=timezone.localdate())
    context["recipients_told"] = told_pages.for_person(privacy_request) if shows_told else []
    return render(request, "portal/request.html", context, status=status)


@private
@limited("code")
@require_POST
def code(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Prove the e-mail address with the mailed code."""
    privacy_request = opened(request, reference)
    if privacy_request is None:
        return closed(request)
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            if not allowed_for("code_address", services.email_of(privacy_request)):
                raise CodeRefused
            services.verify_email_code(
                privacy_request.pk, form.cleaned_data["code"], now=timezone.now()
            )
            messages.success(request, _("Thank you. We know now that the e-mail address is yours."))
            proven_here(request, privacy_request)
            return redirect(privacy_request)
        except CodeRefused:
            form.add_error(
                "code", _("This code is not right, too old, or used before. Ask a new one.")
            )
    return _show(request, privacy_request, status=422, code_form=form)


@private
@limited("code")
@require_POST
def new_code(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Mail another code."""
    privacy_request = opened(request, reference)
    if privacy_request is None:
        return closed(request)
    if not allowed_for("more_mail", services.email_of(privacy_request)):
        messages.warning(
            request, _("We sent much to this e-mail address today. Ask for a code tomorrow.")
        )
        return redirect(privacy_request)
    mail_id = services.send_new_code(privacy_request.pk, now=timezone.now())
    if mail_id is None:
        messages.warning(
            request, _("We sent you several codes already. Wait a quarter of an hour.")
        )
    else:
        tasks.soon(tasks.send_mail, mail_id)
        messages.success(request, _("We sent you a new code. The old one no longer works."))
    return redirect(privacy_request)


@private
@takes_message
@limited("message")
@require_POST
def message(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Write to us; an open question of ours is answered by it."""
    privacy_request = opened(request, reference)
    if privacy_request is None:
        return closed(request)
    words, masked = mask_bsn(request.POST.get("words") or "")
    form = MessageForm({"words": words})
    files = taken_with(form, request.FILES.getlist("papers"))
    if masked:
        messages.warning(request, _("We put stars in place of your citizen service number (BSN)."))
    if form.is_valid():
        try:
            services.receive_message(
                privacy_request.pk, form.cleaned_data["words"], now=timezone.now(), files=files
            )
            messages.success(request, _("We have your message."))
            return redirect(privacy_request)
        except WrongState:
            form.add_error("words", _("This request has ended. Make a new one to write to us."))
    return _show(request, privacy_request, status=422, message_form=form)


@private
@limited("message")
@require_POST
def mail_key(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Take a public key, so that what we write goes by mail too, for the person's eyes only."""
    privacy_request = opened(request, reference)
    if privacy_request is None:
        return closed(request)
    form = MailKeyForm(request.POST)
    if form.is_valid():
        try:
            key = services.keep_mail_key(
                privacy_request.pk, form.cleaned_data["key"], now=timezone.now()
            )
        except KeyUnfit as error:
            form.add_error("key", str(error))
        else:
            messages.success(request, _mail_key_kept(key))
            return redirect(privacy_request)
    return _show(request, privacy_request, status=422, mail_key_form=form)


def _mail_key_kept(key: MailKey | None) -> str:
    if key is None:
        return _("Our mail only tells you that something is here, from now on.")
    return _("We encrypt our mail for this key now. Is this its fingerprint? %(fingerprint)s") % {
        "fingerprint": key.fingerprint
    }


@private
@limited("posted")
@require_POST
def posted(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Prove who one is with the code from our letter."""
    privacy_request = opened(request, reference, least=Opens.CODE)
    if privacy_request is None:
        return closed(request)
    form = PostedCodeForm(request.POST)
    if form.is_valid():
        try:
            services.verify_posted_code(
                privacy_request.pk, form.cleaned_data["posted_code"], now=timezone.now()
            )
            messages.success(request, _("Thank you. We know now that it is you."))
            proven_here(request, privacy_request)
            return redirect(privacy_request)
        except CodeRefused:
            form.add_error(
                "posted_code",
                _("This code is not right, too old, or used before. Ask us for a new letter."),
            )
    if opened(request, reference) is None:
        return ask_first(request, privacy_request, posted_form=form)
    return _show(request, privacy_request, status=422, posted_form=form)


@private
@limited("message")
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Take the request back, after one more question."""
    privacy_request = opened(request, reference)
    if privacy_request is None:
        return closed(request)
    if request.method == "POST":
        try:
            services.withdraw(privacy_request.pk, actor=audit.PERSON, now=timezone.now())
            messages.success(request, _("You took your request back. We stop working on it."))
        except WrongState:
            messages.warning(request, _("It is too late: this request was answered or has ended."))
        return redirect(privacy_request)
    if not services.may_withdraw(privacy_request):
        return redirect(privacy_request)
    return render(request, "portal/withdraw.html", {"privacy_request": privacy_request})


@private
@require_POST
def leave(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Close the page on this device."""
    request.session.flush()
    return redirect("portal:start")


@private
@require_safe
def letter(request: HttpRequest, reference: UUID, letter: UUID) -> HttpResponse:
    """A letter of ours as PDF."""
    privacy_request = opened(request, reference)
    if privacy_request is None:
        return closed(request)
    found = letter_of(privacy_request, letter)
    if found is None or pack_views.mandate_ended(privacy_request):
        raise Http404
    name = f"{privacy_request.number}-{found['made_on']}.pdf"
    return HttpResponse(
        render_letter(found),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@private
@require_safe
def file(request: HttpRequest, reference: UUID, file: UUID) -> HttpResponse:
    """Give the person back a file of their request; that too is noted."""
    privacy_request = opened(request, reference)
    if privacy_request is None:
        return closed(request)
    there = Attachment.objects.filter(reference=file, destroyed_at=None)
    found = there.select_related("message").first()
    if found is None or not _gives(privacy_request, found):
        raise Http404
    return as_download(services.open_attachment(found, actor=audit.PERSON))


def _gives(privacy_request: PrivacyRequest, found: Attachment) -> bool:
    """Tell whether a page gives a file: its own, or one that its answer lists of earlier ones."""
    own = found.request_id == privacy_request.pk
    if own and (found.message is None or found.message.shown):
        return True
    if not taking.gives_access(privacy_request, now=timezone.now()):
        return False
    return own or any(
        found in [one.attachment for one in papers]
        for _earlier, papers in own_files.earlier_papers(privacy_request)
    )
