"""The officer's pages: what goes and why, who agrees, what stops it, and the proof after."""

from collections.abc import Callable
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alektum_privacy.access import needs
from audit.exceptions import NotYetSealed
from policy.explain import anchor_name
from policy.models import RetentionRule
from retention import certificates as made
from retention import forecast, overview, services, tasks
from retention.constants import AT_ONCE, BY_DATE, AbortReason, StopReason
from retention.exceptions import KeysNotYetGone, ListRefused, SamePerson
from retention.forms import AbortForm, CertificateForm, StopForm
from retention.models import (
    DestructionList,
    RuleReview,
    RuleRun,
    StopSwitch,
)
from subjects import recomputing
from subjects.models import Dossier, ErasureProof, Unit

PAGE = 50
MONTHS_DRAWN = 12
# Decided by people, or a right that takes effect the same day: no plan waits for these.
NEVER_PLANNED = ("COL-min", "SPC")
FORECAST_SECONDS = 600


def _language() -> str:
    return "en" if (get_language() or "nl").startswith("en") else "nl"


def _who(request: HttpRequest) -> int:
    """Return the number of the colleague; `needs` lets nobody else in."""
    return int(request.user.pk or 0)


def _number(request: HttpRequest, name: str = "after") -> int:
    """Return a key from the address; 404 where somebody wrote something else there."""
    text = request.GET.get(name, "0")
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)


# --- schedule and forecast ----------------------------------------------------------------------


@needs("retention.view_destructionlist")
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Show the schedule in the statement's own words, and what will go month by month."""
    return _home_page(request, StopForm())


def _home_page(request: HttpRequest, form: StopForm) -> HttpResponse:
    context = _schedule() | _forecast() | {"stop_form": form}
    return render(request, "retention/home.html", context, status=422 if form.is_bound else 200)


def name_of(user_id: int | None) -> str:
    """Return what a colleague is called whose number stands on a row; "" for none."""
    user = User.objects.filter(pk=user_id).first() if user_id else None
    return (user.get_full_name() or user.username) if user else ""


def _schedule() -> dict[str, Any]:
    stopped = StopSwitch.objects.first()
    known = set(RuleRun.objects.values_list("digest", flat=True))
    in_review = set(RuleReview.objects.values_list("rule", flat=True))
    rules = [
        {
            "rule": rule,
            "sentence": getattr(rule, f"sentence_{_language()}"),
            "anchor": anchor_name(rule.anchor, _language()),
            "known": rule.digest in known,
            "in_review": rule.code in in_review,
            "by_list": rule.days is None and rule.code not in NEVER_PLANNED,
        }
        for rule in RetentionRule.objects.filter(retired=False).order_by("code")
    ]
    return {
        "rules": rules,
        "stopped": stopped,
        "stopped_by": name_of(stopped.stopped_by) if stopped else "",
        "computing": recomputing.progress(),
    }


def _forecast() -> dict[str, Any]:
    today = timezone.localdate()
    # Counts of the whole index: not for each look at the page.
    found = cache.get_or_set(
        f"retention.forecast:{today}", lambda: forecast.forecast(today), FORECAST_SECONDS
    )
    missing = cache.get_or_set(
        f"retention.missing:{today}", forecast.missing_by_rule, FORECAST_SECONDS
    )
    dossiers = [row for row in found or [] if row.unit == Unit.DOSSIER]
    months = [
        (date_format(month, "F Y"), sum(row.number for row in rows))
        for month, rows in groupby(dossiers, lambda row: row.month)
    ]
    return {
        "chart": months[:MONTHS_DRAWN],
        "expected": [
            {
                "month": date_format(row.month, "F Y"),
                "rule": row.rule,
                "unit": Unit(row.unit).label,
                "number": row.number,
                "held": row.held,
            }
            for row in found or []
        ],
        "missing": [
            {"rule": rule, "anchor": anchor_name(anchor, _language()), "number": number}
            for rule, anchor, number in missing or []
        ],
    }


@needs("retention.stop_destruction")
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """Stop every list, and say why."""
    form = StopForm(request.POST)
    if not form.is_valid():
        return _home_page(request, form)
    services.stop(actor_id=_who(request), reason=StopReason(form.cleaned_data["reason"]))
    messages.warning(request, _("All destruction is stopped."))
    return redirect("retention:home")


@needs("retention.stop_destruction")
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """Let lists go on."""
    services.resume(actor_id=_who(request))
    tasks.destroy_due.delay()
    messages.success(request, _("Destruction goes on."))
    return redirect("retention:home")


@needs("retention.approve_destructionlist")
@require_POST
def review(request: HttpRequest, code: str) -> HttpResponse:
    """Put a rule in review, or end that."""
    rule = get_object_or_404(RetentionRule, pk=code)
    if "end" in request.POST:
        try:
            services.end_review(rule.code, actor_id=_who(request))
        except SamePerson:
            messages.error(request, _("Another colleague must end the review that you began."))
    else:
        services.begin_review(rule.code, actor_id=_who(request), today=timezone.localdate())
    return redirect("retention:home")


# --- lists --------------------------------------------------------------------------------------


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
    context = {"lists": rows[:PAGE], "show": show, "next_page": more}
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
    items, more = _items(shown, _number(request))
    context = {
        "list": shown,
        "problem": problem,
        "form": form or AbortForm(),
        "items": items,
        "next_page": more,
        "may_prepare": planned and may("retention.prepare_destructionlist"),
        "may_approve": planned
        and shown.prepared_by is not None
        and shown.prepared_by != _who(request)
        and may("retention.approve_destructionlist"),
        "may_abort": live and by_date and may("retention.abort_destructionlist"),
        "may_take_off": live
        and by_date
        and (planned or today < shown.runs_from)
        and may("retention.abort_destructionlist"),
    }
    wrong = bool(problem) or (form is not None and not form.is_valid())
    return render(request, "retention/list.html", context, status=422 if wrong else 200)


def _items(shown: DestructionList, after: int) -> tuple[list[dict[str, Any]], str]:
    found = list(shown.items.filter(position__gt=after).order_by("position")[: PAGE + 1])
    page = found[:PAGE]
    ids = [item.unit_id for item in page]
    there = Dossier.objects.in_bulk(ids) if shown.unit == Unit.DOSSIER else {}
    held = set(
        services.HeldDossier.objects.filter(dossier_id__in=there, released_on=None).values_list(
            "dossier_id", flat=True
        )
    )
    rows = [
        {"item": item, "dossier": there.get(item.unit_id), "held": item.unit_id in held}
        for item in page
    ]
    return rows, f"?after={page[-1].position}" if len(found) > PAGE else ""


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
    """Approve a list that another put forward."""

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

    def change(shown: DestructionList) -> None:
        services.take_off(
            shown.pk, [int(position)], actor_id=_who(request), today=timezone.localdate()
        )

    return _changed(request, reference, change, _("Taken off the list."))


# --- missing anchors ----------------------------------------------------------------------------


@needs("retention.view_destructionlist")
@require_GET
def missing(request: HttpRequest) -> HttpResponse:
    """Show dossiers without a date, by the anchor that somebody must look up."""
    after = (request.GET.get("anchor", "")[:40], _number(request))
    rows = forecast.missing_anchors(after, limit=PAGE + 1)
    page = rows[:PAGE]
    more = f"?anchor={page[-1].anchor}&after={page[-1].id}" if len(rows) > PAGE else ""
    shown = [{"row": row, "anchor": anchor_name(row.anchor, _language())} for row in page]
    return render(request, "retention/missing.html", {"rows": shown, "next_page": more})


# --- certificates -------------------------------------------------------------------------------


@needs("subjects.view_erasureproof")
def certificates(request: HttpRequest) -> HttpResponse:
    """Ask for the certificate of an erasure by its reference."""
    form = CertificateForm(request.POST or None)
    if form.is_valid():
        return redirect("retention:certificate", form.cleaned_data["reference"])
    status = 422 if form.errors else 200
    return render(request, "retention/certificates.html", {"form": form}, status=status)


@needs("subjects.view_erasureproof")
@require_GET
def certificate(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show what a certificate says, and where to take it; or why there is none yet."""
    proof = ErasureProof.objects.filter(reference=reference).first()
    context: dict[str, Any] = {"reference": reference, "proof": proof}
    try:
        context["statement"] = made.certificate(reference)["statement"] if proof else None
    except NotYetSealed:
        context["waits"] = _("The ledger seals the proof within minutes.")
    except KeysNotYetGone:
        context["waits"] = _("The keys are still being destroyed.")
    status = 200 if proof else 404
    return render(request, "retention/certificate.html", context, status=status)


@needs("subjects.view_erasureproof")
@require_GET
def download(request: HttpRequest, reference: UUID, form: str) -> HttpResponse:
    """Hand over a certificate as `json`, `nl.pdf` or `en.pdf`."""
    if form not in ("json", "nl.pdf", "en.pdf"):
        raise Http404
    try:
        found = made.certificate(reference)
    except (ErasureProof.DoesNotExist, NotYetSealed, KeysNotYetGone):
        raise Http404 from None
    if form == "json":
        content, kind = made.certificate_json(found), "application/json"
    else:
        content, kind = made.certificate_pdf(found, form[:2]), "application/pdf"
    name = f"erasure-{reference}.{form}"
    return HttpResponse(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
