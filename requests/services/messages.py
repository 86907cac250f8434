"""Messages on the person's page, both ways."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from audit import services as audit
from requests.belongings import belongings_of, is_gathered
from requests.constants import (
    TRANSITIONS,
    Cause,
    Direction,
    MailKind,
    State,
)
from requests.exceptions import (
    Incomplete,
    WrongState,
)
from requests.files.models import Attachment
from requests.files.types import NewFile
from requests.models import (
    Message,
    PrivacyRequest,
)
from requests.services.attachments import keep_files, require_few
from requests.services.changing import email_of, locked, move, note, require_version, save
from requests.services.clock import end_questions
from requests.services.heard import tell_colleagues
from requests.services.own_file import require_other
from requests.services.page import mail_link
from vault import services as vault

# Who writes the same a day later means it.
SAME_WITHIN = timedelta(hours=1)


@transaction.atomic
def send_message(
    pk: int,
    text: str,
    *,
    officer: int,
    now: datetime,
    files: Sequence[NewFile] = (),
    version: int | None = None,
) -> int | None:
    """Put a message with its files on the person's page; return the mail to send, if any.

    What stands there already, sent by pressing twice or again after going back, is sent once.
    Raises OwnFile, Incomplete without words, WrongState with too many files, and ChangedMeanwhile
    where the request is not the version that its writer saw.
    """
    privacy_request = locked(pk)
    require_other(privacy_request, officer)
    require_few(files)
    if not text.strip():
        raise Incomplete("a message needs words")
    if _stands_there(
        privacy_request, Direction.TO_PERSON, text, author=officer, now=now, files=files
    ):
        return None
    require_version(privacy_request, version)
    note(privacy_request, "request.message_sent", f"user:{officer}", files=len(files))
    mail_id = tell(privacy_request, text, officer, now, files=files)
    # A colleague who writes at the same moment is to see this first.
    save(privacy_request)
    return mail_id


@transaction.atomic
def receive_message(pk: int, text: str, *, now: datetime, files: Sequence[NewFile] = ()) -> Message:
    """Take in what the person writes on their page; an open question is answered by it.

    What came already, by pressing twice or going back, is taken in once; while a question waits
    all that comes is an answer to it, also the words of before. Colleagues are told that it came.
    Raises WrongState once the request has ended, or with too many files.
    """
    privacy_request = locked(pk)
    require_few(files)
    if not takes_messages(privacy_request):
        raise WrongState("the request has ended")
    if not text.strip():
        raise Incomplete("a message needs words")
    waits = privacy_request.state == State.WAITING
    if not waits and (
        came := _stands_there(
            privacy_request, Direction.BY_PERSON, text, author=None, now=now, files=files
        )
    ):
        return came
    newest = Message.objects.filter(request=privacy_request).order_by("-pk").first()
    message = write(privacy_request, Direction.BY_PERSON, text, None, now, files=files)
    # Of several messages in a row the first is told: nobody is mailed once for each.
    if newest is None or newest.direction != Direction.BY_PERSON:
        tell_colleagues(privacy_request, now)
    note(privacy_request, "request.message_received", audit.PERSON, files=len(files))
    if waits:
        end_questions(privacy_request, now)
        move(privacy_request, State.HANDLING)
    return message


def take_as_answer(privacy_request: PrivacyRequest, came_at: datetime, now: datetime) -> None:
    """Take what came by letter, call or mail as the answer to the question that waits, if any.

    What reached us before the question was asked answers nothing. For who locked the request.

    Source: GDPR Article 12(3) and (6); EDPB Guidelines 01/2022, paragraph 157.
    """
    if privacy_request.state != State.WAITING:
        return
    asked = privacy_request.clockevents.filter(cause=Cause.ASKED).order_by("pk").last()
    if asked is not None and came_at < asked.noted_at:
        return
    end_questions(privacy_request, now, came_at=came_at)
    move(privacy_request, State.HANDLING)


def _stands_there(
    privacy_request: PrivacyRequest,
    direction: Direction,
    text: str,
    *,
    author: int | None,
    now: datetime,
    files: Sequence[NewFile],
) -> Message | None:
    """Return the newest message if it is this one, from a moment ago; for who locked the request.

    A browser that goes back shows what was typed as if it was not sent.
    """
    newest = Message.objects.filter(request=privacy_request).order_by("-pk").first()
    if newest is None or (newest.direction, newest.author) != (direction, author):
        return None
    if now - newest.sent_at >= SAME_WITHIN:
        return None
    key = vault.open_key(privacy_request.key_id)
    said = key.unseal(newest.sealed_body, place=newest.body_place)["text"]
    return newest if said == text and _same_files(newest, files, key) else None


def _same_files(message: Message, files: Sequence[NewFile], key: vault.OpenKey) -> bool:
    """Tell whether these are the files of a message, by what they hold; one at a time is opened."""
    papers = message.attachments.order_by("pk")
    sizes = papers.values_list("size", "media_type")
    if [(len(one.content), one.media_type) for one in files] != list(sizes):
        return False
    return all(
        _holds(paper, one, key) for paper, one in zip(papers.iterator(1), files, strict=True)
    )


def _holds(paper: Attachment, file: NewFile, key: vault.OpenKey) -> bool:
    """Tell whether a file is this one, name and content; of one that was destroyed nobody can."""
    if paper.sealed_name is None or paper.sealed_content is None:
        return False
    named = key.unseal(paper.sealed_name, place=paper.name_place)["name"] == file.name
    return (
        named and key.unseal_bytes(paper.sealed_content, place=paper.content_place) == file.content
    )


def takes_messages(privacy_request: PrivacyRequest) -> bool:
    """Tell whether the person may still write about it."""
    return bool(TRANSITIONS[privacy_request.state])


def messages_of(privacy_request: PrivacyRequest, limit: int = 100) -> list[tuple[Message, str]]:
    """Return the newest messages with their words, oldest first."""
    belongings = belongings_of(privacy_request)
    if is_gathered(privacy_request):
        newest = list(belongings.messages)[-limit:]
    else:
        newest = list(reversed(belongings.messages.reverse()[:limit]))
    return [
        (message, belongings.key.unseal(message.sealed_body, place=message.body_place)["text"])
        for message in newest
    ]


def tell(
    privacy_request: PrivacyRequest,
    text: str,
    officer: int,
    now: datetime,
    *,
    files: Sequence[NewFile] = (),
) -> int | None:
    write(privacy_request, Direction.TO_PERSON, text, officer, now, files=files)
    return mail_news(privacy_request, now, text)


def keep_note(privacy_request: PrivacyRequest, text: str, now: datetime) -> None:
    """Keep what the person told in another way than on their page, among their messages."""
    write(privacy_request, Direction.BY_PERSON, text, None, now)


def mail_news(privacy_request: PrivacyRequest, now: datetime, words: str = "") -> int | None:
    """Queue a mail that something is there; `words` go with it where it can be encrypted."""
    email = email_of(privacy_request)
    if not email:
        return None
    return mail_link(privacy_request, MailKind.NEWS, email, now, words=words).pk


def write(
    privacy_request: PrivacyRequest,
    direction: Direction,
    text: str,
    author: int | None,
    now: datetime,
    *,
    files: Sequence[NewFile] = (),
    shown: bool = True,
) -> Message:
    message = Message(
        request=privacy_request, direction=direction, author=author, sent_at=now, shown=shown
    )
    key = vault.open_key(privacy_request.key_id)
    message.sealed_body = key.seal({"text": text}, place=message.body_place)
    message.save()
    keep_files(privacy_request, files, direction=direction, now=now, message=message)
    return message
