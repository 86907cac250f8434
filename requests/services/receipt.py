"""Receipt: a request comes in, has a number and a file of its own, and its clock runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone

from audit import services as audit
from requests import codes
from requests.constants import (
    ARTICLES,
    SOURCE,
    UNANSWERED,
    Cause,
    Channel,
    Direction,
    EffectKind,
    Kind,
    MailKind,
    Mention,
    Right,
)
from requests.exceptions import Incomplete, WrongState
from requests.files.types import NewFile
from requests.identity.constants import AsksFor
from requests.models import (
    PrivacyRequest,
    RequestedRight,
)
from requests.services.attachments import keep_files
from requests.services.changing import locked, note, require, save, write_end
from requests.services.clock import compute
from requests.services.own_file import officer_named, require_not_own, require_other
from requests.services.page import mail_link, new_code
from requests.services.people.askers import TOKENS, asker_tokens, caller_digest, letter_digest
from requests.services.people.matching import hold_for_access
from requests.services.rights.at_once import carry_out_at_once, shut_what_was_given
from requests.services.rights.suspending import end_all
from subjects.models import Dossier
from vault import services as vault
from vault.constants import KeyKind

RTS = "RTS"


@dataclass(frozen=True)
class Submission:
    """What a person asks; `identity` in the shape the door seals (contracts of the registry).

    `received_at` is when it reached an official channel, `taken_at` when it was taken in here.
    `articles` tells the ground of a right where the letter names it. A letter is known again by
    `letter_id` (such as a Message-ID) or by its words. `caller` is the id that a connected
    system gave it, with the code of that system: the same one is taken in once. `tell_by_mail`
    is False where the address got so much mail that no receipt goes there.
    """

    received_at: datetime
    situation: str
    identity: Mapping[str, Any] = field(repr=False)
    words: str = field(repr=False)
    rights: Sequence[Right] = (Right.ACCESS,)
    channel: Channel = Channel.PORTAL
    language: str = "nl"
    kind: Kind = Kind.REQUEST
    mentions: Sequence[Mention] = ()
    articles: Mapping[Right, str] = field(default_factory=dict)
    files: Sequence[NewFile] = field(default=(), repr=False)
    details: Mapping[str, str] = field(default_factory=dict, repr=False)
    letter_id: str = field(default="", repr=False)
    caller: tuple[str, str] | None = field(default=None, repr=False)
    taken_at: datetime | None = None
    asks_for: AsksFor = AsksFor.SELF
    representative: Mapping[str, str] = field(default_factory=dict, repr=False)
    tell_by_mail: bool = True

    @property
    def email(self) -> str:
        emails = self.identity.get("emails") or [""]
        return emails[0]

    def body(self) -> dict[str, Any]:
        return {
            "situation": self.situation,
            "identity": dict(self.identity),
            "words": self.words,
            "details": dict(self.details),
            "representative": dict(self.representative),
        }


@dataclass(frozen=True)
class Submitted:
    """The request, the access code of its page, and the mail that waits (if an address was given).

    The code stands nowhere else. `again` tells that it was taken in before: then there is
    neither code nor mail.
    """

    request: PrivacyRequest
    page_code: str = field(repr=False)
    mail_id: int | None = None
    again: bool = False


@transaction.atomic
def submit(submission: Submission, *, actor: str = audit.PERSON) -> Submitted:
    """Take in what came: it has a number and a file of its own, and a request's clock runs.

    Raises OwnFile where a colleague would enter what they ask themself: that goes by this site,
    or is entered by another.

    Source: GDPR Article 12(3): the period counts from receipt.
    """
    require_not_own(submission.identity, actor)
    caller = caller_digest(submission.caller)
    if caller is not None and (before := _taken_before(caller)):
        return Submitted(before, "", again=True)
    key, page = vault.create_key(KeyKind.REQUEST), codes.new_page_code()
    vault.store_tokens({key.id: asker_tokens(submission.identity)}, version=TOKENS)
    reference, now = uuid4(), submission.taken_at or submission.received_at
    received_on = timezone.localdate(submission.received_at)
    privacy_request = PrivacyRequest(
        reference=reference,
        number=_next_number(received_on.year),
        key_id=key.id,
        dossier=open_dossier(reference, received_on),
        kind=submission.kind,
        language=submission.language,
        channel=submission.channel,
        received_at=submission.received_at,
        asks_for=submission.asks_for,
        mentions=[str(one) for one in dict.fromkeys(submission.mentions)],
        letter_digest=letter_digest(submission.letter_id, submission.words),
        caller_digest=caller,
        page_digest=page.digest,
        entered_by=officer_named(actor),
    )
    privacy_request.sealed_body = key.seal(submission.body(), place=privacy_request.body_place)
    rights = list(dict.fromkeys(submission.rights))
    _begin(privacy_request, rights, submission.articles, now)
    keep_files(privacy_request, submission.files, direction=Direction.BY_PERSON, now=now)
    note(
        privacy_request,
        "request.received",
        actor,
        number=privacy_request.number,
        kind=str(submission.kind),
        channel=str(submission.channel),
        rights=[str(right) for right in rights],
        files=len(submission.files),
        received_on=received_on,
        due_on=privacy_request.due_on,
    )
    queued = None
    if submission.email and submission.tell_by_mail:
        code = new_code(privacy_request, now)
        queued = mail_link(privacy_request, MailKind.RECEIVED, submission.email, now, code=code).pk
    return Submitted(privacy_request, page.text, queued)


def _taken_before(caller: bytes) -> PrivacyRequest | None:
    """Return what the caller sent with this id before, after whoever is just taking it in."""
    with connection.cursor() as cursor:
        lock = int.from_bytes(caller[:8], "big", signed=True)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
    return PrivacyRequest.objects.filter(caller_digest=caller).first()


def _begin(
    privacy_request: PrivacyRequest,
    rights: Sequence[Right],
    articles: Mapping[Right, str],
    now: datetime,
) -> None:
    """Let the clock of a request run; a question or a complaint has none, nor a search."""
    if privacy_request.kind != Kind.REQUEST:
        privacy_request.searched_at = now
        privacy_request.save()
        return
    facts = {"received_on": privacy_request.received_on}
    compute(privacy_request, Cause.RECEIVED, facts, now)
    add_rights(privacy_request, rights, articles, now)


def add_rights(
    privacy_request: PrivacyRequest,
    rights: Sequence[Right],
    articles: Mapping[Right, str],
    now: datetime,
) -> None:
    RequestedRight.objects.bulk_create(
        RequestedRight(
            request=privacy_request, right=right, article=articles.get(right, ARTICLES[right])
        )
        for right in rights
    )
    if Right.MARKETING in rights:
        shut_what_was_given(privacy_request, now=now)


@transaction.atomic
def change_rights(
    pk: int, rights: Sequence[Right], *, officer: int, now: datetime, version: int | None = None
) -> PrivacyRequest:
    """Make the rights of an open request those that an officer read in it.

    Raises WrongState where something was decided or done about one that would go, Incomplete
    without any, and OwnFile.
    """
    privacy_request = locked(pk, version)
    require_other(privacy_request, officer)
    require(privacy_request, *UNANSWERED)
    if privacy_request.kind != Kind.REQUEST:
        raise WrongState("a question has no rights")
    if not rights:
        raise Incomplete("choose at least one right")
    known = {Right(one.right): one for one in privacy_request.rights.all()}
    gone = [one for right, one in known.items() if right not in rights]
    if Right.REVIEW in known and Right.REVIEW not in rights:
        _forget_review(privacy_request, known[Right.REVIEW], officer, now)
    for one in gone:
        if one.decisions.exists() or one.effects.exists():
            raise WrongState("something was decided about a right that would go")
        one.delete()
    new = [right for right in dict.fromkeys(rights) if right not in known]
    add_rights(privacy_request, new, {}, now)
    # Access may be new: what is not yet due is held from here on. A right that went lets go nothing
    # by itself, as the answer does.
    hold_for_access(privacy_request, now)
    save(privacy_request)
    note(
        privacy_request,
        "request.rights_changed",
        f"user:{officer}",
        added=[str(right) for right in new],
        removed=[str(one.right) for one in gone],
    )
    carry_out_at_once(pk, now=now)
    return privacy_request


def _forget_review(
    privacy_request: PrivacyRequest, right: RequestedRight, officer: int, now: datetime
) -> None:
    """Let go on what was suspended, where nobody asked for a review after all."""
    if right.decisions.exists() or privacy_request.reviews.filter(reviewed_at=None).count() != (
        privacy_request.reviews.count()
    ):
        return
    end_all(privacy_request, actor=f"user:{officer}", now=now)
    right.effects.filter(kind=EffectKind.SUSPEND).delete()


@transaction.atomic
def make_request(
    pk: int, rights: Sequence[Right], *, officer: int, now: datetime, version: int | None = None
) -> PrivacyRequest:
    """Treat a question or a complaint as the request it is; its clock runs from receipt.

    Raises WrongState where it is a request already or has ended, Incomplete without a right, and
    OwnFile.

    Source: GDPR Article 12(3): the period counts from receipt, not from when it was understood.
    """
    privacy_request = locked(pk, version)
    require_other(privacy_request, officer)
    require(privacy_request, *UNANSWERED)
    if privacy_request.kind == Kind.REQUEST:
        raise WrongState("it is a request already")
    if not rights:
        raise Incomplete("choose at least one right")
    privacy_request.kind, privacy_request.searched_at = Kind.REQUEST, None
    _begin(privacy_request, list(dict.fromkeys(rights)), {}, now)
    save(privacy_request, "kind", "searched_at")
    note(
        privacy_request,
        "request.made_of_question",
        f"user:{officer}",
        rights=[str(right) for right in rights],
        received_on=privacy_request.received_on,
        due_on=privacy_request.due_on,
    )
    return privacy_request


def _next_number(year: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('requests_number')")
        return f"AP-{year}-{cursor.fetchone()[0]:06}"


def open_dossier(reference: UUID, today: date) -> Dossier:
    dossier = Dossier(
        source_system=SOURCE,
        source_digest=vault.digest(SOURCE, "dossier", str(reference)),
        purpose_id=RTS,
        opened_on=today,
    )
    write_end(dossier)
    return dossier
