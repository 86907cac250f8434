"""Deciding an access request: proposed by the matrix, gated by the law, by two where refused."""

import json
from datetime import date
from uuid import uuid4

import pytest

from requests import services
from requests.constants import Outcome, State
from requests.decisions import deciding
from requests.decisions.lines import Choice, Key
from requests.exceptions import (
    AnswerLacks,
    ChangedMeanwhile,
    Incomplete,
    SecondPersonNeeded,
    WrongState,
)
from requests.models import Decision
from requests.report import answering
from requests.tests.answers import (
    NOW,
    TODAY,
    choices_for,
    lines_for,
    make_approved,
    make_case,
    make_ready,
)
from requests.tests.makers import ANOTHER, OFFICER, make_match, make_request
from subjects.tests.makers import (
    lose_key,
    make_dossier,
    make_involvement,
    make_organisation,
    make_record,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def approve(request, choices=None, officer=ANOTHER, **fields):
    return deciding.decide_and_approve(
        request.pk,
        choices_for(request) if choices is None else choices,
        officer=officer,
        now=NOW,
        **fields,
    )


def line(person):
    return Key("access", person.dossier.reference)


def refusal(reason="Dit zijn gegevens van een ander."):
    return Choice(Outcome.REFUSED, "15.4", reason)


def test_access_is_granted_for_each_purpose_and_the_client_decides_in_the_invoice_phase():
    person = make_case()
    make_involvement(make_dossier("MKT", last_contact_on=date(2026, 1, 5)), person.subject)
    seller = make_organisation("Winkel BV", privacy_email="privacy@winkel.example")
    make_involvement(make_dossier("INV", phase="invoice", client=seller), person.subject)
    request = make_ready(person)
    assert [(line.purpose, line.proposed.outcome) for line in lines_for(request)] == [
        ("COL", Outcome.GRANTED),
        ("INV", Outcome.FORWARDED),
        ("MKT", Outcome.GRANTED),
    ]
    assert approve(request).state == State.APPROVED
    assert Decision.objects.get(outcome=Outcome.FORWARDED).article == "28.3.e"


def test_nobody_found_is_decided_for_the_whole_request():
    request = make_approved()
    assert Decision.objects.get().outcome == Outcome.NOTHING_FOUND
    assert request.state == State.APPROVED


def test_an_incomplete_answer_cannot_be_approved_and_nothing_of_it_is_kept():
    person = make_case()
    request = make_ready(person)
    lose_key(person)
    with pytest.raises(AnswerLacks) as refused:
        approve(request)
    assert {gap.article for gap in refused.value.gaps} == {"15(1)(h)", "15(3)"}
    assert {gap.dossier for gap in refused.value.gaps} == {str(person.dossier.reference)}
    request.refresh_from_db()
    assert request.state == State.HANDLING
    assert not Decision.objects.exists()


def test_a_refused_dossier_shows_its_reason_and_none_of_its_data():
    person = make_case()
    make_record(person, content={"text": "GEHEIM"})
    request = make_ready(person)
    choices = {line(person): refusal()}
    deciding.decide(request.pk, choices, officer=OFFICER, now=NOW)
    report = answering.report_for(request, today=TODAY)
    assert report["refused"][0]["reason"] == "Dit zijn gegevens van een ander."
    assert "GEHEIM" not in json.dumps(report)
    assert report["confirmation"]["found"] is True


def test_whoever_refused_may_not_approve_it_and_a_second_person_may():
    person = make_case()
    request = make_ready(person)
    choices = {line(person): refusal()}
    deciding.decide(request.pk, choices, officer=OFFICER, now=NOW)
    with pytest.raises(SecondPersonNeeded):
        approve(request, choices, officer=OFFICER)
    assert approve(request, choices, officer=ANOTHER).state == State.APPROVED
    assert Decision.objects.get(outcome=Outcome.REFUSED).decided_by == OFFICER


def test_a_second_person_who_changes_the_refusal_becomes_the_first():
    person = make_case()
    request = make_ready(person)
    first = {line(person): refusal()}
    deciding.decide(request.pk, first, officer=OFFICER, now=NOW)
    with pytest.raises(SecondPersonNeeded):
        approve(request, {line(person): refusal("Anders")}, officer=ANOTHER)


def test_a_refusal_needs_a_reason():
    person = make_case()
    request = make_ready(person)
    with pytest.raises(Incomplete):
        approve(request, {line(person): refusal(" ")})


def test_a_dossier_that_came_meanwhile_is_not_overlooked():
    person = make_case()
    request = make_ready(person)
    choices = choices_for(request)
    make_involvement(make_dossier("MKT"), person.subject)
    with pytest.raises(ChangedMeanwhile):
        approve(request, choices)
    with pytest.raises(ChangedMeanwhile):
        approve(request, choices | {Key("access", uuid4()): Choice(Outcome.GRANTED)})


def test_the_second_of_two_officers_is_told_that_the_request_changed():
    request = make_ready(make_case())
    seen = request.version
    approve(request, version=seen)
    with pytest.raises(ChangedMeanwhile):
        approve(request, version=seen, officer=ANOTHER)


def test_what_is_not_being_handled_cannot_be_decided():
    request = make_approved(make_case())
    with pytest.raises(WrongState):
        deciding.decide(
            request.pk,
            {row: refusal() for row in choices_for(request)},
            officer=OFFICER,
            now=NOW,
        )


def test_a_check_that_held_only_a_report_is_not_decided_and_does_not_stop_the_answer():
    person = make_case()
    check = make_involvement(make_dossier("AML", unusual_report_on=TODAY), person.subject)
    make_record(check, "unusual_report", source="own")
    request = make_ready(person)
    assert list(choices_for(request)) == [line(person)]
    approve(request)
    assert not Decision.objects.filter(purpose="AML").exists()


def test_handling_may_begin_before_it_is_known_who_asks_and_begins_once():
    request = make_request()
    assert services.begin(request.pk, officer=OFFICER).state == State.HANDLING
    with pytest.raises(WrongState):
        services.begin(request.pk, officer=OFFICER)


def test_nothing_is_given_before_it_is_known_who_asks():
    person = make_case()
    request = make_request()
    services.confirm_match(make_match(request, person.subject).pk, officer=OFFICER, now=NOW)
    services.begin(request.pk, officer=OFFICER)
    with pytest.raises(Incomplete):
        approve(request)
