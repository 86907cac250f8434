"""What a letter says of recipients: who was told of what was done, true for each kind of deed."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from requests import services, tasks
from requests.constants import Outcome, Right, Situation, State
from requests.decisions.lines import Choice
from requests.exceptions import AnswerLacks
from requests.letters import making
from requests.letters.making import letters_of
from requests.officer.checklist import Places
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
from requests.tests.test_page import opened
from retention.followup import follow_up
from retention.models import DestructionList
from retention.running import destroy_list
from subjects import notices
from subjects import services as subjects
from subjects.constants import ImpossibleReason, NoticeState, RestrictionGround
from subjects.models import Involvement, Organisation, RecipientNotice
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


def page_of(client, asked):
    return client.get(opened(client, asked)).content.decode()


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


# --- who cannot be told --------------------------------------------------------------------


def make_paused_without_address(**fields):
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1), source_system="casus"))
    make_disclosure(person, make_recipient(**{"privacy_email": ""} | fields))
    asked = make_asked(Right.RESTRICTION, people=[person])
    decide(asked, choices=pausing(asked, person))
    approve(asked, choices=pausing(asked, person))
    return asked


def test_who_has_no_address_is_not_said_to_hear_of_it_until_somebody_gives_a_reason():
    asked = make_paused_without_address()
    with pytest.raises(AnswerLacks) as lacks:
        build_pack(asked.pk, now=NOW)
    [gap] = lacks.value.gaps
    assert (gap.article, gap.what) == ("19", "told_one")
    assert Places(asked, []).of(gap) == reverse("told:recipients")
    assert gap.what not in PASSING
    [notice] = RecipientNotice.objects.all()
    notices.end(
        [notice.pk],
        NoticeState.IMPOSSIBLE,
        reason=ImpossibleReason.NO_ADDRESS,
        actor="user:1",
        now=NOW,
    )
    told = letter_of(asked)["restriction"]
    assert told == ["Deurwaarder BV: niet verteld. Er is geen adres van deze organisatie."]


def test_who_gets_an_address_or_a_file_hears_of_it():
    asked = make_paused_without_address()
    Organisation.objects.filter(name="Deurwaarder BV").update(privacy_email="avg@dw.example")
    assert letter_of(asked) == {"restriction": [SOON]}
    other = make_paused_without_address(notice_channel="file")
    assert letter_of(other) == {"restriction": [SOON]}


def test_a_file_that_goes_later_and_whose_recipient_has_no_address_is_known_before_the_letter():
    person = make_involvement(make_dossier(**LONG_CLOSED))
    make_disclosure(person, make_recipient(privacy_email=""))
    asked = make_asked(Right.ERASURE, people=[person])
    choices = granting(line_of(asked, Right.ERASURE, person), grounds="Oud en afgedaan.")
    decide(asked, choices=choices)
    approve(asked, choices=choices)
    assert [gap.what for gap in draft(asked).gaps] == ["told_one"]


@pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
def test_who_could_not_be_told_of_an_erasure_is_not_to_be_told_again_once_it_is_done():
    person = make_involvement(make_dossier(**LONG_CLOSED))
    make_disclosure(person, make_recipient(privacy_email=""))
    make_disclosure(person, make_recipient("Bureau BV"))
    asked = make_asked(Right.ERASURE, people=[person])
    choices = granting(line_of(asked, Right.ERASURE, person), grounds="Oud en afgedaan.")
    decide(asked, choices=choices)
    approve(asked, choices=choices)
    unknown = RecipientNotice.objects.get(recipient__organisation__privacy_email="")
    why = ImpossibleReason.NO_ADDRESS
    notices.end([unknown.pk], NoticeState.IMPOSSIBLE, reason=why, actor="user:1", now=NOW)
    [listed] = DestructionList.objects.filter(case=asked.reference)
    destroy_list(listed.pk, today=TODAY)
    follow_up(listed.pk, now=NOW)
    states = RecipientNotice.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["impossible", "to_send"]


@pytest.mark.parametrize("right", [Right.RESTRICTION, Right.ERASURE, Right.RECTIFICATION])
def test_who_comes_to_light_between_approval_and_letter_is_told_too(right):
    person = make_involvement(make_dossier(**LONG_CLOSED))
    asked = make_asked(right, people=[person])
    if right == Right.RECTIFICATION:
        services.note_identity(
            asked.pk, "last_name", "Amrani", evidence="Paspoort", officer=OFFICER, now=NOW
        )
    ground = "18.1.a" if right == Right.RESTRICTION else ""
    line = line_of(asked, right, person)
    choices = granting(line, grounds="Oud en afgedaan.", ground=ground)
    decide(asked, choices=choices)
    approve(asked, choices=choices)
    make_disclosure(person, make_recipient(privacy_email="avg@dw.example"))
    with pytest.raises(AnswerLacks) as lacks:
        build_pack(asked.pk, now=NOW)
    assert [gap.what for gap in lacks.value.gaps] == ["told"]
    for _twice in range(2):
        tasks.build_pack(asked.pk)
    asked.refresh_from_db()
    assert asked.state == State.ANSWERED
    notice = RecipientNotice.objects.get()
    assert (notice.event, notice.case) == (right, asked.reference)
    [(_row, letter)] = letters_of(asked)
    assert told_in(letter) == {right: [SOON]}


def test_who_was_told_hears_nothing_twice_when_it_is_looked_at_again():
    person = make_open_case()
    asked = make_asked(Right.RESTRICTION, people=[person])
    choices = pausing(asked, person)
    decide(asked, choices=choices)
    approve(asked, choices=choices)
    for _twice in range(2):
        services.tell_again(asked.pk, now=NOW)
    assert RecipientNotice.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "wij hebben het nog niet verteld"),
        ({"state": "sent", "sent_at": NOW}, "Zij lieten nog niet weten"),
        (
            {"state": "acknowledged", "sent_at": NOW, "ended_at": NOW},
            "Zij lieten op 24 juni 2026 weten",
        ),
        ({"state": "impossible", "reason": "ended", "ended_at": NOW}, "bestaat niet meer"),
        (
            {"state": "impossible", "reason": "no_answer", "sent_at": NOW, "ended_at": NOW},
            "Binnen 60 dagen",
        ),
    ],
)
def test_the_person_reads_on_their_page_what_became_of_each_recipient(client, fields, words):
    person = make_open_case()
    asked = make_asked(Right.RESTRICTION, people=[person])
    answer(asked, choices=pausing(asked, person))
    RecipientNotice.objects.update(**fields)
    page = page_of(client, asked)
    assert "Wie uw gegevens kreeg, en dit van ons hoort" in page
    assert "Deurwaarder BV (" in page
    assert words in page


def test_before_the_answer_the_page_names_nobody(client):
    asked = make_paused_without_address()
    assert "Deurwaarder BV" not in page_of(client, asked)
