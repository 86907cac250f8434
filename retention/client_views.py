"""Pages for what clients instruct about their dossiers of the invoice phase."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alektum_privacy.access import needs
from audit import hiding
from retention import client_instructions as services
from retention import tasks
from retention.exceptions import InstructionRefused, SamePerson
from retention.forms import HandedOverForm, InstructionForm
from retention.models import ClientInstruction
from retention.views import PAGE, _number, _who
from subjects.models import Organisation

State = ClientInstruction.State
# Counted no further on a page.
MOST = 100_000


@needs("retention.view_clientinstruction")
@require_GET
def clients(request: HttpRequest) -> HttpResponse:
    """Show the instructions that wait for a second colleague, and the clients."""
    found = Organisation.objects.filter(is_client=True, pk__gt=_number(request)).order_by("pk")
    rows = list(found[: PAGE + 1])
    waiting = ClientInstruction.objects.filter(state=State.RECORDED).select_related("client")
    context = {
        "clients": rows[:PAGE],
        "next_page": f"?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "waiting": waiting.order_by("pk")[:PAGE],
    }
    return render(request, "retention/clients.html", context)


@needs("retention.view_clientinstruction")
@require_GET
def client(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show a client's instructions."""
    return _page(request, get_object_or_404(Organisation, reference=reference, is_client=True))


@needs("retention.add_clientinstruction")
@require_POST
def record(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Record what a client instructed; another colleague must confirm."""
    shown = get_object_or_404(Organisation, reference=reference, is_client=True)
    form = InstructionForm(request.POST, without=hiding.purposes_hidden_from(request.user))
    if form.is_valid():
        try:
            services.record(
                shown.pk,
                form.cleaned_data["kind"],
                instructed_on=form.cleaned_data["instructed_on"],
                only=form.cleaned_data["dossiers"],
                actor_id=_who(request),
                today=timezone.localdate(),
            )
        except InstructionRefused:
            form.add_error(
                None,
                _(
                    "An instruction is of today or before, and about dossiers of this client in"
                    " the invoice phase about which there is none yet."
                ),
            )
        else:
            messages.success(request, _("Recorded. Another colleague must confirm."))
            return redirect("retention:client", shown.reference)
    return _page(request, shown, form=form)


def _page(
    request: HttpRequest,
    shown: Organisation,
    *,
    form: InstructionForm | None = None,
    problem: str = "",
) -> HttpResponse:
    who, may = _who(request), request.user.has_perm
    rows = ClientInstruction.objects.filter(client=shown).order_by("-pk")[:PAGE]
    number = services.dossiers_of(shown.pk)[: MOST + 1].count()
    context: dict[str, Any] = {
        "client": shown,
        "number": min(number, MOST),
        "more": number > MOST,
        "form": form or InstructionForm(),
        "handed_over": HandedOverForm(),
        "problem": problem,
        "rows": [
            {
                "instruction": row,
                "may_confirm": row.state == State.RECORDED
                and row.recorded_by != who
                and may("retention.change_clientinstruction"),
                "may_withdraw": row.state == State.RECORDED
                and may("retention.add_clientinstruction"),
            }
            for row in rows
        ],
    }
    wrong = bool(problem) or (form is not None and not form.is_valid())
    return render(request, "retention/client.html", context, status=422 if wrong else 200)


def _found(reference: UUID, instruction: UUID) -> ClientInstruction:
    rows = ClientInstruction.objects.select_related("client")
    return get_object_or_404(rows, reference=instruction, client__reference=reference)


@needs("retention.change_clientinstruction")
@require_POST
def confirm(request: HttpRequest, reference: UUID, instruction: UUID) -> HttpResponse:
    """Confirm what another recorded; the dossiers go at once."""
    found = _found(reference, instruction)
    handed_over = None
    if found.kind == ClientInstruction.Kind.RETURN:
        form = HandedOverForm(request.POST)
        if not form.is_valid():
            problem = _("Say on which day the data were handed over to the client.")
            return _page(request, found.client, problem=problem)
        handed_over = form.cleaned_data["handed_over_on"]
    try:
        services.confirm(
            found.pk,
            actor_id=_who(request),
            today=timezone.localdate(),
            handed_over_on=handed_over,
        )
    except SamePerson:
        problem = _("Two people are needed: another colleague must decide this.")
    except InstructionRefused:
        problem = _(
            "This is not possible: the instruction has changed, or the day lies in the future."
        )
    else:
        tasks.carry_out_instructions.delay()
        messages.success(request, _("Confirmed. The dossiers are listed and go at once."))
        return redirect("retention:client", reference)
    return _page(request, found.client, problem=problem)


@needs("retention.add_clientinstruction")
@require_POST
def withdraw(request: HttpRequest, reference: UUID, instruction: UUID) -> HttpResponse:
    """Drop an instruction that nobody confirmed yet."""
    found = _found(reference, instruction)
    try:
        services.withdraw(found.pk, actor_id=_who(request))
    except InstructionRefused:
        return _page(
            request, found.client, problem=_("This is not possible any more: it was confirmed.")
        )
    messages.success(request, _("Withdrawn."))
    return redirect("retention:client", reference)
