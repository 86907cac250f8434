"""What a letter says of recipients: who was told of what was done, true for each kind of deed."""

from datetime import date, timedelta

import pytest

from requests import services
from requests.constants import Outcome, Right, Situation, State
from requests.decisions.lines import Choice
from requests.exceptions import AnswerLacks
from requests.letters import making
from requests.letters.making import letters_of
from requests.officer.pages import PASSING
from requests.packs.making import build_pack
from requests.report.answering import held_for
from requests.services.rights import correcting
from requests.tests.makers import OFFICER
from requests.tests.rights import (
    LONG_CLOSED,
    NOW,
    TODAY,
    approve,
    decide,
    granting,
    line_of,
    make_asked,
)
from retention.followup import follow_up
from retention.models import DestructionList
from retention.running import destroy_list
from subjects import services as subjects
from subjects.constants import RestrictionGround
from subjects.models import Involvement, RecipientNotice
from subjects.tests.makers import (
    an_identity,
    make_disclosure,
    make_dossier,
    make_involvement,
    make_recipient,
    make_record,
)
from vault import services as vault

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

NOBODY = "Wij gaven deze gegevens aan niemand anders. Er was dus niemand om het aan te vertellen."
SOON = "Deurwaarder BV: krijgt hiervan bericht"


def make_open_case(**fields) -> Involvement:
    """Make a debtor in an open case whose name and debt went to a bailiff."""
    person = make_involvement(
        make_dossier(opened_on=date(2025, 1, 1), source_system="casus"), **fields
    )
    make_disclosure(person)
    return person


def answer(asked, **changed):
    """Decide, approve and answer; return of each right who was told, by the letter that went."""
    decide(asked, **changed)
    approve(asked, **changed)
    return letter_of(asked)


def letter_of(asked):
    build_pack(asked.pk, now=NOW)
    asked.refresh_from_db()
    assert asked.state == State.ANSWERED
    [(_row, letter)] = letters_of(asked)
    return told_in(letter)


def told_in(letter):
    return {
        right["code"]: [line for row in right["rows"] for line in row["told"]]
        for right in letter["rights"]
    }


def pausing(asked, person, ground="18.1.a"):
    return granting(line_of(asked, Right.RESTRICTION, person), ground=ground)


def draft(asked):
    asked.refresh_from_db()
    return making.draft_answer(asked, held_for(asked), today=TODAY, carried_out=True)


# --- nothing sticks ------------------------------------------------------------------------


def test_a_dispute_is_answered_and_says_nothing_of_recipients_for_nothing_they_have_changed():
    asked = make_asked(
        Right.RECTIFICATION,
        people=[make_open_case()],
        situation=Situation.DISPUTE,
        words="Ik betwist deze schuld",
    )
    assert answer(asked) == {"rectification": []}
    assert not RecipientNotice.objects.exists()


def test_a_dispute_with_a_pause_is_answered_and_of_the_pause_the_recipient_hears():
    asked = make_asked(
        Right.RECTIFICATION,
        Right.RESTRICTION,
        people=[make_open_case()],
        situation=Situation.DISPUTE,
        words="Ik betwist deze schuld",
    )
    services.pause_meanwhile(asked.pk, officer=OFFICER, now=NOW)
    assert answer(asked) == {"rectification": [], "restriction": [SOON]}


@pytest.mark.parametrize(("kind", "told"), [("correspondence", NOBODY), ("debt", SOON)])
def test_of_a_corrected_piece_those_hear_who_received_its_kind_and_nobody_is_said_otherwise(
    kind, told
):
    person = make_open_case()
    record = make_record(person, kind)
    key = vault.open_key(person.key_id)
    name = next(iter(key.unseal(record.sealed_content, place=record.content_place)))
    asked = make_asked(Right.RECTIFICATION, people=[person], words="dat klopt niet")
    correcting.note_record(
        asked.pk, record.pk, name, "nieuw", evidence="brief", officer=OFFICER, now=NOW
    )
    assert answer(asked) == {"rectification": [told]}


def test_a_pause_on_a_second_ground_is_told_to_who_received_the_data_since_the_first():
    person = make_open_case()
    subjects.place_restriction(person.pk, RestrictionGround.CLAIM, today=TODAY, actor="user:1")
    make_disclosure(person, make_recipient("Later BV"), disclosed_on=TODAY)
    asked = make_asked(Right.RESTRICTION, people=[person])
    told = answer(asked, choices=pausing(asked, person))
    assert told == {"restriction": [SOON, "Later BV: krijgt hiervan bericht"]}
    assert RecipientNotice.objects.count() == 2


def test_a_pause_on_a_ground_that_stands_is_told_to_who_received_the_data_since():
    person = make_open_case()
    subjects.place_restriction(person.pk, RestrictionGround.ACCURACY, today=TODAY, actor="user:1")
    make_disclosure(person, make_recipient("Later BV"), disclosed_on=TODAY)
    asked = make_asked(Right.RESTRICTION, people=[person])
    told = answer(asked, choices=pausing(asked, person))
    assert told == {"restriction": [SOON, "Later BV: krijgt hiervan bericht"]}


def make_relation():
    person = make_involvement(make_dossier("CLI", source_system="crm"), category="client_contact")
    make_disclosure(person)
    make_record(person, "agreement")
    return person


def erasing(asked, person, *kinds):
    line = line_of(asked, Right.ERASURE, person)
    reason = "Deze gegevens zijn niet meer van belang."
    return {line.key: Choice(Outcome.PARTLY, "17.1.a", reason, data=kinds)}


def test_of_a_part_that_nobody_received_the_letter_goes_and_says_so():
    person = make_relation()
    letters = make_record(person, "correspondence")
    asked = make_asked(Right.ERASURE, people=[person])
    choices = erasing(asked, person, "correspondence")
    decide(asked, choices=choices)
    approve(asked, choices=choices)
    letters.delete()
    services.settle_erasures(now=NOW)
    assert letter_of(asked) == {"erasure": [NOBODY]}


@pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
def test_of_a_part_that_somebody_received_the_letter_waits_until_they_are_found():
    person = make_relation()
    make_record(person, "debt")
    asked = make_asked(Right.ERASURE, people=[person])
    choices = erasing(asked, person, "debt")
    decide(asked, choices=choices)
    approve(asked, choices=choices)
    [listed] = DestructionList.objects.filter(case=asked.reference)
    destroy_list(listed.pk, today=TODAY)
    services.settle_erasures(now=NOW)
    with pytest.raises(AnswerLacks) as lacks:
        build_pack(asked.pk, now=NOW)
    assert [gap.what for gap in lacks.value.gaps] == ["told_later"]
    assert set(PASSING) >= {"told_later"}
    follow_up(listed.pk, now=NOW)
    assert letter_of(asked) == {"erasure": [SOON]}


def test_nothing_passes_by_itself_that_nobody_is_to_do():
    assert "told" not in PASSING


def test_marketing_data_that_went_without_a_list_of_ours_are_told_to_who_received_them():
    person = make_involvement(make_dossier("MKT", last_contact_on=date(2026, 1, 5)))
    make_disclosure(person, data_categories=["contact"])
    asked = make_asked(Right.ERASURE, people=[person])
    assert answer(asked) == {"erasure": [SOON]}
    assert RecipientNotice.objects.get().state == "waiting"


# --- nobody else's -------------------------------------------------------------------------


def test_a_letter_names_nobody_who_was_told_of_another_in_the_same_file():
    person = make_open_case()
    other = make_involvement(
        person.dossier, category="co_liable", identity=an_identity(first_name="Piet")
    )
    mine = make_asked(Right.RESTRICTION, people=[person])
    answer(mine, choices=pausing(mine, person))
    RecipientNotice.objects.update(sent_at=NOW, state="sent")
    asked = make_asked(Right.RESTRICTION, people=[other])
    assert answer(asked, choices=pausing(asked, other)) == {"restriction": [NOBODY]}


def test_a_pause_that_ended_before_is_not_told_as_this_one():
    person = make_open_case()
    before = TODAY - timedelta(days=200)
    mark = subjects.place_restriction(
        person.pk, RestrictionGround.ACCURACY, today=before, actor="user:1"
    )
    RecipientNotice.objects.update(
        sent_at=NOW - timedelta(days=200), state="acknowledged", ended_at=NOW
    )
    subjects.lift_restriction(
        mark.pk, informed_on=before, today=TODAY - timedelta(days=99), actor="user:1"
    )
    asked = make_asked(Right.RESTRICTION, people=[person])
    assert answer(asked, choices=pausing(asked, person)) == {"restriction": [SOON]}


def test_a_correction_of_an_earlier_request_is_not_told_as_of_this_one():
    person = make_open_case()
    for name in ("Jansen", "Janssen"):
        asked = make_asked(Right.RECTIFICATION, people=[person], words="mijn naam is fout")
        correcting.note_identity(
            asked.pk, "last_name", name, evidence="paspoort", officer=OFFICER, now=NOW
        )
        told = answer(asked)
        RecipientNotice.objects.filter(case=asked.reference).update(
            sent_at=NOW - timedelta(days=9), state="sent"
        )
    assert told == {"rectification": [SOON]}


def test_an_erasure_that_another_request_asked_first_is_told_of_in_both_letters():
    person = make_involvement(make_dossier(**LONG_CLOSED))
    make_disclosure(person)
    letters = []
    for _ in range(2):
        asked = make_asked(Right.ERASURE, people=[person])
        line = line_of(asked, Right.ERASURE, person)
        choices = granting(line, grounds="Oud en afgedaan.")
        decide(asked, choices=choices)
        approve(asked, choices=choices)
        letters.append(told_in(draft(asked).letter))
    assert letters == [{"erasure": [SOON]}] * 2
