"""Stopping a use the same day: who unsubscribes, and who takes back a consent."""

import uuid
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit import services as audit
from policy.periods import Anchors
from subjects.anchors import RENEWED_BY_CONTACT, end_of
from subjects.constants import InstructionKind
from subjects.door.children import record_end
from subjects.exceptions import NotMarketing
from subjects.instructions import instruct
from subjects.models import Consent, Involvement, Record, Suppression
from subjects.names import person_of
from subjects.services.moving import locked, move
from subjects.suppression import marks_of, shut, suppression_digest
from vault import services as vault

# Where a right given by consent alone was the ground: GDPR Articles 6(1)(a) and 9(2)(a).
ONLY_BY_CONSENT = Q(lawful_basis="6.1.a") | Q(special_ground="9.2.a")


@transaction.atomic
def unsubscribe(
    involvement_id: int, *, now: datetime, actor: str, case: uuid.UUID | None = None
) -> Involvement:
    """End marketing to a person: use stops at once, the data go today, the addresses stay shut.

    A dossier of one person ends with it; of several, only this person's part. Safe to run
    twice. Raises NotMarketing, Involvement.DoesNotExist.

    Source: GDPR Article 21(3); privacy statement, retention for development and marketing.
    """
    involvement = locked(involvement_id)
    if involvement.dossier.purpose_id not in RENEWED_BY_CONTACT:
        raise NotMarketing
    _suppress(involvement, timezone.localdate(now))
    _end_marketing(involvement, "unsubscribed_on", now=now, actor=actor, case=case)
    return involvement


def _end_marketing(
    involvement: Involvement, anchor: str, *, now: datetime, actor: str, case: uuid.UUID | None
) -> None:
    dossier, today = involvement.dossier, timezone.localdate(now)
    if involvement.use_ended_at is None:
        involvement.use_ended_at = now
        involvement.save(update_fields=["use_ended_at"])
        audit.append(
            "use.ended",
            object=f"involvement:{involvement.reference}",
            actor=actor,
            purpose=dossier.purpose_id,
            why=anchor.removesuffix("_on"),
        )
        instruct(InstructionKind.STOP_USE, involvement=involvement, case=case, actor=actor, now=now)
    if not dossier.involvements.exclude(pk=involvement.pk).exists():
        if getattr(dossier, anchor) is None:
            move(dossier, actor, {anchor: today})
    elif involvement.delete_from is None or involvement.delete_from > today:
        involvement.rule = end_of(dossier.purpose_id, Anchors(unsubscribed_on=today)).rule
        involvement.delete_from = today
        involvement.save(update_fields=["rule", "delete_from"])


def _suppress(involvement: Involvement, today: date) -> None:
    key = vault.open_keys([involvement.key_id]).get(involvement.key_id)
    if key is None:
        return
    identity = key.unseal(involvement.sealed_identity, place=involvement.identity_place)
    marks = marks_of(person_of(identity), involvement.person_digest)
    shut(marks, str(involvement.dossier.purpose_id), since=today)


def suppressed(purpose: str, email: str) -> bool:
    """Tell whether nobody may write to this e-mail address for this purpose any more."""
    digest = suppression_digest("email", email)
    return Suppression.objects.filter(digest=digest, purpose=purpose).exists()


@transaction.atomic
def withdraw_consent(
    consent_id: int, *, now: datetime, actor: str, case: uuid.UUID | None = None
) -> int:
    """Withdraw a consent; return how many records go today because it was their only ground.

    Consent to marketing also ends its use at once, as unsubscribing does. Safe to run twice.
    Raises Consent.DoesNotExist.

    Source: GDPR Articles 7(3) and 17(1)(b).
    """
    today = timezone.localdate(now)
    found = Consent.objects.values_list("involvement_id", flat=True).get(pk=consent_id)
    involvement = locked(found)
    consent = Consent.objects.select_for_update(no_key=True).get(pk=consent_id)
    if consent.withdrawn_on is not None:
        return 0
    consent.withdrawn_on = today
    consent.save(update_fields=["withdrawn_on"])
    rule, day = record_end(register_removed_on=None, withdrawn_on=today, only_by_consent=True)
    sooner = Q(delete_from__isnull=True) | Q(delete_from__gt=today)
    records = Record.objects.filter(ONLY_BY_CONSENT & sooner, consent=consent)
    ended = records.update(rule=rule, delete_from=day)
    audit.append(
        "consent.withdrawn",
        object=f"involvement:{involvement.reference}",
        actor=actor,
        purpose=consent.purpose_id,
        records=ended,
    )
    instruct(
        InstructionKind.STOP_USE,
        involvement=involvement,
        part=consent,
        case=case,
        actor=actor,
        now=now,
    )
    if consent.purpose_id == involvement.dossier.purpose_id in RENEWED_BY_CONTACT:
        _end_marketing(involvement, "consent_withdrawn_on", now=now, actor=actor, case=case)
    return ended
