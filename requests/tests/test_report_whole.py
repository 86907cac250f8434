"""The access answer is whole: earlier requests, every look, and the meaning of every field."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from audit import services as audit
from policy.statement import Statement, document, newest_file
from requests import services
from requests.identity.models import Representation
from requests.report import answering
from requests.report.completeness import missing
from requests.report.explained import meanings
from requests.report.words import FIELDS
from requests.tests.answers import NOW, TODAY, make_case, make_ready
from requests.tests.held import full_case, held, held_record, report_of
from requests.tests.identity_makers import make_mandate
from requests.tests.lettering import make_letter
from requests.tests.makers import LATER, OFFICER, make_match, make_request, prove
from subjects.constants import LookPurpose
from subjects.services import note_look
from subjects.tests.makers import make_dossier, make_involvement, make_record

database = pytest.mark.django_db(databases=["default", "keystore"])


def text_of(report):
    return json.dumps(report, ensure_ascii=False)


# --- what words mean -----------------------------------------------------------------------


def test_every_category_of_the_statement_and_every_known_field_has_a_meaning():
    codes = Statement(document(newest_file())).document["data_categories"]
    assert {row["code"] for row in codes} == set(meanings()["categories"])
    assert set(FIELDS) <= set(meanings()["fields"])
    for part in ("categories", "fields"):
        assert all(one["nl"] and one["en"] for one in meanings()[part].values())


def test_each_field_that_occurs_is_explained_once_in_the_language_of_the_answer():
    nested = {"text": "x", "account": {"number": "3"}, "eigen_veld": "y", "leeg": ""}
    report = report_of(held(records=[held_record(content=nested)]), language="en")
    explained = {one["field"]: one["text"] for one in report["glossary"]}
    assert explained["text"] == "The words themselves."
    assert explained["number"].startswith("A house number")
    assert "system where it comes from" in explained["eigen_veld"]
    assert "leeg" not in explained
    assert len(explained) == len(report["glossary"])


def test_a_category_without_meaning_makes_the_answer_incomplete():
    report = report_of(full_case())
    report["purposes"][0]["dossiers"][0]["categories"][0]["explanation"] = ""
    assert [gap.article for gap in missing(report)] == ["12(1)"]


# --- earlier requests ----------------------------------------------------------------------


@database
def test_the_files_of_earlier_requests_of_the_same_person_are_in_it_and_of_nobody_else():
    person, other = make_case(), make_case(last_name="Ander")
    long_ago = datetime(2025, 3, 3, 9, tzinfo=UTC)
    earlier = make_request(received_at=long_ago, words="Mijn eerste vraag.")
    match = make_match(earlier, person.subject)
    services.confirm_match(match.pk, officer=OFFICER, now=long_ago)
    prove(earlier, match.pk, now=long_ago)
    services.send_message(earlier.pk, "Ons eerste bericht.", officer=OFFICER, now=long_ago)
    make_letter(earlier)
    strange = make_request(received_at=long_ago, words="Vraag van een ander.")
    services.confirm_match(make_match(strange, other.subject).pk, officer=OFFICER, now=long_ago)
    unsure = make_request(received_at=long_ago, words="Vraag van wie dan ook.")
    make_match(unsure, person.subject)
    unproven = make_request(received_at=long_ago, words="Door wie dan ook namens haar geschreven.")
    services.confirm_match(make_match(unproven, person.subject).pk, officer=OFFICER, now=long_ago)
    for_another = make_case(last_name="Tweede")
    match = make_match(unproven, for_another.subject)
    services.confirm_match(match.pk, officer=OFFICER, now=long_ago)
    prove(unproven, match.pk, now=long_ago)

    request = make_ready(person)
    report = answering.report_for(request, today=TODAY)
    [own] = [purpose for purpose in report["purposes"] if purpose["code"] == "RTS"]
    assert {one["number"] for one in own["dossiers"]} == {request.number, earlier.number}
    text = text_of(report)
    for part in ("Mijn eerste vraag.", "Ons eerste bericht.", "Ons antwoord op uw verzoek"):
        assert part in text
    assert "Vraag van een ander." not in text
    assert "Vraag van wie dan ook." not in text
    assert "namens haar geschreven" not in text
    assert missing(report) == []


@database
@pytest.mark.parametrize(("purposes", "has"), [([], True), (["COL"], False)])
def test_a_representative_gets_what_was_asked_before_where_the_mandate_covers_it(purposes, has):
    person = make_case()
    long_ago = datetime(2025, 3, 3, 9, tzinfo=UTC)
    earlier = make_request(received_at=long_ago, words="Mijn eerste vraag.")
    match = make_match(earlier, person.subject)
    services.confirm_match(match.pk, officer=OFFICER, now=long_ago)
    prove(earlier, match.pk, now=long_ago)
    request = make_ready(person)
    mandate = make_mandate(person.subject, purposes=purposes)
    Representation.objects.create(request=request, mandate=mandate, officer=OFFICER, noted_at=LATER)
    report = answering.report_for(request, today=TODAY)
    assert ("Mijn eerste vraag." in text_of(report)) is has


# --- who looked ----------------------------------------------------------------------------


def look(person, purpose=LookPurpose.CHECK, actor="user:77"):
    with transaction.atomic():
        note_look([person.subject.reference], actor=actor, purpose=purpose)


@database
def test_each_look_is_told_with_day_and_purpose_and_never_with_the_colleague():
    person = make_case()
    for _ in range(3):
        look(person)
    request = make_ready(person)
    with transaction.atomic():
        audit.append("request.viewed", object=f"request:{request.reference}", actor="user:78")
    report = answering.report_for(request, today=TODAY)
    told = {(day["purpose"], day["times"]) for day in report["looks"]["days"]}
    assert told == {
        ("Om te controleren of het register klopt", 3),
        ("Om een privacyverzoek te behandelen", 1),
    }
    assert "user:7" not in text_of(report)


@database
def test_many_looks_are_all_counted():
    person = make_case()
    for _ in range(5):
        look(person)
    report = answering.report_for(make_ready(person), today=TODAY)
    assert [day["times"] for day in report["looks"]["days"]] == [5]


@database
def test_nobody_looked_is_said_and_not_left_empty():
    report = answering.report_for(make_ready(make_case()), today=TODAY)
    assert report["looks"]["days"] == []
    assert report["looks"]["text"].startswith("Sinds wij dit bijhouden")


@database
def test_no_look_tells_of_a_file_that_may_not_be_told():
    check = make_involvement(make_dossier("AML", unusual_report_on=TODAY))
    make_record(check, "unusual_report", content={"text": "GEHEIM"}, source="own")
    look(check)
    report = answering.report_for(make_ready(check), today=TODAY)
    assert report["looks"]["days"] == []
    assert report["confirmation"]["found"] is False


@database
def test_the_day_of_a_look_is_the_day_where_we_are():
    person = make_case()
    at = datetime(2026, 6, 1, 22, 30, tzinfo=UTC)
    with transaction.atomic():
        audit.append(
            "person.viewed",
            object=f"subject:{person.subject.reference}",
            actor="user:1",
            at=at,
            purpose="check",
        )
    report = answering.report_for(make_ready(person), today=TODAY)
    assert report["looks"]["days"][0]["on"] == (at + timedelta(days=1)).date().isoformat()
    assert NOW.date() == TODAY
