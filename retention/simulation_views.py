"""Pages on which an officer tries another rule on the data there are, before it is published."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alektum_privacy.access import needs
from policy import services as policy
from policy.explain import anchor_name
from policy.models import RetentionRule
from policy.statement import KeepRule
from retention import simulated, simulating, tasks
from retention.exceptions import SimulationRefused
from retention.models import Simulation
from retention.sight import Sight
from retention.simulation_forms import DraftForm, TryForm, in_words
from retention.views import PAGE, _language, _number, _who
from subjects import recomputing

# What the law itself sets as the least, by the rule whose period it limits.
FLOORS = {"COL-60": "COL-min"}


@needs("retention.view_simulation")
def simulations(request: HttpRequest) -> HttpResponse:
    """Show what was tried, and let an officer try another rule."""
    if request.method == "POST":
        if not request.user.has_perm("retention.add_simulation"):
            raise PermissionDenied
        return _ask(request)
    initial = {"rule": request.GET.get("rule", "")[:20]}
    return _list_page(request, TryForm(initial=initial), DraftForm())


def _list_page(request: HttpRequest, form: TryForm, draft: DraftForm) -> HttpResponse:
    found = Simulation.objects.order_by("-pk")
    if after := _number(request):
        found = found.filter(pk__lt=after)
    rows = list(found[: PAGE + 1])
    names = _names(rows)
    context = {
        "form": form,
        "draft_form": draft if draft.versions else None,
        "rows": [
            {"run": run, "tried": _in_words(run), "who": names.get(run.asked_by, "")}
            for run in rows[:PAGE]
        ],
        "next_page": f"?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "may_try": request.user.has_perm("retention.add_simulation"),
    }
    wrong = (form.is_bound and not form.is_valid()) or (draft.is_bound and not draft.is_valid())
    return render(request, "retention/simulations.html", context, status=422 if wrong else 200)


def _ask(request: HttpRequest) -> HttpResponse:
    by_draft = "draft" in request.POST
    form = TryForm() if by_draft else TryForm(request.POST)
    draft = DraftForm(request.POST) if by_draft else DraftForm()
    asked: TryForm | DraftForm = draft if by_draft else form
    if not asked.is_valid():
        return _list_page(request, form, draft)
    version = asked.cleaned_data["draft"] if by_draft else ""
    changes = policy.changes_of(version) if by_draft else form.changes()
    try:
        made = simulating.ask(
            changes, actor_id=_who(request), today=timezone.localdate(), draft=version
        )
    except SimulationRefused as error:
        asked.add_error(None, in_words(error))
        return _list_page(request, form, draft)
    tasks.simulate.delay(made.pk)
    return redirect("retention:simulation", made.reference)


@needs("retention.view_simulation")
@require_GET
def simulation(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show how far a simulation is, and what it found."""
    run = get_object_or_404(Simulation, reference=reference)
    sight = Sight.of(request.user)
    months = simulated.by_month(run, sight)
    clients, other_clients = simulated.by_client(run, sight)
    rules = simulated.by_rule(run, sight)
    stale = recomputing.progress()
    context = _progress(request, run) | {
        "tried": _in_words(run),
        "who": _names([run]).get(run.asked_by, ""),
        "sentences": _sentences(run),
        "floors": _floors(run),
        "rules": rules,
        "moved": sum(row.moved.dossiers for row in rules),
        "months": [{"month": date_format(row.month, "F Y"), "row": row} for row in months],
        "chart": [(date_format(row.month, "F Y"), row.now, row.then) for row in months],
        "clients": clients,
        "other_clients": other_clients,
        "knows_all": sight.is_whole,
        "outcomes": [one.label for one in simulated.MOVES],
        "stale": stale,
        "is_past": run.version != policy.current().version,
    }
    return render(request, "retention/simulation.html", context)


@needs("retention.view_simulation")
@require_GET
def progress(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show how far a simulation is: a part of its page, asked for again and again."""
    run = get_object_or_404(Simulation, reference=reference)
    answer = render(request, "retention/_simulation_progress.html", _progress(request, run))
    if not run.is_open:
        # The page itself has more to show now.
        answer.headers["HX-Refresh"] = "true"
    return answer


def _progress(request: HttpRequest, run: Simulation) -> dict[str, Any]:
    may = request.user.has_perm("retention.add_simulation")
    return {"run": run, "may_stop": may and run.is_open}


@needs("retention.add_simulation")
@require_POST
def cancel(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Stop counting."""
    run = get_object_or_404(Simulation, reference=reference)
    if simulating.cancel(run.pk, actor_id=_who(request)):
        messages.warning(request, _("Stopped. What was counted so far stands below."))
    return redirect("retention:simulation", reference)


# --- in words -----------------------------------------------------------------------------------


def _names(runs: list[Simulation]) -> dict[int, str]:
    users = User.objects.filter(pk__in={run.asked_by for run in runs})
    return {user.pk: user.get_full_name() or user.username for user in users}


def _in_words(run: Simulation) -> list[str]:
    """Return what is tried, one sentence a rule."""
    return [_change(code, fields) for code, fields in sorted(run.changes.items())]


def _change(code: str, fields: dict[str, Any]) -> str:
    if "months" in fields and "anchor" in fields:
        words = _("%(rule)s: %(months)s months from %(anchor)s")
    elif "months" in fields:
        words = _("%(rule)s: %(months)s months")
    elif "anchor" in fields:
        words = _("%(rule)s: counted from %(anchor)s")
    else:
        words = _("%(rule)s: %(days)s days")
    anchor = anchor_name(fields.get("anchor", ""), _language())
    return words % {"rule": code, **fields, "anchor": anchor}


def _sentences(run: Simulation) -> list[RetentionRule]:
    """Return the rules that are tried, with the sentences that would have to change."""
    return list(RetentionRule.objects.filter(pk__in=list(run.changes)).order_by("pk"))


def _floors(run: Simulation) -> list[KeepRule]:
    """Return the rules of law that what is tried goes below."""
    rules = policy.rules_of(run.version)
    return [
        rules[FLOORS[code]]
        for code, fields in run.changes.items()
        if code in FLOORS and fields.get("months", rules[code].months) < rules[FLOORS[code]].months
    ]
