"""Restricting the use of data, and lifting that (GDPR Article 18)."""

import uuid
from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from audit import services as audit
from subjects.constants import InstructionKind, NoticeEvent, RestrictionGround
from subjects.exceptions import AlreadyRestricted, PersonNotInformed, Restricted, UseEnded
from subjects.instructions import instruct
from subjects.models import Involvement, RestrictionMark, Suppression
from subjects.names import person_of
from subjects.services.moving import locked
from subjects.suppression import asked_of
from subjects.telling import tell_recipients
from vault import services as vault

MARKETING = "MKT"


@transaction.atomic
def place_restriction(
    involvement_id: int,
    ground: RestrictionGround,
    *,
    today: date,
    actor: str,
    case: uuid.UUID | None = None,
) -> RestrictionMark:
    """Restrict what is held of a person in a dossier; waits at most for one slice of destruction.

    Raises AlreadyRestricted, Involvement.DoesNotExist.

    Source: GDPR Article 18(1).
    """
    _wait_for_slices()
    involvement = locked(involvement_id)
    ground = RestrictionGround(ground)
    standing = set(involvement.restrictions.filter(lifted_on=None).values_list("ground", flat=True))
    if ground in standing:
        raise AlreadyRestricted
    mark = RestrictionMark.objects.create(
        involvement=involvement, dossier=involvement.dossier, ground=ground, since=today
    )
    audit.append(
        "restriction.placed",
        object=f"involvement:{involvement.reference}",
        actor=actor,
        ground=str(ground),
        dossier=involvement.dossier.reference,
    )
    if not standing:
        instruct(
            InstructionKind.RESTRICT,
            involvement=involvement,
            case=case,
            actor=actor,
            now=timezone.now(),
        )
    tell_restricted(involvement, case=case, actor=actor)
    return mark


def tell_restricted(involvement: Involvement, *, case: uuid.UUID | None = None, actor: str) -> None:
    """Tell each recipient that was not told yet that the use is restricted. Safe to run twice.

    On each ground anew: somebody may have received the data since the first.

    Source: GDPR Article 19.
    """
    tell_recipients(
        NoticeEvent.RESTRICTION,
        involvement=involvement,
        case=case,
        actor=actor,
        now=timezone.now(),
    )


def _wait_for_slices() -> None:
    with connection.cursor() as cursor:
        # First the lock, then the look: what a slice has destroyed meanwhile is then seen.
        cursor.execute("LOCK TABLE subjects_restrictionmark IN ROW EXCLUSIVE MODE")


@transaction.atomic
def lift_restriction(
    mark_id: int,
    *,
    informed_on: date | None,
    today: date,
    actor: str,
    case: uuid.UUID | None = None,
) -> RestrictionMark:
    """Lift a restriction, once the person has been told of it. Safe to run twice.

    Of data whose use has ended for good nobody is told that they may be used again.
    Raises PersonNotInformed without the day on which they were told, or with one to come.

    Source: GDPR Article 18(3).
    """
    _wait_for_slices()
    # The involvement too: of two that lift at once, the second sees that nothing is left.
    found = RestrictionMark.objects.values_list("involvement_id", flat=True).get(pk=mark_id)
    involvement = locked(found)
    mark = RestrictionMark.objects.select_for_update(no_key=True).get(pk=mark_id)
    if mark.lifted_on is not None:
        return mark
    if informed_on is None or not mark.since <= informed_on <= today:
        raise PersonNotInformed
    mark.lifted_on = today
    mark.save(update_fields=["lifted_on"])
    audit.append(
        "restriction.lifted",
        object=f"involvement:{involvement.reference}",
        actor=actor,
        ground=mark.ground,
        informed_on=informed_on,
    )
    used = involvement.use_ended_at is None
    if used and not involvement.restrictions.filter(lifted_on=None).exists():
        instruct(
            InstructionKind.LIFT,
            involvement=involvement,
            case=case,
            actor=actor,
            now=timezone.now(),
        )
        tell_recipients(
            NoticeEvent.LIFTED,
            involvement=involvement,
            case=case,
            actor=actor,
            now=timezone.now(),
        )
    return mark


def require_use(involvement: Involvement, *, for_claim: bool, purpose: str = "") -> None:
    """Raise Restricted or UseEnded where the data may not be used for a purpose.

    Source: GDPR Article 18(2): restricted data may be used for a legal claim; Article 21(3).
    """
    if involvement.use_ended_at is not None:
        raise UseEnded
    if purpose == MARKETING and is_suppressed(involvement, MARKETING):
        raise UseEnded
    if not for_claim and involvement.restrictions.filter(lifted_on=None).exists():
        raise Restricted


def is_suppressed(involvement: Involvement, purpose: str) -> bool:
    """Tell whether a person, or an address of theirs, may not be used for a purpose any more."""
    key = vault.open_keys([involvement.key_id]).get(involvement.key_id)
    if key is None:
        return True
    identity = key.unseal(involvement.sealed_identity, place=involvement.identity_place)
    asked = asked_of(person_of(identity), involvement.person_digest)
    return Suppression.objects.filter(digest__in=asked, purpose=purpose).exists()
