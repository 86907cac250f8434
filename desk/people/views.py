"""Finding a person, and what we hold of them: every look is logged with its purpose.

What is typed comes by POST, so that nobody's name or number stands in an address. A page is
logged before it is made, in a transaction of its own.
"""

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
from desk.people import beside, lists, purposes, reading, revealing, words
from desk.people.forms import WhyForm
from desk.people.sight import Sight
from subjects import services
from subjects.constants import LookPurpose
from subjects.looking import REVEALED
from subjects.models import Dossier, Involvement
from subjects.own_file import is_own_file
from subjects.person_form import PersonForm
from subjects.unseen import AML, in_checks, sees_aml

SHOWN = 50


@needs("subjects.view_subject")
@require_POST
def why(request: HttpRequest) -> HttpResponse:
    """Keep for this session why a colleague looks, and go where they were going."""
    form, target = WhyForm(request.POST), request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}):
        target = reverse("people:search")
    about = _reference(request.POST.get("about", ""))
    if not form.is_valid():
        context = {"form": form, "next": target, "about": about}
        return render(request, "desk/people/why.html", context, status=422)
    purposes.keep(request, LookPurpose(form.cleaned_data["purpose"]), about)
    return redirect(target)


def _reference(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@needs("subjects.view_subject")
@purposes.for_searching
def search(request: HttpRequest) -> HttpResponse:
    """Find people by what is typed, and show for each why they may be meant."""
    purpose = purposes.last(request)
    if request.method != "POST":
        return _render(request, "search", {"form": PersonForm()}, purpose)
    form = PersonForm(request.POST)
    context: dict[str, Any] = {"form": form}
    if not form.is_valid() or purpose is None:
        return _render(request, "search", context, purpose, status=422)
    # Whom only a money-laundering check knows, nobody is to find who may not see those.
    hidden = None if sees_aml(request.user) else in_checks
    found = services.search_for(_actor(request), purpose, form.person(), hidden=hidden)
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
    return _render(request, "search", context, purpose)


@needs("subjects.view_subject")
@require_GET
@purposes.about_person
def person(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show in which dossiers a person stands, when each goes, and who looked."""
    sight = Sight.of(request)
    involvements = reading.seen(Involvement.objects.filter(subject__reference=reference), sight)
    parts = reading.page_of(involvements, _key(request, "after"), sight.statement.rules)
    if not parts:
        # Whoever stands in nothing that this colleague may see is nobody to them.
        raise Http404
    _refuse_own_file(request, [part.identity for part in parts])
    purpose = _why(request, reference)
    services.note_look([reference], actor=_actor(request), purpose=purpose)
    shown = parts[: reading.PAGE]
    context = {
        "name": shown[0].name,
        "birth_date": _birth_date(shown),
        "parts": shown,
        "next_page": _next(parts, shown),
        "lists": lists.lists_of(request, shown, sight),
        "holds": beside.holds_of([part.involvement.dossier_id for part in shown]),
        "requests": beside.requests_of(request, reference),
        "looks": beside.looks_of(
            request, reference, sight, seen=shown, before=_key(request, "looked")
        ),
        "words": reading.words_of(sight.statement),
        "channels": words.CHANNELS,
        "hidden": sight.hidden,
        "restricted": any(part.restrictions for part in shown),
        "trail": [(_("People"), reverse("people:search"))],
        "today": timezone.localdate(),
        "sees_dossiers": request.user.has_perm("subjects.view_dossier"),
        "about": reference,
    }
    return _render(request, "person", context, purpose)


@needs("subjects.view_dossier")
@require_GET
@purposes.about_dossier
def dossier(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show a dossier: its dates, when it goes and why, who is in it, and who received what."""
    found, parts, sight = _open(request, reference)
    context = _about(request, found, parts, sight)
    return _render(request, "dossier", context, _why(request, reference))


@needs("subjects.view_record")
@require_POST
@purposes.about_dossier
def held(request: HttpRequest, reference: UUID, involvement: UUID) -> HttpResponse:
    """Reveal one group of what is held of a person in a dossier, as far as a role goes."""
    asked = revealing.asked_for(request.POST.get("group", ""))
    if asked is None:
        raise Http404
    found, parts, sight = _open(request, reference)
    row = get_object_or_404(
        Involvement.objects.select_related("subject"), reference=involvement, dossier=found
    )
    group, code = asked
    [part] = reading.page_of(Involvement.objects.filter(pk=row.pk), 0, sight.statement.rules)
    _refuse_own_file(request, [part.identity])
    services.note_look(
        [row.subject.reference],
        actor=_actor(request),
        purpose=_why(request, reference),
        event=REVEALED,
        dossier=str(reference),
        group=group,
        data=code,
    )
    revealed = revealing.reveal(row, group, code, after=_posted_key(request), sight=sight)
    context = {
        "revealed": revealed,
        "part": part,
        "dossier": found,
        "words": reading.words_of(sight.statement),
        "channels": words.CHANNELS,
        "hidden": sight.hidden,
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "desk/people/_revealed.html", context)
    context = _about(request, found, parts, sight) | context | {"opened": row.pk}
    return _render(request, "dossier", context, _why(request, reference))


@needs("subjects.view_dossier")
@require_GET
def not_told(request: HttpRequest) -> HttpResponse:
    """List debtors whom nobody told within a month that we hold their data. No names.

    Their dossier numbers stand beside them for who may see those; each look is logged.
    """
    today = timezone.localdate()
    late = services.without_first_contact_notice(
        today, after=_key(request, "after"), limit=SHOWN + 1
    )
    sight = Sight.of(request)
    found = reading.seen(
        Involvement.objects.filter(pk__in=[one.involvement_id for one in late[:SHOWN]]), sight
    )
    by_key = found.select_related("subject", "dossier__client", "dossier__purpose").in_bulk()
    numbers = _numbers(request, list(by_key.values()))
    context = {
        "late": [
            (row, numbers.get(row.pk, ""), one.told_by, (today - one.told_by).days)
            for one in late[:SHOWN]
            if (row := by_key.get(one.involvement_id))
        ],
        "sees_numbers": request.user.has_perm("subjects.view_record"),
        "next_page": f"?after={late[SHOWN - 1].involvement_id}" if len(late) > SHOWN else "",
        "trail": [(_("People"), reverse("people:search"))],
    }
    return render(request, "desk/people/not_told.html", context)


def _numbers(request: HttpRequest, rows: list[Involvement]) -> dict[int, str]:
    """Return dossier numbers by key, for who may see them; log whose are seen. Not of own files."""
    if not request.user.has_perm("subjects.view_record"):
        return {}
    identities = reading.identities_of(rows)
    shown = {
        row.pk: identity.get("dossier_number") or ""
        for row in rows
        if (identity := identities.get(row.pk)) and not is_own_file(request.user, identity)
    }
    seen: dict[UUID, list[UUID]] = {}
    for row in rows:
        if shown.get(row.pk):
            seen.setdefault(row.dossier.reference, []).append(row.subject.reference)
    services.note_looks(
        {str(dossier): people for dossier, people in seen.items()},
        actor=_actor(request),
        purpose=LookPurpose.CHECK,
        event=REVEALED,
        group=revealing.IDENTITY,
    )
    return shown


# --- what the pages have in common ------------------------------------------------------------


def _render(
    request: HttpRequest,
    page: str,
    context: dict[str, Any],
    purpose: LookPurpose | None,
    status: int = 200,
) -> HttpResponse:
    context |= {"purpose": purpose, "purposes": LookPurpose.choices}
    return render(request, f"desk/people/{page}.html", context, status=status)


def _actor(request: HttpRequest) -> str:
    return actor_of(request.user)  # type: ignore[arg-type]


def _why(request: HttpRequest, reference: UUID) -> LookPurpose:
    """Return why this colleague looks; the decorators of `purposes` asked before."""
    purpose = purposes.said(request, reference)
    if purpose is None:
        raise PermissionDenied
    return purpose


def _key(request: HttpRequest, name: str) -> int:
    """Return a paging key of the address, 0 for none or nonsense."""
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0


def _posted_key(request: HttpRequest) -> int:
    given = request.POST.get("after", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0


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


def _open(request: HttpRequest, reference: UUID) -> tuple[Dossier, list[reading.Part], Sight]:
    """Return a dossier and the people in it whom this page shows; log the look at each."""
    dossiers, sight = Dossier.objects.select_related("purpose", "client"), Sight.of(request)
    if not sight.aml:
        # Not refused but not there: nobody else learns that there is one (Wwft, Article 23).
        dossiers = dossiers.exclude(purpose=AML)
    found = get_object_or_404(dossiers, reference=reference)
    after = _key(request, "after")
    first, parts = reading.first_and_page_of(
        Involvement.objects.filter(dossier=found), after, sight.statement.rules
    )
    if after and not parts:
        raise Http404
    _refuse_own_file(request, [part.identity for part in [*first, *parts]])
    services.note_look(
        [part.involvement.subject.reference for part in parts[: reading.PAGE]],
        actor=_actor(request),
        purpose=_why(request, reference),
        dossier=str(reference),
    )
    return found, parts, sight


def _about(
    request: HttpRequest, found: Dossier, parts: list[reading.Part], sight: Sight
) -> dict[str, Any]:
    shown, named = parts[: reading.PAGE], reading.words_of(sight.statement)
    may_reveal = request.user.has_perm("subjects.view_record")
    groups = lists.groups_of(shown, named["data"], sight) if may_reveal else {}
    beside_them = lists.lists_of(request, shown, sight)
    history, looks = beside.history(request, found, sight, seen=shown)
    return {
        "dossier": found,
        "anchors": reading.anchors_shown(found, sees_aml=sight.aml),
        "missing": words.ANCHORS.get(found.missing_anchor, found.missing_anchor),
        "why": reading.why_of(found, sight.statement.rules),
        "people": [
            (part, groups.get(part.involvement.pk, []), lists.sealed_beside(beside_them, part))
            for part in shown
        ],
        "next_page": _next(parts, shown),
        "lists": beside_them,
        "holds": beside.holds_of([found.pk]).get(found.pk, []),
        "sealed_names": words.GROUPS,
        "history": history,
        "looks": looks,
        "words": named,
        "channels": words.CHANNELS,
        "hidden": sight.hidden,
        "trail": [(_("People"), reverse("people:search"))],
        "today": timezone.localdate(),
        "may_reveal": may_reveal,
        "about": found.reference,
    }
