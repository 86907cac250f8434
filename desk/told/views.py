"""What others were told and have not done or confirmed: systems, recipients, clients."""

from collections.abc import Collection
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from alektum_privacy.access import needs
from audit import hiding
from desk.told.forms import ChannelForm, EndForm
from policy.models import DataCategory, Purpose
from requests import tasks
from requests.constants import ForwardingState
from requests.exceptions import ChangedMeanwhile, OwnFile, SecondPersonNeeded, WrongState
from requests.mail import statement as telling_of_statement
from requests.models import Forwarding
from requests.organisations import changes as organisation_changes
from requests.organisations import forwarding, notices_file
from requests.organisations import mail as organisation_mail
from subjects import instructions, notices, recipients_told
from subjects.constants import ImpossibleReason, InstructionState, NoticeState, ToldHow
from subjects.models import (
    ContactEvent,
    Disclosure,
    Instruction,
    Organisation,
    RecipientNotice,
    SourceSystem,
    StatementRun,
    StatementTold,
)

PAGE = 50
DESPITE = 20
CONFLICT, UNPROCESSABLE = 409, 422
CHANGED = "changed"


def _actor(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"


def _number(request: HttpRequest, name: str = "after") -> int:
    text = request.GET.get(name, "0")
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)


def _hidden(request: HttpRequest) -> list[str]:
    return hiding.purposes_hidden_from(request.user)


# --- systems ----------------------------------------------------------------------------------


@needs("subjects.view_instruction")
@require_GET
def systems(request: HttpRequest) -> HttpResponse:
    """Show what each system has not carried out yet, and what was refused."""
    contacts = dict(SourceSystem.objects.values_list("code", "contact_email"))
    refused = Instruction.objects.filter(state=InstructionState.REFUSED).exclude(
        purpose__in=_hidden(request)
    )
    rows = list(refused.filter(pk__gt=_number(request)).order_by("pk")[: PAGE + 1])
    sees_words = request.user.has_perm("subjects.tend_instruction")
    now = timezone.now()
    context = {
        "systems": [
            (row, (now - row.oldest_at).days, contacts.get(row.system))
            for row in instructions.open_per_system(without=_hidden(request))
        ],
        "refused": [
            (row, instructions.explanation_of(row) if sees_words else "") for row in rows[:PAGE]
        ],
        "next_page": f"?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "despite": _despite(request),
    }
    return render(request, "desk/told/systems.html", context)


def _despite(request: HttpRequest) -> list[tuple[Any, date]]:
    """Return the newest uses in spite of a restriction that came in, each with its day."""
    found: list[tuple[Any, date]] = []
    for model in (Disclosure, ContactEvent):
        rows = (
            model._default_manager.filter(despite_restriction=True)
            .exclude(involvement__dossier__purpose__in=_hidden(request))
            .select_related("involvement__dossier")
            .order_by("-pk")[:DESPITE]
        )
        found += [(row, _day_of(row)) for row in rows]
    return sorted(found, key=lambda one: one[1], reverse=True)[:DESPITE]


def _day_of(row: Disclosure | ContactEvent) -> date:
    return row.disclosed_on if isinstance(row, Disclosure) else localdate(row.happened_at)


@needs("subjects.view_instruction")
@require_GET
def system(request: HttpRequest, system: str) -> HttpResponse:
    """List the open instructions of one system, oldest first. No names."""
    rows = instructions.open_of(
        system, after=_number(request), limit=PAGE + 1, without=_hidden(request)
    )
    purposes = {row.pk: row.name for row in Purpose.objects.all()}
    data = {row.pk: row.name for row in DataCategory.objects.all()}
    context = {
        "system": system,
        "rows": [
            (row, purposes.get(row.purpose, row.purpose), data.get(row.data_category, ""))
            for row in rows[:PAGE]
        ],
        "next_page": f"?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
    }
    return render(request, "desk/told/system.html", context)


@needs("subjects.tend_instruction")
@require_POST
def tend_instruction(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Send a refused instruction again, or note that it was seen to by other means."""
    seen = Instruction.objects.exclude(purpose__in=_hidden(request))
    row = get_object_or_404(seen, reference=reference)
    if request.POST.get("do") == "again":
        instructions.send_again(row.pk, actor=_actor(request), now=timezone.now())
        messages.success(request, _("The system is told again."))
    elif request.POST.get("do") == "settle":
        instructions.settle(row.pk, actor=_actor(request), now=timezone.now())
        messages.success(request, _("Noted as carried out."))
    else:
        raise Http404
    return redirect("told:systems")


# --- recipients -------------------------------------------------------------------------------


@needs("subjects.view_recipientnotice")
@require_GET
def recipients(request: HttpRequest) -> HttpResponse:
    """Show which organisations have not confirmed what they were told, or cannot be told."""
    rows = recipients_told.open_per_organisation(without=_hidden(request))
    references = dict(
        Organisation.objects.filter(pk__in=[row.organisation_id for row in rows]).values_list(
            "pk", "reference"
        )
    )
    context = {
        "rows": [(row, references[row.organisation_id]) for row in rows],
        "changes": organisation_changes.waiting(),
    }
    return render(request, "desk/told/recipients.html", context)


def _open(
    request: HttpRequest,
    organisation: Organisation,
    states: Collection[NoticeState] = notices.NOT_ENDED,
) -> Any:
    rows = RecipientNotice.objects.filter(recipient__organisation=organisation, state__in=states)
    return rows.exclude(purpose__in=_hidden(request)).order_by("pk")


@needs("subjects.view_recipientnotice")
def recipient(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Show the open notices of one organisation; end them, or say how it hears from us."""
    organisation = get_object_or_404(Organisation, reference=reference)
    may_tend = request.user.has_perm("subjects.tend_recipientnotice")
    stamp = organisation_changes.stamp_of(organisation)
    end_form = EndForm()
    channel_form = ChannelForm(instance=organisation, initial={"seen": stamp})
    status = 200
    if request.method == "POST":
        if not may_tend:
            raise Http404
        if request.POST.get("do") == "channel":
            channel_form = ChannelForm(request.POST, instance=organisation)
            if channel_form.is_valid() and _ask_change(channel_form, request):
                return redirect("told:recipient", reference=reference)
        elif request.POST.get("do") in ("confirm", "refuse"):
            return _end_change(request, organisation)
        else:
            end_form = EndForm(request.POST)
            if end_form.is_valid():
                _end(request, organisation, end_form.cleaned_data["outcome"])
                return redirect("told:recipients")
        changed = channel_form.has_error(NON_FIELD_ERRORS, CHANGED)
        status = CONFLICT if changed else UNPROCESSABLE
        organisation.refresh_from_db()
    rows = list(_open(request, organisation).filter(pk__gt=_number(request))[: PAGE + 1])
    context = {
        "organisation": organisation,
        "rows": rows[:PAGE],
        "next_page": f"?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        "last": rows[:PAGE][-1].pk if rows else 0,
        "end_form": end_form,
        "channel_form": channel_form,
        "change": organisation_changes.waiting_of(organisation),
        "key_is_used": bool(organisation_mail.usable_key(organisation, now=timezone.now())),
        "may_tend": may_tend,
        "most": notices_file.MOST,
    }
    return render(request, "desk/told/recipient.html", context, status=status)


def _ask_change(form: ChannelForm, request: HttpRequest) -> bool:
    """Keep what was filled in; another address or key waits for a second colleague.

    Where a colleague was before, the form says so, keeps what was typed, and False is returned.
    """
    data = form.cleaned_data
    wanted = organisation_changes.Wanted(
        data["notice_channel"],
        data["privacy_email"],
        data["mail_key"],
        form.instance.mail_key_fingerprint,
    )
    try:
        mail_id = organisation_changes.ask(
            form.instance.pk,
            wanted,
            officer=cast(int, request.user.pk),
            now=timezone.now(),
            seen=data["seen"],
        )
    except ChangedMeanwhile:
        now = Organisation.objects.get(pk=form.instance.pk)
        form.data = cast(QueryDict, form.data).copy()
        form.data["seen"] = organisation_changes.stamp_of(now)
        words = _(
            "Somebody changed this organisation after you opened the page. Nothing you typed is"
            " lost: look what changed, and send it again."
        )
        form.add_error(None, ValidationError(words, CHANGED))
        return False
    if mail_id is not None:
        tasks.soon(tasks.send_mail, mail_id)
    if organisation_changes.waiting_of(form.instance) is None:
        messages.success(request, _("Saved."))
    else:
        messages.success(
            request, _("Noted. Another colleague confirms the address or key before it is used.")
        )
    return True


def _end_change(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Use, or leave aside, the address or key that a colleague asked for."""
    number = request.POST.get("change", "")
    change = organisation_changes.waiting_of(organisation)
    officer, now = cast(int, request.user.pk), timezone.now()
    if change is None or str(change.reference) != number:
        messages.error(request, _("Somebody changed this meanwhile: look again."))
    elif request.POST.get("do") == "refuse":
        organisation_changes.refuse(change.pk, officer=officer, now=now)
        messages.success(request, _("Left as it was."))
    else:
        try:
            organisation_changes.confirm(change.pk, officer=officer, now=now)
            messages.success(request, _("Confirmed: this is used from now on."))
        except SecondPersonNeeded:
            messages.error(request, _("You asked for this: another colleague confirms it."))
        except WrongState:
            messages.error(request, _("Somebody changed this meanwhile: look again."))
    return redirect("told:recipient", reference=organisation.reference)


def _end(request: HttpRequest, organisation: Organisation, outcome: str) -> None:
    """End what the page showed: the open notices up to the last of it."""
    last = request.POST.get("to", "")
    if not last.isascii() or not last.isdecimal() or len(last) > 18:
        raise Http404
    confirmed = outcome == EndForm.CONFIRMED
    # What the data's erasure is still to be told of nobody can have confirmed.
    states = notices.UNDER_WAY if confirmed else notices.NOT_ENDED
    shown = _open(request, organisation, states).filter(pk__lte=int(last))
    ended = 0
    while pks := list(shown.values_list("pk", flat=True)[: notices.BATCH]):
        ended += notices.end(
            pks,
            NoticeState.ACKNOWLEDGED if confirmed else NoticeState.IMPOSSIBLE,
            reason=None if confirmed else ImpossibleReason(outcome),
            actor=_actor(request),
            now=timezone.now(),
        )
    messages.success(
        request, ngettext("%(n)s notice ended.", "%(n)s notices ended.", ended) % {"n": ended}
    )


@needs("subjects.tend_recipientnotice")
@require_POST
def file(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Give what one organisation is to hear as a CSV file to hand over; noted in the ledger."""
    organisation = get_object_or_404(Organisation, reference=reference)
    text = notices_file.notices_of(
        organisation, without=_hidden(request), actor=_actor(request), now=timezone.now()
    )
    name = f"notices-{timezone.localdate().isoformat()}.csv"
    headers = {
        "Content-Disposition": content_disposition_header(True, name),
        "Cache-Control": "no-store",
    }
    return HttpResponse(text.encode("utf-8-sig"), content_type="text/csv", headers=headers)


@needs("subjects.tend_recipientnotice")
@require_POST
def link(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Mail an organisation its link now, instead of with the next round."""
    organisation = get_object_or_404(Organisation, reference=reference)
    mail_id = organisation_mail.send_link(organisation.pk, now=timezone.now())
    if mail_id is None:
        messages.warning(
            request,
            _("Nothing was sent: there is no address, or nothing new to tell by link."),
        )
    else:
        tasks.soon(tasks.send_mail, mail_id)
        messages.success(request, _("A link is on its way to the organisation."))
    return redirect("told:recipient", reference=reference)


# --- clients ----------------------------------------------------------------------------------


@needs("requests.view_privacyrequest")
@require_GET
def forwarded(request: HttpRequest) -> HttpResponse:
    """Show requests that went on to a seller and are not confirmed, the first due first."""
    today = timezone.localdate()
    rows = [(row, forwarding.is_late(row, today)) for row in forwarding.open_ones()]
    return render(request, "desk/told/forwarded.html", {"rows": rows, "today": today})


@needs("requests.handle_privacyrequest")
@require_POST
def forwarded_by_hand(request: HttpRequest, reference: UUID) -> HttpResponse:
    """Note that a client has a request, as when it was handed over by other means."""
    row = get_object_or_404(Forwarding, reference=reference)
    actor, now = _actor(request), timezone.now()
    try:
        forwarding.end(row.pk, ForwardingState.ACKNOWLEDGED, actor=actor, now=now)
    except OwnFile:
        raise PermissionDenied(_("This may be your own file: ask a colleague.")) from None
    messages.success(request, _("Noted: the client has this request."))
    return redirect("told:forwarded")


# --- the statement ----------------------------------------------------------------------------


@needs("policy.view_policyversion")
@require_GET
def statement(request: HttpRequest) -> HttpResponse:
    """Show how far everybody was told of each changed version of the statement."""
    runs = [_run(row) for row in StatementRun.objects.order_by("-started_at")[:10]]
    return render(request, "desk/told/statement.html", {"runs": runs})


def _run(row: StatementRun) -> dict[str, Any]:
    letters = StatementTold.objects.filter(
        version=row.version, how=ToldHow.LETTER, told_at__isnull=True
    )
    if row.finished_at:
        stands, mark = _("Everybody reached"), "success"
    elif row.paused_at:
        stands, mark = _("Waits"), "warning"
    else:
        stands, mark = _("Under way"), "info"
    return {
        "row": row,
        "open": letters.count(),
        "percent": 100 * row.last_subject // row.to_subject if row.to_subject else 100,
        "stands": stands,
        "mark": mark,
    }


@needs("subjects.tend_statementrun")
@require_POST
def pause(request: HttpRequest, version: str) -> HttpResponse:
    """Let the telling of a version wait, or go on."""
    row = get_object_or_404(StatementRun, version=version)
    stop = request.POST.get("do") == "pause"
    telling_of_statement.pause(row.version, stop=stop, actor=_actor(request), now=timezone.now())
    messages.success(
        request, _("Nobody is told until you let it go on.") if stop else _("It goes on.")
    )
    return redirect("told:statement")
