"""The answer from what really stands in the registry: only of this person, and few queries."""

import time
from datetime import UTC, date, datetime

import pytest
from django.template.loader import render_to_string

from policy import services as policy
from requests.report.build import RequestFacts, build
from requests.report.completeness import missing
from requests.report.pdf import printable, render, report_json
from subjects.reading import person_view
from subjects.tests.makers import (
    an_identity,
    lose_key,
    make_contact,
    make_decision,
    make_disclosure,
    make_dossier,
    make_involvement,
    make_organisation,
    make_record,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

CONTROLLER = {"name": "Alektum Group", "email": "privacy@alektumgroup.nl", "phone": "020"}
FACTS = RequestFacts("AP-2026-000001", date(2026, 11, 2), CONTROLLER)


def answer(*involvements):
    views = person_view(involvement_ids=[one.pk for one in involvements])
    return build(views, policy.current(), FACTS, today=date(2026, 11, 24), language="nl")


def case_with_records(number):
    case = make_dossier(closed_on=date(2025, 9, 5), client=make_organisation("Webwinkel De Zon"))
    person = make_involvement(case)
    for _ in range(number):
        make_record(person)
    make_disclosure(person)
    make_contact(person)
    make_decision(person)
    return person


def test_what_stands_in_the_registry_makes_a_complete_answer():
    report = answer(case_with_records(2))
    assert missing(report) == []
    assert report["purposes"][0]["dossiers"][0]["client"] == "Webwinkel De Zon"


def test_what_is_disputed_or_suspended_is_told_and_since_when():
    person = make_involvement(make_dossier("COL", opened_on=date(2026, 1, 5)))
    type(person).objects.filter(pk=person.pk).update(disputed_on=date(2026, 3, 4))
    make_decision(person, suspended_at=datetime(2026, 4, 5, 9, tzinfo=UTC))
    [purpose] = answer(person)["purposes"]
    [dossier] = purpose["dossiers"]
    assert dossier["disputed_on"] == "2026-03-04"
    assert dossier["automated"]["decisions"][0]["suspended_on"] == "2026-04-05"
    page = render_to_string("requests/_report_dossier.html", {"dossier": dossier})
    assert "4 maart 2026" in page
    assert "5 april 2026" in page


def test_a_jointly_liable_person_sees_nothing_of_the_debtor():
    debtor = case_with_records(1)
    make_record(debtor, "finances", content={"text": "inkomen van de debiteur"})
    other = make_involvement(
        debtor.dossier,
        category="co_liable",
        identity=an_identity(first_name="Mark", last_name="Jansen", emails=[]),
    )
    make_record(other, content={"amount": "77.00"})
    text = report_json(answer(other)).decode()
    assert "77.00" in text
    assert "Mede hoofdelijk aansprakelijke" in text
    for secret in ("El Amrani", "inkomen van de debiteur", "fatima@", "Belt over regeling"):
        assert secret not in text


def test_a_lost_key_makes_the_answer_incomplete():
    person = case_with_records(1)
    lose_key(person)
    assert {gap.article for gap in missing(answer(person))} == {"15(1)(h)", "15(3)"}


def test_two_hundred_records_need_no_more_queries_and_less_than_a_second(
    django_assert_max_num_queries,
):
    person = case_with_records(200)
    start = time.process_time()
    with django_assert_max_num_queries(15):
        report = answer(person)
    page = render_to_string("requests/_report.html", {"report": printable(report)})
    pages, data = render(report), report_json(report)
    assert time.process_time() - start < 1
    assert page.count("<td>120.00") + page.count("</b> 120.00") == 200
    assert pages
    assert data
