"""A client's instruction for its dossiers of the invoice phase: delete them, or return them first.

There we only process for the client, who decides. One colleague records what the client
instructed and when, another confirms; then the dossiers are listed in batches and go at once,
whatever their number.
"""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Max, QuerySet

from audit import services as audit
from policy import services as policy
from retention import planning
from retention.constants import ListKind
from retention.exceptions import InstructionRefused, SamePerson
from retention.models import ClientInstruction
from subjects.anchors import anchors_of, end_of
from subjects.models import Dossier, Unit

Kind, State = ClientInstruction.Kind, ClientInstruction.State
# The purpose of the invoice phase.
INVOICE = "INV"
BATCH = 5_000


def dossiers_of(client_id: int) -> QuerySet[Dossier]:
    """Return a client's dossiers of the invoice phase about which it gave no instruction yet."""
    return Dossier.objects.filter(client=client_id, purpose=INVOICE, client_instructed_on=None)


def covered_by(instruction: ClientInstruction) -> QuerySet[Dossier]:
    """Return the dossiers that an instruction is about and has not reached yet."""
    found = dossiers_of(instruction.client_id).filter(pk__lte=instruction.up_to)
    return found if instruction.only is None else found.filter(pk__in=instruction.only)


@transaction.atomic
def record(
    client_id: int,
    kind: str,
    *,
    instructed_on: date,
    actor_id: int,
    today: date,
    only: Sequence[int] | None = None,
) -> ClientInstruction:
    """Record what a client instructed; nothing happens before another confirms.

    `only`: some of its dossiers; None means all there are now. Raises InstructionRefused with a
    day to come, without dossiers, or with dossiers that are not this client's in that phase.

    Source: GDPR Article 28(3)(g).
    """
    if instructed_on > today:
        raise InstructionRefused("an instruction is not of a day to come")
    found = dossiers_of(client_id)
    up_to = found.aggregate(last=Max("pk"))["last"]
    if up_to is None:
        raise InstructionRefused("the client has no such dossiers")
    if only is not None and found.filter(pk__in=only).count() != len(set(only)):
        raise InstructionRefused("not all of these are the client's, in the invoice phase")
    instruction = ClientInstruction.objects.create(
        client_id=client_id,
        kind=Kind(kind),
        instructed_on=instructed_on,
        only=None if only is None else sorted(set(only)),
        up_to=up_to,
        recorded_by=actor_id,
        recorded_on=today,
    )
    _note(instruction, "client_instruction.recorded", actor_id, instructed_on=instructed_on)
    return instruction


def _note(
    instruction: ClientInstruction, event: str, actor_id: int | None, **facts: audit.Fact
) -> None:
    actor = audit.WORKER if actor_id is None else f"user:{actor_id}"
    about = f"client_instruction:{instruction.reference}"
    named: dict[str, audit.Fact] = {"kind": instruction.kind, "client": instruction.client_id}
    audit.append_many([audit.Event(event, about, actor, facts={**named, **facts})])


def _locked(pk: int, state: str) -> ClientInstruction:
    instruction = ClientInstruction.objects.select_for_update().get(pk=pk)
    if instruction.state != state:
        raise InstructionRefused("the instruction has changed meanwhile")
    return instruction


@transaction.atomic
def confirm(
    pk: int, *, actor_id: int, today: date, handed_over_on: date | None = None
) -> ClientInstruction:
    """Confirm what another recorded; `carry_out` then lists the dossiers.

    What is to be returned is handed over before: `handed_over_on`. Raises SamePerson,
    InstructionRefused.
    """
    instruction = _locked(pk, State.RECORDED)
    if instruction.recorded_by == actor_id:
        raise SamePerson("who recorded an instruction may not confirm it")
    if instruction.kind == Kind.RETURN and (handed_over_on is None or handed_over_on > today):
        raise InstructionRefused("what is to be returned is handed over first")
    instruction.state = State.CONFIRMED
    instruction.confirmed_by, instruction.confirmed_on = actor_id, today
    instruction.handed_over_on = handed_over_on if instruction.kind == Kind.RETURN else None
    instruction.save()
    _note(
        instruction,
        "client_instruction.confirmed",
        actor_id,
        handed_over_on=instruction.handed_over_on,
    )
    return instruction


@transaction.atomic
def withdraw(pk: int, *, actor_id: int) -> ClientInstruction:
    """Drop an instruction that nobody confirmed yet. Raises InstructionRefused."""
    instruction = _locked(pk, State.RECORDED)
    instruction.state = State.WITHDRAWN
    instruction.save(update_fields=["state"])
    _note(instruction, "client_instruction.withdrawn", actor_id)
    return instruction


def carry_out_confirmed(today: date) -> list[int]:
    """List the dossiers of every confirmed instruction; return the lists made.

    Batch by batch: safe to be killed anywhere, to run again, and in parallel.
    """
    made: list[int] = []
    waiting = ClientInstruction.objects.filter(state=State.CONFIRMED).order_by("pk")
    for pk in list(waiting.values_list("pk", flat=True)):
        while (found := _next_batch(pk, today)) is not None:
            made += found
    return made


@transaction.atomic
def _next_batch(pk: int, today: date) -> list[int] | None:
    planning.one_planner_at_a_time()
    instruction = ClientInstruction.objects.select_for_update().get(pk=pk)
    if instruction.state != State.CONFIRMED:
        return None
    batch = list(
        covered_by(instruction).order_by("pk").select_for_update(no_key=True, of=("self",))[:BATCH]
    )
    if not batch:
        instruction.state = State.DONE
        instruction.save(update_fields=["state"])
        _note(instruction, "client_instruction.done", None, dossiers=instruction.listed)
        return None
    rules = policy.rules()
    for dossier in batch:
        dossier.client_instructed_on = instruction.instructed_on
        end = end_of(dossier.purpose_id, anchors_of(dossier), rules)
        dossier.rule, dossier.delete_from = end.rule, end.delete_from
        dossier.missing_anchor = end.missing_anchor
    columns = ["client_instructed_on", "rule", "delete_from", "missing_anchor"]
    Dossier.objects.bulk_update(batch, columns, batch_size=500)
    instruction.listed += len(batch)
    instruction.save(update_fields=["listed"])
    _note(instruction, "client_instruction.listed", None, dossiers=len(batch))
    listed = planning.plan_decided(
        Unit.DOSSIER,
        [dossier.pk for dossier in batch],
        ListKind.GRANTED,
        today=today,
        case=instruction.reference,
        people=(instruction.recorded_by, instruction.confirmed_by),
    )
    return [planned.id for planned in listed]
