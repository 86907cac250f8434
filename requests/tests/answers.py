"""Requests that stand right before, or after, their answer."""

from datetime import UTC, date, datetime
from typing import Any

from django.utils import timezone

from requests import services
from requests.decisions import deciding
from requests.decisions.lines import Choice, Key, Line, lines_of
from requests.models import PrivacyRequest
from requests.report import answering
from requests.tests.makers import ANOTHER, OFFICER, make_handled, make_match, prove
from subjects.models import Involvement
from subjects.tests.makers import (
    an_identity,
    make_contact,
    make_decision,
    make_disclosure,
    make_dossier,
    make_involvement,
    make_organisation,
    make_record,
)

NOW = datetime(2026, 6, 24, 9, 30, tzinfo=UTC)
TODAY = timezone.localdate(NOW)


def make_case(records: int = 2, **identity: Any) -> Involvement:
    """Make a debtor in a closed case with something of every kind."""
    case = make_dossier(closed_on=date(2025, 9, 5), client=make_organisation("Webwinkel De Zon"))
    person = make_involvement(case, identity=an_identity(**identity))
    for _ in range(records):
        make_record(person)
    make_disclosure(person)
    make_contact(person)
    make_decision(person)
    return person


def make_ready(*people: Involvement) -> PrivacyRequest:
    """Make a request that is being handled, whose person is known to be these people."""
    privacy_request = make_handled(people[0].subject if people else None)
    for person in people[1:]:
        match = make_match(privacy_request, person.subject)
        services.confirm_match(match.pk, officer=OFFICER, now=NOW)
        prove(privacy_request, match.pk)
    privacy_request.refresh_from_db()
    return privacy_request


def lines_for(privacy_request: PrivacyRequest, today: date = TODAY) -> list[Line]:
    return lines_of(privacy_request, answering.held_for(privacy_request), today=today)


def choices_for(privacy_request: PrivacyRequest, today: date = TODAY) -> dict[Key, Choice]:
    """Return what is proposed, or was decided, for each line that has it."""
    return {line.key: line.current for line in lines_for(privacy_request, today) if line.current}


def make_approved(*people: Involvement) -> PrivacyRequest:
    """Make a request whose answer was approved as proposed."""
    privacy_request = make_ready(*people)
    deciding.decide_and_approve(
        privacy_request.pk, choices_for(privacy_request), officer=ANOTHER, now=NOW
    )
    privacy_request.refresh_from_db()
    return privacy_request
