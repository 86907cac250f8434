"""What the source systems are told, and that nothing they did not do looks done."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from audit.models import Entry
from subjects import instructions, services
from subjects.constants import InstructionKind, RefusalReason, RestrictionGround
from subjects.exceptions import AnsweredOtherwise
from subjects.models import Instruction
from subjects.tests import makers
from vault import services as vault
from vault.exceptions import KeyDestroyed

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ACTOR = "user:7"
CHANGES = {"changes": [{"field": "city", "old": "Utrecht", "new": "Zwolle"}]}


def give(kind=InstructionKind.RECTIFY, **about):
    about = about or {"involvement": makers.make_involvement(), "payload": CHANGES}
    with instructions.transaction.atomic():
        given = instructions.instruct(kind, actor=ACTOR, now=NOW, **about)
    assert given is not None
    return given


def kinds() -> list[str]:
    return list(Instruction.objects.order_by("pk").values_list("kind", flat=True))


# --- what is told -----------------------------------------------------------------------------


def test_an_instruction_names_dossier_and_person_as_the_door_did_and_seals_its_values():
    involvement = makers.make_involvement()
    case = uuid4()
    given = give(InstructionKind.RECTIFY, involvement=involvement, payload=CHANGES, case=case)
    assert given.dossier_reference == involvement.dossier.reference
    assert given.involvement_reference == involvement.reference
    assert b"Zwolle" not in bytes(given.sealed_payload)
    assert instructions.payloads_of([given]) == {given.pk: CHANGES}
    body = Entry.objects.get(body__event="instruction.given").body
    assert (body["kind"], body["case"], body["system"]) == ("rectify", str(case), "test")
    assert "Zwolle" not in str(body)


def test_dossiers_of_our_own_get_no_instruction():
    dossier = makers.make_dossier("RTS", source_system="requests")
    with instructions.transaction.atomic():
        told = instructions.instruct(InstructionKind.ERASE, dossier=dossier, actor=ACTOR, now=NOW)
    assert told is None
    assert not Instruction.objects.exists()


def test_a_part_is_named_by_digest_and_category():
    record = makers.make_record(makers.make_involvement(), "debt")
    given = give(InstructionKind.ERASE, part=record)
    told = instructions.as_told(given, {})
    assert told["part"] == "record"
    assert (told["digest"], told["data_category"]) == (bytes(record.source_digest).hex(), "debt")


def test_the_same_instruction_is_given_once_while_it_is_open():
    involvement = makers.make_involvement()
    first = give(InstructionKind.SUSPEND_MEASURE, involvement=involvement)
    assert give(InstructionKind.SUSPEND_MEASURE, involvement=involvement) == first
    give(InstructionKind.RESUME_MEASURE, involvement=involvement)
    give(InstructionKind.SUSPEND_MEASURE, involvement=involvement)
    assert kinds() == ["suspend_measure", "resume_measure", "suspend_measure"]


# --- where it is told ---------------------------------------------------------------------------


def test_only_the_first_restriction_and_the_last_lifting_reach_the_system():
    involvement = makers.make_involvement()
    marks = [
        services.place_restriction(involvement.pk, ground, today=TODAY, actor=ACTOR)
        for ground in (RestrictionGround.ACCURACY, RestrictionGround.OBJECTION)
    ]
    assert kinds() == ["restrict"]
    for mark in marks:
        assert "lift" not in kinds()
        services.lift_restriction(mark.pk, informed_on=TODAY, today=TODAY, actor=ACTOR)
    assert kinds() == ["restrict", "lift"]


def test_unsubscribing_stops_the_use_at_the_system_too_and_names_the_request():
    involvement = makers.make_involvement(makers.make_dossier("MKT"))
    case = uuid4()
    for _twice in range(2):
        services.unsubscribe(involvement.pk, now=NOW, actor=ACTOR, case=case)
    assert kinds() == ["stop_use"]
    assert [row.purpose for row in instructions.open_for(case)] == ["MKT"]


def test_a_withdrawn_consent_is_told_with_the_consent_it_is_about():
    consent = makers.make_consent(makers.make_involvement())
    services.withdraw_consent(consent.pk, now=NOW, actor=ACTOR)
    (row,) = Instruction.objects.all()
    assert (row.kind, row.part) == ("stop_use", "consent")
    assert bytes(row.part_digest or b"") == bytes(consent.source_digest)


# --- answers ----------------------------------------------------------------------------------


def test_what_was_carried_out_is_closed_and_its_values_are_gone():
    given = give(InstructionKind.RECTIFY)
    key_id = given.key_id
    for _twice in range(2):
        states = instructions.acknowledge([given.reference], system="test", now=NOW)
        assert states == {given.reference: "acknowledged"}
    vault.drain_outbox()
    given.refresh_from_db()
    assert given.sealed_payload is None
    with pytest.raises(KeyDestroyed):
        vault.open_key(key_id)
    assert Entry.objects.filter(body__event="instruction.acknowledged").count() == 1


def test_a_system_answers_for_itself_only():
    given = give()
    assert instructions.acknowledge([given.reference, uuid4()], system="other", now=NOW) == {}
    with pytest.raises(Instruction.DoesNotExist):
        instructions.refuse(given.reference, RefusalReason.OTHER, system="other", now=NOW)
    assert instructions.open_of("test") == [given]
    assert instructions.open_of("other") == []


def test_a_refusal_stays_open_for_the_officer_with_its_words_sealed():
    case = uuid4()
    given = give(InstructionKind.ERASE, involvement=makers.make_involvement(), case=case)
    for _twice in range(2):
        instructions.refuse(
            given.reference, RefusalReason.LEGAL_DUTY, "Jan procedeert", system="test", now=NOW
        )
    row = Instruction.objects.get()
    assert instructions.open_for(case) == [row]
    assert instructions.explanation_of(row) == "Jan procedeert"
    assert b"procedeert" not in bytes(row.sealed_explanation or b"")
    assert instructions.open_of("test") == []
    with pytest.raises(AnsweredOtherwise):
        instructions.refuse(given.reference, RefusalReason.OTHER, system="test", now=NOW)
    assert instructions.acknowledge([given.reference], system="test", now=NOW) == {
        given.reference: "refused"
    }


def test_an_officer_sends_a_refused_instruction_again_or_settles_it():
    given = give()
    instructions.refuse(given.reference, RefusalReason.TECHNICAL, "kapot", system="test", now=NOW)
    again = instructions.send_again(given.pk, actor=ACTOR, now=NOW)
    assert instructions.payloads_of(instructions.open_of("test")) == {given.pk: CHANGES}
    assert instructions.explanation_of(again) == ""
    instructions.settle(given.pk, actor=ACTOR, now=NOW)
    assert instructions.open_of("test") == []
    assert Instruction.objects.get().key_id is None


def test_what_was_answered_about_what_is_gone_is_forgotten_after_two_years():
    gone, here = give(), give()
    for row in (gone, here):
        instructions.acknowledge([row.reference], system="test", now=NOW)
    Instruction.objects.filter(pk=gone.pk).update(dossier=None)
    assert instructions.forget(now=NOW + timedelta(days=700)) == 0
    assert instructions.forget(now=NOW + timedelta(days=740)) == 1
    assert Instruction.objects.get() == here
