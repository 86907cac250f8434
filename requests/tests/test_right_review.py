"""Human review: the measure waits, a person with authority decides anew, and says why."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from requests import services
from requests.constants import Outcome, ReviewResult, Right, State
from requests.decisions.lines import Choice
from requests.exceptions import Incomplete, OwnFile, SecondPersonNeeded
from requests.letters.making import draft_answer
from requests.models import Effect, Review
from requests.report.answering import held_for
from requests.services import NewDecision
from requests.tests.makers import ANOTHER, OFFICER
from requests.tests.rights import NOW, TODAY, approve, decide, line_of, make_asked
from subjects.constants import InstructionKind
from subjects.models import AutomatedDecision, Instruction
from subjects.services import person_view
from subjects.tests.makers import make_decision, make_dossier, make_involvement

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def make_decided(**fields):
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1), source_system="casus"))
    return person, make_decision(person, **fields)


def a_decision(result=ReviewResult.CHANGED, **fields):
    words = {
        "view": "Ik betaalde wel op tijd.",
        "outcome": "Geen tweede brief",
        "effect": "U krijgt geen aanmaning.",
        "reasons": "De betaling is binnen de termijn gezien.",
    }
    return NewDecision(result, **words | fields)


def make_waiting(**fields):
    person, old = make_decided(**fields)
    asked = make_asked(Right.REVIEW, people=[person])
    decide(asked)
    return asked, old, Review.objects.get()


def test_the_measure_waits_from_the_moment_it_is_known_who_is_meant():
    asked, old, row = make_waiting()
    old.refresh_from_db()
    assert old.suspended_at == NOW
    assert (row.suspended_at, row.reviewed_at) == (NOW, None)
    assert Effect.objects.get(request=asked).kind == "suspend"
    assert Instruction.objects.get().kind == InstructionKind.SUSPEND_MEASURE


def test_nothing_is_answered_before_a_person_has_looked():
    asked, _old, row = make_waiting()
    with pytest.raises(Incomplete):
        approve(asked)
    services.review(row.pk, a_decision(), officer=ANOTHER, now=NOW)
    assert approve(asked).state == State.APPROVED
    kinds = set(Effect.objects.exclude(decision=None).values_list("kind", flat=True))
    assert kinds == {"review"}


def test_a_new_reasoned_decision_takes_the_place_of_the_old_one():
    asked, old, row = make_waiting()
    services.review(row.pk, a_decision(), officer=ANOTHER, now=NOW)
    new = AutomatedDecision.objects.get(reviews_digest=bytes(old.source_digest))
    assert (new.confirmed_by, new.rule_version) == (f"user:{ANOTHER}", "human-review")
    [view] = person_view(involvement_ids=[old.involvement_id])
    account = view.decisions[-1].account
    assert account is not None
    assert account["result"] == "Geen tweede brief"
    assert account["reasons"].startswith("De betaling")
    old.refresh_from_db()
    assert old.suspended_at is not None
    row.refresh_from_db()
    assert (row.result, row.reviewed_by) == ("changed", ANOTHER)
    assert b"betaalde" not in bytes(row.sealed_account)
    assert services.body_of(asked)


def test_where_the_decision_stays_the_measure_goes_on_and_the_source_hears_it():
    _asked, old, row = make_waiting()
    services.review(row.pk, a_decision(ReviewResult.UPHELD), officer=ANOTHER, now=NOW)
    old.refresh_from_db()
    assert old.suspended_at is None
    kinds = list(Instruction.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [InstructionKind.SUSPEND_MEASURE, InstructionKind.RESUME_MEASURE]


def test_a_review_is_done_once():
    _asked, _old, row = make_waiting()
    services.review(row.pk, a_decision(), officer=ANOTHER, now=NOW)
    services.review(row.pk, a_decision(outcome="Anders"), officer=OFFICER, now=NOW)
    assert AutomatedDecision.objects.count() == 2
    row.refresh_from_db()
    assert row.reviewed_by == ANOTHER


def test_who_confirmed_the_decision_may_not_review_it():
    colleague = User.objects.create_user("officer-7")
    _asked, _old, row = make_waiting(confirmed_by="officer-7")
    with pytest.raises(SecondPersonNeeded):
        services.review(row.pk, a_decision(), officer=colleague.pk, now=NOW)


def test_the_person_is_heard_and_reasons_are_given():
    _asked, _old, row = make_waiting()
    for name in ("view", "outcome", "effect", "reasons"):
        with pytest.raises(Incomplete):
            services.review(row.pk, a_decision(**{name: " "}), officer=ANOTHER, now=NOW)
    row.refresh_from_db()
    assert row.reviewed_at is None


def test_nobody_reviews_a_decision_about_themself():
    me = User.objects.create_user("me", first_name="Fatima", last_name="El Amrani")
    _asked, _old, row = make_waiting()
    with pytest.raises(OwnFile):
        services.review(row.pk, a_decision(), officer=me.pk, now=NOW)


def test_a_refused_review_lets_the_measure_go_on_once_a_second_person_agreed():
    asked, old, _row = make_waiting()
    line = line_of(asked, Right.REVIEW, old.involvement)
    decide(asked, choices={line.key: Choice(Outcome.REFUSED, "22", "Het was een mens.")})
    old.refresh_from_db()
    assert old.suspended_at == NOW
    approve(asked)
    old.refresh_from_db()
    assert old.suspended_at is None
    assert not Review.objects.exists()


def test_where_no_computer_decided_there_is_nothing_to_review():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    asked = make_asked(Right.REVIEW, people=[person])
    line = line_of(asked, Right.REVIEW, person)
    assert line.proposed.outcome == Outcome.NOT_APPLICABLE
    # Elsewhere a computer does decide about collection: it is said of this file alone.
    assert line.reason == "In dit dossier heeft geen computer over u beslist."
    assert approve(asked).state == State.APPROVED


def test_where_a_person_confirmed_it_a_review_is_offered_all_the_same():
    person, _old = make_decided(confirmed_by="officer-7")
    asked = make_asked(Right.REVIEW, people=[person])
    line = line_of(asked, Right.REVIEW, person)
    assert line.proposed.outcome == Outcome.GRANTED
    assert "Een medewerker besliste mee" in line.reason


def test_a_review_without_a_reviewer_cannot_be_stored():
    _asked, _old, row = make_waiting()
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=row.pk).update(reviewed_at=NOW)


def test_the_letter_tells_the_new_decision_what_it_means_and_why():
    asked, _old, row = make_waiting()
    services.review(row.pk, a_decision(), officer=ANOTHER, now=NOW)
    approve(asked)
    held = held_for(asked)
    letter = draft_answer(asked, held, today=TODAY, carried_out=True).letter
    [right] = letter["rights"]
    reasons = " ".join(row["reason"] for row in right["rows"])
    assert "De nieuwe beslissing: Geen tweede brief." in reasons
    assert "De betaling" in reasons
