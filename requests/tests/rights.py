"""Requests that ask any right, on their way from intake to the registry's changed rows."""

from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone

from requests import services
from requests.constants import Outcome, Right
from requests.decisions import deciding
from requests.decisions.grounds import articles_for
from requests.decisions.lines import Choice, Key, Line
from requests.models import PrivacyRequest
from requests.tests.answers import choices_for, lines_for
from requests.tests.makers import ANOTHER, OFFICER, make_match, make_request, prove
from subjects.models import Involvement

NOW = datetime(2026, 6, 24, 9, 30, tzinfo=UTC)
TODAY = timezone.localdate(NOW)
LONG_CLOSED: dict[str, Any] = {"opened_on": date(2022, 1, 1), "closed_on": date(2024, 1, 5)}


def make_asked(*rights: Right, people: list[Involvement], **fields: Any) -> PrivacyRequest:
    """Make a request for these rights, whose person is known to be these people."""
    asked = make_request(rights=rights, **fields)
    for subject in {one.subject.reference: one.subject for one in people}.values():
        services.confirm_match(make_match(asked, subject).pk, officer=OFFICER, now=NOW)
    prove(asked, now=NOW)
    asked.refresh_from_db()
    return asked


def line_of(asked: PrivacyRequest, right: Right, person: Involvement, part: str = "") -> Line:
    key = Key(right, person.dossier.reference, part)
    return next(line for line in lines_for(asked) if line.key == key)


def decide(asked: PrivacyRequest, *, officer: int = OFFICER, **changed: Any) -> None:
    """Decide as proposed, but for `choices`, by key."""
    choices = choices_for(asked) | changed.get("choices", {})
    deciding.decide(asked.pk, choices, officer=officer, now=NOW)


def approve(asked: PrivacyRequest, *, officer: int = ANOTHER, **changed: Any) -> PrivacyRequest:
    choices = choices_for(asked) | changed.get("choices", {})
    return deciding.decide_and_approve(asked.pk, choices, officer=officer, now=NOW)


def granting(line: Line, reason: str = "Wij doen dit.", **fields: Any) -> dict[Key, Choice]:
    """Return the choice that grants a line, whatever was proposed."""
    article = fields.pop("article", "") or _article(line, Outcome.GRANTED)
    return {line.key: Choice(Outcome.GRANTED, article, reason, **fields)}


def refusing(line: Line, reason: str = "Dat kan niet.", **fields: Any) -> dict[Key, Choice]:
    article = fields.pop("article", "") or _article(line, Outcome.REFUSED)
    return {line.key: Choice(Outcome.REFUSED, article, reason, **fields)}


def _article(line: Line, outcome: Outcome) -> str:
    """Return what is proposed where that fits the outcome, or else what the law gives it."""
    by_law = articles_for(line.right, outcome) or [""]
    fits = line.fits.get(outcome, by_law)
    return line.proposed.article if line.proposed.article in fits else by_law[0]
