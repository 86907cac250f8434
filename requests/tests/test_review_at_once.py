"""A measure waits from the day it is known who is meant, and goes on where nobody may ask it."""

from datetime import date, timedelta

import pytest

from audit.models import Entry
from requests import services
from requests.constants import AT_ONCE, Channel, MatchState, Outcome, ReviewResult, Right, State
from requests.decisions.lines import Choice
from requests.exceptions import Incomplete
from requests.letters.making import draft_answer
from requests.models import Effect, PrivacyRequest, Review
from requests.report.answering import held_for
from requests.tests.makers import ANOTHER, LATER, OFFICER, make_match, make_request, prove
from requests.tests.rights import NOW, TODAY, approve, decide, line_of, refusing
from requests.tests.test_page import opened, text_of
from requests.tests.test_right_review import a_decision
from subjects.models import AutomatedDecision, Instruction
from subjects.tests.makers import (
    make_decision,
    make_dossier,
    make_involvement,
    make_organisation,
    make_subject,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
WAITS = "totdat een mens opnieuw heeft beslist"


def make_decided(purpose="COL", subject=None, **dossier):
    facts = {"opened_on": date(2025, 1, 1), "source_system": "casus"} | dossier
    person = make_involvement(make_dossier(purpose, **facts), subject)
    return person, make_decision(person)


def make_asked(person, **fields):
    """Make a request for a review that nobody confirmed yet."""
    asked = make_request(rights=[Right.REVIEW], **fields)
    return asked, make_match(asked, person.subject)


def confirm(match, now=LATER):
    services.confirm_match(match.pk, officer=OFFICER, now=now)


def suspended(decision):
    decision.refresh_from_db()
    return decision.suspended_at


def told():
    return list(Instruction.objects.order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize("channel", [Channel.PORTAL, Channel.LETTER, Channel.PHONE, Channel.API])
def test_it_waits_as_soon_as_a_colleague_says_who_is_meant_whatever_way_it_came(channel):
    person, old = make_decided()
    asked, match = make_asked(person, channel=channel)
    services.carry_out_at_once(asked.pk, now=LATER)
    assert suspended(old) is None
    confirm(match)
    assert suspended(old) == LATER
    asked.refresh_from_db()
    assert asked.state == State.RECEIVED
    effect = Effect.objects.get(request=asked)
    assert (effect.kind, effect.carried_out_at, effect.decision) == ("suspend", LATER, None)
    assert told() == ["suspend_measure"]
    written = Entry.objects.values_list("body__event", flat=True)
    assert {"measure.suspended", "request.carried_out", "instruction.given"} <= set(written)


def test_all_decisions_of_a_person_wait_but_not_those_of_somebody_else():
    person, first = make_decided()
    second, more = make_decision(person), make_decided(subject=person.subject)[1]
    other = make_decided()[1]
    confirm(make_asked(person)[1])
    assert all(suspended(one) for one in (first, second, more))
    assert suspended(other) is None
    assert Review.objects.count() == 3


def test_a_second_run_tells_nobody_again():
    person, old = make_decided()
    asked, match = make_asked(person)
    confirm(match)
    confirm(match, now=NOW)
    assert services.carry_out_at_once(asked.pk, now=NOW) == 0
    assert suspended(old) == LATER
    assert told() == ["suspend_measure"]
    assert Review.objects.count() == Effect.objects.count() == 1


def test_what_a_client_decides_and_a_money_laundering_check_do_not_wait():
    subject = make_subject()
    _one, of_client = make_decided(
        subject=subject, phase="invoice", client=make_organisation("Winkel BV")
    )
    person, of_check = make_decided("AML", subject)
    confirm(make_asked(person)[1])
    assert suspended(of_client) is None
    assert suspended(of_check) is None
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    "undo", [services.reject_match, services.leave_unproven, services.note_deceased]
)
def test_where_it_is_somebody_else_the_measure_goes_on_and_the_system_hears_it(undo):
    person, old = make_decided()
    asked, match = make_asked(person)
    confirm(match)
    undo(match.pk, officer=OFFICER, now=NOW)
    assert suspended(old) is None
    assert told() == ["suspend_measure", "resume_measure"]
    assert Effect.objects.get(request=asked).ended_at == NOW
    assert Entry.objects.filter(body__event="request.suspension_ended").exists()
    services.carry_out_at_once(asked.pk, now=NOW)
    assert suspended(old) is None


def test_who_is_meant_after_all_has_it_suspended_again():
    person, old = make_decided()
    asked, match = make_asked(person)
    confirm(match)
    services.reject_match(match.pk, officer=OFFICER, now=LATER)
    confirm(match, now=NOW)
    assert suspended(old) == NOW
    effect = Effect.objects.get(request=asked)
    assert (effect.carried_out_at, effect.ended_at) == (NOW, None)
    assert told() == ["suspend_measure", "resume_measure", "suspend_measure"]


def test_a_request_taken_back_lets_the_measure_go_on():
    person, old = make_decided()
    asked, match = make_asked(person)
    confirm(match)
    services.withdraw(asked.pk, actor="person", now=NOW)
    assert suspended(old) is None
    assert told() == ["suspend_measure", "resume_measure"]


def test_what_one_request_lets_go_still_waits_for_another():
    person, old = make_decided()
    first, of_first = make_asked(person)
    _second, of_second = make_asked(person, words="Ik ook.")
    confirm(of_first)
    confirm(of_second)
    services.withdraw(first.pk, actor="person", now=NOW)
    assert suspended(old) == LATER
    assert "resume_measure" not in told()
    services.reject_match(of_second.pk, officer=OFFICER, now=NOW)
    assert suspended(old) is None
    assert told()[-1] == "resume_measure"


def test_what_a_person_changed_does_not_go_on_when_another_request_ends():
    person, old = make_decided()
    first, of_first = make_asked(person)
    _second, of_second = make_asked(person, words="Ik ook.")
    confirm(of_first)
    confirm(of_second)
    prove(first)
    row = Review.objects.get(request=first)
    services.review(row.pk, a_decision(ReviewResult.CHANGED), officer=ANOTHER, now=NOW)
    services.reject_match(of_second.pk, officer=OFFICER, now=NOW)
    assert suspended(old) == LATER
    assert "resume_measure" not in told()


def test_two_requests_are_both_decided_anew_and_only_then_it_goes_on():
    person, old = make_decided()
    rows = []
    for words in ("Eerst.", "Daarna."):
        asked, match = make_asked(person, words=words)
        confirm(match)
        prove(asked)
        rows.append(Review.objects.get(request=asked))
    upheld = a_decision(ReviewResult.UPHELD)
    services.review(rows[0].pk, upheld, officer=ANOTHER, now=NOW)
    assert suspended(old) == LATER
    services.review(rows[1].pk, upheld, officer=OFFICER, now=NOW)
    assert suspended(old) is None
    newest = AutomatedDecision.objects.latest("pk")
    assert bytes(newest.reviews_digest or b"") != bytes(old.source_digest)
    assert told()[-1] == "resume_measure"


def test_what_a_person_decided_anew_is_not_suspended_for_the_next_who_asks():
    person, old = make_decided()
    asked, match = make_asked(person)
    confirm(match)
    prove(asked)
    row = Review.objects.get()
    services.review(row.pk, a_decision(ReviewResult.UPHELD), officer=ANOTHER, now=NOW)
    confirm(make_asked(person, words="Nog eens.")[1], now=NOW)
    assert suspended(old) is None
    assert Review.objects.count() == 1


def test_a_refusal_keeps_it_waiting_until_a_second_person_agreed():
    person, old = make_decided()
    asked, match = make_asked(person)
    confirm(match)
    prove(asked)
    line = line_of(asked, Right.REVIEW, person)
    decide(asked, choices=refusing(line))
    assert suspended(old) == LATER
    approve(asked)
    assert suspended(old) is None
    assert not Review.objects.exists()
    draft = draft_answer(asked, held_for(asked), today=TODAY, carried_out=True)
    assert draft.letter["rights"][0]["rows"][0]["done"] == []


def test_a_granted_review_is_not_answered_before_a_person_looked():
    person, _old = make_decided()
    asked, match = make_asked(person)
    confirm(match)
    prove(asked)
    with pytest.raises(Incomplete):
        approve(asked)
    line = line_of(asked, Right.REVIEW, person)
    decide(asked, choices={line.key: Choice(Outcome.NOT_APPLICABLE, "22.3", "Er is niets.")})
    decide(asked, choices={line.key: Choice(Outcome.GRANTED, "22.3", "Toch wel.")})
    with pytest.raises(Incomplete):
        approve(asked)


def test_a_review_that_nobody_asked_is_taken_off_and_the_measure_goes_on():
    person, old = make_decided()
    asked, match = make_asked(person)
    confirm(match)
    services.change_rights(asked.pk, [Right.ACCESS], officer=OFFICER, now=NOW)
    assert suspended(old) is None
    assert not Effect.objects.filter(request=asked).exists()
    services.change_rights(asked.pk, [Right.ACCESS, Right.REVIEW], officer=OFFICER, now=NOW)
    assert suspended(old) == NOW


def test_a_request_that_joins_an_earlier_one_leaves_no_gap():
    person, old = make_decided()
    first = make_request(rights=[Right.ACCESS])
    confirm(make_match(first, person.subject))
    PrivacyRequest.objects.filter(pk=first.pk).update(searched_at=LATER)
    later, match = make_asked(person, received_at=LATER, words="En laat een mens kijken.")
    confirm(match, now=NOW)
    services.merge(later.pk, first.reference, officer=OFFICER, now=NOW + timedelta(days=1))
    assert suspended(old) == NOW
    assert "resume_measure" not in told()
    assert Review.objects.get().request == first
    services.withdraw(first.pk, actor="person", now=NOW + timedelta(days=2))
    assert suspended(old) is None


def test_a_request_from_before_is_suspended_by_the_beat():
    person, old = make_decided()
    asked, match = make_asked(person)
    match.state, match.decided_by, match.decided_at = MatchState.CONFIRMED, OFFICER, LATER
    match.save()
    assert asked.pk in services.asks_at_once(limit=10)
    services.carry_out_at_once(asked.pk, now=NOW)
    assert suspended(old) == NOW
    assert asked.pk not in services.asks_at_once(limit=10)
    assert Right.REVIEW not in AT_ONCE  # its letter is the answer


def test_the_person_is_told_on_their_page_once_it_is_proven_who_asks(client):
    person, _old = make_decided()
    asked, match = make_asked(person)
    confirm(match)
    page = opened(client, asked)
    assert WAITS not in text_of(client.get(page))
    prove(asked)
    assert WAITS in text_of(client.get(page))
    row = Review.objects.get()
    services.review(row.pk, a_decision(), officer=ANOTHER, now=NOW)
    assert WAITS not in text_of(client.get(page))


def test_who_asks_for_another_without_a_mandate_is_told_nothing():
    person, _old = make_decided()
    asked, match = make_asked(person, asks_for="other")
    confirm(match)
    prove(asked)
    asked.refresh_from_db()
    assert services.suspended_for(asked, today=TODAY) is None
