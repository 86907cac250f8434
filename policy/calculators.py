"""The two calculators: a case as plain values in, the answer with its reasons out."""

import calendar
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

from policy import deadlines
from policy.deadlines import Extension, Question, Suspension
from policy.explain import Sentence, say
from policy.jsonlines import Fields
from policy.periods import Anchors, Due, first_deletion_day
from policy.statement import Rules

SUSPENSION_REASONS = ("identity", "scope")
OTHER_REQUESTS = (
    "rectification",
    "erasure",
    "restriction",
    "objection",
    "portability",
    "consent_withdrawal",
    "human_review",
)


# How a step is worded in a language: as text for the commands, apart from its source for pages.
Tell = Callable[[Sentence, str], Any]


def deadline(case: Fields, language: str = "nl", tell: Tell = Sentence.text) -> dict[str, Any]:
    """Return the answer of `manage.py deadline` to one case; `tell` words each step of it.

    Raises BadField.
    """
    received = case.needed_day("received_at")
    asked = case.text("question")
    if asked is None or asked not in list(Question):
        raise case.bad("question", f"must be one of {', '.join(Question)}")
    clock = deadlines.due_on(
        received,
        question=Question(asked),
        suspensions=[_suspension(part, received) for part in case.parts("suspensions")],
        extension=_extension(case.part("extension"), received),
        zone=str(case.zone),
    )
    return {
        "receipt_date": clock.received_on.isoformat(),
        "due_date": clock.due_on.isoformat() if clock.due_on else None,
        "status": clock.status,
        "why": [tell(sentence, language) for sentence in clock.why],
    }


def _suspension(part: Fields, received: date) -> Suspension:
    if part.text("reason") not in SUSPENSION_REASONS:
        raise part.bad("reason", "must be identity or scope")
    asked = part.needed_day("asked_at")
    answered = part.day("answered_at")
    if asked < received:
        raise part.bad("asked_at", "lies before the receipt of the request")
    if answered is not None and answered < asked:
        raise part.bad("answered_at", "lies before asked_at")
    return Suspension(asked, answered, bool(part.flag("asked_without_undue_delay")))


def _extension(part: Fields | None, received: date) -> Extension | None:
    if part is None:
        return None
    months = part.values.get("further_months")
    if type(months) is not int or months not in (1, 2):
        raise part.bad("further_months", "must be 1 or 2")
    notified = part.needed_day("notified_at")
    if notified < received:
        raise part.bad("notified_at", "lies before the receipt of the request")
    return Extension(notified, months, part.text("reason") or "")


def _collection(entry: Fields) -> Anchors:
    closings = [entry.day("case_closed_on"), entry.day("closed_at"), *entry.days("closing_history")]
    return Anchors(
        closed_on=max((day for day in closings if day), default=None),
        reopened_on=entry.day("reopened_on"),
        early_erasure_decided_on=entry.day("early_erasure_decided_on"),
        statutory_file_minimum=bool(entry.flag("statutory_file_minimum")),
    )


def _client_relation(entry: Fields) -> Anchors:
    return Anchors(
        relation_ended_on=entry.day("relation_ended_on"),
        mutual_claims_settled_on=entry.day("mutual_claims_settled_on"),
        no_longer_relevant_on=entry.day("no_longer_relevant_on"),
    )


def _request_file(entry: Fields) -> Anchors:
    return Anchors(request_closed_on=entry.day("request_closed_on"))


def _aml(entry: Fields) -> Anchors:
    return Anchors(
        has_business_relationship=entry.flag("has_business_relationship"),
        relationship_ended_on=entry.day("relationship_ended_on"),
        transaction_on=entry.day("transaction_on"),
        unusual_report_on=entry.day("unusual_report_on"),
        statutory_period_until=entry.day("statutory_period_until"),
    )


def _marketing(entry: Fields) -> Anchors:
    return Anchors(
        last_contact_on=entry.day("last_contact_on"), unsubscribed_on=entry.day("unsubscribed_at")
    )


def _accounting(entry: Fields) -> Anchors:
    ended = entry.day("financial_year_ended_on")
    booked = entry.day("booked_on") or entry.day("booked_at")
    year_end = entry.text("financial_year_end_month_day")
    month_day = None if year_end is None else _month_day(entry, year_end)
    if ended is None and booked and month_day:
        ended = next(day for year in count(booked.year) if (day := _on(year, *month_day)) >= booked)
    return Anchors(financial_year_ended_on=ended)


def _month_day(entry: Fields, text: str) -> tuple[int, int]:
    name = "financial_year_end_month_day"
    try:
        # 2000 is a leap year: every day that exists in some year exists in it.
        day = date.fromisoformat(f"2000-{text}")
    except ValueError as error:
        raise entry.bad(name, "must be a month and day such as 12-31") from error
    return day.month, day.day


def _on(year: int, month: int, day: int) -> date:
    """Return that day of `year`; 29 February stands for the last day of February."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _special(entry: Fields) -> Anchors:
    return Anchors(
        consent_withdrawn_on=entry.day("consent_withdrawn_at"),
        also_needed_for_claim=bool(entry.flag("also_needed_for_claim")),
    )


PURPOSES: dict[str, tuple[str, Callable[[Fields], Anchors]]] = {
    "collection": ("COL", _collection),
    "client_relation": ("CLI", _client_relation),
    "aml": ("AML", _aml),
    "marketing_development": ("MKT", _marketing),
    "accounting": ("ACC", _accounting),
    "special_category_consent": ("SPC", _special),
    "rights_request_file": ("RTS", _request_file),
}


@dataclass(frozen=True, slots=True)
class Block:
    """Something that stops deletion from `since`, until `until` or still now."""

    since: date
    until: date | None
    scope: list[str] | None

    def covers(self, name: str) -> bool:
        return self.scope is None or name in self.scope or name.partition("#")[0] in self.scope


@dataclass(slots=True)
class Line:
    """One purpose of the case: its name in the answer, its day as it moves, and what stops it."""

    name: str
    purpose: str
    first_day: date | None
    stopped_by: set[str]


def retention_date(
    case: Fields,
    language: str = "nl",
    rules: Rules | None = None,
    tell: Tell = Sentence.text,
) -> dict[str, Any]:
    """Return the answer of `manage.py retention_date` to one case; see `first_deletion_day`.

    `tell` words each step of it. Raises BadField.
    """
    why: list[Sentence] = []
    lines = _lines(case, why, rules)
    names = {line.name for line in lines}
    holds = _blocks(case, "holds", "placed_on", "released_on", names)
    restrictions = _blocks(case, "restrictions", "from", "lifted_on", names)
    requests = _requests(case, why)
    if holds and any(line.purpose == "aml" for line in lines):
        why.append(say("hold_not_aml"))
    for line in lines:
        if line.first_day is None:
            line.stopped_by.add("not_started")
        if line.purpose != "aml":
            _stop(line, holds, ("on_hold", "hold_open", "hold_released"), why)
        _stop(line, restrictions, ("restricted", "restriction_open", "restriction_lifted"), why)
        _stop_for_requests(line, requests, why)
    return _answer(lines, why, lambda sentence: tell(sentence, language))


def _answer(
    lines: list[Line], why: list[Sentence], tell: Callable[[Sentence], Any]
) -> dict[str, Any]:
    stopped = set().union(*(line.stopped_by for line in lines))
    order = ("not_started", "on_hold", "restricted", "pending_request")
    per_purpose = {line.name: None if line.stopped_by else line.first_day for line in lines}
    days = [day for day in per_purpose.values() if day]
    last = max(days) if len(days) == len(lines) else None
    if last and len(lines) > 1:
        why.append(say("last_goes", day=last))
    return {
        "first_deletion_day": last.isoformat() if last else None,
        "per_purpose": {
            name: day.isoformat() if day else None for name, day in per_purpose.items()
        },
        "status": next((status for status in order if status in stopped), "scheduled"),
        "why": [tell(sentence) for sentence in why],
    }


def _lines(case: Fields, why: list[Sentence], rules: Rules | None) -> list[Line]:
    entries = case.parts("purposes")
    if not entries:
        raise case.bad("purposes", "is missing or empty")
    purposes = [entry.text("purpose") or "" for entry in entries]
    for entry, purpose in zip(entries, purposes, strict=True):
        if purpose not in PURPOSES:
            raise entry.bad("purpose", f"must be one of {', '.join(PURPOSES)}")
    times, seen = Counter(purposes), Counter[str]()
    dues: list[Due] = []
    lines = []
    for entry, purpose in zip(entries, purposes, strict=True):
        code, anchors_of = PURPOSES[purpose]
        due = first_deletion_day(code, anchors_of(entry), rules)
        seen[purpose] += 1
        name = f"{purpose}#{seen[purpose]}" if times[purpose] > 1 else purpose
        lines.append(Line(name, purpose, due.first_day, set()))
        dues.append(due)
        why += due.why
    # Special data without a day of their own go with the case that stands beside them.
    cases = [line.first_day for line in lines if line.purpose == "collection"]
    closed = [day for day in cases if day]
    if cases and len(closed) == len(cases):
        for line in lines:
            if line.purpose == "special_category_consent" and line.first_day is None:
                line.first_day = max(closed)
    return lines


def _scope(entry: Fields, names: set[str]) -> list[str] | None:
    scope = entry.texts("scope")
    for name in scope or []:
        if name not in PURPOSES and name not in names:
            raise entry.bad("scope", "names an unknown purpose")
    return scope


def _blocks(case: Fields, name: str, start: str, end: str, names: set[str]) -> list[Block]:
    found = []
    for entry in case.parts(name):
        since, until = entry.needed_day(start), entry.day(end)
        if until is not None and until < since:
            raise entry.bad(end, f"lies before {start}")
        found.append(Block(since, until, _scope(entry, names)))
    return found


def _requests(case: Fields, why: list[Sentence]) -> list[Block]:
    """Return the access requests, oldest first; other rights do not stop deletion."""
    found = []
    for entry in case.parts("pending_requests"):
        kind = entry.text("type")
        if kind != "access" and kind not in OTHER_REQUESTS:
            raise entry.bad("type", "must be access")
        since, until = entry.needed_day("received_on"), entry.day("closed_on")
        if until is not None and until < since:
            raise entry.bad("closed_on", "lies before received_on")
        if kind == "access":
            found.append(Block(since, until, None))
        else:
            why.append(say("request_other", kind=kind))
    return sorted(found, key=lambda block: block.since)


def _stop(
    line: Line, blocks: list[Block], words: tuple[str, str, str], why: list[Sentence]
) -> None:
    """Let blocks stop a line: open ones leave no day, ended ones move it to their end if later."""
    status, open_key, ended_key = words
    for block in blocks:
        if not block.covers(line.name):
            continue
        if block.until is None:
            line.stopped_by.add(status)
            why.append(say(open_key, day=block.since, name=line.name))
        elif line.first_day is not None and block.until > line.first_day:
            line.first_day = block.until
            why.append(say(ended_key, day=block.until, name=line.name))


def _stop_for_requests(line: Line, requests: list[Block], why: list[Sentence]) -> None:
    """Let access requests stop a line, each if it came before the line was due.

    A hold or restriction that is still open keeps the data, so they are not yet due.
    """
    words = ("pending_request", "request_open", "request_closed")
    for request in requests:
        if line.first_day is None or line.stopped_by or request.since < line.first_day:
            _stop(line, [request], words, why)
        else:
            why.append(say("request_late", day=request.since, name=line.name))
