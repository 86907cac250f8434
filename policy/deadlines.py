"""By when a request must be answered: the clock as plain functions, without database or clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from policy.calendars import SATURDAY, add_months, next_working_day
from policy.explain import Sentence, say

ZONE = "Europe/Amsterdam"


class Question(StrEnum):
    """What must be told in time."""

    RESPONSE = "response_due"
    EXTENSION_NOTICE = "extension_notice_due"
    REFUSAL_NOTICE = "refusal_notice_due"


@dataclass(frozen=True, slots=True)
class Suspension:
    """A question to the person that stops the clock until answered; days are local."""

    asked_on: date
    answered_on: date | None
    asked_without_undue_delay: bool


@dataclass(frozen=True, slots=True)
class Extension:
    """One or two further months, as told to the person; void without a reason."""

    notified_on: date
    further_months: int
    reason: str


@dataclass(frozen=True, slots=True)
class Clock:
    """The outcome: no `due_on` while suspended."""

    received_on: date
    due_on: date | None
    status: str
    why: list[Sentence] = field(default_factory=list)


def days_paused(suspensions: Sequence[Suspension]) -> int:
    """Return for how many local days the clock stood still; overlapping days count once.

    Source: GDPR Articles 11(2) and 12(6); EDPB Guidelines 01/2022, paragraphs 157 and 158.
    """
    total, reached = 0, date.min
    answered = [(s.asked_on, s.answered_on) for s in suspensions if s.answered_on is not None]
    for start, end in sorted(answered):
        total += max(0, (end - max(start, reached)).days)
        reached = max(reached, end)
    return total


def _end(received: date, months: int, paused: int, why: list[Sentence]) -> date:
    """Return receipt + months in one step + paused days, rolled once; tell it in `why`."""
    day = add_months(received, months)
    why.append(say("months", months=months, day=day))
    if paused:
        day += timedelta(days=paused)
        why.append(say("paused", days=paused, day=day))
    due = next_working_day(day)
    if due != day:
        why.append(say(f"rolled_{_day_off(day)}", from_day=day, day=due))
    return due


def _day_off(day: date) -> str:
    """Return why this is no working day."""
    return {SATURDAY: "saturday", SATURDAY + 1: "sunday"}.get(day.weekday(), "holiday")


def due_on(
    received: date,
    *,
    question: Question = Question.RESPONSE,
    suspensions: Sequence[Suspension] = (),
    extension: Extension | None = None,
    zone: str = ZONE,
) -> Clock:
    """Return the last day on which the answer to `question` is in time.

    A suspension counts only if asked without undue delay. An extension counts only with a
    reason, notified on or before the suspended and rolled one-month day; it never moves the
    day of its own notice nor that of a refusal.

    Source: GDPR Article 12(3), (4) and (6); Regulation 1182/71, Articles 2 and 3.
    """
    here = say("receipt", day=received)
    why = [here if zone == ZONE else say("receipt_elsewhere", day=received, zone=zone)]
    why += [
        say("not_paused", day=s.asked_on) for s in suspensions if not s.asked_without_undue_delay
    ]
    counted = [s for s in suspensions if s.asked_without_undue_delay]
    waiting = [s for s in counted if s.answered_on is None]
    if waiting:
        why += [say("suspended", day=s.asked_on) for s in waiting]
        return Clock(received, None, "suspended", why)
    paused = days_paused(counted)
    due = _end(received, 1, paused, why)
    if question is Question.EXTENSION_NOTICE:
        why.append(say("extension_limit"))
    elif question is Question.REFUSAL_NOTICE:
        why.append(say("refusal"))
    elif extension is not None:
        if not extension.reason.strip():
            why.append(say("extension_no_reason"))
        elif extension.notified_on > due:
            why.append(say("extension_late", day=extension.notified_on, limit=due))
        else:
            further = extension.further_months
            why.append(say("extended", months=further, day=extension.notified_on))
            due = _end(received, 1 + further, paused, why)
    return Clock(received, due, "running", why)
