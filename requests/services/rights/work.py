"""One approval at work: for whom, by whom, and what is noted of each deed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from requests.constants import (
    EffectKind,
    EffectState,
)
from requests.models import Decision, Effect, PrivacyRequest
from requests.services.changing import note
from subjects.models import Involvement


@dataclass
class Work:
    """One approval: who approves, and what of it goes down the road of destruction."""

    request: PrivacyRequest
    situation: str
    words: str
    officer: int
    now: datetime
    # By who decided and whether it was unlawful to hold: what goes together.
    dossiers: dict[tuple[int, bool], list[int]] = field(default_factory=dict)
    involvements: dict[tuple[int, bool], list[int]] = field(default_factory=dict)
    records: dict[int, list[int]] = field(default_factory=dict)
    paused: list[Involvement] = field(default_factory=list)

    @property
    def actor(self) -> str:
        return f"user:{self.officer}"

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)


People = Sequence[Involvement]


def note_done(
    work: Work,
    decision: Decision,
    kind: EffectKind,
    involvement: Involvement,
    *,
    planned_on: date | None = None,
    mark_id: int | None = None,
) -> Effect:
    """Note what was done by this decision, or is planned; what was done at once is tied to it."""
    done = planned_on is None
    effect, new = Effect.objects.get_or_create(
        request=work.request,
        right=decision.right,
        kind=kind,
        part=decision.part,
        dossier_reference=decision.dossier_reference,
        involvement_reference=involvement.reference,
        defaults={
            "decision": decision,
            "state": EffectState.DONE if done else EffectState.WAITING,
            "planned_on": planned_on,
            "carried_out_at": work.now if done else None,
            "mark_id": mark_id,
        },
    )
    if not new:
        effect.decision = decision
        effect.save(update_fields=["decision"])
        return effect
    note(
        work.request,
        "request.carried_out" if done else "request.begun_to_carry_out",
        work.actor,
        right=decision.right.right,
        kind=str(kind),
        part=decision.part,
        involvement=involvement.reference,
    )
    return effect


def is_done(work: Work, decision: Decision, kind: EffectKind, involvement: Involvement) -> bool:
    done = Effect.objects.filter(
        request=work.request, right=decision.right, kind=kind, state=EffectState.DONE
    )
    return done.filter(involvement_reference=involvement.reference).exists()


def put(where: dict[tuple[int, bool], list[int]], by: tuple[int, bool], pk: int) -> None:
    """Let one more go with what was decided by the same person, on the same ground."""
    found = where.setdefault(by, [])
    if pk not in found:
        found.append(pk)


def pause_ended(mark_id: int, *, now: datetime) -> int:
    """Note that a pause ended with each request that shows it; return how many do.

    Two requests on the same ground share one pause; and it may be ended beside them.
    """
    showing = Effect.objects.filter(kind=EffectKind.RESTRICT, mark_id=mark_id, ended_at=None)
    return showing.update(informed_at=Coalesce("informed_at", Value(now)), ended_at=now)
