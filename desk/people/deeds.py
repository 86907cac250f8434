"""Pages on which a colleague records what happened with a person's data, or restricts them.

Each begins as the dossier's own page does: the purpose of the look is known, the look is
logged, and one's own file is refused.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alektum_privacy.access import needs
from desk.people import purposes, reading
from desk.people.deed_forms import ContactForm, DisclosureForm, LiftForm, RestrictForm
from desk.people.views import _actor, _open, _refuse_own_file, _render, _why
from requests import services as request_services
from subjects import services
from subjects.constants import Direction, RestrictionGround
from subjects.exceptions import (
    AlreadyRestricted,
    NotInStatement,
    PersonNotInformed,
    Restricted,
    TransferRefused,
    UseEnded,
)
from subjects.models import Dossier, Involvement, RestrictionMark

# What a service refuses, in the words for whoever asked.
REFUSED: dict[type[Exception], Promise] = {
    AlreadyRestricted: gettext_lazy("It is restricted on this ground already."),
    PersonNotInformed: gettext_lazy(
        "The person is told on a day since the restriction began, and not after today."
    ),
    TransferRefused: gettext_lazy(
        "Outside Europe data may go only where one of these makes it lawful."
    ),
    Restricted: gettext_lazy(
        "These data are restricted: they may be used only for a legal claim. Tick that if it is so."
    ),
    UseEnded: gettext_lazy("These data may not be used any more: the person ended it."),
    NotInStatement: gettext_lazy("The statement does not know this any more: choose again."),
}
RULES: tuple[type[Exception], ...] = tuple(REFUSED)
Deed = Callable[[dict[str, Any]], object]


def _who(
    request: HttpRequest, reference: UUID, involvement: UUID
) -> tuple[Dossier, Involvement, str]:
    """Return a dossier, a person in it and how they are called; log the look."""
    found, _parts, sight = _open(request, reference)
    rows = Involvement.objects.filter(dossier=found, reference=involvement)
    row = get_object_or_404(rows)
    [part] = reading.page_of(rows, 0, sight.statement.rules)
    _refuse_own_file(request, [part.identity])
    return found, row, part.name


def _answer(
    request: HttpRequest,
    form: forms.Form,
    deed: Deed,
    *,
    about: tuple[Dossier, str],
    title: str,
    button: str,
    done: str,
) -> HttpResponse:
    """Show a form; do what it asks when it is sent and right, and go back to the dossier."""
    dossier, name = about
    back = reverse("people:dossier", args=[dossier.reference])
    if request.method == "POST" and form.is_valid():
        try:
            deed(form.cleaned_data)
        except RULES as error:
            form.add_error(None, str(REFUSED[type(error)]))
        except (Involvement.DoesNotExist, RestrictionMark.DoesNotExist):
            form.add_error(None, _("This was erased meanwhile."))
        else:
            messages.success(request, done)
            return redirect(back)
    context = {
        "form": form,
        "title": title,
        "button": button,
        "name": name,
        "about": dossier.reference,
        "trail": [(_("People"), reverse("people:search")), (str(dossier.purpose), back)],
    }
    status = 422 if request.method == "POST" else 200
    purpose = _why(request, dossier.reference)
    return _render(request, "deed", context, purpose, status=status)


def _typed(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


@needs("subjects.add_restrictionmark")
@purposes.about_dossier
def restrict(request: HttpRequest, reference: UUID, involvement: UUID) -> HttpResponse:
    """Restrict what is held of a person in a dossier."""
    dossier, row, name = _who(request, reference, involvement)

    def deed(typed: dict[str, Any]) -> None:
        services.place_restriction(
            row.pk,
            RestrictionGround(typed["ground"]),
            today=timezone.localdate(),
            actor=_actor(request),
        )

    return _answer(
        request,
        RestrictForm(_typed(request)),
        deed,
        about=(dossier, name),
        title=_("Restrict"),
        button=_("Restrict these data"),
        done=_("Restricted: not used, shared or destroyed until it is lifted."),
    )


@needs("subjects.change_restrictionmark")
@purposes.about_dossier
def lift(request: HttpRequest, reference: UUID, involvement: UUID, mark: int) -> HttpResponse:
    """Lift a restriction, once the person knows."""
    dossier, row, name = _who(request, reference, involvement)
    found = get_object_or_404(RestrictionMark, pk=mark, involvement=row, lifted_on=None)

    def deed(typed: dict[str, Any]) -> None:
        with transaction.atomic():
            services.lift_restriction(
                found.pk,
                informed_on=typed["informed_on"],
                today=timezone.localdate(),
                actor=_actor(request),
            )
            # Requests that show this pause show that it ended.
            request_services.pause_ended(found.pk, now=timezone.now())

    return _answer(
        request,
        LiftForm(_typed(request)),
        deed,
        about=(dossier, name),
        title=_("Lift a restriction"),
        button=_("Lift it"),
        done=_("Lifted. What is due by now goes today."),
    )


@needs("subjects.add_disclosure")
@purposes.about_dossier
def disclose(request: HttpRequest, reference: UUID, involvement: UUID) -> HttpResponse:
    """Record that somebody received data of a person."""
    dossier, row, name = _who(request, reference, involvement)

    def deed(typed: dict[str, Any]) -> None:
        services.record_disclosure(
            row.pk,
            typed["recipient"],
            purpose=typed["purpose"],
            data_categories=typed["data_categories"],
            disclosed_on=typed["disclosed_on"],
            reason=typed["reason"],
            actor=_actor(request),
            country=typed["country"],
            mechanism=typed["mechanism"],
            for_claim=typed["for_claim"],
        )

    return _answer(
        request,
        DisclosureForm(_typed(request), dossier=dossier),
        deed,
        about=(dossier, name),
        title=_("Record who received data"),
        button=_("Record it"),
        done=_("Recorded."),
    )


@needs("subjects.add_contactevent")
@purposes.about_dossier
def contact(request: HttpRequest, reference: UUID, involvement: UUID) -> HttpResponse:
    """Note a letter, call or message."""
    dossier, row, name = _who(request, reference, involvement)

    def deed(typed: dict[str, Any]) -> None:
        services.record_contact(
            row.pk,
            Direction(typed["direction"]),
            channel=typed["channel"],
            happened_at=typed["happened_at"],
            note=typed["note"],
            actor=_actor(request),
            for_claim=typed["for_claim"],
        )

    return _answer(
        request,
        ContactForm(_typed(request)),
        deed,
        about=(dossier, name),
        title=_("Note a letter, call or message"),
        button=_("Note it"),
        done=_("Noted."),
    )
