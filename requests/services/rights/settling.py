"""Noting which listed erasures were carried out: destruction itself knows nothing of requests."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from audit import services as audit
from requests.constants import EffectKind, EffectState, Outcome, Part, Right
from requests.models import Effect
from requests.services.changing import note
from retention import services as retention
from retention.constants import ListKind
from retention.models import DestructionItem, DestructionList, HeldDossier
from subjects.models import ErasureProof, Record, RestrictionMark, Unit

SCORE = "score"
BY_CONSENT = "9.2.a"


@transaction.atomic
def settle_erasures(*, now: datetime, limit: int = 1_000) -> int:
    """Note as carried out what was listed for erasure and is gone; return how many.

    A part of a file is gone when each piece that was to go is; what its list left is listed anew.
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
    settled, again = [], []
    for one in rows:
        if gone & {one.dossier_reference, one.involvement_reference}:
            settled.append(one)
        elif _is_part(one):
            left = _left(one)
            if left:
                again.append((one, left))
            else:
                settled.append(one)
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
    for effect, left in again:
        _list_again(effect, left, now)
    return len(settled)


def _is_part(effect: Effect) -> bool:
    """Tell whether pieces of data were listed, and neither a dossier nor a person's part in it."""
    if effect.right.right != Right.ERASURE:
        return False
    decision = effect.decision
    return bool(effect.part or (decision and decision.outcome == Outcome.PARTLY))


def _left(effect: Effect) -> list[int]:
    """Return the pieces of data that were to go and are still there, whatever their date is now.

    Those that a decision listed, and special data whose consent was withdrawn: they have no list
    of ours.
    """
    if effect.involvement_reference is None:
        return []
    listed = _items().filter(list__kind=ListKind.GRANTED)
    records = Record.objects.filter(involvement__reference=effect.involvement_reference)
    if effect.part == Part.SCORE:
        records = records.filter(Exists(listed), data_category=SCORE)
    elif effect.part == Part.SPECIAL:
        withdrawn = Q(special_ground=BY_CONSENT, consent__withdrawn_on__isnull=False)
        records = records.filter(Exists(listed) | withdrawn, is_special=True)
    else:
        chosen = effect.decision.data_categories if effect.decision else []
        records = records.filter(Exists(listed), data_category__in=chosen)
    return list(records.order_by("pk").values_list("pk", flat=True))


def _items() -> QuerySet[DestructionItem]:
    return DestructionItem.objects.filter(unit=Unit.RECORD, unit_id=OuterRef("pk"))


def _list_again(effect: Effect, left: list[int], now: datetime) -> None:
    """List anew what its list left behind, such as data whose date a source moved meanwhile.

    Not while it stands on a list that is still to run, or of today: so once a day at most. Nor
    while it is held or its use restricted.
    """
    decision = effect.decision
    if decision is None or decision.approved_by is None:
        return
    today = timezone.localdate(now)
    under_way = _items().filter(
        Q(list__status__in=DestructionList.LIVE) | Q(list__planned_on=today)
    )
    paused = RestrictionMark.objects.filter(involvement=OuterRef("involvement"), lifted_on=None)
    held = HeldDossier.objects.filter(dossier=OuterRef("involvement__dossier"), released_on=None)
    found = Record.objects.filter(~Exists(under_way), ~Exists(paused), ~Exists(held), pk__in=left)
    if ids := list(found.order_by("pk").values_list("pk", flat=True)):
        people = (decision.decided_by, decision.approved_by)
        case = effect.request.reference
        retention.erase_records(ids, case=case, people=people, today=today)
