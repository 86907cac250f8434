"""The officer's page on which what is about somebody else is left out of an answer."""

from typing import cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from alektum_privacy.access import needs
from audit import services as audit
from requests.exceptions import RuleBroken
from requests.models import PrivacyRequest
from requests.officer import pages as desk_pages
from requests.officer.forms import Seen
from requests.officer.seeing import HANDLE, sees_aml, visible_request
from requests.redaction import redactions

WORDS, REASON = 2_000, 200


class RedactionForm(Seen):
    words = forms.CharField(
        label=_("The words to leave out"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=WORDS,
        strip=True,
        help_text=_("Copy them exactly as they stand in the answer. You then choose where."),
    )
    reason = forms.CharField(
        label=_("Why, for the person"),
        max_length=REASON,
        help_text=_("This stands in place of the words. Do not say who it is about."),
    )


@needs(HANDLE)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Find words in the answer, and leave them out where the officer says so."""
    privacy_request = visible_request(request, reference)
    filled = request.method == "POST"
    form = RedactionForm(request.POST) if filled else _empty(privacy_request)
    places: list[redactions.Place] = []
    if filled and form.is_valid():
        places = redactions.places_of(
            privacy_request, form.cleaned_data["words"], sees_aml=sees_aml(request)
        )
        if not places:
            form.add_error("words", _now("These words do not stand in the answer."))
        elif request.POST.get("do") == "mark" and _marked(request, privacy_request, form, places):
            return redirect("requests:redactions", reference=reference)
    with transaction.atomic():
        audit.append(
            "request.viewed",
            object=f"request:{privacy_request.reference}",
            actor=audit.actor_of(cast(User, request.user)),
        )
    context = {
        "privacy_request": privacy_request,
        "form": form,
        "places": places,
        "rows": redactions.rows_of(privacy_request, sees_aml=sees_aml(request)),
        "may_mark": desk_pages.may_decide(privacy_request),
    }
    status = 422 if filled and form.errors else 200
    return render(request, "requests/redactions.html", context, status=status)


def _empty(privacy_request: PrivacyRequest) -> RedactionForm:
    reason = {"nl": "dit gaat over iemand anders", "en": "this is about somebody else"}
    initial = {
        "version": privacy_request.version,
        "reason": reason.get(privacy_request.language, reason["nl"]),
    }
    return RedactionForm(initial=initial)


def _marked(
    request: HttpRequest,
    privacy_request: PrivacyRequest,
    form: RedactionForm,
    places: list[redactions.Place],
) -> bool:
    wanted = set(request.POST.getlist("place"))
    chosen = [place for place in places if place.key in wanted]
    if not chosen:
        form.add_error(None, _now("Choose at least one place."))
        return False
    try:
        number = redactions.mark(
            privacy_request.pk,
            chosen,
            words=form.cleaned_data["words"],
            reason=form.cleaned_data["reason"],
            officer=cast(User, request.user).pk,
            now=timezone.now(),
            version=form.cleaned_data["version"],
        )
    except RuleBroken as error:
        form.add_error(None, desk_pages.words_of(error))
        return False
    messages.success(request, _now("Left out of %(number)s places.") % {"number": number})
    return True


@needs(HANDLE)
@require_POST
def undo(request: HttpRequest, reference: UUID, redaction: UUID) -> HttpResponse:
    """Give a piece whole again."""
    privacy_request = visible_request(request, reference)
    try:
        redactions.unmark(privacy_request.pk, redaction, officer=cast(User, request.user).pk)
        messages.success(request, _now("This piece is given whole again."))
    except RuleBroken as error:
        messages.error(request, desk_pages.words_of(error))
    return redirect("requests:redactions", reference=reference)
