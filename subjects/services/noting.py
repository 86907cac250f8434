"""Noting what happens with a person's data: who received them, what was written or said."""

import uuid
from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from policy.models import DataCategory, PolicyVersion, Purpose
from subjects.anchors import RENEWED_BY_CONTACT
from subjects.constants import EEA, Direction
from subjects.exceptions import NotInStatement, TransferRefused
from subjects.models import ContactEvent, Disclosure, Dossier, FirstContactNotice, Recipient
from subjects.services.moving import locked, move
from subjects.services.restricting import require_use, tell_restricted
from vault import services as vault


def own_digest(kind: str) -> bytes:
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

    Who receives data whose use is restricted hears that too. Raises TransferRefused for a country
    outside the EEA without mechanism, Restricted or UseEnded where the data may not be used,
    NotInStatement for an unknown code.

    Source: GDPR Articles 15(1)(c), 18(2), 19 and 44.
    """
    if country not in EEA and not mechanism:
        raise TransferRefused(country)
    _require_codes(purpose, data_categories)
    involvement = locked(involvement_id)
    require_use(involvement, for_claim=for_claim, purpose=purpose)
    disclosure = Disclosure(
        involvement=involvement,
        source_digest=own_digest("disclosure"),
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
    if involvement.restrictions.filter(lifted_on=None).exists():
        tell_restricted(involvement, actor=actor)
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
    involvement = locked(involvement_id)
    if direction == Direction.TO_PERSON:
        purpose = str(involvement.dossier.purpose_id)
        require_use(involvement, for_claim=for_claim, purpose=purpose)
    event = ContactEvent(
        involvement=involvement,
        source_digest=own_digest("contact_event"),
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
        move(dossier, actor, {"last_contact_on": day})


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
    involvement = locked(involvement_id)
    notice = FirstContactNotice.objects.create(
        involvement=involvement,
        source_digest=own_digest("first_contact_notice"),
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
