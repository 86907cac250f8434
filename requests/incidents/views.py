"""The breach register at the desk: what runs, what is lacking, and the way to each step."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_POST

from alektum_privacy.access import needs
from audit import services as audit
from requests.exceptions import ChangedMeanwhile, RuleBroken, SecondPersonNeeded
from requests.incidents import services
from requests.incidents.constants import Kind, Risk
from requests.incidents.forms import (
    AssessForm,
    AuthorityForm,
    DescribeForm,
    OpenForm,
    PeopleForm,
)
from requests.incidents.models import Incident
from requests.models import PrivacyRequest
from requests.officer.timeline import Happened, colleagues_in, happened
from requests.queue.reading import names_of

PAGE = 50
VIEW, CHANGE = "requests.view_incident", "requests.change_incident"
LACKS: dict[str, Promise] = {
    "happened": _lazy("what happened"),
    "effects": _lazy("which effects it may have"),
    "measures": _lazy("what was done about it"),
    "risk": _lazy("how great the risk is"),
    "authority": _lazy("telling the authority (GDPR Article 33)"),
    "people": _lazy("telling the people (GDPR Article 34)"),
}


def _officer(request: HttpRequest) -> int:
    return cast(User, request.user).pk


@needs(VIEW)
@require_GET
def register(request: HttpRequest) -> HttpResponse:
    """Show breaches: open ones by when the authority must know, or closed ones, newest first."""
    closed = request.GET.get("show") == "closed"
    found = (
        Incident.objects.exclude(closed_at=None)
        if closed
        else Incident.objects.filter(closed_at=None)
    )
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) <= 18:
        found = found.filter(pk__lt=int(before))
    rows = list(found.defer("sealed_account").order_by("-pk")[: PAGE + 1])
    more = f"&before={rows[PAGE - 1].pk}" if len(rows) > PAGE else ""
    context = {
        "rows": [(one, hours_left(one, timezone.now())) for one in rows[:PAGE]],
        "closed": closed,
        "next_page": f"?show={'closed' if closed else 'open'}{more}" if more else "",
    }
    return render(request, "incidents/register.html", context)


def hours_left(incident: Incident, now: datetime) -> int | None:
    """Return the hours until the authority must know, below 0 when late; None when no longer."""
    if incident.closed_at or incident.authority_told_at or incident.risk == Risk.UNLIKELY:
        return None
    return int((incident.tell_by - now).total_seconds() // 3600)


@needs("requests.add_incident")
def new(request: HttpRequest) -> HttpResponse:
    """Write a breach into the register; `request` names the request whose message went astray."""
    about = _astray(request)
    first = {"aware_at": timezone.localtime().replace(second=0, microsecond=0), "people": 1}
    first |= {"kind": Kind.WRONG_PERSON} if about else {}
    form = OpenForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        breach = services.Breach(
            kind=Kind(data["kind"]),
            aware_at=data["aware_at"],
            happened_at=data["happened_at"],
            people=data["people"],
            happened=data["happened"],
            request_reference=about.reference if about else None,
        )
        incident = services.open_incident(breach, officer=_officer(request))
        messages.success(request, _("The breach is in the register."))
        return redirect(incident)
    status = 422 if form.is_bound else 200
    return render(request, "incidents/new.html", {"form": form, "about": about}, status=status)


def _astray(request: HttpRequest) -> PrivacyRequest | None:
    """Return the request that the address names, if this colleague may see it."""
    try:
        reference = UUID(request.GET.get("request", ""))
    except ValueError:
        return None
    return PrivacyRequest.objects.visible_to(request.user).filter(reference=reference).first()


@needs(VIEW)
@require_GET
def show(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show a breach: its clock, what is known, what is lacking. The look is noted."""
    return _page(request, _found(reference))


def _found(reference: UUID) -> Incident:
    return get_object_or_404(Incident, reference=reference)


def _happened(incident: Incident) -> list[Happened]:
    entries = audit.newest(object=f"incident:{incident.reference}")[:PAGE]
    bodies = [entry.body for entry in entries]
    return happened(bodies, names_of(colleagues_in(bodies)))


def _page(
    request: HttpRequest, incident: Incident, *, status: int = 200, **filled: Any
) -> HttpResponse:
    account, seen = services.account_of(incident), {"version": incident.version}
    visible = PrivacyRequest.objects.visible_to(request.user)
    about = (
        incident.request_reference and visible.filter(reference=incident.request_reference).first()
    )
    context = {
        "incident": incident,
        "hours_left": hours_left(incident, timezone.now()),
        "account": account,
        "lacks": [LACKS[code] for code in services.lacking(incident)],
        "about": about,
        "happened": _happened(incident),
        "describe_form": DescribeForm(initial=seen | account),
        "assess_form": AssessForm(
            initial=seen | {"risk": incident.risk, "why": account["effects"]}
        ),
        "authority_form": AuthorityForm(initial=seen),
        "people_form": PeopleForm(initial=seen),
        "trail": [(_("Data breaches"), reverse("incidents:register"))],
    }
    with transaction.atomic():
        audit.append(
            "incident.viewed",
            object=f"incident:{incident.reference}",
            actor=f"user:{_officer(request)}",
        )
    return render(request, "incidents/incident.html", context | filled, status=status)


Step = Callable[[int, dict[str, Any], int], Incident]


def _describe(pk: int, data: dict[str, Any], officer: int) -> Incident:
    texts = {name: data[name] for name in ("happened", "measures")}
    return services.describe(pk, texts, officer=officer, version=data["version"])


def _assess(pk: int, data: dict[str, Any], officer: int) -> Incident:
    return services.assess(
        pk, Risk(data["risk"]), why=data["why"], officer=officer, version=data["version"]
    )


def _tell_authority(pk: int, data: dict[str, Any], officer: int) -> Incident:
    return services.tell_authority(
        pk,
        told_at=data["told_at"],
        why_late=data["why_late"],
        officer=officer,
        version=data["version"],
    )


def _tell_people(pk: int, data: dict[str, Any], officer: int) -> Incident:
    return services.tell_people(
        pk,
        told_at=data["told_at"],
        ground=data["ground"],
        why_not_told=data["why_not_told"],
        officer=officer,
        version=data["version"],
    )


STEPS: dict[str, tuple[type[Any], str, Step]] = {
    "describe": (DescribeForm, "describe_form", _describe),
    "assess": (AssessForm, "assess_form", _assess),
    "authority": (AuthorityForm, "authority_form", _tell_authority),
    "people": (PeopleForm, "people_form", _tell_people),
}


@needs(CHANGE)
@require_POST
def step(request: HttpRequest, reference: UUID, name: str) -> HttpResponse:
    """Take one of the steps; what goes wrong shows the page again with what was typed."""
    incident = _found(reference)
    form_class, where, work = STEPS[name]
    form = form_class(request.POST)
    if not form.is_valid():
        return _page(request, incident, status=422, **{where: form})
    try:
        work(incident.pk, form.cleaned_data, _officer(request))
    except RuleBroken as error:
        return _broken(request, incident, error, **{where: form})
    messages.success(request, _("Saved."))
    return redirect(incident)


@needs(CHANGE)
@require_POST
def close(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Close a breach that lacks nothing."""
    incident = _found(reference)
    version = request.POST.get("version", "")
    try:
        services.close(
            incident.pk,
            officer=_officer(request),
            now=timezone.now(),
            version=int(version) if version.isdecimal() and len(version) < 9 else 0,
        )
    except RuleBroken as error:
        return _broken(request, incident, error)
    messages.success(request, _("Closed. The file of this breach goes 60 months from now."))
    return redirect(incident)


def _broken(
    request: HttpRequest, incident: Incident, error: RuleBroken, **filled: Any
) -> HttpResponse:
    incident.refresh_from_db()
    changed = isinstance(error, ChangedMeanwhile)
    if changed:
        words = _(
            "Somebody changed this breach after you opened it. Nothing you typed is lost: look"
            " what changed, and send it again."
        )
    elif isinstance(error, SecondPersonNeeded):
        words = _("You judged that nobody need be told: another colleague closes it.")
    else:
        words = _("That is not possible yet: %(why)s.") % {"why": _(str(error))}
    messages.error(request, words)
    if changed:
        for form in filled.values():
            form.data = form.data.copy()
            form.data["version"] = incident.version
    return _page(request, incident, status=409 if changed else 422, **filled)
