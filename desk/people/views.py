"""Finding a person, and what we hold of them: every look is logged with its purpose.

What is typed comes by POST, so that nobody's name or number stands in an address. A page is
logged before it is made, in a transaction of its own.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alektum_privacy.access import needs
from audit.services import actor_of
from desk.people import reading, words
from desk.people.forms import PersonForm, WhyForm
from retention.models import HeldDossier
from subjects import services
from subjects.constants import LookPurpose
from subjects.held import HeldInvolvement
from subjects.looking import REVEALED
from subjects.models import ContactEvent, Disclosure, Dossier, Involvement, Subject
from subjects.own_file import is_own_file

WHY = "look_purpose"
SHOWN = 50

View = Callable[..., HttpResponse]


def _purpose(request: HttpRequest) -> LookPurpose | None:
    try:
        return LookPurpose(request.session.get(WHY, ""))
    except ValueError:
        return None


def with_purpose(view: View) -> View:
    """Ask once a session why a colleague looks, before anything is shown."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if _purpose(request) is None:
            form = WhyForm()
            context = {"form": form, "next": request.path}
            return render(request, "desk/people/why.html", context)
        return view(request, *args, **kwargs)

    return asked


@needs("subjects.view_subject")
@require_POST
def why(request: HttpRequest) -> HttpResponse:
    """Keep for this session why a colleague looks, and go where they were going."""
    form, target = WhyForm(request.POST), request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}):
        target = reverse("people:search")
    if not form.is_valid():
        context = {"form": form, "next": target}
        return render(request, "desk/people/why.html", context, status=422)
    request.session[WHY] = form.cleaned_data["purpose"]
    return redirect(target)


@needs("subjects.view_subject")
@with_purpose
def search(request: HttpRequest) -> HttpResponse:
    """Find people by what is typed, and show for each why they may be meant."""
    if request.method != "POST":
        return _render(request, "search", {"form": PersonForm()})
    form = PersonForm(request.POST)
    context: dict[str, Any] = {"form": form}
    if not form.is_valid():
        return _render(request, "search", context, status=422)
    # Whom only a money-laundering check knows, nobody is to find who may not see those.
    hidden = None if _sees_aml(request) else reading.in_money_laundering_checks
    found = services.search_for(_actor(request), _why(request), form.person(), hidden=hidden)
    context["found"] = [
        {
            "match": match,
            "name": reading.name_of(match.identity),
            "city": _city(match.identity),
            "address": reverse("people:person", args=[match.reference]),
        }
        for match in found.matches
    ]
    context["more"], context["asked"] = found.more, True
    return _render(request, "search", context)


@needs("subjects.view_subject")
@require_GET
@with_purpose
def person(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show in which dossiers a person stands, when each goes, and who looked."""
    subject = get_object_or_404(Subject, reference=reference)
    parts = reading.page_of(
        Involvement.objects.filter(subject=subject),
        _key(request, "after"),
        sees_aml=_sees_aml(request),
    )
    _refuse_own_file(request, [part.identity for part in parts])
    services.note_look([reference], actor=_actor(request), purpose=_why(request))
    shown = parts[: reading.PAGE]
    looks = services.looks_at(reference, before=_key(request, "looked") or None, limit=SHOWN + 1)
    names = reading.names_of_actors([look.actor for look in looks])
    context = {
        "subject": subject,
        "name": shown[0].name if shown else _("Nobody any more"),
        "birth_date": _birth_date(shown),
        "parts": shown,
        "next_page": _next(parts, shown),
        "looks": [
            (look, LookPurpose(look.purpose).label, names[look.actor], words.EVENTS[look.event])
            for look in looks[:SHOWN]
        ],
        "restricted": any(part.restrictions for part in shown),
        "older_looks": f"?looked={looks[SHOWN - 1].entry_id}#looks" if len(looks) > SHOWN else "",
        "trail": [(_("People"), reverse("people:search"))],
        "today": timezone.localdate(),
        "sees_dossiers": request.user.has_perm("subjects.view_dossier"),
    }
    return _render(request, "person", context)


@needs("subjects.view_dossier")
@require_GET
@with_purpose
def dossier(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show a dossier: its dates, when it goes and why, who is in it, and who received what."""
    found, parts = _open(request, reference)
    return _render(request, "dossier", _about(request, found, parts))


@needs("subjects.view_record")
@require_POST
@with_purpose
def held(request: HttpRequest, reference: UUID, involvement: UUID) -> HttpResponse:
    """Reveal what is held of one person in a dossier, as far as the colleague's role goes."""
    found, parts = _open(request, reference)
    row = get_object_or_404(
        Involvement.objects.select_related("subject"), reference=involvement, dossier=found
    )
    everything = services.person_view(involvement_ids=[row.pk])[0]
    _refuse_own_file(request, [everything.identity])
    services.note_look(
        [row.subject.reference],
        actor=_actor(request),
        purpose=_why(request),
        event=REVEALED,
        dossier=str(reference),
    )
    revealed = _revealed(request, everything)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "desk/people/_held.html", revealed)
    context = _about(request, found, parts) | revealed | {"revealed": row.pk}
    return _render(request, "dossier", context)


@needs("subjects.view_dossier")
@require_GET
def not_told(request: HttpRequest) -> HttpResponse:
    """List debtors whom nobody told within a month that we hold their data. No names."""
    late = services.without_first_contact_notice(
        timezone.localdate(), after=_key(request, "after"), limit=SHOWN + 1
    )
    context = {
        "late": late[:SHOWN],
        "next_page": f"?after={late[SHOWN - 1].involvement_id}" if len(late) > SHOWN else "",
        "trail": [(_("People"), reverse("people:search"))],
    }
    return render(request, "desk/people/not_told.html", context)


# --- what the pages have in common ------------------------------------------------------------


def _render(
    request: HttpRequest, page: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    context |= {"purpose": _purpose(request), "purposes": LookPurpose.choices}
    return render(request, f"desk/people/{page}.html", context, status=status)


def _actor(request: HttpRequest) -> str:
    return actor_of(request.user)  # type: ignore[arg-type]


def _why(request: HttpRequest) -> LookPurpose:
    return LookPurpose(request.session[WHY])


def _sees_aml(request: HttpRequest) -> bool:
    return request.user.has_perm("subjects.view_aml_record")


def _key(request: HttpRequest, name: str) -> int:
    """Return a paging key of the address, 0 for none or nonsense."""
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 19 else 0


def _next(parts: list[reading.Part], shown: list[reading.Part]) -> str:
    return f"?after={shown[-1].involvement.pk}" if len(parts) > len(shown) else ""


def _city(identity: dict[str, Any]) -> str:
    return next((address.get("city") or "" for address in identity.get("addresses") or ()), "")


def _birth_date(parts: list[reading.Part]) -> str:
    known = (part.identity.get("birth_date") for part in parts if part.identity)
    return next((born for born in known if born), "")


def _refuse_own_file(request: HttpRequest, identities: list[Any]) -> None:
    if any(is_own_file(request.user, identity) for identity in identities):
        raise PermissionDenied(_("This may be your own file: ask a colleague."))


def _open(request: HttpRequest, reference: UUID) -> tuple[Dossier, list[reading.Part]]:
    """Return a dossier and the people in it whom this page shows; log the look at each."""
    found = get_object_or_404(
        Dossier.objects.select_related("purpose", "client"), reference=reference
    )
    if found.purpose_id == reading.MONEY_LAUNDERING and not _sees_aml(request):
        raise PermissionDenied
    after = _key(request, "after")
    parts = reading.page_of(
        Involvement.objects.filter(dossier=found),
        after,
        sees_aml=_sees_aml(request),
    )
    if after and not parts:
        raise Http404
    first = reading.page_of(Involvement.objects.filter(dossier=found), 0, sees_aml=True)
    _refuse_own_file(request, [part.identity for part in [*first, *parts]])
    services.note_look(
        [part.involvement.subject.reference for part in parts[: reading.PAGE]],
        actor=_actor(request),
        purpose=_why(request),
        dossier=str(reference),
    )
    return found, parts


def _about(request: HttpRequest, found: Dossier, parts: list[reading.Part]) -> dict[str, Any]:
    shown, sees_aml = parts[: reading.PAGE], _sees_aml(request)
    disclosures = Disclosure.objects.filter(involvement__dossier=found).select_related(
        "recipient__organisation", "recipient__category"
    )
    contacts = ContactEvent.objects.filter(involvement__dossier=found)
    holds = HeldDossier.objects.filter(dossier=found).select_related("hold")
    return {
        "dossier": found,
        "anchors": reading.anchors_shown(found, sees_aml=sees_aml),
        "missing": words.ANCHORS.get(found.missing_anchor, found.missing_anchor),
        "why": reading.why_of(found, sees_aml=sees_aml),
        "parts": shown,
        "next_page": _next(parts, shown),
        "disclosures": disclosures.defer("sealed_reason").order_by("-disclosed_on", "-pk")[:SHOWN],
        "contacts": contacts.defer("sealed_note").order_by("-happened_at", "-pk")[:SHOWN],
        "holds": holds.order_by("-pk")[:SHOWN],
        "history": reading.history(found),
        "shown": SHOWN,
        "trail": [(_("People"), reverse("people:search"))],
        "today": timezone.localdate(),
        "may_reveal": request.user.has_perm("subjects.view_record"),
    }


def _revealed(request: HttpRequest, everything: HeldInvolvement) -> dict[str, Any]:
    sees_special = request.user.has_perm("subjects.view_special_record")
    records = [one for one in everything.records if sees_special or not one.is_special]
    return {
        "held": everything,
        "records": records[: 4 * SHOWN],
        "more_records": len(records) > 4 * SHOWN,
        "hidden": len(everything.records) - len(records),
        "words": reading.words_of_statement(),
    }
