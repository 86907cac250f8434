"""Pages of the lists of what goes: what stands on them, who agrees, and what takes them away."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alektum_privacy.access import needs
from policy.models import RetentionRule
from retention import in_words, overview, services, tasks
from retention.constants import AT_ONCE, BY_DATE, AbortReason
from retention.exceptions import ListRefused, SamePerson
from retention.forms import AbortForm
from retention.models import DestructionList
from retention.sight import Sight, kept_apart
from retention.views import PAGE, _language, _number, _who, names_of
from subjects.models import Dossier, Involvement, Record, Unit


@needs("retention.view_destructionlist")
@require_GET
def lists(request: HttpRequest) -> HttpResponse:
    """Show the lists, newest first: all, or those that wait for people, run today or soon."""
    show = "waiting" if "waiting" in request.GET else request.GET.get("show", "")
    today = timezone.localdate()
    chosen: dict[str, QuerySet[DestructionList]] = {
        "": DestructionList.objects.all(),
        "waiting": DestructionList.objects.filter(status=DestructionList.Status.PLANNED),
        "today": overview.running_today(today),
        "soon": overview.running_soon(today),
    }
    if show not in chosen:
        raise Http404
    found = chosen[show].order_by("-pk")
    if after := _number(request):
        found = found.filter(pk__lt=after)
    rows = list(found[: PAGE + 1])
    more = f"?show={show}&after={rows[PAGE - 1].pk}" if len(rows) > PAGE else ""
    context: dict[str, Any] = {"lists": rows[:PAGE], "show": show, "next_page": more}
    if show:
        # Of these there are few: only what has ended is many.
        context |= chosen[show].aggregate(number=Count("pk"), items=Sum("size", default=0))
    return render(request, "retention/lists.html", context)


@needs("retention.view_destructionlist")
@require_GET
def show_list(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show one list, what stands on it, and what this colleague may do with it."""
    return _list_page(request, get_object_or_404(DestructionList, reference=reference))


def _list_page(
    request: HttpRequest,
    shown: DestructionList,
    *,
    form: AbortForm | None = None,
    problem: str = "",
) -> HttpResponse:
    today = timezone.localdate()
    live, by_date = shown.status in DestructionList.LIVE, shown.kind in BY_DATE
    planned = shown.status == DestructionList.Status.PLANNED
    may = request.user.has_perm
    sight = Sight.of(request.user)
    items, more = _items(shown, _number(request), sight)
    rule = RetentionRule.objects.filter(pk=shown.rule).first()
    names = names_of([shown.prepared_by, shown.approved_by, shown.aborted_by])
    prepared, approved, aborted = names
    context = {
        "list": shown,
        "says": in_words.what_stands_on(shown),
        "why": in_words.why_it_goes(shown),
        "next": in_words.what_happens_next(
            shown,
            today=today,
            prepared_by=prepared,
            aborted_by=aborted,
            tells=shown.rule not in sight.rules,
        ),
        "tells": shown.rule not in sight.rules,
        "sentence": getattr(rule, f"sentence_{_language()}") if rule else "",
        "people": {"prepared": prepared, "approved": approved},
        "problem": problem,
        "form": form or AbortForm(),
        "items": items,
        "next_page": more,
        "knows_all": sight.is_whole,
        "may_prepare": planned and may("retention.prepare_destructionlist"),
        "approve_at": _approve_at(request, shown, sight),
        "may_abort": live and by_date and may("retention.abort_destructionlist"),
        "may_take_off": live
        and by_date
        and (planned or today < shown.runs_from)
        and may("retention.abort_destructionlist"),
    }
    wrong = bool(problem) or (form is not None and not form.is_valid())
    return render(request, "retention/list.html", context, status=422 if wrong else 200)


def _approve_at(request: HttpRequest, shown: DestructionList, sight: Sight) -> str:
    """Return where this colleague approves a list that another put forward; empty if nowhere.

    Nobody approves what they may not see.
    """
    planned = shown.status == DestructionList.Status.PLANNED
    if not planned or shown.prepared_by in (None, _who(request)) or shown.rule in sight.rules:
        return ""
    may = request.user.has_perm
    if may("retention.approve_destructionlist"):
        return reverse("retention:approve", args=[shown.reference])
    if may("retention.approve_checks") and shown.rule in kept_apart():
        return reverse("retention:approve_checks", args=[shown.reference])
    return ""


def _items(shown: DestructionList, after: int, sight: Sight) -> tuple[list[dict[str, Any]], str]:
    if shown.rule in sight.rules:
        return [], ""
    found = list(shown.items.filter(position__gt=after).order_by("position")[: PAGE + 1])
    page = found[:PAGE]
    there = _still_there(shown, [item.unit_id for item in page])
    dossiers = {dossier.pk for dossier, _day in there.values()}
    held = set(
        services.HeldDossier.objects.filter(dossier_id__in=dossiers, released_on=None).values_list(
            "dossier_id", flat=True
        )
    )
    rows = []
    for item in page:
        dossier, day = there.get(item.unit_id, (None, None))
        if dossier is not None and dossier.purpose_id in sight.purposes:
            continue
        is_held = dossier is not None and dossier.pk in held
        rows.append({"item": item, "dossier": dossier, "day": day, "held": is_held})
    return rows, f"?after={page[-1].position}" if len(found) > PAGE else ""


def _still_there(shown: DestructionList, ids: list[int]) -> dict[int, tuple[Dossier, date | None]]:
    """Return the dossier in which each unit of a list stands, and from when the unit goes."""
    if shown.unit == Unit.DOSSIER:
        return {pk: (one, one.delete_from) for pk, one in Dossier.objects.in_bulk(ids).items()}
    if shown.unit == Unit.INVOLVEMENT:
        people = Involvement.objects.select_related("dossier").in_bulk(ids)
        return {pk: (one.dossier, one.delete_from) for pk, one in people.items()}
    records = Record.objects.select_related("involvement__dossier").defer("sealed_content")
    return {
        pk: (one.involvement.dossier, one.delete_from) for pk, one in records.in_bulk(ids).items()
    }


def _changed(
    request: HttpRequest, reference: UUID, change: Callable[[DestructionList], object], done: str
) -> HttpResponse:
    """Carry out a change of a list; say on its page what stood in the way."""
    shown = get_object_or_404(DestructionList, reference=reference)
    try:
        change(shown)
    except SamePerson:
        shown.refresh_from_db()
        problem = _("Two people are needed: another colleague must approve what you put forward.")
        return _list_page(request, shown, problem=problem)
    except ListRefused:
        shown.refresh_from_db()
        return _list_page(
            request, shown, problem=_("This is not possible any more: the list has changed.")
        )
    messages.success(request, done)
    return redirect("retention:list", reference)


@needs("retention.prepare_destructionlist")
@require_POST
def prepare(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Put a list forward for approval."""

    def change(shown: DestructionList) -> None:
        services.prepare(shown.pk, actor_id=_who(request))

    return _changed(request, reference, change, _("Put forward: another colleague must approve."))


@needs("retention.approve_destructionlist")
@require_POST
def approve(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Approve a list that another put forward; refused of what this colleague may not see."""
    shown = get_object_or_404(DestructionList, reference=reference)
    if shown.rule in Sight.of(request.user).rules:
        raise PermissionDenied
    return _approved(request, reference)


@needs("retention.approve_checks")
@require_POST
def approve_checks(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Approve a list of money-laundering checks, and no other."""
    shown = get_object_or_404(DestructionList, reference=reference)
    if shown.rule not in kept_apart() or shown.rule in Sight.of(request.user).rules:
        raise PermissionDenied
    return _approved(request, reference)


def _approved(request: HttpRequest, reference: UUID) -> HttpResponse:
    def change(shown: DestructionList) -> None:
        services.approve(shown.pk, actor_id=_who(request), today=timezone.localdate())
        if shown.kind in AT_ONCE:
            tasks.destroy_list.delay(shown.pk)

    return _changed(request, reference, change, _("The list is approved."))


@needs("retention.abort_destructionlist")
@require_POST
def abort(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Abort a list, with the reason."""
    form = AbortForm(request.POST)
    if not form.is_valid():
        shown = get_object_or_404(DestructionList, reference=reference)
        return _list_page(request, shown, form=form)
    reason = AbortReason(form.cleaned_data["reason"])

    def change(shown: DestructionList) -> None:
        services.abort(shown.pk, reason=reason, actor_id=_who(request), today=timezone.localdate())

    return _changed(
        request, reference, change, _("The list is aborted, and its rule is in review.")
    )


@needs("retention.abort_destructionlist")
@require_POST
def take_off(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Take one item off a list."""
    position = request.POST.get("position", "")
    if not position.isascii() or not position.isdecimal() or len(position) > 18:
        raise Http404
    shown = get_object_or_404(DestructionList, reference=reference)
    rows, _more = _items(shown, int(position) - 1, Sight.of(request.user))
    if not any(row["item"].position == int(position) for row in rows):
        raise Http404

    def change(shown: DestructionList) -> None:
        services.take_off(
            shown.pk, [int(position)], actor_id=_who(request), today=timezone.localdate()
        )

    return _changed(request, reference, change, _("Taken off the list."))
