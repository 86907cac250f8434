"""Why a colleague looks: asked once a session for each person, and once for searching.

Kept in the session, by reference; what was said last is offered first.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from desk.people.forms import WhyForm
from subjects.constants import LookPurpose
from subjects.models import Involvement

LAST, BY_REFERENCE = "look_purpose", "look_purposes"
# A session that looks at more is asked again for whom it saw longest ago.
MOST = 200

View = Callable[..., HttpResponse]


def last(request: HttpRequest) -> LookPurpose | None:
    """Return what was said last in this session."""
    return _known(request.session.get(LAST))


def said(request: HttpRequest, reference: UUID) -> LookPurpose | None:
    """Return why this colleague looks at a person or dossier; None where nobody asked yet."""
    return _known(request.session.get(BY_REFERENCE, {}).get(str(reference)))


def keep(request: HttpRequest, purpose: LookPurpose, reference: UUID | None = None) -> None:
    """Keep for this session why a colleague looks, at somebody or in general."""
    request.session[LAST] = str(purpose)
    if reference is not None:
        kept = dict(request.session.get(BY_REFERENCE, {}))
        kept.pop(str(reference), None)
        kept[str(reference)] = str(purpose)
        request.session[BY_REFERENCE] = dict(list(kept.items())[-MOST:])


def _known(value: Any) -> LookPurpose | None:
    try:
        return LookPurpose(value or "")
    except ValueError:
        return None


def ask(request: HttpRequest, target: str, reference: UUID | None = None) -> HttpResponse:
    """Ask why a colleague looks, before anything is shown."""
    form = WhyForm(initial={"purpose": last(request)})
    context = {"form": form, "next": target, "about": reference}
    return render(request, "desk/people/why.html", context)


def for_searching(view: View) -> View:
    """Ask once a session why a colleague searches."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if last(request) is None:
            return ask(request, request.path)
        return view(request, *args, **kwargs)

    return asked


def about_person(view: View) -> View:
    """Ask once a session for each person why a colleague looks at them."""

    @wraps(view)
    def asked(request: HttpRequest, reference: UUID, **kwargs: Any) -> HttpResponse:
        if said(request, reference) is None:
            return ask(request, request.path, reference)
        return view(request, reference, **kwargs)

    return asked


def about_dossier(view: View) -> View:
    """Ask once a session for each dossier; what was said of a person in it holds for it too."""

    @wraps(view)
    def asked(request: HttpRequest, reference: UUID, **kwargs: Any) -> HttpResponse:
        if said(request, reference) is None and not _of_somebody_in_it(request, reference):
            # What is sent by a form would be lost on the way: begin at the page itself.
            back = request.path if request.method == "GET" else reverse_of(reference)
            return ask(request, back, reference)
        return view(request, reference, **kwargs)

    return asked


def reverse_of(dossier: UUID) -> str:
    return reverse("people:dossier", args=[dossier])


def _of_somebody_in_it(request: HttpRequest, dossier: UUID) -> bool:
    known = request.session.get(BY_REFERENCE, {})
    if not known:
        return False
    people = Involvement.objects.filter(
        dossier__reference=dossier, subject__reference__in=list(known)
    )
    found = people.values_list("subject__reference", flat=True).first()
    purpose = said(request, found) if found else None
    if purpose is None:
        return False
    keep(request, purpose, dossier)
    return True
