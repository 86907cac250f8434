"""What the overview says of requests: counted by hand on a few, and read from an index."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from requests import services
from requests.constants import Channel, Outcome, Refused, Right, State
from requests.decisions.outcomes import refusal_of
from requests.exceptions import WrongState
from requests.figures import overview as figures
from requests.figures.models import AnswerFigure
from requests.figures.overview import Answered, Scope, Step
from requests.models import Decision, PrivacyRequest
from requests.tests.figuring import at, make_answered
from requests.tests.makers import OFFICER, make_request

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
# A Monday to a Sunday, eight weeks.
WHOLE = Scope(date(2026, 6, 1), date(2026, 7, 26))


def make_five():
    """Five answers: after 3, 10, 20, 40 (late) and 70 days (in time: it was extended)."""
    make_answered(date(2026, 6, 9), 3)
    make_answered(date(2026, 6, 9), 10, Outcome.PARTLY, channel=Channel.EMAIL)
    make_answered(date(2026, 6, 10), 20, Outcome.REFUSED, Outcome.NOT_PROVEN)
    make_answered(
        date(2026, 6, 1), 40, Outcome.REFUSED, Outcome.GRANTED, rights=[Right.ERASURE, Right.ACCESS]
    )
    make_answered(date(2026, 5, 1), 70, extended=True, rights=[Right.ERASURE])


def test_five_answers_are_counted_as_by_hand():
    make_five()
    found = figures.answers(WHOLE)
    assert found.all == Answered(
        number=5, median_days=20, slow_days=70, late=1, extended=1, partly=2, wholly=1
    )
    assert (found.all.in_time, found.all.refused) == (4, 3)
    assert {code: one.number for code, one in found.by_channel.items()} == {"portal": 4, "email": 1}
    assert {code: one.number for code, one in found.by_right.items()} == {"access": 4, "erasure": 2}
    assert found.by_right["erasure"].median_days == 40
    assert list(found.days) == [1, 1, 1, 0, 1, 1, 0]


def test_a_right_a_channel_and_a_period_narrow_what_is_counted():
    make_five()
    first, last = WHOLE.first, WHOLE.last
    assert figures.answers(Scope(first, last, right="erasure")).all.number == 2
    assert figures.answers(Scope(first, last, channel="email")).all.number == 1
    assert figures.answers(Scope(first, last, "erasure", "email")).all.number == 0
    assert figures.answers(Scope(date(2026, 6, 12), date(2026, 6, 19))).all.number == 2
    assert figures.answers(Scope(date(2026, 6, 13), date(2026, 6, 18))).all.number == 0


def test_nothing_is_no_fault():
    found = figures.answers(WHOLE)
    assert (found.all.number, found.all.median_days, sum(found.days)) == (0, None, 0)
    assert sum(step.received for step in figures.arrivals(WHOLE)) == 0
    assert figures.standing(WHOLE, WHOLE.last, user=OFFICER).open == 0


@pytest.mark.parametrize(
    ("outcomes", "refused"),
    [
        ([Outcome.GRANTED, Outcome.NOTHING_FOUND], Refused.NO),
        ([Outcome.GRANTED, Outcome.PARTLY], Refused.PARTLY),
        ([Outcome.GRANTED, Outcome.REFUSED], Refused.PARTLY),
        ([Outcome.REFUSED, Outcome.UNIDENTIFIABLE], Refused.WHOLLY),
        ([Outcome.REFUSED, Outcome.NOT_APPLICABLE], Refused.WHOLLY),
        ([Outcome.NOT_APPLICABLE], Refused.NO),
        ([], Refused.NO),
    ],
)
def test_how_much_was_refused_follows_from_the_outcomes(outcomes, refused):
    assert refusal_of(outcomes) == refused


def test_weeks_begin_on_monday_in_amsterdam_and_a_long_period_is_told_by_month():
    make_request(received_at=at(date(2026, 6, 7)))
    # Half past eleven in the evening of the seventh, in London.
    make_request(received_at=at(date(2026, 6, 7)).replace(hour=22, minute=30))
    make_request(received_at=at(date(2026, 6, 14)), channel=Channel.LETTER, rights=[Right.ERASURE])
    two_weeks = Scope(date(2026, 6, 3), date(2026, 6, 14))
    assert figures.arrivals(two_weeks) == [
        Step(date(2026, 6, 3), date(2026, 6, 7), 1),
        Step(date(2026, 6, 8), date(2026, 6, 14), 2),
    ]
    only = Scope(two_weeks.first, two_weeks.last, "erasure", "letter")
    assert [step.received for step in figures.arrivals(only)] == [0, 1]
    year = figures.arrivals(Scope(date(2026, 1, 15), date(2026, 12, 31)))
    assert year[0] == Step(date(2026, 1, 15), date(2026, 1, 31))
    assert (year[5], len(year)) == (Step(date(2026, 6, 1), date(2026, 6, 30), 3), 12)


def test_what_is_open_is_counted_by_when_and_for_whom_it_waits():
    # Received on 9 June: answer by 9 July.
    for state in (State.RECEIVED, State.WAITING, State.HANDLING, State.HANDLING):
        asked = make_request()
        PrivacyRequest.objects.filter(pk=asked.pk).update(state=state)
    decided = PrivacyRequest.objects.filter(state=State.HANDLING).latest("pk")
    Decision.objects.create(
        request=decided,
        right=decided.rights.get(),
        outcome=Outcome.REFUSED,
        sealed_reason=b"-",
        needs_second=True,
        decided_by=OFFICER,
        decided_at=at(date(2026, 6, 10)),
    )
    make_answered(date(2026, 6, 9), 3)
    make_request(kind="enquiry", rights=[])
    PrivacyRequest.objects.filter(pk=decided.pk).update(assigned_to=OFFICER)

    def standing(day, scope=WHOLE, user=OFFICER):
        return figures.standing(scope, day, user=user)

    on = standing(date(2026, 7, 9))
    assert (on.open, on.late, on.today, on.week) == (4, 0, 4, 0)
    assert (on.mine, on.nobody, on.second, on.person, on.making) == (1, 3, 1, 1, 0)
    assert standing(date(2026, 7, 9), user=1).mine == 0
    assert standing(date(2026, 7, 10)).late == 4
    assert standing(date(2026, 7, 2)).week == 4
    assert standing(date(2026, 7, 9), Scope(WHOLE.first, WHOLE.last, "erasure")).open == 0


def test_an_answer_is_told_to_the_ledger_as_codes_and_kept_once():
    asked = make_answered(date(2026, 6, 9), 40, Outcome.REFUSED, rights=[Right.ERASURE])
    [entry] = Entry.objects.filter(body__event="request.answered")
    codes = {
        "received_on": "2026-06-09",
        "answered_on": "2026-07-19",
        "days": 40,
        "rights": ["erasure"],
        "channel": "portal",
        "late": True,
        "extended": False,
        "refused": "wholly",
    }
    assert entry.body.items() >= codes.items()
    with pytest.raises(WrongState):
        services.answer(asked.pk, actor="worker", now=at(date(2026, 7, 20)))
    assert AnswerFigure.objects.get().days == 40


@pytest.mark.usefixtures("tables_as_new")
def test_many_answers_are_read_from_the_index_alone():
    make_answered(date(2026, 6, 9), 3)
    with CaptureQueriesContext(connection) as queries:
        figures.answers(WHOLE)
        figures.arrivals(WHOLE)
    with connection.cursor() as cursor:
        # So small a table would rather be read as a whole.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plans = []
        for query in queries.captured_queries:
            cursor.execute("EXPLAIN " + query["sql"])
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
    assert "Index Only Scan using answer_figure" in plans[0]
    assert "using request_received on" in plans[1]
