"""The clock of a request: each computation is kept with its facts."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from policy.deadlines import Clock, Question
from requests.belongings import belongings_of
from requests.clock import due_date as clocks
from requests.clock.due_date import Fact
from requests.constants import Cause, Kind
from requests.exceptions import WrongState
from requests.models import (
    ClockEvent,
    PrivacyRequest,
)


def facts_of(privacy_request: PrivacyRequest) -> list[Fact]:
    """Return the causes and facts from which the due date follows, oldest first."""
    events = belongings_of(privacy_request).clock_events
    return [Fact(one.cause, one.facts) for one in events]


def clock_of(privacy_request: PrivacyRequest, question: Question = Question.RESPONSE) -> Clock:
    """Return by when `question` must be told, with the sentences that explain it."""
    return clocks.clock(privacy_request.received_on, facts_of(privacy_request), question)


def compute(
    privacy_request: PrivacyRequest, cause: Cause, facts: Mapping[str, Any], now: datetime
) -> None:
    """Compute the due dates anew, save them, and keep what they were computed from.

    Raises WrongState for a question or a complaint, which have no clock.
    """
    if privacy_request.kind != Kind.REQUEST:
        raise WrongState("only a request has a clock")
    written = {
        name: fact.isoformat() if isinstance(fact, date) else fact for name, fact in facts.items()
    }
    known = [] if privacy_request.pk is None else facts_of(privacy_request)
    known.append(Fact(cause, written))
    received = privacy_request.received_on
    running = clocks.clock(received, known)
    privacy_request.due_on = running.due_on
    privacy_request.extension_due_on = clocks.clock(
        received, known, Question.EXTENSION_NOTICE
    ).due_on
    privacy_request.refusal_due_on = clocks.clock(received, known, Question.REFUSAL_NOTICE).due_on
    privacy_request.save()
    ClockEvent.objects.create(
        request=privacy_request,
        cause=cause,
        facts=written,
        status=running.status,
        due_on=running.due_on,
        noted_at=now,
    )


def end_questions(
    privacy_request: PrivacyRequest,
    now: datetime,
    *,
    came_at: datetime | None = None,
    unanswered: bool = False,
) -> None:
    """Let the clock run again: an answer `came_at` some moment, or we go on without one."""
    for number in clocks.open_questions(facts_of(privacy_request)):
        facts: dict[str, Any] = {
            "question": number,
            "answered_on": timezone.localdate(came_at or now),
        }
        if unanswered:
            facts["unanswered"] = True
        compute(privacy_request, Cause.ANSWERED, facts, now)
