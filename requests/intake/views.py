"""What an officer does about how a letter came in: answer a question, join two, open a file."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from alektum_privacy.access import needs
from audit import services as audit
from requests import services, tasks
from requests.constants import UNANSWERED, Kind, Right
from requests.exceptions import ChangedMeanwhile, RuleBroken
from requests.files.downloads import as_download
from requests.files.models import Attachment
from requests.form_fields import WORDS, text
from requests.intake import pages as intake_pages
from requests.models import PrivacyRequest
from requests.officer import pages as desk_pages
from requests.officer.one_request import do, note_seen, seen_version, who_changed
from requests.officer.seeing import HANDLE, visible_request


class AnswerForm(forms.Form):
    """The answer to a question or a complaint."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    words = text(
        gettext_lazy("Your answer"),
        WORDS,
        widget=forms.Textarea,
        need=gettext_lazy("Write the answer first."),
    )


class RightsForm(forms.Form):
    """The rights of what turned out to be a request."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    rights = forms.MultipleChoiceField(
        label=gettext_lazy("Which rights does it invoke?"),
        choices=Right.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one right.")},
    )


@needs(HANDLE)
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show what came, its files and what it may belong to; answer it where it is a question."""
    privacy_request = visible_request(request, reference)
    if request.method != "POST":
        return _letter(request, privacy_request)
    if request.POST.get("do") == "withdraw":
        return _withdraw(request, privacy_request)
    making = request.POST.get("do") == "request"
    form = RightsForm(request.POST) if making else AnswerForm(request.POST)
    name = "rights_form" if making else "answer_form"
    if not form.is_valid():
        return _letter(request, privacy_request, status=422, **{name: form})
    data, now = form.cleaned_data, timezone.now()
    common = {"officer": cast(User, request.user).pk, "now": now, "version": data["version"]}
    try:
        if making:
            words = _set_rights(privacy_request, [Right(one) for one in data["rights"]], common)
        else:
            mail_id = services.answer_question(privacy_request.pk, data["words"], **common)
            if mail_id is not None:
                tasks.soon(tasks.send_mail, mail_id)
            words = _("Your answer is on the person's page, and this is closed.")
    except RuleBroken as error:
        return _broken(request, privacy_request, error, **{name: form})
    messages.success(request, words)
    return redirect("requests:show", reference=reference)


def _withdraw(request: HttpRequest, privacy_request: PrivacyRequest) -> HttpResponse:
    actor = audit.actor_of(cast(User, request.user))
    try:
        mail_id = services.withdraw(
            privacy_request.pk, actor=actor, now=timezone.now(), version=seen_version(request)
        )
    except RuleBroken as error:
        return _broken(request, privacy_request, error)
    if mail_id is not None:
        tasks.soon(tasks.send_mail, mail_id)
    messages.success(request, _("Ended: the person took it back. Nothing of it is carried out."))
    return redirect("requests:show", reference=privacy_request.reference)


def _set_rights(
    privacy_request: PrivacyRequest, rights: list[Right], common: dict[str, Any]
) -> str:
    if privacy_request.kind == Kind.REQUEST:
        services.change_rights(privacy_request.pk, rights, **common)
        return _("The rights are changed.")
    services.make_request(privacy_request.pk, rights, **common)
    tasks.soon(tasks.propose_matches, privacy_request.pk)
    return _("It is a request now; its clock runs from the day it came.")


def _letter(
    request: HttpRequest, privacy_request: PrivacyRequest, status: int = 200, **filled: Any
) -> HttpResponse:
    seen = {"version": privacy_request.version}
    rights = list(privacy_request.rights.values_list("right", flat=True))
    context = {
        "privacy_request": privacy_request,
        "body": services.body_of(privacy_request),
        "answer_form": AnswerForm(
            initial=seen | {"words": intake_pages.standing_answer(privacy_request)}
        ),
        "rights_form": RightsForm(initial=seen | {"rights": rights}),
        "open_request": privacy_request.kind == Kind.REQUEST
        and privacy_request.state in UNANSWERED,
        **intake_pages.for_officer(privacy_request, now=timezone.now()),
    }
    note_seen(request, privacy_request)
    return render(request, "requests/letter.html", context | filled, status=status)


def _broken(
    request: HttpRequest, privacy_request: PrivacyRequest, error: RuleBroken, **filled: Any
) -> HttpResponse:
    privacy_request.refresh_from_db()
    changed = isinstance(error, ChangedMeanwhile)
    for name, form in filled.items():
        form.data = form.data.copy()
        form.data["version"] = str(privacy_request.version)
        filled[name] = form
    words = who_changed(request, privacy_request) if changed else desk_pages.words_of(error)
    messages.error(request, words)
    return _letter(request, privacy_request, status=409 if changed else 422, **filled)


@needs(HANDLE)
@require_POST
def merge(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Let this request join the earlier one, as the officer says; or note that it is another."""
    privacy_request = visible_request(request, reference)
    into = next(
        (
            one
            for one in services.duplicates_of(privacy_request, now=timezone.now())
            if str(one.reference) == request.POST.get("into")
        ),
        None,
    )
    if into is None:
        messages.error(request, _("That request is not there any more, or it has ended."))
        return _letter(request, privacy_request, status=422)
    officer, seen = cast(User, request.user).pk, seen_version(request)
    if request.POST.get("do") == "differs":
        return do(
            request,
            privacy_request,
            lambda: services.note_not_the_same(
                privacy_request.pk, into.reference, officer=officer, version=seen
            ),
            _("Noted: it is another request than %(number)s.") % {"number": into.number},
        )
    try:
        services.merge(
            privacy_request.pk, into.reference, officer=officer, now=timezone.now(), version=seen
        )
    except RuleBroken as error:
        return _broken(request, privacy_request, error)
    tasks.soon(tasks.propose_matches, into.pk)
    messages.success(
        request, _("Joined: this is a message of %(number)s now.") % {"number": into.number}
    )
    return redirect("requests:show", reference=into.reference)


@needs(HANDLE)
@require_POST
def download(request: HttpRequest, reference: UUID, file: UUID) -> HttpResponse:
    """Give an officer a file of a request; that is noted."""
    privacy_request = visible_request(request, reference)
    found = get_object_or_404(Attachment, request=privacy_request, reference=file)
    actor = audit.actor_of(cast(User, request.user))
    if found.destroyed_at is not None:
        raise Http404
    return as_download(services.open_attachment(found, actor=actor))


@needs(HANDLE)
@require_POST
def destroy_copy(request: HttpRequest, reference: UUID, file: UUID) -> HttpResponse:
    """Destroy a copy of an identity document that somebody sent: we may not keep it."""
    privacy_request = visible_request(request, reference)
    found = get_object_or_404(Attachment, request=privacy_request, reference=file)
    officer = cast(User, request.user).pk
    try:
        services.destroy_copy(
            privacy_request.pk, found.reference, officer=officer, now=timezone.now()
        )
        messages.success(request, _("Destroyed: only that it came, and when, is kept."))
    except RuleBroken as error:
        messages.error(request, desk_pages.words_of(error))
    return redirect("requests:show", reference=reference)
