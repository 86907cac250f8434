"""What counts of an answer: kept for the overview, and told to the ledger as codes."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from requests.clock import due_date as clocks
from requests.constants import Refused
from requests.decisions.outcomes import refusal_of
from requests.figures.models import AnswerFigure
from requests.models import PrivacyRequest
from requests.services.clock import facts_of


def count_answer(privacy_request: PrivacyRequest, now: datetime) -> dict[str, Any]:
    """Keep what counts of the answer that is given now; return it as facts for the ledger.

    The public figures are counted from those facts (`figures.public`).
    """
    answered_on, received_on = timezone.localdate(now), privacy_request.received_on
    outcomes = privacy_request.decisions.values_list("outcome", flat=True)
    due_on = privacy_request.due_on
    figure = AnswerFigure.objects.create(
        request=privacy_request,
        received_on=received_on,
        answered_on=answered_on,
        days=max((answered_on - received_on).days, 0),
        channel=privacy_request.channel,
        rights=sorted(privacy_request.rights.values_list("right", flat=True)),
        is_late=due_on is not None and answered_on > due_on,
        is_extended=clocks.extension(facts_of(privacy_request)) is not None,
        refused=refusal_of(outcomes),
    )
    return {
        "received_on": received_on,
        "answered_on": answered_on,
        "days": figure.days,
        "channel": figure.channel,
        "rights": figure.rights,
        "late": figure.is_late,
        "extended": figure.is_extended,
        "refused": str(Refused(figure.refused)),
    }
