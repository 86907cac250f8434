"""Telling source systems and recipients what a right changed here: one call for each effect.

Erasure, restriction and the end of marketing are told by those who carry them out
(`retention`, `subjects.services`); here is what else they must hear.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from subjects.constants import InstructionKind, NoticeEvent
from subjects.instructions import instruct
from subjects.models import AutomatedDecision, ContactEvent, Involvement, Record
from subjects.telling import tell_recipients


def use_ended(involvement: Involvement, *, case: UUID, actor: str, now: datetime) -> None:
    instruct(InstructionKind.STOP_USE, involvement=involvement, case=case, actor=actor, now=now)


def corrected(
    about: Involvement | Record,
    changes: Mapping[str, tuple[Any, Any]],
    *,
    case: UUID,
    actor: str,
    now: datetime,
) -> None:
    """Tell which fields have a new value; `changes` holds the old and the new by field."""
    rows = [{"field": name, "old": old, "new": new} for name, (old, new) in changes.items()]
    if isinstance(about, Record):
        involvement, part = about.involvement, about
    else:
        involvement, part = about, None
    instruct(
        InstructionKind.RECTIFY,
        involvement=involvement,
        part=part,
        payload={"changes": rows},
        case=case,
        actor=actor,
        now=now,
    )
    tell_recipients(
        NoticeEvent.RECTIFICATION,
        involvement=involvement,
        # Of one piece of data only who received its kind.
        data_category=part.data_category_id if part else "",
        changes=rows,
        case=case,
        actor=actor,
        now=now,
    )


def added(
    part: Record | ContactEvent | AutomatedDecision,
    words: str,
    *,
    case: UUID,
    actor: str,
    now: datetime,
) -> None:
    """Tell what the person adds to a piece: its source, and who received its kind of data."""
    rows = [{"field": "statement", "old": None, "new": words}]
    instruct(
        InstructionKind.RECTIFY,
        involvement=part.involvement,
        part=part,
        payload={"changes": rows},
        case=case,
        actor=actor,
        now=now,
    )
    if isinstance(part, Record):
        category = part.data_category_id
    else:
        category = "correspondence" if isinstance(part, ContactEvent) else "score"
    tell_recipients(
        NoticeEvent.RECTIFICATION,
        involvement=part.involvement,
        data_category=category,
        changes=rows,
        case=case,
        actor=actor,
        now=now,
    )


def compute_again(involvement: Involvement, *, case: UUID, actor: str, now: datetime) -> None:
    """Ask to compute a score anew from the corrected data."""
    payload = {"changes": [], "compute_again": "score"}
    instruct(
        InstructionKind.RECTIFY,
        involvement=involvement,
        payload=payload,
        case=case,
        actor=actor,
        now=now,
    )


def disputed(involvement: Involvement, *, case: UUID, actor: str, now: datetime) -> None:
    """Ask to note the dispute and to put it to the client."""
    payload = {"changes": [{"field": "disputed", "old": False, "new": True}], "ask": "client"}
    instruct(
        InstructionKind.RECTIFY,
        involvement=involvement,
        payload=payload,
        case=case,
        actor=actor,
        now=now,
    )


def measure(
    decision: AutomatedDecision, *, suspended: bool, case: UUID, actor: str, now: datetime
) -> None:
    """Tell that a measure is suspended, or goes on."""
    kind = InstructionKind.SUSPEND_MEASURE if suspended else InstructionKind.RESUME_MEASURE
    instruct(kind, involvement=decision.involvement, part=decision, case=case, actor=actor, now=now)
