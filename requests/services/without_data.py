"""Deciding that an answer opens no data: nobody found, nobody told apart, nobody proven, died."""

from datetime import datetime

from django.db import transaction

from requests.constants import WITHOUT_DATA, Outcome, Right, State
from requests.decisions.outcomes import ground_of_outcome, reason_of_outcome
from requests.exceptions import Incomplete
from requests.models import Decision
from requests.services.changing import locked, require
from requests.services.deciding import decide
from requests.services.people.matching import confirmed_involvements


@transaction.atomic
def decide_without_data(
    pk: int,
    outcome: Outcome,
    *,
    officer: int,
    now: datetime,
    text: str = "",
    version: int | None = None,
) -> list[Decision]:
    """Decide for every right of a request that the answer opens no data, and why.

    Not to act is a refusal: a second person approves it. Raises Incomplete while somebody is
    confirmed to be meant: their data must then be decided.

    Source: GDPR Articles 11(2), 12(2), (4) and (6), and recital 27.
    """
    privacy_request = locked(pk, version)
    require(privacy_request, State.HANDLING)
    if outcome not in WITHOUT_DATA:
        raise Incomplete("this outcome opens data")
    if confirmed_involvements(privacy_request):
        raise Incomplete("somebody is confirmed to be meant: decide about their data")
    # Somebody was proposed, and one colleague alone says that it is nobody of whom we tell.
    passed_over = privacy_request.matches.exists()
    reason = " ".join(
        one for one in (reason_of_outcome(outcome, privacy_request.language), text.strip()) if one
    )
    return [
        decide(
            pk,
            Right(asked.right),
            dossier=None,
            outcome=outcome,
            reason=reason,
            article=ground_of_outcome(outcome, asked.article),
            needs_second=passed_over,
            officer=officer,
            now=now,
        )
        for asked in privacy_request.rights.order_by("pk")
    ]
