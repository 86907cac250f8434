"""Noting which listed erasures were carried out: destruction itself knows nothing of requests."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from requests.constants import EffectKind, EffectState, Outcome, Part
from requests.models import Effect
from requests.services.changing import note
from subjects.models import ErasureProof, Record

SCORE = "score"


@transaction.atomic
def settle_erasures(*, now: datetime, limit: int = 1_000) -> int:
    """Note as carried out what was listed for erasure and is gone; return how many.

    Safe to run twice and in parallel.
    """
    waiting = Effect.objects.filter(
        kind=EffectKind.ERASE,
        state=EffectState.WAITING,
        planned_on__lte=timezone.localdate(now),
    )
    rows = list(
        waiting.select_related("request", "right", "decision")
        .select_for_update(of=("self",), skip_locked=True)
        .order_by("planned_on", "pk")[:limit]
    )
    references = {one.dossier_reference for one in rows} | {
        one.involvement_reference for one in rows
    }
    proofs = ErasureProof.objects.filter(reference__in=references)
    gone = set(proofs.values_list("reference", flat=True))
    settled = [
        one
        for one in rows
        if gone & {one.dossier_reference, one.involvement_reference}
        or (_is_part(one) and not _left(one))
    ]
    for effect in settled:
        effect.state, effect.carried_out_at = EffectState.DONE, now
        effect.save(update_fields=["state", "carried_out_at"])
        note(
            effect.request,
            "request.carried_out",
            audit.WORKER,
            right=effect.right.right,
            kind=effect.kind,
            part=effect.part,
            involvement=effect.involvement_reference,
        )
    return len(settled)


def _is_part(effect: Effect) -> bool:
    """Tell whether pieces of data were listed, and neither a dossier nor a person's part in it."""
    decision = effect.decision
    return bool(effect.part or (decision and decision.outcome == Outcome.PARTLY))


def _left(effect: Effect) -> bool:
    """Tell whether something of the part that was listed is still there."""
    if effect.involvement_reference is None:
        return False
    records = Record.objects.filter(
        involvement__reference=effect.involvement_reference, delete_from__lte=effect.planned_on
    )
    if effect.part == Part.SCORE:
        return records.filter(data_category=SCORE).exists()
    if effect.part == Part.SPECIAL:
        return records.filter(is_special=True).exists()
    chosen = effect.decision.data_categories if effect.decision else []
    return records.filter(data_category__in=chosen).exists()
