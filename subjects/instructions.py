"""What source systems are told to do, what they answered, and what is still open.

A system reads its open instructions at `GET /api/v1/instructions/` and answers each. What we
hold and what it holds are then the same again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Min, QuerySet

from audit import services as audit
from subjects.constants import OWN_SYSTEMS, InstructionKind, InstructionState, RefusalReason
from subjects.exceptions import AnsweredOtherwise
from subjects.models import Dossier, Instruction, Involvement, OfInvolvement
from vault import services as vault
from vault.constants import KeyKind
from vault.services import JSONValue, OpenKey

# As long as log data: after that nothing needs to show what a system did about what is gone.
KEPT_FOR = timedelta(days=731)
LONGEST_EXPLANATION = 1_000
BATCH = 5_000


def instruct(
    kind: InstructionKind,
    *,
    involvement: Involvement | None = None,
    dossier: Dossier | None = None,
    part: OfInvolvement | None = None,
    payload: JSONValue = None,
    purpose: str = "",
    case: UUID | None = None,
    actor: str,
    now: datetime,
) -> Instruction | None:
    """Tell the source system of a dossier what to do, in the caller's transaction.

    About a person in a dossier (`involvement`), a whole `dossier`, or one `part` of what hangs
    on an involvement. `payload` holds the values it needs, such as {"changes": [{"field",
    "old", "new"}]}; it is sealed. The same instruction that is still open is not made twice,
    unless it carries values. `purpose` is that of the dossier, unless it is about another use
    of what stands there. Returns None for a dossier that no other system has.
    """
    if part is not None and involvement is None:
        involvement = part.involvement
    if involvement is not None:
        dossier = involvement.dossier
    if dossier is None:
        raise TypeError("an instruction is about an involvement or a dossier")
    if dossier.source_system in OWN_SYSTEMS:
        return None
    instruction = Instruction(
        kind=InstructionKind(kind),
        source_system=dossier.source_system,
        dossier=dossier,
        dossier_reference=dossier.reference,
        involvement=involvement,
        involvement_reference=involvement.reference if involvement else None,
        purpose=purpose or dossier.purpose_id,
        case=case,
        created_at=now,
    )
    if part is not None:
        _name_part(instruction, part)
    if payload is None and (same := _open_already(instruction)):
        return same
    if payload is not None:
        key = vault.create_key(KeyKind.INSTRUCTION)
        instruction.key_id = key.id
        instruction.sealed_payload = key.seal(payload, place=instruction.payload_place)
    instruction.save()
    audit.append(
        "instruction.given",
        object=f"instruction:{instruction.reference}",
        actor=actor,
        kind=str(instruction.kind),
        system=instruction.source_system,
        dossier=dossier.reference,
        involvement=instruction.involvement_reference,
        part=instruction.part,
        case=case,
    )
    return instruction


def _name_part(instruction: Instruction, part: OfInvolvement) -> None:
    instruction.part = part._meta.model_name or ""
    instruction.part_digest = bytes(part.source_digest)
    instruction.data_category = getattr(part, "data_category_id", "")


def _open_already(wanted: Instruction) -> Instruction | None:
    """Return the newest open instruction on the same data, where it says the same."""
    about = Instruction.objects.filter(
        source_system=wanted.source_system,
        state=InstructionState.OPEN,
        dossier=wanted.dossier,
        involvement=wanted.involvement,
        part_digest=wanted.part_digest,
        purpose=wanted.purpose,
    )
    # After a restriction and its lifting, to restrict is news again.
    newest = about.filter(kind__in=_SAME_MATTER.get(wanted.kind, (wanted.kind,))).last()
    return newest if newest and newest.kind == wanted.kind and newest.case == wanted.case else None


_RESTRICTION = (InstructionKind.RESTRICT, InstructionKind.LIFT)
_MEASURE = (InstructionKind.SUSPEND_MEASURE, InstructionKind.RESUME_MEASURE)
_SAME_MATTER: dict[str, Sequence[str]] = {
    kind: kinds for kinds in (_RESTRICTION, _MEASURE) for kind in kinds
}


# --- what a system reads and answers ----------------------------------------------------------


def open_of(
    system: str, *, after: int = 0, limit: int = 500, without: Collection[str] = ()
) -> list[Instruction]:
    """Return a system's open instructions in the order in which they were given, by key.

    `without` are purposes of which a reader who is no system may know nothing.
    """
    found = Instruction.objects.filter(
        source_system=system, state=InstructionState.OPEN, pk__gt=after
    )
    return list(found.exclude(purpose__in=without).order_by("pk")[:limit])


def payloads_of(instructions: Iterable[Instruction]) -> dict[int, JSONValue]:
    """Return the payload of each instruction that has one, by key, in one query for all keys."""
    sealed = {row.pk: row for row in instructions if row.sealed_payload is not None}
    keys = vault.open_keys([row.key_id for row in sealed.values() if row.key_id is not None])
    return {
        pk: keys[row.key_id].unseal(row.sealed_payload, place=row.payload_place)
        for pk, row in sealed.items()
        if row.key_id in keys and row.sealed_payload is not None
    }


@transaction.atomic
def acknowledge(references: Sequence[UUID], *, system: str, now: datetime) -> dict[UUID, str]:
    """Note that a system has done what it was told; return the state of each it has.

    Those of another system, or of none, are simply absent. Safe to run twice: what was answered
    before stays as it was answered. The values it was told go with their keys.
    """
    found = Instruction.objects.filter(source_system=system, reference__in=references)
    rows = list(found.order_by("pk").select_for_update(no_key=True))
    waiting = [row for row in rows if row.state == InstructionState.OPEN]
    vault.destroy_keys_later([row.key_id for row in waiting if row.key_id is not None])
    Instruction.objects.filter(pk__in=[row.pk for row in waiting]).update(
        state=InstructionState.ACKNOWLEDGED, answered_at=now, key_id=None, sealed_payload=None
    )
    done = {row.pk for row in waiting}
    audit.append_many(
        [_answer(row, "instruction.acknowledged", system, facts={}) for row in waiting]
    )
    return {
        row.reference: str(InstructionState.ACKNOWLEDGED if row.pk in done else row.state)
        for row in rows
    }


@transaction.atomic
def refuse(
    reference: UUID, reason: RefusalReason, explanation: str = "", *, system: str, now: datetime
) -> Instruction:
    """Note that a system does not do what it was told, and why; an officer solves it.

    Safe to run twice. Raises Instruction.DoesNotExist, and AnsweredOtherwise once it was
    acknowledged, or refused for another reason.
    """
    found = Instruction.objects.select_for_update(no_key=True)
    row = found.get(source_system=system, reference=reference)
    reason = RefusalReason(reason)
    if row.state != InstructionState.OPEN:
        if (row.state, row.refusal) != (InstructionState.REFUSED, reason):
            raise AnsweredOtherwise
        return row
    if explanation.strip():
        key = _key_of(row)
        row.sealed_explanation = key.seal(
            {"text": explanation[:LONGEST_EXPLANATION]}, place=row.explanation_place
        )
    row.state, row.refusal, row.answered_at = InstructionState.REFUSED, reason, now
    row.save()
    event = _answer(row, "instruction.refused", system, facts={"reason": str(reason)})
    audit.append_many([event])
    return row


def _key_of(row: Instruction) -> OpenKey:
    if row.key_id is None:
        key = vault.create_key(KeyKind.INSTRUCTION)
        row.key_id = key.id
        return key
    return vault.open_key(row.key_id)


def _answer(
    row: Instruction, event: str, system: str, *, facts: dict[str, audit.Fact]
) -> audit.Event:
    said: dict[str, audit.Fact] = {"kind": row.kind, "dossier": row.dossier_reference}
    return audit.Event(
        event, f"instruction:{row.reference}", f"system:{system}", facts=said | facts
    )


# --- what is open, for officers and for the request --------------------------------------------


def of_case(case: UUID) -> QuerySet[Instruction]:
    """Return the instructions that follow from a request, oldest first."""
    return Instruction.objects.filter(case=case).order_by("pk")


def open_for(case: UUID) -> list[Instruction]:
    """Return what follows from a request and no system has carried out yet, oldest first."""
    return list(of_case(case).exclude(state=InstructionState.ACKNOWLEDGED))


@transaction.atomic
def send_again(pk: int, *, actor: str, now: datetime) -> Instruction:
    """Open a refused instruction again, as after a talk with those who run the system."""
    row = Instruction.objects.select_for_update(no_key=True).get(pk=pk)
    if row.state != InstructionState.REFUSED:
        return row
    row.state, row.refusal, row.answered_at = InstructionState.OPEN, "", None
    row.reminded_at = row.sealed_explanation = None
    row.save()
    audit.append("instruction.sent_again", object=f"instruction:{row.reference}", actor=actor)
    return row


@transaction.atomic
def settle(pk: int, *, actor: str, now: datetime) -> Instruction:
    """Note that an officer saw to it by other means what a system refused or never answered."""
    row = Instruction.objects.select_for_update(no_key=True).get(pk=pk)
    if row.state == InstructionState.ACKNOWLEDGED:
        return row
    vault.destroy_keys_later([row.key_id] if row.key_id is not None else [])
    row.state, row.refusal, row.answered_at = InstructionState.ACKNOWLEDGED, "", now
    row.key_id = row.sealed_payload = row.sealed_explanation = None
    row.save()
    audit.append("instruction.settled", object=f"instruction:{row.reference}", actor=actor)
    return row


def explanation_of(row: Instruction) -> str:
    """Return what the system wrote when it refused, or nothing."""
    if row.sealed_explanation is None or row.key_id is None:
        return ""
    key = vault.open_keys([row.key_id]).get(row.key_id)
    text = key.unseal(row.sealed_explanation, place=row.explanation_place)["text"] if key else ""
    return str(text)


@dataclass(frozen=True)
class OpenAt:
    """What a system still has to do."""

    system: str
    count: int
    oldest_at: datetime


def open_per_system(*, without: Collection[str] = ()) -> list[OpenAt]:
    """Return how much each system has open, and since when; by system.

    `without` are purposes of which the reader may know nothing.
    """
    open_ones = Instruction.objects.filter(state=InstructionState.OPEN)
    open_ones = open_ones.exclude(purpose__in=without)
    rows = open_ones.order_by("source_system").values("source_system")
    counted = rows.annotate(count=Count("pk"), oldest_at=Min("created_at"))
    return [OpenAt(row["source_system"], row["count"], row["oldest_at"]) for row in counted]


# --- what goes --------------------------------------------------------------------------------


def erase(*, dossiers: Sequence[int], involvements: Sequence[int]) -> list[int]:
    """Delete what was said about dossiers and people that are gone; return the keys that go too.

    What destruction tells the system comes after it, with an instruction to erase.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM subjects_instruction"
            " WHERE dossier_id = ANY(%s) OR involvement_id = ANY(%s) RETURNING key_id",
            [list(dossiers), list(involvements)],
        )
        return [row[0] for row in cursor.fetchall() if row[0] is not None]


def left_behind(*, dossiers: Sequence[int], involvements: Sequence[int]) -> int:
    """Count what is still said about dossiers and people that are gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM subjects_instruction"
            " WHERE dossier_id = ANY(%s) OR involvement_id = ANY(%s)",
            [list(dossiers), list(involvements)],
        )
        return int(cursor.fetchone()[0])


@transaction.atomic
def forget(*, now: datetime, limit: int = BATCH) -> int:
    """Delete what was answered long ago about dossiers that are gone; return how many."""
    old = Instruction.objects.filter(dossier=None, answered_at__lt=now - KEPT_FOR)
    rows = list(
        old.order_by("answered_at")
        .select_for_update(skip_locked=True)
        .values_list("pk", "key_id")[:limit]
    )
    vault.destroy_keys_later([key_id for _pk, key_id in rows if key_id is not None])
    Instruction.objects.filter(pk__in=[pk for pk, _key_id in rows]).delete()
    return len(rows)


def as_told(row: Instruction, payloads: Mapping[int, JSONValue]) -> dict[str, Any]:
    """Return an instruction as the system reads it."""
    return {
        "reference": row.reference,
        "kind": row.kind,
        "dossier": row.dossier_reference,
        "involvement": row.involvement_reference,
        "purpose": row.purpose,
        "part": row.part,
        "digest": bytes(row.part_digest).hex() if row.part_digest is not None else "",
        "data_category": row.data_category,
        "given_at": row.created_at,
        "payload": payloads.get(row.pk),
    }
