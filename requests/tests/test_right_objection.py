"""Objection (21(1)), marketing (21(2)) and consent (7(3)): what stops, when, by whose word."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from requests import codes, services
from requests.constants import EffectKind, Outcome, Right, State
from requests.exceptions import Incomplete
from requests.models import Decision, Effect, EmailCode, PrivacyRequest
from requests.tests.makers import ANOTHER, LATER, OFFICER, make_match, make_request
from requests.tests.rights import (
    NOW,
    TODAY,
    approve,
    decide,
    granting,
    line_of,
    make_asked,
    refusing,
)
from retention import holds, planning
from retention.constants import HoldReason
from retention.models import DestructionList
from subjects.constants import InstructionKind
from subjects.models import Instruction, Record, Suppression
from subjects.names import person_of
from subjects.services import suppressed
from subjects.suppression import marks_of
from subjects.tests.makers import (
    an_identity,
    make_consent,
    make_dossier,
    make_involvement,
    make_record,
    make_special_record,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
GROUNDS = {"grounds": "Persoonlijke situatie weegt zwaarder dan de vordering."}


def make_case(**fields):
    return make_involvement(make_dossier(opened_on=date(2025, 1, 1), **fields))


def make_marketing(subject=None, **fields):
    dossier = make_dossier("MKT", last_contact_on=date(2026, 1, 5), **fields)
    return make_involvement(dossier, subject, category="client_contact")


def hold_for_a_claim(dossier):
    claim = holds.Proposal(
        dossiers=[dossier.pk],
        purposes=[dossier.purpose_id],
        reason=next(iter(HoldReason)),
        words="Procedure",
        review_on=TODAY + timedelta(days=30),
    )
    return holds.propose(claim, actor_id=1, today=TODAY)


# --- objection -----------------------------------------------------------------------------


def test_an_objection_to_collection_is_weighed_and_when_granted_the_use_ends():
    person = make_case(source_system="casus")
    asked = make_asked(Right.OBJECTION, people=[person])
    line = line_of(asked, Right.OBJECTION, person)
    assert line.proposed.outcome is None
    assert line.proposed.note is not None
    assert "Meestal geweigerd" in line.proposed.note.nl
    with pytest.raises(Incomplete):
        decide(asked, choices=granting(line))
    approve(asked, choices=granting(line, **GROUNDS))
    person.refresh_from_db()
    assert person.use_ended_at == NOW
    assert person.delete_from is None
    assert Effect.objects.get().kind == "end_use"
    assert Instruction.objects.get().kind == InstructionKind.STOP_USE


def test_a_refused_objection_changes_nothing_and_is_for_two():
    person = make_case()
    asked = make_asked(Right.OBJECTION, people=[person])
    decide(asked, choices=refusing(line_of(asked, Right.OBJECTION, person), **GROUNDS))
    approve(asked)
    person.refresh_from_db()
    assert person.use_ended_at is None
    assert Decision.objects.get().approved_by == ANOTHER


def test_development_stops_and_its_data_go_today():
    person = make_involvement(make_dossier("DEV", last_contact_on=date(2026, 1, 5)))
    asked = make_asked(Right.OBJECTION, people=[person])
    assert line_of(asked, Right.OBJECTION, person).proposed.outcome == Outcome.GRANTED
    approve(asked)
    person.dossier.refresh_from_db()
    assert person.dossier.delete_from == TODAY
    # The letter says that its use stopped, and nothing of marketing.
    assert [one.kind for one in asked.effects.all()] == [EffectKind.END_USE]


def test_what_rests_on_contract_or_law_alone_is_not_open_to_objection():
    person = make_involvement(make_dossier("CLI"), category="client_contact")
    make_record(person, "contact", lawful_basis="6.1.b")
    asked = make_asked(Right.OBJECTION, people=[person])
    assert line_of(asked, Right.OBJECTION, person).proposed.outcome == Outcome.REFUSED
    make_record(person, "contact", lawful_basis="6.1.f")
    assert line_of(asked, Right.OBJECTION, person).proposed.is_weighed


def test_the_treatment_of_a_case_does_not_change_because_somebody_asked():
    person = make_case(closed_on=None)
    before = dict(type(person.dossier).objects.values().get(pk=person.dossier_id))
    asked = make_asked(Right.ACCESS, Right.OBJECTION, people=[person])
    decide(asked, choices=refusing(line_of(asked, Right.OBJECTION, person), **GROUNDS))
    approve(asked)
    assert dict(type(person.dossier).objects.values().get(pk=person.dossier_id)) == before


# --- marketing: the same day, nobody's approval ---------------------------------------------


def test_marketing_ends_the_moment_person_and_identity_are_known():
    person = make_marketing()
    case = make_case()
    asked = make_asked(Right.MARKETING, people=[person])
    person.refresh_from_db()
    person.dossier.refresh_from_db()
    case.refresh_from_db()
    assert asked.state == State.HANDLING
    assert not Decision.objects.exists()
    assert person.use_ended_at is not None
    assert person.dossier.delete_from == TODAY
    assert suppressed("MKT", "fatima@example.nl")
    assert case.use_ended_at is None
    effect = Effect.objects.get(kind="unsubscribe")
    assert (effect.state, effect.decision) == ("done", None)
    [made] = planning.plan_same_day(TODAY)
    assert made.status == "approved"


def verify(asked):
    code = codes.new_email_code(asked.reference)
    EmailCode.objects.filter(request=asked).update(used_at=LATER)
    EmailCode.objects.create(
        request=asked, digest=code.digest, expires_at=LATER + timedelta(minutes=15)
    )
    return services.verify_email_code(asked.pk, code.text, now=LATER)


def test_the_proof_of_the_address_on_file_is_enough_without_any_colleague():
    person = make_marketing()
    asked = make_request(rights=[Right.MARKETING])
    make_match(asked, person.subject, evidence=["email:equal", "last_name:equal"])
    person.refresh_from_db()
    assert person.use_ended_at is None
    verify(asked)
    person.refresh_from_db()
    assert person.use_ended_at == LATER
    asked.refresh_from_db()
    assert asked.state == State.RECEIVED


def test_the_address_proved_after_the_search_and_before_give_the_same():
    person = make_marketing()
    asked = make_request(rights=[Right.MARKETING])
    verify(asked)
    services.propose_matches(asked.pk, now=LATER)
    person.refresh_from_db()
    assert person.use_ended_at == LATER


@pytest.mark.parametrize("channel", ["phone", "letter", "email", "api", "portal"])
def test_what_address_and_number_were_given_are_shut_on_receipt_whoever_asks(channel):
    asked = make_request(rights=[Right.MARKETING], channel=channel)
    assert suppressed("MKT", "fatima@example.nl")
    assert Suppression.objects.filter(is_address=True).count() == 2
    assert not Effect.objects.exists()
    assert asked.state == State.RECEIVED


def test_who_stopped_before_homes_were_kept_is_remembered_from_their_request_and_nobody_else():
    make_asked(Right.MARKETING, people=[make_marketing()])
    homes = {mark.digest for mark in marks_of(person_of(an_identity())) if not mark.is_address}
    kept = Suppression.objects.filter(is_address=False)
    assert homes
    assert homes <= {bytes(digest) for digest in kept.values_list("digest", flat=True)}
    kept.delete()
    # Whoever asks in another's name, and is not known, shuts no home.
    make_request(rights=[Right.MARKETING], identity=an_identity(last_name="Buurman"))
    for said in ("2 marks kept", "0 marks kept"):
        out = StringIO()
        call_command("remember_who_stopped", stdout=out)
        assert out.getvalue().strip() == said
    assert {bytes(digest) for digest in kept.values_list("digest", flat=True)} == homes


def test_another_right_shuts_no_address_until_an_officer_reads_this_one_in_it():
    asked = make_request(rights=[Right.ACCESS])
    assert not Suppression.objects.exists()
    rights = [Right.ACCESS, Right.MARKETING]
    services.change_rights(asked.pk, rights, officer=OFFICER, now=LATER)
    assert suppressed("MKT", "fatima@example.nl")


def test_an_address_alone_does_not_touch_somebody_of_another_name_who_shares_it():
    person = make_marketing()
    asked = make_request(rights=[Right.MARKETING])
    make_match(asked, person.subject, evidence=["email:equal", "first_name:differs"])
    verify(asked)
    person.refresh_from_db()
    assert person.use_ended_at is None


def test_who_is_not_known_ends_nobodys_marketing():
    person = make_marketing()
    asked = make_request(rights=[Right.MARKETING])
    make_match(asked, person.subject, evidence=["last_name:equal"])
    services.carry_out_at_once(asked.pk, now=LATER)
    person.refresh_from_db()
    assert person.use_ended_at is None


def test_carrying_it_out_again_does_nothing():
    asked = make_asked(Right.MARKETING, people=[make_marketing()])
    count = Effect.objects.count()
    assert services.carry_out_at_once(asked.pk, now=NOW) == 0
    assert Effect.objects.count() == count


def test_a_hold_for_a_claim_does_not_delay_the_end_of_marketing():
    person = make_marketing()
    hold_for_a_claim(person.dossier)
    make_asked(Right.MARKETING, people=[person])
    person.refresh_from_db()
    assert person.use_ended_at is not None


def test_a_relation_keeps_its_file_and_its_addresses_are_shut():
    person = make_involvement(make_dossier("CLI"), category="client_contact")
    make_asked(Right.MARKETING, people=[person])
    person.refresh_from_db()
    assert person.use_ended_at is None
    assert suppressed("MKT", "fatima@example.nl")


def test_what_took_effect_at_once_is_answered_as_granted_and_not_otherwise():
    person = make_marketing()
    asked = make_asked(Right.MARKETING, people=[person])
    line = line_of(asked, Right.MARKETING, person)
    assert line.at_once
    with pytest.raises(Incomplete):
        decide(asked, choices=refusing(line))
    assert approve(asked).state == State.APPROVED
    effect = Effect.objects.get(kind="unsubscribe")
    assert effect.decision is not None
    assert effect.decision.outcome == Outcome.GRANTED


def test_a_collection_case_has_no_marketing_to_end():
    person = make_case()
    asked = make_asked(Right.MARKETING, people=[person])
    line = line_of(asked, Right.MARKETING, person)
    assert line.proposed.outcome == Outcome.NOT_APPLICABLE
    assert approve(asked).state == State.APPROVED


# --- consent -------------------------------------------------------------------------------


def test_consent_ends_at_once_and_what_rested_on_it_alone_goes_today():
    person = make_case()
    consent = make_consent(person)
    alone = make_special_record(person, special_ground="9.2.a", consent=consent)
    for_claim = make_special_record(person, consent=consent)
    asked = make_asked(Right.CONSENT, people=[person])
    consent.refresh_from_db()
    assert consent.withdrawn_on == TODAY
    going = Record.objects.filter(delete_from=TODAY)
    assert list(going.values_list("pk", flat=True)) == [alone.pk]
    assert for_claim.delete_from is None
    part = line_of(asked, Right.CONSENT, person, "special")
    assert part.at_once
    assert approve(asked).state == State.APPROVED


def test_where_nobody_consented_the_answer_says_so():
    person = make_case()
    asked = make_asked(Right.CONSENT, people=[person])
    line = line_of(asked, Right.CONSENT, person)
    assert line.proposed.outcome == Outcome.NOT_APPLICABLE
    assert "toestemming" in line.reason
    assert approve(asked).state == State.APPROVED
    assert not Effect.objects.exists()


def test_consent_to_marketing_ends_its_use_the_same_day():
    person = make_marketing()
    make_consent(person)
    make_asked(Right.CONSENT, people=[person])
    person.refresh_from_db()
    person.dossier.refresh_from_db()
    assert person.use_ended_at is not None
    assert person.dossier.consent_withdrawn_on == TODAY
    assert not DestructionList.objects.exists()


def test_what_a_lost_task_left_is_carried_out_by_the_beat():
    from requests import tasks

    person = make_marketing()
    asked = make_request(rights=[Right.MARKETING])
    match = make_match(asked, person.subject, evidence=["email:equal"])
    asked.email_verified_at = LATER
    asked.save()
    assert services.asks_at_once(limit=10) == [asked.pk]
    tasks.carry_out_today()
    person.refresh_from_db()
    assert person.use_ended_at is not None
    assert services.asks_at_once(limit=10) == []
    assert match.state == "proposed"


def confirmed_by_phone(person, *rights):
    """Take in a call, and let an officer say who is meant; nothing is proven of who called."""
    asked = make_request(rights=list(rights), channel="phone")
    match = make_match(asked, person.subject, evidence=["last_name:equal"])
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    person.refresh_from_db()
    return asked


def test_marketing_ends_when_an_officer_says_who_is_meant_and_consent_needs_proof():
    person = make_marketing()
    consent = make_consent(person, purpose_id="COL")
    confirmed_by_phone(person, Right.MARKETING, Right.CONSENT)
    assert person.use_ended_at == LATER
    consent.refresh_from_db()
    assert consent.withdrawn_on is None


def test_it_tells_whoever_asks_nothing_until_it_is_known_who_they_are():
    confirmed_by_phone(make_marketing(), Right.MARKETING)
    assert Effect.objects.get().sure_at is None
    assert services.to_confirm(limit=10) == []


def test_what_was_done_before_is_told_once_it_is_proven_and_done_once():
    person = make_marketing()
    asked = confirmed_by_phone(person, Right.MARKETING)
    asked.email_verified_at = NOW
    asked.save()
    asked.matches.update(evidence=["email:equal"])
    services.carry_out_at_once(asked.pk, now=NOW)
    effect = Effect.objects.get(kind="unsubscribe")
    assert (effect.carried_out_at, effect.sure_at) == (LATER, NOW)
    assert services.to_confirm(limit=10) == [asked.pk]


def test_a_relation_s_system_is_told_to_stop_marketing_by_a_call():
    person = make_involvement(make_dossier("CLI", source_system="crm"), category="client_contact")
    asked = confirmed_by_phone(person, Right.MARKETING)
    told = Instruction.objects.get()
    assert (told.kind, told.purpose, told.case) == ("stop_use", "MKT", asked.reference)


def test_of_whom_the_proven_address_is_on_file_nothing_waits_for_today():
    person = make_marketing()
    asked = make_request(rights=[Right.MARKETING])
    match = make_match(asked, person.subject, evidence=["last_name:equal", "email:equal"])
    everything = PrivacyRequest.objects.all()
    assert services.must_stop_today(everything).exists()
    everything.update(email_verified_at=LATER)
    assert not services.must_stop_today(everything).exists()
    type(match).objects.update(evidence=["email:equal", "birth_date:differs"])
    assert services.must_stop_today(everything).exists()


def test_who_is_proposed_and_not_said_to_be_meant_waits_for_today():
    person = make_marketing()
    asked = make_request(rights=[Right.MARKETING], channel="letter")
    make_request(rights=[Right.ACCESS])
    everything = PrivacyRequest.objects.all()
    assert not services.must_stop_today(everything).exists()
    match = make_match(asked, person.subject, evidence=["last_name:equal"])
    assert list(services.must_stop_today(everything)) == [asked]
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    assert not services.must_stop_today(everything).exists()


@pytest.mark.parametrize(
    ("purpose", "outcome", "article"),
    [("CRD", Outcome.GRANTED, "21.3"), ("COL", Outcome.NOT_APPLICABLE, "21.2")],
)
def test_of_a_score_it_is_decided_apart_whether_it_is_used_for_marketing(purpose, outcome, article):
    person = make_involvement(make_dossier(purpose))
    make_record(person, "score", source="own")
    asked = make_asked(Right.MARKETING, people=[person])
    line = line_of(asked, Right.MARKETING, person, "score")
    assert (line.proposed.outcome, line.proposed.article) == (outcome, article)
    decide(asked)
    approve(asked)
    done = Effect.objects.filter(request=asked, part="score").values_list("kind", flat=True)
    assert list(done) == (["suppress"] if outcome == Outcome.GRANTED else [])
