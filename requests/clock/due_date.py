"""The due date of a request, from the facts of its clock events; a plain function of them."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from policy.deadlines import Clock, Extension, Question, Suspension, due_on
from requests.constants import Cause


class Fact(NamedTuple):
    """Why the due date was computed, with dates and codes as they stand in ClockEvent."""

    cause: str
    facts: Mapping[str, Any]


def suspensions(events: Iterable[Fact]) -> list[Suspension]:
    """Return the questions asked, with the day of their answer."""
    asked: dict[int, Mapping[str, Any]] = {}
    answered: dict[int, date] = {}
    for cause, facts in events:
        if cause == Cause.ASKED:
            asked[facts["question"]] = facts
        elif cause == Cause.ANSWERED:
            answered[facts["question"]] = date.fromisoformat(facts["answered_on"])
    return [
        Suspension(
            date.fromisoformat(facts["asked_on"]),
            answered.get(number),
            facts["without_undue_delay"],
        )
        for number, facts in asked.items()
    ]


def open_questions(events: Iterable[Fact]) -> list[int]:
    """Return the numbers of the questions that await an answer."""
    events = list(events)
    answered = {facts["question"] for cause, facts in events if cause == Cause.ANSWERED}
    asked = [facts["question"] for cause, facts in events if cause == Cause.ASKED]
    return [number for number in asked if number not in answered]


def extension(events: Iterable[Fact]) -> Extension | None:
    """Return the extension that was notified, if any."""
    for cause, facts in events:
        if cause == Cause.EXTENDED:
            notified = date.fromisoformat(facts["notified_on"])
            return Extension(notified, facts["further_months"], facts["reason"])
    return None


def clock(received: date, events: Iterable[Fact], question: Question = Question.RESPONSE) -> Clock:
    """Return by when `question` must be told, and why.

    Source: GDPR Article 12(3), (4) and (6).
    """
    events = list(events)
    return due_on(
        received,
        question=question,
        suspensions=suspensions(events),
        extension=extension(events),
    )
