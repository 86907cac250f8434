"""Who asks: what proves it, and questions on reasonable doubt."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from requests.constants import (
    Cause,
    DoubtReason,
    IdentityMethod,
    IdentityResult,
    MatchState,
    QuestionAbout,
    State,
)
from requests.exceptions import (
    Incomplete,
)
from requests.models import (
    IdentityCheck,
    PrivacyRequest,
)
from requests.services.at_once import carry_out_at_once
from requests.services.changing import locked, move, note, require
from requests.services.clock import compute, end_questions
from requests.services.messages import tell


@transaction.atomic
def confirm_identity(
    pk: int,
    method: IdentityMethod,
    *,
    officer: int,
    now: datetime,
    reasons: Sequence[str] = (),
    version: int | None = None,
) -> PrivacyRequest:
    """Note that it is known who asks, and by what. An open question about it ends with this."""
    privacy_request = locked(pk, version)
    require(privacy_request, State.RECEIVED, State.WAITING, State.HANDLING)
    if method == IdentityMethod.EMAIL_ON_FILE and not _has_proven_address_on_file(privacy_request):
        raise Incomplete("the address is not proven by a code, or is not the one on file")
    IdentityCheck.objects.create(
        request=privacy_request,
        method=method,
        result=IdentityResult.PROVEN,
        reasons=list(reasons),
        officer=officer,
        checked_at=now,
    )
    end_questions(privacy_request, now)
    move(privacy_request, State.HANDLING)
    carry_out_at_once(pk, now=now)
    note(privacy_request, "request.identity_proven", f"user:{officer}", method=str(method))
    return privacy_request


def _has_proven_address_on_file(privacy_request: PrivacyRequest) -> bool:
    """Tell whether a code proved the address, and a person confirmed to be meant has it too."""
    confirmed = privacy_request.matches.filter(state=MatchState.CONFIRMED)
    return privacy_request.email_verified_at is not None and (
        confirmed.filter(evidence__contains=["email:equal"]).exists()
    )


@transaction.atomic
def ask_identity(
    pk: int,
    reasons: Sequence[DoubtReason],
    *,
    text: str,
    without_undue_delay: bool,
    officer: int,
    now: datetime,
    version: int | None = None,
) -> int | None:
    """Ask who it is, because of reasonable doubt; return the mail to send, if any.

    The clock stands still until the answer, if the officer confirms that the question came
    without undue delay. Raises Incomplete without a reason or without words.

    Source: GDPR Article 12(6).
    """
    if not reasons:
        raise Incomplete("more may be asked on reasonable doubt only: name the reason")
    privacy_request = locked(pk, version)
    IdentityCheck.objects.create(
        request=privacy_request,
        result=IdentityResult.DOUBT,
        reasons=[str(reason) for reason in reasons],
        officer=officer,
        checked_at=now,
    )
    facts = _question(privacy_request, QuestionAbout.IDENTITY, without_undue_delay, now)
    return _ask(privacy_request, facts, text, officer, now)


@transaction.atomic
def ask_processing(
    pk: int,
    *,
    text: str,
    without_undue_delay: bool,
    officer: int,
    now: datetime,
    version: int | None = None,
) -> int | None:
    """Ask which processing is meant; as `ask_identity`.

    Source: GDPR recital 63; EDPB Guidelines 01/2022, paragraph 35.
    """
    privacy_request = locked(pk, version)
    facts = _question(privacy_request, QuestionAbout.PROCESSING, without_undue_delay, now)
    return _ask(privacy_request, facts, text, officer, now)


def _question(
    privacy_request: PrivacyRequest, about: QuestionAbout, without_undue_delay: bool, now: datetime
) -> dict[str, Any]:
    return {
        "question": privacy_request.clockevents.filter(cause=Cause.ASKED).count() + 1,
        "about": str(about),
        "asked_on": timezone.localdate(now),
        "without_undue_delay": without_undue_delay,
    }


def _ask(
    privacy_request: PrivacyRequest,
    facts: Mapping[str, Any],
    text: str,
    officer: int,
    now: datetime,
) -> int | None:
    require(privacy_request, State.RECEIVED, State.HANDLING)
    if not text.strip():
        raise Incomplete("a question needs words")
    move(privacy_request, State.WAITING)
    compute(privacy_request, Cause.ASKED, facts, now)
    note(privacy_request, "request.asked", f"user:{officer}", **facts)
    return tell(privacy_request, text, officer, now)
