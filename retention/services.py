"""Holds: what stops destruction, and what lets it go on."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db import connection, transaction

from audit import services as audit
from policy.calendars import day_after
from retention.exceptions import HoldRefused
from retention.models import HeldDossier, HoldKind, LegalHold
from subjects.models import Dossier

REVIEW_MONTHS = 6


@transaction.atomic
def place_hold(
    kind: HoldKind,
    case: UUID,
    dossier_ids: Iterable[int],
    *,
    today: date,
    actor: str,
    approver_id: int | None = None,
    review_on: date | None = None,
) -> LegalHold:
    """Hold these dossiers back from destruction; waits at most for one slice of it.

    A claim needs an approver and a review within six months, and never covers what the
    anti-money-laundering act has destroyed (Wwft 33-34a): raises HoldRefused.
    """
    if kind == HoldKind.CLAIM:
        if approver_id is None:
            raise HoldRefused("a claim needs an approver")
        if review_on is None or not today < review_on < day_after(today, months=REVIEW_MONTHS):
            raise HoldRefused("a claim is reviewed within six months")
    with connection.cursor() as cursor:
        # First the lock, then the look: what a slice has destroyed meanwhile is then seen.
        cursor.execute("LOCK TABLE retention_helddossier IN ROW EXCLUSIVE MODE")
    dossiers = Dossier.objects.filter(pk__in=list(dossier_ids))
    if kind == HoldKind.CLAIM and dossiers.filter(purpose_id="AML").exists():
        raise HoldRefused("a claim may not hold anti-money-laundering data")
    hold = LegalHold.objects.create(
        kind=kind, case=case, approver_id=approver_id, placed_on=today, review_on=review_on
    )
    held = HeldDossier.objects.bulk_create(
        HeldDossier(hold=hold, dossier_id=pk) for pk in dossiers.values_list("pk", flat=True)
    )
    audit.append(
        "hold.placed", object=f"hold:{hold.pk}", actor=actor, kind=str(kind), dossiers=len(held)
    )
    return hold


@transaction.atomic
def release_hold(hold: LegalHold, *, today: date, actor: str) -> int:
    """Release a hold; return how many dossiers it held. Safe to run twice."""
    released = hold.dossiers.filter(released_on=None).update(released_on=today)
    if released:
        audit.append("hold.released", object=f"hold:{hold.pk}", actor=actor, dossiers=released)
    return released
