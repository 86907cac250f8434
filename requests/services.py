"""Every change of a request: lock, check, write, tell the ledger.

Whoever calls these queues the tasks (`tasks.send_mail`, `tasks.propose_matches`); services
return what is needed for it. `version` is what the caller has seen: when the request was
changed since, ChangedMeanwhile is raised and nothing is written.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from audit import services as audit
from policy.deadlines import Clock, Question
from requests import clock as clocks
from requests import codes, mail
from requests.clock import Fact
from requests.constants import (
    ARTICLES,
    CODE_ATTEMPTS,
    CODE_MINUTES,
    FOUR_EYES,
    LINK_DAYS,
    OPEN,
    SOURCE,
    TRANSITIONS,
    Cause,
    Channel,
    Direction,
    DoubtReason,
    ExtensionReason,
    IdentityMethod,
    IdentityResult,
    MailKind,
    MatchState,
    Outcome,
    QuestionAbout,
    Right,
    State,
)
from requests.exceptions import (
    ChangedMeanwhile,
    CodeRefused,
    DeadlinePassed,
    Incomplete,
    SecondPersonNeeded,
    WrongState,
)
from requests.models import (
    ClockEvent,
    Decision,
    EmailCode,
    IdentityCheck,
    Message,
    PageLink,
    PrivacyRequest,
    RequestedRight,
    SubjectMatch,
)
from retention import services as retention
from retention.models import HoldKind, LegalHold
from subjects.anchors import anchors_of, end_of
from subjects.models import Dossier, Involvement
from subjects.names import person_of
from subjects.search import find
from vault import services as vault
from vault.constants import KeyKind

RTS = "RTS"
OPEN_CODES = 3  # that may be under way to one address at a time


@dataclass(frozen=True)
class Submission:
    """What a person asks; `identity` in the shape the door seals (contracts of the registry)."""

    received_at: datetime
    situation: str
    identity: Mapping[str, Any] = field(repr=False)
    words: str = field(repr=False)
    rights: Sequence[Right] = (Right.ACCESS,)
    channel: Channel = Channel.PORTAL
    language: str = "nl"

    @property
    def email(self) -> str:
        emails = self.identity.get("emails") or [""]
        return emails[0]

    def body(self) -> dict[str, Any]:
        return {
            "situation": self.situation,
            "identity": dict(self.identity),
            "words": self.words,
        }


@dataclass(frozen=True)
class Submitted:
    """The request, the access code of its page, and the mail that waits (if an address was given).

    The code stands nowhere else.
    """

    request: PrivacyRequest
    page_code: str = field(repr=False)
    mail_id: int | None = None


# --- receipt ------------------------------------------------------------------------------------


@transaction.atomic
def submit(submission: Submission, *, actor: str = audit.PERSON) -> Submitted:
    """Take a request in: it has a number, a file of its own, and its clock runs.

    Source: GDPR Article 12(3): the period counts from receipt.
    """
    key, page = vault.create_key(KeyKind.REQUEST), codes.new_page_code()
    reference, now = uuid4(), submission.received_at
    privacy_request = PrivacyRequest(
        reference=reference,
        number=_next_number(timezone.localdate(now).year),
        key_id=key.id,
        dossier=_open_dossier(reference, timezone.localdate(now)),
        language=submission.language,
        channel=submission.channel,
        received_at=now,
        page_digest=page.digest,
    )
    privacy_request.sealed_body = key.seal(submission.body(), place=privacy_request.body_place)
    _compute(privacy_request, Cause.RECEIVED, {"received_on": privacy_request.received_on}, now)
    RequestedRight.objects.bulk_create(
        RequestedRight(request=privacy_request, right=right, article=ARTICLES[right])
        for right in dict.fromkeys(submission.rights)
    )
    _note(
        privacy_request,
        "request.received",
        actor,
        number=privacy_request.number,
        channel=str(submission.channel),
        rights=[str(right) for right in submission.rights],
        due_on=privacy_request.due_on,
    )
    queued = None
    if submission.email:
        code = _new_code(privacy_request, now)
        queued = _mail_link(privacy_request, MailKind.RECEIVED, submission.email, now, code).pk
    return Submitted(privacy_request, page.text, queued)


def _next_number(year: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('requests_number')")
        return f"AP-{year}-{cursor.fetchone()[0]:06}"


def _open_dossier(reference: UUID, today: date) -> Dossier:
    dossier = Dossier(
        source_system=SOURCE,
        source_digest=vault.digest(SOURCE, "dossier", str(reference)),
        purpose_id=RTS,
        opened_on=today,
    )
    _write_end(dossier)
    return dossier


def _write_end(dossier: Dossier) -> None:
    end = end_of(RTS, anchors_of(dossier))
    dossier.rule, dossier.delete_from = end.rule, end.delete_from
    dossier.missing_anchor = end.missing_anchor
    dossier.save()


def body_of(privacy_request: PrivacyRequest) -> dict[str, Any]:
    """Return {"situation", "identity", "words"}. Raises KeyDestroyed once the file is gone."""
    key = vault.open_key(privacy_request.key_id)
    return key.unseal(privacy_request.sealed_body, place=privacy_request.body_place)


# --- the person's e-mail address and page -------------------------------------------------------


def verify_email_code(pk: int, typed: str, *, now: datetime) -> PrivacyRequest:
    """Note that the e-mail address is the person's own; it proves nothing else.

    Raises CodeRefused for a wrong, used or expired code, and after five attempts.
    """
    # An attempt is committed also when it fails: else nobody would count it.
    privacy_request = _try_code(pk, typed, now)
    if privacy_request is None:
        raise CodeRefused("this code is wrong, used or expired")
    return privacy_request


@transaction.atomic
def _try_code(pk: int, typed: str, now: datetime) -> PrivacyRequest | None:
    privacy_request = locked(pk)
    code = (
        EmailCode.objects.filter(request=privacy_request, used_at=None, expires_at__gt=now)
        .order_by("-id")
        .first()
    )
    if code is None or code.attempts >= CODE_ATTEMPTS:
        return None
    code.attempts += 1
    right = bytes(code.digest) == codes.email_digest(privacy_request.reference, typed)
    if right:
        code.used_at = now
        privacy_request.email_verified_at = now
        _save(privacy_request, "email_verified_at")
        _note(privacy_request, "request.email_verified", audit.PERSON)
    code.save(update_fields=["attempts", "used_at"])
    return privacy_request if right else None


@transaction.atomic
def send_new_code(pk: int, *, now: datetime) -> int | None:
    """Mail another code; return the mail to send, or None where enough are under way."""
    privacy_request = locked(pk)
    email = _email_of(privacy_request)
    live = EmailCode.objects.filter(request=privacy_request, expires_at__gt=now).count()
    if not email or privacy_request.email_verified_at or live >= OPEN_CODES:
        return None
    code = _new_code(privacy_request, now)
    return mail.queue(privacy_request, MailKind.CODE, email, now=now, code=code).pk


@transaction.atomic
def send_new_link(number: str, email: str, *, now: datetime) -> int | None:
    """Mail a link to the page to the address given at intake; None where the two do not fit.

    The caller answers the same in both cases.
    """
    found = PrivacyRequest.objects.select_for_update().filter(number=number.strip().upper()).first()
    if found is None or _email_of(found).casefold() != email.strip().casefold() or not email:
        return None
    live = PageLink.objects.filter(request=found, used_at=None, expires_at__gt=now).count()
    if live >= OPEN_CODES:
        PageLink.objects.filter(request=found, used_at=None).delete()
    return _mail_link(found, MailKind.LINK, email.strip(), now).pk


@transaction.atomic
def open_link(token: str, *, now: datetime) -> PrivacyRequest | None:
    """Use a mailed link up and return its request; None for a wrong, used or expired one."""
    link = (
        PageLink.objects.select_for_update()
        .filter(digest=codes.link_digest(token), used_at=None, expires_at__gt=now)
        .first()
    )
    if link is None:
        return None
    link.used_at = now
    link.save(update_fields=["used_at"])
    _note(link.request, "request.page_opened", audit.PERSON, by="link")
    return link.request


@transaction.atomic
def open_with_code(number: str, code: str) -> PrivacyRequest | None:
    """Return the request with this number and access code; None for any other pair."""
    found = PrivacyRequest.objects.filter(
        number=number.strip().upper(), page_digest=codes.page_digest(code)
    ).first()
    if found is not None:
        _note(found, "request.page_opened", audit.PERSON, by="code")
    return found


def _email_of(privacy_request: PrivacyRequest) -> str:
    emails = body_of(privacy_request)["identity"].get("emails") or [""]
    return emails[0]


def _new_code(privacy_request: PrivacyRequest, now: datetime) -> str:
    # A new code takes the place of those before it.
    EmailCode.objects.filter(request=privacy_request, used_at=None).update(used_at=now)
    code = codes.new_email_code(privacy_request.reference)
    EmailCode.objects.create(
        request=privacy_request,
        digest=code.digest,
        expires_at=now + timedelta(minutes=CODE_MINUTES),
    )
    return code.text


def _mail_link(
    privacy_request: PrivacyRequest, kind: MailKind, email: str, now: datetime, code: str = ""
) -> Any:
    link = codes.new_link()
    PageLink.objects.create(
        request=privacy_request,
        digest=link.digest,
        expires_at=now + timedelta(days=LINK_DAYS),
    )
    return mail.queue(privacy_request, kind, email, now=now, token=link.text, code=code)


# --- who is meant, and who asks -----------------------------------------------------------------


@transaction.atomic
def begin(pk: int, *, officer: int, version: int | None = None) -> PrivacyRequest:
    """Begin to handle a request; that needs no proof of who asks, giving data does."""
    privacy_request = locked(pk, version)
    _require(privacy_request, State.RECEIVED)
    _move(privacy_request, State.HANDLING)
    _note(privacy_request, "request.begun", f"user:{officer}")
    return privacy_request


@transaction.atomic
def propose_matches(pk: int, *, now: datetime) -> list[SubjectMatch]:
    """Look in the registry for who may be meant; a colleague decides. Safe to run twice.

    What is not yet due is held from here on: an answer must not lose what was there when it was
    asked (legal requirements, section 3).
    """
    privacy_request = locked(pk)
    if privacy_request.searched_at is not None or privacy_request.state not in OPEN:
        return []
    found = find(person_of(body_of(privacy_request)["identity"]))
    keys = [key for match in found.matches for key in match.involvements]
    references = dict(Involvement.objects.filter(pk__in=keys).values_list("pk", "reference"))
    matches = SubjectMatch.objects.bulk_create(
        SubjectMatch(
            request=privacy_request,
            subject_reference=match.reference,
            involvements=[references[key] for key in match.involvements if key in references],
            score=match.score,
            evidence=[f"{one.field.value}:{one.kind.value}" for one in match.evidence],
        )
        for match in found.matches
    )
    if _asks_access(privacy_request):
        for match in matches:
            _hold(match, now)
    privacy_request.searched_at = now
    _save(privacy_request, "searched_at")
    _note(privacy_request, "request.searched", audit.SYSTEM, matches=len(matches), more=found.more)
    return matches


def without_search(*, limit: int) -> list[int]:
    """Return open requests for which nobody has looked yet, oldest first."""
    waiting = PrivacyRequest.objects.open().filter(searched_at=None).order_by("id")
    return list(waiting.values_list("pk", flat=True)[:limit])


@transaction.atomic
def confirm_match(pk: int, *, officer: int, now: datetime) -> SubjectMatch:
    """Note that this is the person. An access request holds their files back from destruction.

    Raises WrongState when the request is no longer being handled.
    """
    match = _decide_match(pk, MatchState.CONFIRMED, officer, now)
    if match.hold_id is None and _asks_access(match.request):
        _hold(match, now)
    return match


@transaction.atomic
def reject_match(pk: int, *, officer: int, now: datetime) -> SubjectMatch:
    """Note that this is somebody else; what was held for this match is let go."""
    match = _decide_match(pk, MatchState.REJECTED, officer, now)
    _let_go([match], timezone.localdate(now), f"user:{officer}")
    return match


def _decide_match(pk: int, state: MatchState, officer: int, now: datetime) -> SubjectMatch:
    match = SubjectMatch.objects.get(pk=pk)
    privacy_request = locked(match.request_id)
    _require(privacy_request, State.RECEIVED, State.WAITING, State.HANDLING)
    match = SubjectMatch.objects.select_for_update().get(pk=pk)
    match.request = privacy_request
    match.state, match.decided_by, match.decided_at = state, officer, now
    match.save(update_fields=["state", "decided_by", "decided_at"])
    _save(privacy_request)
    _note(privacy_request, f"request.match_{state}", f"user:{officer}", match=match.pk)
    return match


def _asks_access(privacy_request: PrivacyRequest) -> bool:
    return privacy_request.rights.filter(right=Right.ACCESS).exists()


def _hold(match: SubjectMatch, now: datetime) -> None:
    """Hold what was not yet due when the request came (legal requirements, section 3)."""
    privacy_request = match.request
    dossiers = Dossier.objects.filter(
        involvements__subject__reference=match.subject_reference
    ).filter(Q(delete_from=None) | Q(delete_from__gt=privacy_request.received_on))
    ids = list(dossiers.distinct().values_list("pk", flat=True))
    if not ids:
        return
    hold = retention.place_hold(
        HoldKind.ACCESS,
        privacy_request.reference,
        ids,
        today=timezone.localdate(now),
        actor=audit.SYSTEM,
    )
    match.hold_id = hold.pk
    match.save(update_fields=["hold_id"])


def _let_go(matches: Collection[SubjectMatch], today: date, actor: str) -> None:
    held = {match.hold_id: match for match in matches if match.hold_id is not None}
    for hold in LegalHold.objects.filter(pk__in=held):
        match = held[hold.pk]
        first, second = match.decided_by, match.request.approved_by
        # Who found the person and who approved the answer; one alone releases nothing for good.
        retention.release_hold(
            hold,
            today=today,
            actor=actor,
            released_by=first,
            approver_id=second if second != first else None,
        )
    SubjectMatch.objects.filter(hold_id__in=held).update(hold_id=None)


def confirmed_involvements(privacy_request: PrivacyRequest) -> list[int]:
    """Return every involvement of the people confirmed to be meant."""
    confirmed = privacy_request.matches.filter(state=MatchState.CONFIRMED)
    references = list(confirmed.values_list("subject_reference", flat=True))
    return list(
        Involvement.objects.filter(subject__reference__in=references)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


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
    _require(privacy_request, State.RECEIVED, State.WAITING, State.HANDLING)
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
    _end_questions(privacy_request, now)
    _move(privacy_request, State.HANDLING)
    _note(privacy_request, "request.identity_proven", f"user:{officer}", method=str(method))
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
    _require(privacy_request, State.RECEIVED, State.HANDLING)
    if not text.strip():
        raise Incomplete("a question needs words")
    _move(privacy_request, State.WAITING)
    _compute(privacy_request, Cause.ASKED, facts, now)
    _note(privacy_request, "request.asked", f"user:{officer}", **facts)
    return _tell(privacy_request, text, officer, now)


# --- messages -----------------------------------------------------------------------------------


@transaction.atomic
def send_message(pk: int, text: str, *, officer: int, now: datetime) -> int | None:
    """Put a message on the person's page; return the mail to send, if any."""
    privacy_request = locked(pk)
    if not text.strip():
        raise Incomplete("a message needs words")
    _note(privacy_request, "request.message_sent", f"user:{officer}")
    return _tell(privacy_request, text, officer, now)


@transaction.atomic
def receive_message(pk: int, text: str, *, now: datetime) -> Message:
    """Take in what the person writes on their page; an open question is answered by it.

    Raises WrongState once the request has ended.
    """
    privacy_request = locked(pk)
    if not takes_messages(privacy_request):
        raise WrongState("the request has ended")
    if not text.strip():
        raise Incomplete("a message needs words")
    message = _write(privacy_request, Direction.BY_PERSON, text, None, now)
    _note(privacy_request, "request.message_received", audit.PERSON)
    if privacy_request.state == State.WAITING:
        _end_questions(privacy_request, now)
        _move(privacy_request, State.HANDLING)
    return message


def takes_messages(privacy_request: PrivacyRequest) -> bool:
    """Tell whether the person may still write about it."""
    return bool(TRANSITIONS[privacy_request.state])


def messages_of(privacy_request: PrivacyRequest, limit: int = 100) -> list[tuple[Message, str]]:
    """Return the newest messages with their words, oldest first."""
    key = vault.open_key(privacy_request.key_id)
    newest = Message.objects.filter(request=privacy_request).order_by("-id")[:limit]
    return [
        (message, key.unseal(message.sealed_body, place=message.body_place)["text"])
        for message in reversed(newest)
    ]


def _tell(privacy_request: PrivacyRequest, text: str, officer: int, now: datetime) -> int | None:
    _write(privacy_request, Direction.TO_PERSON, text, officer, now)
    return _mail_news(privacy_request, now)


def _mail_news(privacy_request: PrivacyRequest, now: datetime) -> int | None:
    email = _email_of(privacy_request)
    return _mail_link(privacy_request, MailKind.NEWS, email, now).pk if email else None


def _write(
    privacy_request: PrivacyRequest,
    direction: Direction,
    text: str,
    author: int | None,
    now: datetime,
) -> Message:
    message = Message(request=privacy_request, direction=direction, author=author, sent_at=now)
    key = vault.open_key(privacy_request.key_id)
    message.sealed_body = key.seal({"text": text}, place=message.body_place)
    message.save()
    return message


# --- the clock ----------------------------------------------------------------------------------


def facts_of(privacy_request: PrivacyRequest) -> list[Fact]:
    """Return the causes and facts from which the due date follows, oldest first."""
    events = ClockEvent.objects.filter(request=privacy_request).order_by("id")
    return [Fact(cause, facts) for cause, facts in events.values_list("cause", "facts")]


def clock_of(privacy_request: PrivacyRequest, question: Question = Question.RESPONSE) -> Clock:
    """Return by when `question` must be told, with the sentences that explain it."""
    return clocks.clock(privacy_request.received_on, facts_of(privacy_request), question)


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
    _require(privacy_request, State.RECEIVED, State.HANDLING)
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
    _compute(privacy_request, Cause.EXTENDED, facts, now)
    _save(privacy_request)
    _note(
        privacy_request,
        "request.extended",
        f"user:{officer}",
        due_on=privacy_request.due_on,
        **facts,
    )
    return _tell(privacy_request, text, officer, now)


def _end_questions(privacy_request: PrivacyRequest, now: datetime) -> None:
    for number in clocks.open_questions(facts_of(privacy_request)):
        facts = {"question": number, "answered_on": timezone.localdate(now)}
        _compute(privacy_request, Cause.ANSWERED, facts, now)


def _compute(
    privacy_request: PrivacyRequest, cause: Cause, facts: Mapping[str, Any], now: datetime
) -> None:
    """Compute the due dates anew, save them, and keep what they were computed from."""
    written = {
        name: fact.isoformat() if isinstance(fact, date) else fact for name, fact in facts.items()
    }
    known = [] if privacy_request.pk is None else facts_of(privacy_request)
    known.append(Fact(cause, written))
    received = privacy_request.received_on
    running = clocks.clock(received, known)
    privacy_request.due_on = running.due_on
    privacy_request.extension_due_on = clocks.clock(
        received, known, Question.EXTENSION_NOTICE
    ).due_on
    privacy_request.refusal_due_on = clocks.clock(received, known, Question.REFUSAL_NOTICE).due_on
    privacy_request.save()
    ClockEvent.objects.create(
        request=privacy_request,
        cause=cause,
        facts=written,
        status=running.status,
        due_on=running.due_on,
        noted_at=now,
    )


# --- decision, answer, end ----------------------------------------------------------------------


@transaction.atomic
def decide(
    pk: int,
    right: Right,
    *,
    dossier: Dossier | None,
    outcome: Outcome,
    reason: str,
    officer: int,
    now: datetime,
    article: str = "",
    version: int | None = None,
) -> Decision:
    """Decide one right for one dossier (or, without dossier, for all); a later one replaces it.

    Raises WrongState when the request is not being handled, Incomplete without a reason where
    not everything is granted.

    Source: GDPR Article 12(4).
    """
    privacy_request = locked(pk, version)
    _require(privacy_request, State.HANDLING)
    if outcome not in (Outcome.GRANTED, Outcome.NOTHING_FOUND) and not reason.strip():
        raise Incomplete("what is not granted needs a reason")
    asked = privacy_request.rights.get(right=right)
    reference = dossier.reference if dossier else None
    decision = Decision.objects.filter(right=asked, dossier_reference=reference).first()
    if decision is None:
        decision = Decision(request=privacy_request, right=asked, dossier_reference=reference)
    decision.purpose = dossier.purpose_id if dossier else ""
    decision.outcome, decision.article = outcome, article or asked.article
    decision.decided_by, decision.decided_at = officer, now
    key = vault.open_key(privacy_request.key_id)
    decision.sealed_reason = key.seal({"text": reason}, place=decision.reason_place)
    decision.save()
    _save(privacy_request)
    _note(
        privacy_request,
        "request.decided",
        f"user:{officer}",
        right=str(right),
        outcome=str(outcome),
        dossier=reference,
        article=decision.article,
    )
    return decision


def reason_of(decision: Decision) -> str:
    """Return the words of a decision's reason."""
    key = vault.open_key(decision.request.key_id)
    return key.unseal(decision.sealed_reason, place=decision.reason_place)["text"]


@transaction.atomic
def approve(pk: int, *, officer: int, now: datetime, version: int | None = None) -> PrivacyRequest:
    """Approve the decisions: the answer may be made.

    Raises Incomplete while a match is undecided, nobody proved who asks, or a right has no
    decision for a dossier; SecondPersonNeeded where who refused would approve.
    """
    privacy_request = locked(pk, version)
    _require(privacy_request, State.HANDLING)
    _require_complete(privacy_request)
    if privacy_request.decisions.filter(outcome__in=FOUR_EYES, decided_by=officer).exists():
        raise SecondPersonNeeded("who refused may not approve the refusal")
    privacy_request.decisions.update(approved_by=officer, approved_at=now)
    privacy_request.approved_by = officer
    _move(privacy_request, State.APPROVED)
    _note(privacy_request, "request.approved", f"user:{officer}")
    return privacy_request


def _require_complete(privacy_request: PrivacyRequest) -> None:
    matches = privacy_request.matches.all()
    if matches.filter(state=MatchState.PROPOSED).exists():
        raise Incomplete("a proposed match was neither confirmed nor rejected")
    found = matches.filter(state=MatchState.CONFIRMED).exists()
    last = IdentityCheck.objects.filter(request=privacy_request).order_by("-id").first()
    if found and (last is None or last.result != IdentityResult.PROVEN):
        raise Incomplete("it is not known who asks")
    decided = set(
        privacy_request.decisions.values_list("right__right", "dossier_reference", "outcome")
    )
    for right in privacy_request.rights.values_list("right", flat=True):
        if not any(one == right for one, _, _ in decided):
            raise Incomplete("a right has no decision")
        for_all = any(one == right and dossier is None for one, dossier, _ in decided)
        covered = {dossier for one, dossier, _ in decided if one == right}
        if not for_all and set(_dossiers_of(privacy_request)) - covered:
            raise Incomplete("a right has no decision for one of the dossiers")


def _dossiers_of(privacy_request: PrivacyRequest) -> list[UUID]:
    confirmed = privacy_request.matches.filter(state=MatchState.CONFIRMED)
    references = list(confirmed.values_list("subject_reference", flat=True))
    dossiers = Dossier.objects.filter(involvements__subject__reference__in=references)
    return list(dossiers.distinct().values_list("reference", flat=True))


@transaction.atomic
def answer(pk: int, *, actor: str, now: datetime) -> int | None:
    """Note that the answer is on the person's page, and let go what was held for it.

    Return the mail to send, if any. Raises WrongState when it was not approved.
    """
    privacy_request = locked(pk)
    _require(privacy_request, State.APPROVED)
    privacy_request.answered_at = now
    _move(privacy_request, State.ANSWERED)
    _let_go(list(privacy_request.matches.all()), timezone.localdate(now), actor)
    _note(privacy_request, "request.answered", actor, due_on=privacy_request.due_on)
    return _mail_news(privacy_request, now)


@transaction.atomic
def close(pk: int, *, actor: str, now: datetime, version: int | None = None) -> PrivacyRequest:
    """Close an answered request; its own file goes 60 months later (RTS-60)."""
    privacy_request = locked(pk, version)
    _require(privacy_request, State.ANSWERED)
    _end(privacy_request, State.CLOSED, timezone.localdate(now))
    _note(privacy_request, "request.closed", actor)
    return privacy_request


@transaction.atomic
def withdraw(pk: int, *, actor: str, now: datetime) -> PrivacyRequest:
    """End a request that the person takes back; nothing of it is carried out."""
    privacy_request = locked(pk)
    _require(privacy_request, State.RECEIVED, State.WAITING, State.HANDLING)
    today = timezone.localdate(now)
    _let_go(list(privacy_request.matches.all()), today, actor)
    _end(privacy_request, State.WITHDRAWN, today)
    _note(privacy_request, "request.withdrawn", actor)
    return privacy_request


def _end(privacy_request: PrivacyRequest, state: State, today: date) -> None:
    privacy_request.ended_on = today
    _move(privacy_request, state)
    dossier = Dossier.objects.select_for_update().get(pk=privacy_request.dossier_id)
    dossier.request_closed_on = today
    _write_end(dossier)


# --- what all share -----------------------------------------------------------------------------


def locked(pk: int, version: int | None = None) -> PrivacyRequest:
    """Return the request, locked until the caller's transaction ends.

    Raises ChangedMeanwhile when it is not the version the caller has seen.
    """
    privacy_request = PrivacyRequest.objects.select_for_update().get(pk=pk)
    if version is not None and version != privacy_request.version:
        raise ChangedMeanwhile("a colleague changed this request meanwhile: look again")
    return privacy_request


def _require(privacy_request: PrivacyRequest, *states: State) -> None:
    if privacy_request.state not in states:
        raise WrongState(f"not possible while the request is {privacy_request.state}")


def _move(privacy_request: PrivacyRequest, state: State) -> None:
    """Take the request to a state that may follow; the same one again is no move."""
    if state != privacy_request.state and state not in TRANSITIONS[privacy_request.state]:
        raise WrongState(f"{state} may not follow {privacy_request.state}")
    privacy_request.state = state
    privacy_request.version += 1
    privacy_request.save()


def _save(privacy_request: PrivacyRequest, *fields: str) -> None:
    privacy_request.version += 1
    privacy_request.save(update_fields=[*fields, "version"])


def _note(privacy_request: PrivacyRequest, event: str, actor: str, **facts: Any) -> None:
    audit.append(event, object=f"request:{privacy_request.reference}", actor=actor, **facts)
