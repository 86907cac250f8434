"""Who asks: what proves it, and questions on reasonable doubt."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from requests.constants import (
    Cause,
    Direction,
    DoubtReason,
    IdentityMethod,
    IdentityResult,
    MatchState,
    QuestionAbout,
    State,
)
from requests.exceptions import Incomplete
from requests.identity.proofs import has_email, knows_the_file
from requests.models import IdentityCheck, PrivacyRequest
from requests.services.changing import body_of, email_of, locked, move, note, require
from requests.services.clock import compute, end_questions
from requests.services.messages import tell
from requests.services.own_file import require_other
from requests.services.people.by_letter import end_unused
from requests.services.people.proof import identities_of, told_of
from requests.services.people.telling import tell_on_file
from requests.services.rights.at_once import carry_out_at_once
from requests.services.sellers import tell_of_sellers
from vault import services as vault

OPEN_STATES = (State.RECEIVED, State.WAITING, State.HANDLING)


@transaction.atomic
def confirm_identity(
    pk: int,
    method: IdentityMethod,
    *,
    officer: int,
    now: datetime,
    matches: Collection[int] = (),
    involvement: UUID | None = None,
    text: str = "",
    called_at: datetime | None = None,
    paper: UUID | None = None,
    reasons: Sequence[str] = (),
    version: int | None = None,
) -> PrivacyRequest:
    """Note that it is known who asks, and by what. An open question about it ends with this.

    Facts of the file and e-mail addresses are compared here, and prove what they fit. A call
    back proves the `involvement` whose number was called; what an officer saw proves the people
    of these `matches`; `paper` is the file that was looked at. `text` tells why, or what was
    asked; it is sealed. Raises Incomplete when the method proves nobody.

    Source: GDPR Article 12(6); legal requirements, section 1.3.
    """
    privacy_request = locked(pk, version)
    require(privacy_request, *OPEN_STATES)
    require_other(privacy_request, officer)
    if method in (IdentityMethod.FILE_FACTS, IdentityMethod.EMAIL_ON_FILE):
        covered = _by_what_fits(privacy_request, method)
    elif method == IdentityMethod.CALL_BACK:
        covered = _by_call(privacy_request, involvement, text, called_at or now, now)
    elif method in (IdentityMethod.IN_PERSON, IdentityMethod.MASKED_DOCUMENT):
        covered = _by_sight(privacy_request, matches, text)
        _require_own_paper(privacy_request, paper)
    else:
        raise Incomplete("this proof is made by the person, not noted by a colleague")
    note_text = {"text": text} | ({"called_at": called_at.isoformat()} if called_at else {})
    note_proof(
        privacy_request,
        method,
        covered,
        actor=f"user:{officer}",
        officer=officer,
        reasons=reasons,
        text=note_text if text else None,
        paper=paper,
        now=now,
    )
    return privacy_request


def note_proof(
    privacy_request: PrivacyRequest,
    method: IdentityMethod,
    covered: Collection[UUID],
    *,
    actor: str,
    now: datetime,
    officer: int | None = None,
    reasons: Sequence[str] = (),
    evidence: Sequence[str] = (),
    text: Mapping[str, Any] | None = None,
    paper: UUID | None = None,
) -> IdentityCheck:
    """Write a proof of a locked request, end the questions it answers and go on handling.

    The addresses on file hear of it, by mails that the beat sends.
    """
    tell_on_file(privacy_request, method, covered, now=now)
    check = IdentityCheck(
        request=privacy_request,
        method=method,
        result=IdentityResult.PROVEN,
        reasons=list(reasons),
        evidence=list(evidence),
        involvements=sorted(covered),
        paper=paper,
        officer=officer,
        checked_at=now,
    )
    if text is not None:
        key = vault.open_key(privacy_request.key_id)
        check.sealed_note = key.seal(dict(text), place=check.note_place)
    check.save()
    end_unused(privacy_request)
    end_questions(privacy_request, now)
    move(privacy_request, State.HANDLING)
    carry_out_at_once(privacy_request.pk, now=now)
    tell_of_sellers(privacy_request, now=now)
    note(
        privacy_request,
        "request.identity_proven",
        actor,
        method=str(method),
        involvements=len(check.involvements),
    )
    return check


@transaction.atomic
def note_not_proven(
    pk: int,
    method: IdentityMethod,
    *,
    now: datetime,
    evidence: Sequence[str] = (),
    officer: int | None = None,
) -> None:
    """Note that an attempt proved nobody; what was proven before is not undone by it.

    Raises OwnFile.
    """
    privacy_request = locked(pk)
    if officer is not None:
        require_other(privacy_request, officer)
    require(privacy_request, *OPEN_STATES)
    IdentityCheck.objects.create(
        request=privacy_request,
        method=method,
        result=IdentityResult.NOT_PROVEN,
        evidence=list(evidence),
        officer=officer,
        checked_at=now,
    )
    actor = audit.PERSON if officer is None else f"user:{officer}"
    note(privacy_request, "request.identity_not_proven", actor, method=str(method))


def _by_what_fits(privacy_request: PrivacyRequest, method: IdentityMethod) -> list[UUID]:
    if privacy_request.email_verified_at is None:
        raise Incomplete("the e-mail address is not proven by a code")
    email, asked = email_of(privacy_request), body_of(privacy_request)["identity"]
    held = identities_of(told_of(privacy_request, MatchState.PROPOSED, MatchState.CONFIRMED))
    if method == IdentityMethod.EMAIL_ON_FILE:
        fits = [one for one, identity in held.items() if has_email(identity, email)]
        if not fits:
            raise Incomplete("the e-mail address is not on file")
        return fits
    fits = [one for one, identity in held.items() if knows_the_file(asked, identity, email)]
    if not fits and any(has_email(identity, email) for identity in held.values()):
        raise Incomplete(
            "the e-mail address is on file, but not all facts of one file fit: where it is a"
            " marketing contact, compare the e-mail address only"
        )
    if not fits:
        raise Incomplete(
            "dossier number, postcode, date of birth and e-mail address are not all those of one"
            " file"
        )
    return fits


def _by_call(
    privacy_request: PrivacyRequest,
    involvement: UUID | None,
    text: str,
    called_at: datetime,
    now: datetime,
) -> list[UUID]:
    if called_at > now:
        raise Incomplete("the call is still to come")
    if not text.strip():
        raise Incomplete("note what was asked in the call")
    if involvement is None:
        raise Incomplete("choose whose number was called")
    matched = told_of(privacy_request, MatchState.PROPOSED, MatchState.CONFIRMED)
    held = identities_of(matched.filter(reference=involvement))
    if not any(identity.get("phones") for identity in held.values()):
        raise Incomplete("there is no telephone number on file there")
    return list(held)


def _by_sight(privacy_request: PrivacyRequest, matches: Collection[int], text: str) -> list[UUID]:
    if not text.strip():
        raise Incomplete("note why nothing less was enough, and what was looked at")
    chosen = privacy_request.matches.filter(
        pk__in=matches, state__in=(MatchState.PROPOSED, MatchState.CONFIRMED)
    )
    people = list(chosen.values_list("subject_reference", flat=True))
    if len(people) != len(set(matches)):
        raise Incomplete("choose who was proven among the people who may be meant")
    if not people and told_of(privacy_request, MatchState.CONFIRMED).exists():
        raise Incomplete("choose whom this proves")
    candidates = told_of(privacy_request, MatchState.PROPOSED, MatchState.CONFIRMED)
    return list(
        candidates.filter(subject__reference__in=people).values_list("reference", flat=True)
    )


def _require_own_paper(privacy_request: PrivacyRequest, paper: UUID | None) -> None:
    there = privacy_request.attachments.filter(direction=Direction.BY_PERSON, destroyed_at=None)
    if paper is not None and not there.filter(reference=paper).exists():
        raise Incomplete("choose a file that came with this request")


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
    without undue delay. Raises Incomplete without a reason or without words, and OwnFile.

    Source: GDPR Article 12(6).
    """
    privacy_request = locked(pk, version)
    require_other(privacy_request, officer)
    note_doubt(privacy_request, reasons, officer=officer, now=now)
    facts = _question(privacy_request, QuestionAbout.IDENTITY, without_undue_delay, now)
    return _ask(privacy_request, facts, text, officer, now)


def note_doubt(
    privacy_request: PrivacyRequest, reasons: Sequence[str], *, officer: int, now: datetime
) -> None:
    """Write why there is reasonable doubt, before more is asked of a locked request."""
    if not reasons:
        raise Incomplete("more may be asked on reasonable doubt only: name the reason")
    IdentityCheck.objects.create(
        request=privacy_request,
        result=IdentityResult.DOUBT,
        reasons=[str(reason) for reason in reasons],
        officer=officer,
        checked_at=now,
    )


def ask_for_code(
    privacy_request: PrivacyRequest,
    *,
    text: str,
    without_undue_delay: bool,
    officer: int,
    now: datetime,
) -> int | None:
    """Let the clock of a locked request wait for a code that is under way by post."""
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
    require_other(privacy_request, officer)
    facts = _question(privacy_request, QuestionAbout.PROCESSING, without_undue_delay, now)
    return _ask(privacy_request, facts, text, officer, now)


@transaction.atomic
def go_on_unanswered(
    pk: int, *, officer: int, now: datetime, version: int | None = None
) -> PrivacyRequest:
    """Handle on a request whose question was not answered; from today the clock runs again.

    Without it a request would wait for ever, and nobody would hear that nothing is done.
    Raises WrongState where no question waits, and OwnFile.

    Source: GDPR Article 12(4).
    """
    privacy_request = locked(pk, version)
    require_other(privacy_request, officer)
    require(privacy_request, State.WAITING)
    end_questions(privacy_request, now, unanswered=True)
    move(privacy_request, State.HANDLING)
    note(privacy_request, "request.went_on_unanswered", f"user:{officer}")
    return privacy_request


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
