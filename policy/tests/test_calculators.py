import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from policy.calculators import deadline, retention_date
from policy.jsonlines import answer_line


def ask(answer, **case):
    return answer_line(json.dumps(case).encode(), answer, "nl")[0]


def keep(*purposes, **lists):
    return ask(retention_date, id="x", purposes=list(purposes), **lists)


CASE = {"purpose": "collection", "case_closed_on": "2020-12-10"}


@pytest.mark.parametrize(
    ("entry", "day"),
    [
        ({"purpose": "collection", "closed_at": "2022-05-19T22:30:00Z"}, "2027-05-21"),
        (
            {"purpose": "collection", "closing_history": ["2022-05-20", "2019-01-01"]},
            "2027-05-21",
        ),
        ({**CASE, "reopened_on": "2021-01-01"}, None),
        ({**CASE, "reopened_on": "2020-01-01"}, "2025-12-11"),
        ({**CASE, "early_erasure_decided_on": "2021-05-01"}, "2021-05-01"),
        (
            {
                **CASE,
                "early_erasure_decided_on": "2021-05-01",
                "statutory_file_minimum": True,
            },
            "2022-12-11",
        ),
        ({"purpose": "marketing_development", "unsubscribed_at": "2026-01-15"}, "2026-01-15"),
        (
            {
                "purpose": "accounting",
                "booked_on": "2023-03-01",
                "financial_year_end_month_day": "02-29",
            },
            "2032-01-01",
        ),
        (
            {
                "purpose": "accounting",
                "booked_on": "2023-08-01",
                "financial_year_end_month_day": "12-31",
            },
            "2031-01-01",
        ),
        ({"purpose": "accounting", "booked_on": "2023-08-01"}, None),
        (
            {
                "purpose": "special_category_consent",
                "consent_withdrawn_at": "2026-01-14T23:30:00Z",
            },
            "2026-01-15",
        ),
        (
            {
                "purpose": "aml",
                "transaction_on": "2022-11-08",
                "statutory_period_until": "2030-01-31",
            },
            "2030-02-01",
        ),
        ({"purpose": "rights_request_file", "request_closed_on": "2024-02-29"}, "2029-03-01"),
    ],
)
def test_the_first_day_for_one_purpose(entry, day):
    answer = keep(entry)
    assert answer["first_deletion_day"] == day
    assert answer["status"] == ("scheduled" if day else "not_started")


def test_shared_data_go_with_the_last_and_equal_purposes_are_numbered():
    answer = keep(CASE, {**CASE, "case_closed_on": "2023-09-05"})
    assert answer["per_purpose"] == {"collection#1": "2025-12-11", "collection#2": "2028-09-06"}
    assert answer["first_deletion_day"] == "2028-09-06"


@pytest.mark.parametrize(
    ("lists", "day", "status"),
    [
        (
            {"holds": [{"placed_on": "2025-01-01", "released_on": "2026-08-03"}]},
            "2026-08-03",
            "scheduled",
        ),
        (
            {"holds": [{"placed_on": "2025-01-01", "released_on": "2025-02-01"}]},
            "2025-12-11",
            "scheduled",
        ),
        ({"holds": [{"placed_on": "2025-01-01"}]}, None, "on_hold"),
        (
            {"holds": [{"placed_on": "2025-01-01", "scope": ["accounting"]}]},
            "2025-12-11",
            "scheduled",
        ),
        ({"restrictions": [{"ground": "18.1.a", "from": "2025-01-01"}]}, None, "restricted"),
        (
            {"pending_requests": [{"type": "access", "received_on": "2025-12-10"}]},
            None,
            "pending_request",
        ),
        (
            {"pending_requests": [{"type": "access", "received_on": "2025-12-11"}]},
            "2025-12-11",
            "scheduled",
        ),
        (
            {
                "pending_requests": [
                    {"type": "access", "received_on": "2025-12-01", "closed_on": "2026-01-05"}
                ]
            },
            "2026-01-05",
            "scheduled",
        ),
        (
            {
                "holds": [{"placed_on": "2025-01-01"}],
                "restrictions": [{"ground": "18.1.a", "from": "2025-01-01"}],
            },
            None,
            "on_hold",
        ),
    ],
)
def test_what_stops_deletion_and_when_it_is_due_again(lists, day, status):
    answer = keep(CASE, **lists)
    assert (answer["first_deletion_day"], answer["status"]) == (day, status)


def test_a_hold_does_not_bind_the_money_laundering_check():
    aml = {"purpose": "aml", "transaction_on": "2022-11-08"}
    answer = keep(aml, holds=[{"placed_on": "2025-01-01"}])
    assert (answer["first_deletion_day"], answer["status"]) == ("2027-11-09", "scheduled")


def test_facts_that_do_not_move_the_date_are_ignored():
    answer = keep({**CASE, "paid_in_full_on": 3, "holds": None}, extra={}, holds=None)
    assert answer["first_deletion_day"] == "2025-12-11"


def test_the_local_day_counts():
    answer = ask(deadline, id="x", received_at="2026-08-09T22:15:00+00:00", question="response_due")
    assert (answer["receipt_date"], answer["due_date"]) == ("2026-08-10", "2026-09-10")


GOOD = {"id": "x", "received_at": "2026-06-09T10:00:00+02:00", "question": "response_due"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"received_at": None}, "received_at"),
        ({"received_at": "2026-06-09T10:00:00"}, "received_at"),
        ({"received_at": "2026-02-30"}, "received_at"),
        ({"received_at": "9999-12-31"}, "date"),
        ({"question": "when"}, "question"),
        ({"question": 3}, "question"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"timezone": "Europe"}, "timezone"),
        ({"suspensions": {}}, "suspensions"),
        ({"suspensions": [{"reason": "slow"}]}, "suspensions[0].reason"),
        ({"suspensions": [{"reason": "scope"}]}, "suspensions[0].asked_at"),
        ({"extension": {"further_months": 3}}, "extension.further_months"),
        ({"extension": {"further_months": True}}, "extension.further_months"),
        ({"extension": {"further_months": 1, "reason": "x"}}, "extension.notified_at"),
    ],
)
def test_what_cannot_be_understood_is_named(change, field):
    answer = ask(deadline, **{**GOOD, **change})
    assert answer.keys() == {"id", "error"}
    assert answer["id"] == "x"
    assert answer["error"].startswith(f"{field}:")


@pytest.mark.parametrize(
    ("case", "field"),
    [
        ({}, "purposes"),
        ({"purposes": [{"purpose": "fun"}]}, "purposes[0].purpose"),
        (
            {"purposes": [{**CASE, "statutory_file_minimum": 1}]},
            "purposes[0].statutory_file_minimum",
        ),
        ({"purposes": [{**CASE, "closing_history": ["x"]}]}, "purposes[0].closing_history[0]"),
        (
            {"purposes": [{"purpose": "accounting", "financial_year_end_month_day": "02-30"}]},
            "purposes[0].financial_year_end_month_day",
        ),
        ({"purposes": [CASE], "holds": [{}]}, "holds[0].placed_on"),
        (
            {"purposes": [CASE], "restrictions": [{"from": "2020-01-01", "scope": ["fun"]}]},
            "restrictions[0].scope",
        ),
        (
            {"purposes": [CASE], "pending_requests": [{"received_on": "2020-01-01"}]},
            "pending_requests[0].type",
        ),
    ],
)
def test_a_retention_case_that_cannot_be_understood_is_named(case, field):
    assert ask(retention_date, id=7, **case)["error"].startswith(f"{field}:")


def test_the_command_answers_every_line_in_order_without_a_database():
    lines = [json.dumps(GOOD), "nonsense", '"text"', json.dumps({**GOOD, "id": "ü\ud800"})]
    done = subprocess.run(
        [sys.executable, "manage.py", "deadline"],
        input="\n".join(lines).encode(),
        capture_output=True,
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"},
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == ["x", None, None, "ü\ud800"]
    assert answers[0]["due_date"] == "2026-07-09"
    assert done.returncode == 1
