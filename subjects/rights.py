"""What a person's rights change in the registry, beside restriction and unsubscribing.

As in `services`: each change in one transaction with its ledger entry, dossier's row first.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import services as audit
from subjects import corrections
from subjects.constants import HUMAN, RECTIFIABLE, Direction, InstructionKind
from subjects.exceptions import NothingToChange
from subjects.instructions import instruct
from subjects.models import (
    AutomatedDecision,
    ContactEvent,
    Involvement,
    OfInvolvement,
    Record,
    Subject,
    Suppression,
)
from subjects.names import VERSION, person_of, search_keys
from subjects.services.moving import locked
from subjects.services.noting import own_digest
from subjects.suppression import marks_of, shut
from vault import services as vault


def _note(involvement: Involvement, event: str, actor: str, **facts: audit.Fact) -> None:
    about = f"involvement:{involvement.reference}"
    audit.append_many([audit.Event(event, about, actor, facts=facts)])


# --- ending use ----------------------------------------------------------------------------


@transaction.atomic
def end_use(involvement_id: int, *, why: str, now: datetime, actor: str) -> Involvement:
    """End the use of a person's data for a dossier's purpose; they stay stored. Safe to run twice.

    Raises Involvement.DoesNotExist.

    Source: GDPR Article 21(1).
    """
    involvement = locked(involvement_id)
    if involvement.use_ended_at is None:
        involvement.use_ended_at = now
        involvement.save(update_fields=["use_ended_at"])
        purpose = str(involvement.dossier.purpose_id)
        _note(involvement, "use.ended", actor, purpose=purpose, why=why)
    return involvement


@transaction.atomic
def shut_addresses(
    involvement_id: int, purpose: str, *, now: datetime, actor: str, case: UUID | None = None
) -> int:
    """Let nobody write to a person for a purpose again; return how many addresses they have.

    The file stays in use for its own purpose; its system is told to stop using it for this one,
    once for each request (`case`). Safe to run twice.

    Source: GDPR Article 21(2) and (3).
    """
    involvement = locked(involvement_id)
    key = vault.open_keys([involvement.key_id]).get(involvement.key_id)
    if key is None:
        return 0
    identity = key.unseal(involvement.sealed_identity, place=involvement.identity_place)
    marks = marks_of(person_of(identity), involvement.person_digest)
    shut(marks, purpose, since=timezone.localdate(now))
    addresses = sum(mark.is_address for mark in marks)
    _note(involvement, "addresses.shut", actor, purpose=purpose, addresses=addresses)
    told = involvement.instructions.filter(
        kind=InstructionKind.STOP_USE, purpose=purpose, case=case
    )
    if not told.exists():
        instruct(
            InstructionKind.STOP_USE,
            involvement=involvement,
            purpose=purpose,
            payload={"purpose": purpose},
            case=case,
            actor=actor,
            now=now,
        )
    return addresses


@transaction.atomic
def shut_given(identity: Mapping[str, Any], purpose: str, *, today: date, actor: str) -> int:
    """Let nobody use the e-mail addresses and numbers that were given, also where nobody has them.

    Return how many they are.
    """
    given = [mark for mark in marks_of(person_of(identity)) if mark.is_address]
    if given:
        shut(given, purpose, since=today)
        audit.append("address.shut", object=f"purpose:{purpose}", actor=actor, addresses=len(given))
    return len(given)


@transaction.atomic
def shut_homes(identity: Mapping[str, Any], purpose: str, *, today: date, actor: str) -> int:
    """Let nobody use a name at the postal addresses given; return how many marks are new.

    Only of who is known to be this person: whoever else gives an address shuts it for nobody. Safe
    to run twice.
    """
    marks = [mark for mark in marks_of(person_of(identity)) if not mark.is_address]
    digests = [mark.digest for mark in marks]
    known = Suppression.objects.filter(digest__in=digests, purpose=purpose).count()
    if new := len(set(digests)) - known:
        shut(marks, purpose, since=today)
        audit.append("address.shut", object=f"purpose:{purpose}", actor=actor, homes=new)
    return new


# --- disputes and mistaken identity --------------------------------------------------------


@transaction.atomic
def note_dispute(involvement_id: int, words: str, *, now: datetime, actor: str) -> Involvement:
    """Note with the file that the person says they do not owe this, in their words.

    Safe to run twice: the first day stays, and the words are noted once.

    Source: GDPR Articles 16 and 18(1)(a).
    """
    involvement = locked(involvement_id)
    if involvement.disputed_on is not None:
        return involvement
    involvement.disputed_on = timezone.localdate(now)
    involvement.save(update_fields=["disputed_on"])
    event = ContactEvent(
        involvement=involvement,
        source_digest=own_digest("contact_event"),
        direction=Direction.BY_PERSON,
        channel="portal",
        happened_at=now,
    )
    key = vault.open_key(involvement.key_id)
    said = words.strip() or _("The person told us that this is not right or not owed.")
    event.sealed_note = key.seal({"text": said}, place=event.note_place)
    event.save()
    _note(involvement, "debt.disputed", actor)
    return involvement


@transaction.atomic
def unlink(involvement_id: int, *, now: datetime, actor: str) -> Involvement:
    """Part a file from the person it was wrongly linked to; its use ends. Safe to run twice.

    Source: GDPR Articles 5(1)(d), 16 and 17(1)(d).
    """
    involvement = locked(involvement_id)
    if involvement.use_ended_at is None:
        involvement = end_use(involvement_id, why="mistaken_identity", now=now, actor=actor)
    others = Involvement.objects.filter(subject=involvement.subject_id).exclude(pk=involvement.pk)
    if others.exists():
        involvement.subject = Subject.objects.create()
        involvement.save(update_fields=["subject"])
        _note(involvement, "involvement.unlinked", actor)
    return involvement


# --- rectification -------------------------------------------------------------------------


@transaction.atomic
def rectify_identity(
    involvement_id: int, changes: Mapping[str, Any], *, today: date, actor: str
) -> dict[str, Any]:
    """Give fields of an identity new values; return the old ones. Safe to run twice.

    A field may be added that was empty, and emptied with what `EMPTY` says. From then on the
    person is the source of each, and the source's next file does not bring the old ones back
    (`corrections`). Raises NothingToChange for what is no field of an identity.

    Source: GDPR Article 16.
    """
    if unknown := changes.keys() - RECTIFIABLE:
        raise NothingToChange(", ".join(sorted(unknown)))
    involvement = locked(involvement_id)
    key = vault.open_key(involvement.key_id)
    held = key.unseal(involvement.sealed_identity, place=involvement.identity_place)
    old = {name: held.get(name) for name in changes}
    changed = {name: new for name, new in changes.items() if new != held.get(name)}
    if not changed:
        return old
    given = {"source": "person", "collected_on": today.isoformat()}
    corrected = {**held, **changed}
    corrected["sources"] = {**held.get("sources", {}), **dict.fromkeys(changed, given)}
    # Tokens are committed by themselves, so first those of both, then the row, then the new
    # ones alone: a stale token costs nothing, a missing one hides a person.
    both = _tokens(held) | _tokens(corrected)
    vault.store_tokens({involvement.key_id: sorted(both)}, version=VERSION)
    involvement.sealed_identity = key.seal(corrected, place=involvement.identity_place)
    place = involvement.corrections_place
    both_values = {name: (old[name], new) for name, new in changed.items()}
    marks = corrections.noted(_marks(involvement, key), both_values, place=place, today=today)
    involvement.sealed_corrections = key.seal(marks, place=place)
    involvement.save(update_fields=["sealed_identity", "sealed_corrections"])
    transaction.on_commit(partial(trim_tokens, involvement.pk), robust=True)
    _note(involvement, "identity.rectified", actor, fields=sorted(changed))
    return old


def _marks(row: Involvement | Record, key: vault.OpenKey) -> corrections.Marks:
    if row.sealed_corrections is None:
        return {}
    return dict(key.unseal(row.sealed_corrections, place=row.corrections_place))


def _tokens(identity: Mapping[str, Any]) -> set[int]:
    return set(vault.tokens(search_keys(person_of(identity))))


@transaction.atomic
def trim_tokens(involvement_id: int) -> None:
    """Leave a person the search tokens of what is held now, and no others. Safe to run twice."""
    involvement = locked(involvement_id)
    key = vault.open_keys([involvement.key_id]).get(involvement.key_id)
    if key is None:
        return
    held = key.unseal(involvement.sealed_identity, place=involvement.identity_place)
    vault.store_tokens({involvement.key_id: sorted(_tokens(held))}, version=VERSION)


@transaction.atomic
def rectify_record(digest: bytes, field: str, value: Any, *, today: date, actor: str) -> Any:
    """Give a field of a piece of data a new value; return the old one. Safe to run twice.

    The source's next file does not bring the old one back (`corrections`).
    Raises Record.DoesNotExist.

    Source: GDPR Article 16.
    """
    record, content, key = _open_record(digest)
    old = content.get(field)
    if old != value:
        corrected = {**content, field: value}
        record.sealed_content = key.seal(corrected, place=record.content_place)
        place = record.corrections_place
        marks = corrections.noted(
            _marks(record, key), {field: (old, value)}, place=place, today=today
        )
        record.sealed_corrections = key.seal(marks, place=place)
        record.save(update_fields=["sealed_content", "sealed_corrections"])
        _note(record.involvement, "record.rectified", actor, category=str(record.data_category_id))
    return old


@transaction.atomic
def add_statement(
    part: OfInvolvement, words: str, *, case: UUID, now: datetime, actor: str
) -> ContactEvent:
    """Put what the person adds to a piece in its file, where no file of the source reaches it.

    It is sealed as that piece, goes with it, and is told in every later answer. Safe to run twice.

    Source: GDPR Article 16, second sentence.
    """
    involvement = locked(part.involvement_id)
    digest = vault.digest("desk", "statement", str(case), bytes(part.source_digest).hex())
    if found := ContactEvent.objects.filter(source_digest=digest).first():
        return found
    event = ContactEvent(
        involvement=involvement,
        source_digest=digest,
        direction=Direction.BY_PERSON,
        channel="statement",
        happened_at=now,
    )
    key = vault.open_key(involvement.key_id)
    event.sealed_note = key.seal({"text": words}, place=event.note_place)
    event.save()
    _note(involvement, "statement.added", actor, case=case)
    return event


@transaction.atomic
def book_correction(digest: bytes, field: str, value: Any, *, now: datetime, actor: str) -> Any:
    """Write a correcting line beside one of the books, which stays; return the old value.

    Safe to run twice. Source: GDPR Article 16; AWR, Article 52.
    """
    record, content, key = _open_record(digest)
    old = content.get(field)
    beside = vault.digest("desk", "correction", digest.hex(), field, str(value))
    if Record.objects.filter(source_digest=beside).exists():
        return old
    line = Record(
        involvement=record.involvement,
        source_digest=beside,
        data_category_id=record.data_category_id,
        source_id=record.source_id,
        source_organisation_id=record.source_organisation_id,
        lawful_basis=record.lawful_basis,
        provided_by_subject=True,
        collected_on=timezone.localdate(now),
    )
    correction = {"kind": "correction", "field": field, "old": old, "new": value}
    line.sealed_content = key.seal(correction, place=line.content_place)
    line.save()
    _note(record.involvement, "correction.booked", actor, category=str(record.data_category_id))
    return old


def _open_record(digest: bytes) -> tuple[Record, dict[str, Any], vault.OpenKey]:
    found = Record.objects.values_list("involvement_id", flat=True).get(source_digest=digest)
    involvement = locked(found)
    record = Record.objects.select_for_update(no_key=True).get(source_digest=digest)
    record.involvement = involvement
    key = vault.open_key(involvement.key_id)
    return record, key.unseal(record.sealed_content, place=record.content_place), key


# --- automated decisions -------------------------------------------------------------------


@transaction.atomic
def suspend_measure(digest: bytes, *, now: datetime, actor: str) -> AutomatedDecision:
    """Let what a computer decided not be carried out while a person looks. Safe to run twice.

    Source: GDPR Article 22(3).
    """
    decision = _locked_decision(digest)
    if decision.suspended_at is None:
        decision.suspended_at = now
        decision.save(update_fields=["suspended_at"])
        _note(decision.involvement, "measure.suspended", actor, kind=decision.kind)
    return decision


def locked_measure(digest: bytes) -> AutomatedDecision | None:
    """Return a decision, locked in the caller's transaction, or None once it is gone."""
    if not AutomatedDecision.objects.filter(source_digest=digest).exists():
        return None
    return _locked_decision(digest)


@transaction.atomic
def resume_measure(digest: bytes, *, actor: str) -> AutomatedDecision | None:
    """Let a suspended measure go on; return its decision, or None once that is gone."""
    if not AutomatedDecision.objects.filter(source_digest=digest).exists():
        return None
    decision = _locked_decision(digest)
    if decision.suspended_at is not None:
        decision.suspended_at = None
        decision.save(update_fields=["suspended_at"])
        _note(decision.involvement, "measure.resumed", actor, kind=decision.kind)
    return decision


@transaction.atomic
def decide_anew(
    digest: bytes,
    account: Mapping[str, Any],
    *,
    stays: bool,
    reviewer: str,
    now: datetime,
    actor: str,
) -> AutomatedDecision:
    """Put a person's reasoned decision in the place of a computer's; return the new one.

    `account` has inputs, result and effect, as any decision. Whether the measure of the old one
    goes on, the caller says with `resume_measure`. Safe to run twice.

    Source: GDPR Article 22(3).
    """
    old = _locked_decision(digest)
    if made := AutomatedDecision.objects.filter(reviews_digest=digest).first():
        return made
    new = AutomatedDecision(
        involvement=old.involvement,
        source_digest=own_digest("automated_decision"),
        kind=old.kind,
        rule_version=HUMAN,
        decided_at=now,
        is_legal_step=old.is_legal_step,
        confirmed_by=reviewer,
        reviews_digest=digest,
    )
    key = vault.open_key(old.involvement.key_id)
    new.sealed_account = key.seal(dict(account), place=new.account_place)
    new.save()
    _note(old.involvement, "decision.reviewed", actor, kind=old.kind, stays=stays)
    return new


def _locked_decision(digest: bytes) -> AutomatedDecision:
    decisions = AutomatedDecision.objects.filter(source_digest=digest)
    involvement = locked(decisions.values_list("involvement_id", flat=True).get())
    decision = decisions.select_for_update(no_key=True).get()
    decision.involvement = involvement
    return decision
