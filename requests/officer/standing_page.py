"""How a request stands for a colleague, read from what their page shows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from requests.constants import FOUR_EYES, GIVEN, IdentityResult, MatchState
from requests.identity.constants import AsksFor
from requests.identity.proofs import BY_WORD
from requests.models import Decision, IdentityCheck, PrivacyRequest
from requests.officer.next_step import Standing
from requests.services.deciding import by_two, leads_to_data


def standing_of(
    privacy_request: PrivacyRequest,
    shown: Mapping[str, Any],
    user: AbstractBaseUser | AnonymousUser,
) -> Standing:
    """Return how it stands; `shown` is the context of the page."""
    form = shown.get("decisions_form")
    lines = form.lines if form else ()
    decided = list(shown.get("decisions", ()))
    refuses = any(one.outcome in FOUR_EYES for one in decided)
    approves = "requests.approve_refusal" if refuses else "requests.approve_privacyrequest"
    return Standing(
        kind=privacy_request.kind,
        state=privacy_request.state,
        duplicates=bool(shown.get("duplicates")),
        to_forward=bool(shown.get("to_forward")),
        proposed=any(one.match.state == MatchState.PROPOSED for one in shown.get("matches", ())),
        lacks_mandate=privacy_request.asks_for == AsksFor.OTHER and not shown.get("mandate"),
        lacks_proof=bool(shown.get("lacks")),
        reviews=any(one.review.reviewed_at is None for one in shown.get("reviews", ())),
        undecided=sum(1 for line in lines if line.decided is None),
        hidden=shown.get("hidden_lines", 0),
        decided=bool(decided),
        gaps=bool(shown.get("gaps")),
        gaps_pass=all(one.passes for one in shown.get("gaps", ())),
        by_me=any(one.needs_second and one.decided_by == user.pk for one in decided)
        or _proved_alone(shown, decided, user.pk),
        may_approve=user.has_perm(approves),  # type: ignore[union-attr]
        waits=bool(shown.get("effects_waiting") or shown.get("instructions_open")),
    )


# Why this colleague may not approve, said in place of the button.
ROLE = _("Save the decisions: a colleague who may approve answers then approves them.")
REFUSAL = _("Something is refused here. Save the decisions: a senior officer then approves them.")
SECOND = _("Two people decide this. Save the decisions: another colleague then approves them.")
DECIDED = _("You decided this: another colleague approves it, and finds it in the work queue.")
ALONE = _("You alone noted who asks: another colleague approves the answer.")


def why_not_approve(
    shown: Mapping[str, Any], user: AbstractBaseUser | AnonymousUser
) -> Promise | str:
    """Return why this colleague may not approve what stands on the page; empty where they may.

    As the service will say it of what was decided, and of what is proposed and they would decide.
    """
    lines = shown["decisions_form"].lines
    decided = list(shown.get("decisions", ()))
    open_ones = [line for line in lines if line.decided is None and line.current is not None]
    refused = [one.outcome for one in decided] + [line.current.outcome for line in open_ones]
    may = user.has_perm  # type: ignore[union-attr]
    if not may("requests.approve_privacyrequest"):
        return ROLE
    if not may("requests.approve_refusal") and set(refused) & set(FOUR_EYES):
        return REFUSAL
    if any(by_two(line.right, line.current.outcome) for line in open_ones):
        return SECOND
    if any(one.needs_second and one.decided_by == user.pk for one in decided):
        return DECIDED
    return ALONE if _proved_alone(shown, decided, user.pk) else ""


def _proved_alone(shown: Mapping[str, Any], decided: Sequence[Decision], user: int | None) -> bool:
    """Tell whether all proof rests on this colleague's word, and data go or find the way later."""
    given = {one.right.right for one in decided if one.outcome in GIVEN}
    gives = leads_to_data(given, (row.row for row in shown.get("corrections", ())))
    checks: Iterable[tuple[IdentityCheck, str]] = shown.get("checks", ())
    proofs = [check for check, _note in checks if check.result == IdentityResult.PROVEN]
    mine = [one for one in proofs if one.officer == user and one.method in BY_WORD]
    return gives and bool(proofs) and len(mine) == len(proofs)
