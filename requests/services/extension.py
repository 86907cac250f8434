"""The one extension of the period."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from requests.clock import due_date as clocks
from requests.constants import (
    Cause,
    ExtensionReason,
    State,
)
from requests.exceptions import (
    AnswerLacks,
    DeadlinePassed,
    Incomplete,
    WrongState,
)
from requests.letters import making
from requests.letters.facts import Extension
from requests.services.changing import locked, note, require, save
from requests.services.clock import compute, facts_of
from requests.services.messages import tell
from requests.services.own_file import require_other


@transaction.atomic
def extend_deadline(
    pk: int,
    *,
    further_months: int,
    reason: ExtensionReason,
    text: str,
    officer: int,
    now: datetime,
    version: int | None = None,
) -> int | None:
    """Extend the period once, by one or two months, and tell the person why.

    Return the mail to send, if any. Raises DeadlinePassed after the day on which it must be
    told, WrongState when it was extended before or the clock stands still, Incomplete without
    words that explain it.

    Source: GDPR Article 12(3).
    """
    privacy_request = locked(pk, version)
    require(privacy_request, State.RECEIVED, State.HANDLING)
    require_other(privacy_request, officer)
    if further_months not in (1, 2):
        raise Incomplete("one or two further months")
    if not text.strip():
        raise Incomplete("tell the person why it takes longer")
    if clocks.extension(facts_of(privacy_request)) is not None:
        raise WrongState("the period was extended before")
    limit = privacy_request.extension_due_on
    if limit is None or timezone.localdate(now) > limit:
        raise DeadlinePassed("an extension must be told within the first month")
    facts = {
        "notified_on": timezone.localdate(now),
        "further_months": further_months,
        "reason": str(reason),
    }
    compute(privacy_request, Cause.EXTENDED, facts, now)
    save(privacy_request)
    if privacy_request.due_on is not None:
        extension = Extension(privacy_request.due_on, text)
        draft = making.draft_extension(privacy_request, extension, today=timezone.localdate(now))
        if draft.gaps:
            raise AnswerLacks(draft.gaps)
        making.keep(privacy_request, draft, actor=f"user:{officer}", now=now)
    note(
        privacy_request,
        "request.extended",
        f"user:{officer}",
        due_on=privacy_request.due_on,
        **facts,
    )
    return tell(privacy_request, text, officer, now)
