"""Leaving out what is about somebody else: exact words, a visible mark, the reason, two people."""

import io
import json
from typing import Any

import pikepdf
import pytest

from audit.services import entries_about
from requests.decisions import deciding
from requests.exceptions import AnswerLacks, Incomplete, SecondPersonNeeded, WrongState
from requests.letters.making import letters_of
from requests.letters.models import Redaction as Row
from requests.packs import making, taking
from requests.redaction import redactions
from requests.redaction.redacting import Redaction, applied, missed, redacted
from requests.report import answering
from requests.tests.answers import NOW, TODAY, choices_for, make_approved, make_case, make_ready
from requests.tests.held import held, held_contact, held_decision, held_disclosure, held_record
from requests.tests.makers import ANOTHER, OFFICER
from requests.tests.test_desk import address, enter, text_of
from subjects.models import Record
from subjects.tests.makers import make_dossier, make_involvement, make_record
from vault import services as vault

database = pytest.mark.django_db(databases=["default", "keystore"])
NEIGHBOUR = "buurvrouw Jansen"
REASON = "dit gaat over iemand anders"


# --- plainly -------------------------------------------------------------------------------


def of(view, kind, piece, words=NEIGHBOUR):
    return Redaction(view.reference, kind, piece.pk, words, REASON)


def test_only_the_words_go_and_the_reason_stands_in_their_place():
    contact = held_contact(note=f"Sprak met {NEIGHBOUR} over de brief.")
    other = held_contact(note=f"Weer {NEIGHBOUR}.")
    view = held(contacts=[contact, other])
    [shown] = redacted([view], [of(view, "contact", contact)], "nl")
    assert shown.contacts[0].note == f"Sprak met [weggelaten: {REASON}] over de brief."
    assert shown.contacts[1].note == other.note
    [english] = redacted([view], [of(view, "contact", contact)], "en")
    assert english.contacts[0].note == f"Sprak met [left out: {REASON}] over de brief."


def test_every_part_of_a_file_can_hold_a_mark_however_deep():
    record = held_record(content={"lijst": [{"naam": NEIGHBOUR}], "n": 3})
    disclosure, decision = (
        held_disclosure(reason=NEIGHBOUR),
        held_decision(account={"result": NEIGHBOUR}),
    )
    view = held(records=[record], disclosures=[disclosure], decisions=[decision])
    marks = [
        of(view, "record", record),
        of(view, "disclosure", disclosure),
        of(view, "decision", decision),
    ]
    [shown] = redacted([view], marks, "nl")
    mark = f"[weggelaten: {REASON}]"
    account = shown.decisions[0].account or {}
    assert shown.records[0].content == {"lijst": [{"naam": mark}], "n": 3}
    assert shown.disclosures[0].reason == account["result"] == mark


def test_another_file_with_the_same_words_stays_whole():
    mine, other = held(contacts=[held_contact(note=NEIGHBOUR)]), held()
    stranger = Redaction(other.reference, "contact", mine.contacts[0].pk, NEIGHBOUR, REASON)
    assert redacted([mine], [stranger], "nl") == [mine]
    assert applied([mine], [stranger]) == {}


def test_words_that_no_longer_stand_there_are_missed():
    contact = held_contact(note="Heel iets anders.")
    view = held(contacts=[contact])
    assert missed([view], [of(view, "contact", contact)]) == [of(view, "contact", contact)]
    assert missed([], [of(view, "contact", contact)]) == []


# --- in a request --------------------------------------------------------------------------


def make_noted(words=f"Gesproken met {NEIGHBOUR}."):
    person = make_case()
    record = make_record(person, content={"text": words})
    return person, record, make_ready(person)


def leave_out(request, words=NEIGHBOUR, officer=OFFICER, **fields):
    return redactions.mark(
        request.pk,
        redactions.places_of(request, words),
        words=words,
        reason=REASON,
        officer=officer,
        now=NOW,
        **fields,
    )


def approve(request, officer=ANOTHER):
    return deciding.decide_and_approve(request.pk, choices_for(request), officer=officer, now=NOW)


@database
def test_what_is_left_out_is_nowhere_in_page_pdf_and_json_and_the_reason_is():
    _person, _record, request = make_noted()
    assert leave_out(request) == 1
    approve(request)
    pack = making.build_pack(request.pk, now=NOW).pack
    assert pack
    data = taking.open_pack(pack, "json", actor="person", now=NOW).decode()
    assert NEIGHBOUR not in data
    assert f"Gesproken met [weggelaten: {REASON}]." in data
    report = json.loads(data)
    assert (
        report["confirmation"]["text"].endswith("voor dat vindt u de reden.")
        or "reden" in (report["confirmation"]["text"])
    )
    told = [one for purpose in report["purposes"] for one in purpose["dossiers"]]
    assert [one["left_out"]["pieces"] for one in told if one["left_out"]["pieces"]] == [1]
    pages = taking.open_pack(pack, "pdf", actor="person", now=NOW)
    with pikepdf.open(io.BytesIO(pages)) as pdf:
        assert NEIGHBOUR.encode() not in pdf.attachments["answer.json"].get_file().read_bytes()
    request.refresh_from_db()
    [(_row, letter)] = letters_of(request)
    assert "iets weg dat over een ander gaat" in json.dumps(letter, ensure_ascii=False)


@database
def test_who_left_something_out_does_not_approve_the_answer():
    _person, _record, request = make_noted()
    leave_out(request, officer=OFFICER)
    with pytest.raises(SecondPersonNeeded):
        approve(request, officer=OFFICER)
    approve(request, officer=ANOTHER)


@database
def test_a_piece_that_changed_since_stops_the_answer():
    person, record, request = make_noted()
    leave_out(request)
    key = vault.open_key(person.key_id)
    changed = key.seal({"text": f"Nu {NEIGHBOUR.upper()}"}, place=record.content_place)
    Record.objects.filter(pk=record.pk).update(sealed_content=changed)
    with pytest.raises(AnswerLacks) as refused:
        approve(request)
    reference = str(person.dossier.reference)
    assert [(gap.article, gap.what, gap.dossier) for gap in refused.value.gaps] == [
        ("15(4)", "redaction", reference)
    ]


@database
def test_a_reason_words_and_a_place_are_needed_and_the_right_state():
    _person, _record, request = make_noted()
    places = redactions.places_of(request, NEIGHBOUR)
    common: dict[str, Any] = {"officer": OFFICER, "now": NOW}
    for words, reason, where in (
        (NEIGHBOUR, " ", places),
        (" ", REASON, places),
        ("x", REASON, []),
    ):
        with pytest.raises(Incomplete):
            redactions.mark(request.pk, where, words=words, reason=reason, **common)
    answered = make_approved(make_case())
    with pytest.raises(WrongState):
        leave_out(answered)


@database
def test_what_was_left_out_is_sealed_and_can_be_given_again():
    _person, _record, request = make_noted()
    leave_out(request)
    row = Row.objects.get()
    assert b"Jansen" not in bytes(row.sealed_content)
    redactions.unmark(request.pk, row.reference, officer=OFFICER)
    assert NEIGHBOUR in json.dumps(answering.report_for(request, today=TODAY))
    names = [one.body["event"] for one in entries_about(f"request:{request.reference}")]
    assert names.count("answer.redacted") == names.count("answer.unredacted") == 1


@database
def test_what_may_not_be_told_cannot_be_found_to_leave_out():
    person = make_case()
    check = make_involvement(make_dossier("AML", unusual_report_on=TODAY), person.subject)
    make_record(check, "unusual_report", content={"text": "GEHEIM"}, source="own")
    assert redactions.places_of(make_ready(person), "GEHEIM") == []


# --- the page ------------------------------------------------------------------------------


@database
def test_an_officer_finds_the_words_and_chooses_where_they_go(client):
    _person, _record, request = make_noted()
    there = address(request, "left-out")
    enter(client, "auditor")
    assert client.get(there).status_code == 403
    enter(client, "privacy officer")
    page = text_of(client.get(there))
    assert REASON in page
    filled = {"version": request.version, "words": NEIGHBOUR, "reason": REASON, "do": "find"}
    found = text_of(client.post(there, filled))
    assert f"<mark>{NEIGHBOUR}</mark>" in found
    assert not Row.objects.exists()
    [place] = redactions.places_of(request, NEIGHBOUR)
    missing = client.post(there, filled | {"do": "mark"})
    assert missing.status_code == 422
    assert client.post(there, filled | {"do": "mark", "place": [place.key]}).status_code == 302
    assert Row.objects.count() == 1
    assert "[weggelaten" in text_of(client.get(address(request, "found")))


@database
def test_words_that_stand_nowhere_are_told_and_kept(client):
    _person, _record, request = make_noted()
    enter(client, "privacy officer")
    filled = {"version": request.version, "words": "zomaar iets", "reason": REASON, "do": "find"}
    answer = client.post(address(request, "left-out"), filled)
    assert answer.status_code == 422
    assert "zomaar iets" in text_of(answer)
    assert "staan niet in het antwoord" in text_of(answer)


@database
def test_words_of_a_money_laundering_check_are_for_its_role_only():
    person = make_case()
    check = make_involvement(make_dossier("AML", transaction_on=TODAY), person.subject)
    make_record(check, "screening", content={"text": "over een ander"}, source="own")
    request = make_ready(person)
    assert redactions.places_of(request, "over een ander", sees_aml=False) == []
    assert leave_out(request, "over een ander") == 1
    assert redactions.rows_of(request, sees_aml=False) == []
    assert len(redactions.rows_of(request)) == 1
