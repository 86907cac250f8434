"""Changes to the registry, each in one transaction with its ledger entry.

Who locks: the dossier's row first, then its involvement's. Destruction takes the same rows, so
a change comes wholly before it, or finds nothing (`DoesNotExist`).
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from audit import services as audit
from policy import services as policy
from policy.models import DataCategory, PolicyVersion, Purpose
from policy.periods import Anchors
from policy.statement import Rules
from subjects.anchors import ANCHORS, RENEWED_BY_CONTACT, UNTOLD, anchors_of, end_of
from subjects.constants import (
    EEA,
    Direction,
    InstructionKind,
    NoticeEvent,
    RestrictionGround,
)
from subjects.door.children import record_end
from subjects.exceptions import (
    AlreadyRestricted,
    EndedForGood,
    ImpossibleDates,
    NotInStatement,
    NotMarketing,
    PersonNotInformed,
    Restricted,
    TransferRefused,
    UseEnded,
)
from subjects.first_contact import without_first_contact_notice
from subjects.instructions import instruct
from subjects.looking import looks_at, note_look, search_for
from subjects.models import (
    Consent,
    ContactEvent,
    Disclosure,
    Dossier,
    FirstContactNotice,
    Involvement,
    Recipient,
    Record,
    RestrictionMark,
    Suppression,
)
from subjects.names import person_of
from subjects.notices import tell_recipients
from subjects.reading import person_view
from subjects.suppression import suppression_digest, suppression_digests
from vault import services as vault

# Offered here too, so that callers need one place.
__all__ = [
    "looks_at",
    "note_look",
    "person_view",
    "search_for",
    "without_first_contact_notice",
]
# Of these nothing is taken back: they end the use for good.
FINAL = ("unsubscribed_on", "consent_withdrawn_on")
# Where a right given by consent alone was the ground: GDPR Articles 6(1)(a) and 9(2)(a).
ONLY_BY_CONSENT = Q(lawful_basis="6.1.a") | Q(special_ground="9.2.a")
END = ("rule", "delete_from", "missing_anchor")


# --- when a dossier goes --------------------------------------------------------------------


@transaction.atomic
def move_anchors(dossier_id: int, *, actor: str, **anchors: Any) -> Dossier:
    """Set anchors of a dossier, and with them rule and date; return the dossier.

    Raises TypeError for what is no anchor, ImpossibleDates, EndedForGood, Dossier.DoesNotExist.
    """
    if unknown := anchors.keys() - set(ANCHORS):
        raise TypeError(f"no anchor of a dossier: {', '.join(sorted(unknown))}")
    dossier = Dossier.objects.select_for_update(no_key=True).get(pk=dossier_id)
    return _move(dossier, actor, anchors)


def _move(dossier: Dossier, actor: str, anchors: dict[str, Any]) -> Dossier:
    moved = [name for name in anchors if getattr(dossier, name) != anchors[name]]
    if not moved:
        return dossier
    for name in FINAL:
        held = getattr(dossier, name)
        if name in moved and held and (anchors[name] is None or anchors[name] > held):
            raise EndedForGood
    for name in moved:
        setattr(dossier, name, anchors[name])
    if dossier.opened_on and dossier.closed_on and dossier.closed_on < dossier.opened_on:
        raise ImpossibleDates
    _write_end(dossier, policy.rules())
    dossier.save(update_fields=[*moved, *END])
    audit.append(
        "dossier.anchors_moved",
        object=f"dossier:{dossier.reference}",
        actor=actor,
        moved=sorted(set(moved) - UNTOLD),
        rule=dossier.rule,
        due=dossier.delete_from,
        missing=dossier.missing_anchor,
    )
    return dossier


def _write_end(dossier: Dossier, rules: Rules) -> None:
    """Compute rule and date from the anchors."""
    end = end_of(dossier.purpose_id, anchors_of(dossier), rules)
    dossier.rule, dossier.delete_from = end.rule, end.delete_from
    dossier.missing_anchor = end.missing_anchor


# --- stopping use the same day ----------------------------------------------------------------


def _locked(involvement_id: int) -> Involvement:
    """Return an involvement with its dossier, both locked against destruction."""
    dossiers = Dossier.objects.filter(involvements=involvement_id).order_by()
    dossier = dossiers.select_for_update(no_key=True, of=("self",)).first()
    if dossier is None:
        raise Involvement.DoesNotExist
    involvement = Involvement.objects.select_for_update(no_key=True).get(pk=involvement_id)
    involvement.dossier = dossier
    return involvement


@transaction.atomic
def unsubscribe(
    involvement_id: int, *, now: datetime, actor: str, case: uuid.UUID | None = None
) -> Involvement:
    """End marketing to a person: use stops at once, the data go today, the addresses stay shut.

    A dossier of one person ends with it; of several, only this person's part. Safe to run
    twice. Raises NotMarketing, Involvement.DoesNotExist.

    Source: GDPR Article 21(3); privacy statement, retention for development and marketing.
    """
    involvement = _locked(involvement_id)
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
            _move(dossier, actor, {anchor: today})
    elif involvement.delete_from is None or involvement.delete_from > today:
        involvement.rule = end_of(dossier.purpose_id, Anchors(unsubscribed_on=today)).rule
        involvement.delete_from = today
        involvement.save(update_fields=["rule", "delete_from"])


def _suppress(involvement: Involvement, today: date) -> None:
    key = vault.open_keys([involvement.key_id]).get(involvement.key_id)
    if key is None:
        return
    identity = key.unseal(involvement.sealed_identity, place=involvement.identity_place)
    Suppression.objects.bulk_create(
        [
            Suppression(digest=digest, purpose_id=involvement.dossier.purpose_id, since=today)
            for digest in suppression_digests(person_of(identity))
        ],
        ignore_conflicts=True,
    )


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
    involvement = _locked(found)
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


# --- restriction ------------------------------------------------------------------------------


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
    involvement = _locked(involvement_id)
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
        tell_recipients(
            NoticeEvent.RESTRICTION,
            involvement=involvement,
            case=case,
            actor=actor,
            now=timezone.now(),
        )
    return mark


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

    Raises PersonNotInformed without the day on which they were told, or with one to come.

    Source: GDPR Article 18(3).
    """
    _wait_for_slices()
    # The involvement too: of two that lift at once, the second sees that nothing is left.
    found = RestrictionMark.objects.values_list("involvement_id", flat=True).get(pk=mark_id)
    involvement = _locked(found)
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
    if not involvement.restrictions.filter(lifted_on=None).exists():
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


def _require_use(involvement: Involvement, *, for_claim: bool) -> None:
    """Raise Restricted or UseEnded where the data may not be used.

    Source: GDPR Article 18(2): restricted data may be used for a legal claim.
    """
    if involvement.use_ended_at is not None:
        raise UseEnded
    if not for_claim and involvement.restrictions.filter(lifted_on=None).exists():
        raise Restricted


# --- what happens with a person's data --------------------------------------------------------


def _own_digest(kind: str) -> bytes:
    """Return a digest for a row that no source sent."""
    return vault.digest("desk", kind, uuid.uuid4().hex)


@transaction.atomic
def record_disclosure(
    involvement_id: int,
    recipient: Recipient,
    *,
    purpose: str,
    data_categories: Sequence[str],
    disclosed_on: date,
    reason: str,
    actor: str,
    country: str = "NL",
    mechanism: str = "",
    for_claim: bool = False,
) -> Disclosure:
    """Note who received what, when and why.

    Raises TransferRefused for a country outside the EEA without mechanism, Restricted or
    UseEnded where the data may not be used, NotInStatement for an unknown code.

    Source: GDPR Articles 15(1)(c), 18(2) and 44.
    """
    if country not in EEA and not mechanism:
        raise TransferRefused(country)
    _require_codes(purpose, data_categories)
    involvement = _locked(involvement_id)
    _require_use(involvement, for_claim=for_claim)
    disclosure = Disclosure(
        involvement=involvement,
        source_digest=_own_digest("disclosure"),
        recipient=recipient,
        purpose_id=purpose,
        data_categories=list(data_categories),
        disclosed_on=disclosed_on,
        country=country,
        transfer_mechanism=mechanism,
    )
    key = vault.open_key(involvement.key_id)
    disclosure.sealed_reason = key.seal({"text": reason}, place=disclosure.reason_place)
    disclosure.save()
    audit.append(
        "disclosure.recorded",
        object=f"involvement:{involvement.reference}",
        actor=actor,
        recipient=recipient.pk,
        purpose=purpose,
        categories=list(data_categories),
        country=country,
        mechanism=mechanism,
    )
    return disclosure


def _require_codes(purpose: str, data_categories: Collection[str]) -> None:
    if not Purpose.objects.filter(pk=purpose, retired=False).exists():
        raise NotInStatement(purpose)
    known = DataCategory.objects.filter(pk__in=data_categories, retired=False)
    for code in sorted(set(data_categories) - set(known.values_list("pk", flat=True))):
        raise NotInStatement(code)


@transaction.atomic
def record_contact(
    involvement_id: int,
    direction: Direction,
    *,
    channel: str,
    happened_at: datetime,
    note: str,
    actor: str,
    for_claim: bool = False,
) -> ContactEvent:
    """Note a letter, call or message; one by the person renews a marketing period.

    Raises Restricted or UseEnded for one *to* the person that may not be.
    """
    involvement = _locked(involvement_id)
    if direction == Direction.TO_PERSON:
        _require_use(involvement, for_claim=for_claim)
    event = ContactEvent(
        involvement=involvement,
        source_digest=_own_digest("contact_event"),
        direction=direction,
        channel=channel,
        happened_at=happened_at,
    )
    key = vault.open_key(involvement.key_id)
    event.sealed_note = key.seal({"text": note}, place=event.note_place)
    event.save()
    audit.append(
        "contact.recorded",
        object=f"involvement:{involvement.reference}",
        actor=actor,
        direction=str(direction),
    )
    if direction == Direction.BY_PERSON:
        _renew(involvement.dossier, timezone.localdate(happened_at), actor)
    return event


def _renew(dossier: Dossier, day: date, actor: str) -> None:
    last = dossier.last_contact_on
    if dossier.purpose_id in RENEWED_BY_CONTACT and (last is None or last < day):
        _move(dossier, actor, {"last_contact_on": day})


@transaction.atomic
def add_first_contact_notice(
    involvement_id: int,
    *,
    sent_on: date,
    channel: str,
    statement_version: str,
    objection_shown_apart: bool,
    actor: str,
) -> FirstContactNotice:
    """Note that a person was told of the processing. Raises NotInStatement for its version.

    Source: GDPR Articles 14 and 21(4).
    """
    if not PolicyVersion.objects.filter(pk=statement_version, published_on__isnull=False).exists():
        raise NotInStatement(statement_version)
    involvement = _locked(involvement_id)
    notice = FirstContactNotice.objects.create(
        involvement=involvement,
        source_digest=_own_digest("first_contact_notice"),
        sent_on=sent_on,
        channel=channel,
        statement_version=statement_version,
        objection_shown_apart=objection_shown_apart,
    )
    audit.append(
        "notice.sent",
        object=f"involvement:{involvement.reference}",
        actor=actor,
        sent_on=sent_on,
        version=statement_version,
        objection_apart=objection_shown_apart,
    )
    return notice
