"""How a request stands for a colleague, read from what their page shows."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from requests.belongings import belongings_of
from requests.constants import FOUR_EYES, GIVEN, UNANSWERED, MatchState, Right
from requests.identity.constants import AsksFor
from requests.models import Decision, PrivacyRequest
from requests.officer.next_step import Standing
from requests.services.deciding import by_two, entered_and_proved, leads_to_data, proved_alone
from requests.services.rights.at_once import has_address


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
    matches = [one.match for one in shown.get("matches", ())]
    proposed = [match for match in matches if match.state == MatchState.PROPOSED]
    by_address = privacy_request.email_verified_at is not None
    uses_on = any(not (by_address and has_address(match)) for match in proposed)
    asks_marketing = any(one.right == Right.MARKETING for one in shown.get("rights", ()))
    approves = "requests.approve_refusal" if refuses else "requests.approve_privacyrequest"
    return Standing(
        kind=privacy_request.kind,
        state=privacy_request.state,
        duplicates=bool(shown.get("duplicates")),
        to_forward=bool(shown.get("to_forward")),
        stop_today=uses_on and asks_marketing and privacy_request.state in UNANSWERED,
        proposed=bool(proposed),
        lacks_mandate=privacy_request.asks_for == AsksFor.OTHER and not shown.get("mandate"),
        lacks_proof=bool(shown.get("lacks")),
        copy_kept=bool(shown.get("copies")),
        reviews=any(one.waits for one in shown.get("reviews", ())),
        undecided=sum(1 for line in lines if line.decided is None),
        hidden=shown.get("hidden_lines", 0),
        decided=bool(decided),
        gaps=bool(shown.get("gaps")),
        gaps_pass=all(one.passes for one in shown.get("gaps", ())),
        by_me=_decided_by(decided, user.pk),
        proved_by_me=user.pk is not None
        and _rests_on(privacy_request, shown, _pairs(decided), user.pk),
        may_approve=user.has_perm(approves),  # type: ignore[union-attr]
        waits=bool(shown.get("effects_waiting") or shown.get("instructions_open")),
    )


# Why this colleague may not approve, said in place of the button.
ROLE = _("Save the decisions: a colleague who may approve answers then approves them.")
REFUSAL = _("Something is refused here. Save the decisions: a senior officer then approves them.")
SECOND = _("Two people decide this. Save the decisions: another colleague then approves them.")
DECIDED = _("You decided this: another colleague approves it, and finds it in the work queue.")
ENTERED = _("You entered this and noted who asks: another colleague approves the answer.")
ALONE = _(
    "You alone noted who asks, so you may not let data go to them. Another privacy officer or"
    " senior officer approves the answer; or one of them also notes who asks, and then you may."
)
ALONE_REFUSING = _(
    "You alone noted who asks, so you may not let data go to them. Another senior officer approves"
    " the answer; or a privacy officer or senior officer also notes who asks, and then you may."
)
OTHER_ALONE = _(
    "%(who)s alone noted who asks, and may therefore not approve the answer. Note it too, by one"
    " of the ways below: then they may."
)
COPY = _("A copy of an identity document is still here. Destroy it first: see “Who asks”.")
Given = Sequence[tuple[str, str]]


def why_not_approve(
    privacy_request: PrivacyRequest,
    shown: Mapping[str, Any],
    user: AbstractBaseUser | AnonymousUser,
) -> Promise | str:
    """Return why this colleague may not approve what stands on the page; empty where they may.

    As the service will say it of what was decided, and of what is proposed and they would decide.
    """
    lines = shown["decisions_form"].lines
    decided = list(shown.get("decisions", ()))
    open_ones = [line for line in lines if line.decided is None and line.current is not None]
    pairs = [*_pairs(decided), *((line.right, line.current.outcome) for line in open_ones)]
    refuses = any(outcome in FOUR_EYES for _right, outcome in pairs)
    may = user.has_perm  # type: ignore[union-attr]
    two = any(by_two(line.right, line.current.outcome) for line in open_ones)
    me = user.pk or 0
    alone = _rests_on(privacy_request, shown, pairs, me)
    reasons = [
        (not may("requests.approve_privacyrequest"), ROLE),
        (refuses and not may("requests.approve_refusal"), REFUSAL),
        (bool(shown.get("copies")), COPY),
        (two, SECOND),
        (_decided_by(decided, user.pk), DECIDED),
        (entered_and_proved(privacy_request, me), ENTERED),
        (alone, ALONE_REFUSING if refuses else ALONE),
    ]
    return next((reason for applies, reason in reasons if applies), "")


def rests_on_one(
    privacy_request: PrivacyRequest,
    shown: Mapping[str, Any],
    user: AbstractBaseUser | AnonymousUser,
) -> Promise | str:
    """Return, where all proof rests on one colleague's word, what that means for who reads it."""
    decided = list(shown.get("decisions", ()))
    pairs = _pairs(decided)
    refuses = any(outcome in FOUR_EYES for _right, outcome in pairs)
    named = {check.officer for check, _note in shown.get("checks", ())}
    for one in sorted(officer for officer in named if officer is not None):
        if not _rests_on(privacy_request, shown, pairs, one):
            continue
        if one == user.pk:
            return ALONE_REFUSING if refuses else ALONE
        return OTHER_ALONE % {"who": shown["colleagues"].get(one) or _now("One colleague")}
    return ""


def _pairs(decided: Sequence[Decision]) -> list[tuple[str, str]]:
    return [(one.right.right, one.outcome) for one in decided]


def _decided_by(decided: Sequence[Decision], user: int | None) -> bool:
    return any(one.needs_second and one.decided_by == user for one in decided)


def _rests_on(
    privacy_request: PrivacyRequest, shown: Mapping[str, Any], pairs: Given, officer: int
) -> bool:
    """Tell whether all proof rests on this colleague's word, and data go or find the way later."""
    given = {right for right, outcome in pairs if outcome in GIVEN}
    leads = leads_to_data(given, belongings_of(privacy_request).corrections)
    return leads and not shown.get("lacks") and proved_alone(privacy_request, officer)
