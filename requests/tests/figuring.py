"""Requests that were answered, for tests that count them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from requests import services
from requests.constants import FOUR_EYES, ExtensionReason, Outcome, Right, State
from requests.models import Decision, PrivacyRequest
from requests.tests.makers import ANOTHER, OFFICER, make_request


def at(day: date) -> datetime:
    return datetime.combine(day, time(10), tzinfo=UTC)


def make_answered(
    received: date,
    days: int,
    *outcomes: Outcome,
    rights: Sequence[Right] = (Right.ACCESS,),
    extended: bool = False,
    **fields: Any,
) -> PrivacyRequest:
    """Make a request that came in on a day and was answered so many days later, by the service."""
    asked = make_request(received_at=at(received), rights=rights, **fields)
    answered_at = at(received + timedelta(days=days))
    one = PrivacyRequest.objects.filter(pk=asked.pk)
    one.update(state=State.HANDLING)
    if extended:
        services.extend_deadline(
            asked.pk,
            further_months=2,
            reason=ExtensionReason.COMPLEXITY,
            text="Het zijn veel dossiers.",
            officer=OFFICER,
            now=at(received + timedelta(days=1)),
        )
    right = asked.rights.earliest("pk")
    for number, outcome in enumerate(outcomes or [Outcome.GRANTED]):
        Decision.objects.create(
            request=asked,
            right=right,
            part=("", "score", "special")[number],
            outcome=outcome,
            sealed_reason=b"-",
            needs_second=outcome in FOUR_EYES,
            decided_by=OFFICER,
            decided_at=answered_at,
            approved_by=ANOTHER,
        )
    one.update(state=State.APPROVED)
    services.answer(asked.pk, actor="worker", now=answered_at)
    asked.refresh_from_db()
    return asked
