from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.calendars import add_months, easter_sunday, next_working_day, public_holidays
from policy.deadlines import Extension, Question, Suspension, days_paused, due_on
from policy.explain import read

D = date.fromisoformat
DAYS = st.dates(D("2019-01-01"), D("2090-12-31"))


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2026-06-09", "2026-07-09"),
        ("2029-01-31", "2029-02-28"),
        ("2032-01-31", "2032-03-01"),
        ("2029-03-27", "2029-04-30"),
        ("2036-03-26", "2036-04-28"),
        ("2031-04-05", "2031-05-06"),
        ("2028-11-25", "2028-12-27"),
    ],
)
def test_the_examples_of_the_legal_requirements(received, due):
    assert due_on(D(received)).due_on == D(due)


def test_a_pause_moves_the_unrolled_day_and_rolls_once():
    pause = Suspension(D("2026-08-05"), D("2026-08-12"), True)
    assert due_on(D("2026-08-03"), suspensions=[pause]).due_on == D("2026-09-10")


def test_an_unanswered_question_suspends_only_if_asked_without_undue_delay():
    prompt = due_on(D("2026-06-09"), suspensions=[Suspension(D("2026-06-10"), None, True)])
    assert (prompt.due_on, prompt.status) == (None, "suspended")
    late = due_on(D("2026-06-09"), suspensions=[Suspension(D("2026-07-01"), None, False)])
    assert (late.due_on, late.status) == (D("2026-07-09"), "running")


@pytest.mark.parametrize(
    ("notified", "reason", "due"),
    [
        ("2026-09-10", "complex", "2026-11-20"),
        ("2026-09-21", "complex", "2026-11-20"),
        ("2026-09-22", "complex", "2026-09-21"),
        ("2026-09-10", "  ", "2026-09-21"),
    ],
)
def test_an_extension_counts_only_in_time_and_with_a_reason(notified, reason, due):
    extension = Extension(D(notified), 2, reason)
    assert due_on(D("2026-08-20"), extension=extension).due_on == D(due)


@pytest.mark.parametrize("question", [Question.EXTENSION_NOTICE, Question.REFUSAL_NOTICE])
def test_an_extension_moves_neither_its_own_notice_nor_a_refusal(question):
    extension = Extension(D("2026-09-10"), 2, "complex")
    clock = due_on(D("2026-08-20"), question=question, extension=extension)
    assert clock.due_on == D("2026-09-21")


@given(st.lists(st.tuples(DAYS, st.integers(0, 40)), max_size=6))
def test_overlapping_pauses_count_each_day_once(pauses):
    suspensions = [Suspension(day, day + timedelta(days=n), True) for day, n in pauses]
    days = {day + timedelta(days=i) for day, n in pauses for i in range(n)}
    assert days_paused(suspensions) == len(days)


@given(DAYS)
def test_the_due_day_is_a_working_day_within_a_week_after_the_month(received):
    due = due_on(received).due_on
    assert due is not None
    assert due == next_working_day(due)
    assert timedelta(0) <= due - add_months(received, 1) < timedelta(days=7)


@given(DAYS, DAYS)
def test_a_later_receipt_is_never_due_earlier(one, other):
    first, second = sorted([one, other])
    earlier, later = due_on(first).due_on, due_on(second).due_on
    assert earlier is not None
    assert later is not None
    assert earlier <= later


@pytest.mark.parametrize("year", range(2019, 2091))
def test_our_calendar_is_the_librarys_but_for_the_known_differences(year):
    theirs = holidays.country_holidays("NL", years=year, categories=("public", "optional"))
    good_friday = easter_sunday(year) - timedelta(days=2)
    sundays = {easter_sunday(year), easter_sunday(year) + timedelta(days=49)}
    assert set(public_holidays(year)) == set(theirs) - sundays - {good_friday}
    assert good_friday in public_holidays(year, equated=True)


def test_snapshot_of_one_year():
    assert [day.isoformat() for day in sorted(public_holidays(2036))] == [
        "2036-01-01",
        "2036-04-14",
        "2036-04-26",
        "2036-05-05",
        "2036-05-22",
        "2036-06-02",
        "2036-12-25",
        "2036-12-26",
    ]


@pytest.mark.parametrize(
    ("received", "nl", "en"),
    [
        ("2026-11-26", "26 december 2026 is een zaterdag.", "26 December 2026 is a Saturday."),
        ("2026-11-27", "27 december 2026 is een zondag.", "27 December 2026 is a Sunday."),
        (
            "2026-11-25",
            "25 december 2026 is een feestdag.",
            "25 December 2026 is a public holiday.",
        ),
    ],
)
def test_a_day_that_moves_says_which_day_it_is(received, nl, en):
    sentence = due_on(D(received)).why[-1]
    assert read(sentence, "nl").words.startswith(nl)
    assert read(sentence, "en").words.startswith(en)
