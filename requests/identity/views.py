"""The officer's way to know who asks: the ladder, letters with a code, representatives."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alektum_privacy.access import needs
from policy import services as policy
from requests import services, tasks
from requests.exceptions import ChangedMeanwhile, OwnFile, RuleBroken
from requests.identity import pages as identity_pages
from requests.identity.code_letter import render_code_letter
from requests.identity.forms import MandateForm, PostForm, ProofForm, WithoutDataForm
from requests.identity.models import PostedCode
from requests.models import PrivacyRequest
from requests.officer import pages as desk_pages
from requests.officer.deeds import deed_page, with_version
from requests.officer.one_request import (
    CONFLICT,
    UNPROCESSABLE,
    do,
    officer_of,
    request_page,
    who_changed,
)
from requests.officer.seeing import HANDLE, sees_aml, visible_request

# --- proofs --------------------------------------------------------------------------------


@needs(HANDLE)
@require_POST
def confirm_identity(request: HttpRequest, reference: UUID, way: str) -> HttpResponse:
    """Note by what it is known who asks, and whom that proves."""
    privacy_request = visible_request(request, reference)
    people = identity_pages.people_of(privacy_request, sees_aml=sees_aml(request))
    seen = {"version": privacy_request.version}
    papers = identity_pages.papers_of(privacy_request)
    forms = identity_pages.forms_for(people, papers, initial=seen)
    if way not in forms:
        raise Http404
    form = forms[way] = identity_pages.forms_for(people, papers, request.POST)[way]
    if not form.is_valid():
        return request_page(request, privacy_request, status=UNPROCESSABLE, proof_forms=forms)
    try:
        services.confirm_identity(
            privacy_request.pk,
            identity_pages.method_of(form),
            officer=officer_of(request).pk,
            now=timezone.now(),
            version=form.cleaned_data["version"],
            **form.proof(),
        )
    except RuleBroken as error:
        return _again(request, privacy_request, form, error, proof_forms=forms)
    messages.success(request, _("Noted: it is known who asks."))
    return redirect("requests:show", reference=privacy_request.reference)


def _again(
    request: HttpRequest,
    privacy_request: PrivacyRequest,
    form: ProofForm | PostForm,
    error: RuleBroken,
    **forms: Any,
) -> HttpResponse:
    """Show the page of the request again: why it could not be done, and all that was typed."""
    privacy_request.refresh_from_db()
    changed = isinstance(error, ChangedMeanwhile)
    form.data = with_version(form, privacy_request)
    words = who_changed(request, privacy_request) if changed else desk_pages.words_of(error)
    messages.error(request, words)
    status = CONFLICT if changed else UNPROCESSABLE
    return request_page(request, privacy_request, status=status, **forms)


# --- a code by post ------------------------------------------------------------------------


@needs(HANDLE)
@require_POST
def post_code(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Make a letter with a code to the address on file; it waits among the letters to print."""
    privacy_request = visible_request(request, reference)
    people = identity_pages.people_of(privacy_request, sees_aml=sees_aml(request))
    form = PostForm(request.POST, addresses=identity_pages.addresses_of(people))
    if not form.is_valid():
        return request_page(request, privacy_request, status=UNPROCESSABLE, post_form=form)
    try:
        _code, mail_id = services.make_posted_code(
            privacy_request.pk,
            UUID(form.cleaned_data["involvement"]),
            reasons=form.cleaned_data["reasons"],
            without_undue_delay=form.cleaned_data["without_undue_delay"],
            officer=officer_of(request).pk,
            now=timezone.now(),
            version=form.cleaned_data["version"],
        )
    except RuleBroken as error:
        return _again(request, privacy_request, form, error, post_form=form)
    if mail_id is not None:
        tasks.soon(tasks.send_mail, mail_id)
    messages.success(request, _("The letter waits to be printed and posted."))
    return redirect("requests:letters")


@needs(HANDLE)
@require_GET
def letters(request: HttpRequest) -> HttpResponse:
    """Show the letters that are to be printed and posted."""
    return render(request, "requests/letters.html", {"codes": services.codes_to_post()})


@needs(HANDLE)
@require_POST
def print_letter(request: HttpRequest, code: UUID) -> HttpResponse:
    """Give the letter as a file to print; each time is noted."""
    posted = _letter(request, code)
    try:
        posted, letter = services.open_letter(
            posted.reference, officer=officer_of(request).pk, now=timezone.now()
        )
    except RuleBroken as error:
        messages.error(request, desk_pages.words_of(error))
        return redirect("requests:letters")
    content = render_code_letter(
        letter,
        number=posted.request.number,
        language=posted.request.language,
        made_on=timezone.localdate(posted.made_at),
        expires_on=timezone.localdate(posted.expires_at),
    )
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{posted.request.number}-code.pdf"',
            "Cache-Control": "no-store",
        },
    )


@needs(HANDLE)
@require_POST
def note_posted(request: HttpRequest, code: UUID) -> HttpResponse:
    """Note that the letter is in the post; its code can no longer be read here."""
    posted = _letter(request, code)
    try:
        services.note_posted(posted.reference, officer=officer_of(request).pk, now=timezone.now())
        messages.success(request, _("Noted: the letter is in the post."))
    except OwnFile as error:
        messages.error(request, desk_pages.words_of(error))
    except RuleBroken:
        messages.error(request, _("Print the letter first."))
    return redirect("requests:letters")


def _letter(request: HttpRequest, code: UUID) -> PostedCode:
    visible = PrivacyRequest.objects.visible_to(request.user)
    return get_object_or_404(PostedCode, reference=code, request__in=visible)


# --- representatives -----------------------------------------------------------------------


@needs(HANDLE)
@require_http_methods(["GET", "POST"])
def mandate(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Note that a representative may ask for the person, and what showed it."""
    privacy_request = visible_request(request, reference)
    people = identity_pages.people_of(privacy_request, sees_aml=sees_aml(request))
    language = (get_language() or "nl")[:2]
    given = services.body_of(privacy_request).get("representative") or {}
    form = MandateForm(
        request.POST or None,
        people=[(str(one.match), one.name) for one in people],
        purposes=[
            (purpose.code, f"{purpose.code} · {purpose.name.text(language)}")
            for purpose in policy.current().purposes.values()
        ],
        initial={"version": privacy_request.version} | given,
    )

    def do(form: MandateForm) -> None:
        services.note_mandate(
            privacy_request.pk,
            int(form.cleaned_data["match"]),
            officer=officer_of(request).pk,
            now=timezone.now(),
            **form.mandate(),
        )

    return deed_page(
        request,
        privacy_request,
        form,
        do=do,
        title=_("Note a representative"),
        lead=[
            _("Who asks for another gets what their authority covers, and only until it ends."),
            _("An heir is no representative: the law on privacy knows no rights of the dead."),
        ],
        warnings=[] if people else [_("First confirm who is meant: nobody is proposed yet.")],
        button=_("Note it"),
        done=_("Noted: the representative may ask for this person."),
    )


@needs(HANDLE)
@require_POST
def use_mandate(request: HttpRequest, reference: UUID, mandate: UUID) -> HttpResponse:
    """Let the request rest on a mandate that was noted for another request."""
    privacy_request = visible_request(request, reference)
    return do(
        request,
        privacy_request,
        lambda: services.use_mandate(
            privacy_request.pk, mandate, officer=officer_of(request).pk, now=timezone.now()
        ),
        _("Noted: the representative may ask for this person."),
    )


# --- an answer that opens nothing ----------------------------------------------------------


@needs(HANDLE)
@require_http_methods(["GET", "POST"])
def without_data(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Decide that the answer opens no data, and why; a second person approves where it refuses."""
    privacy_request = visible_request(request, reference)
    form = WithoutDataForm(request.POST or None, initial={"version": privacy_request.version})

    def do(form: WithoutDataForm) -> None:
        services.decide_without_data(
            privacy_request.pk,
            form.chosen(),
            text=form.cleaned_data["text"],
            officer=officer_of(request).pk,
            now=timezone.now(),
            version=form.cleaned_data["version"],
        )

    return deed_page(
        request,
        privacy_request,
        form,
        do=do,
        title=_("Answer without data"),
        lead=[
            _("For when nobody was found, nobody can be told apart, or it is not proven who asks."),
            _("Ask first, where asking may help: the person may always give more."),
        ],
        button=_("Decide this"),
        done=_("Decided. A colleague can approve it now."),
    )
