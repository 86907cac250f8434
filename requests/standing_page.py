"""How a request stands for a colleague, read from what their page shows."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from requests.constants import FOUR_EYES, MatchState
from requests.identity_constants import AsksFor
from requests.models import PrivacyRequest
from requests.next_step import Standing, Step, next_step


def step_of(
    privacy_request: PrivacyRequest,
    shown: Mapping[str, Any],
    user: AbstractBaseUser | AnonymousUser,
) -> Step:
    """Return what is to be done now; `shown` is the context of the page."""
    form = shown.get("decisions_form")
    lines = form.lines if form else ()
    decided = list(shown.get("decisions", ()))
    refuses = any(one.outcome in FOUR_EYES for one in decided)
    approves = "requests.approve_refusal" if refuses else "requests.approve_privacyrequest"
    return next_step(
        Standing(
            kind=privacy_request.kind,
            state=privacy_request.state,
            duplicates=bool(shown.get("duplicates")),
            to_forward=bool(shown.get("to_forward")),
            proposed=any(
                one.match.state == MatchState.PROPOSED for one in shown.get("matches", ())
            ),
            lacks_mandate=privacy_request.asks_for == AsksFor.OTHER and not shown.get("mandate"),
            lacks_proof=bool(shown.get("lacks")),
            reviews=any(one.review.reviewed_at is None for one in shown.get("reviews", ())),
            undecided=sum(1 for line in lines if line.decided is None),
            hidden=shown.get("hidden_lines", 0),
            decided=bool(decided),
            gaps=bool(shown.get("gaps")),
            gaps_pass=all(one.passes for one in shown.get("gaps", ())),
            by_me=any(one.needs_second and one.decided_by == user.pk for one in decided),
            may_approve=user.has_perm(approves),  # type: ignore[union-attr]
            waits=bool(shown.get("effects_waiting") or shown.get("instructions_open")),
        )
    )
