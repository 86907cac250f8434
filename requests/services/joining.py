"""A letter that belongs to a request which is there already: it starts no clock of its own."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from requests.constants import UNANSWERED, Channel, Direction, Kind, Mention, Right, State
from requests.exceptions import Incomplete, WrongState
from requests.files.types import NewFile
from requests.models import Message, PrivacyRequest
from requests.services.attachments import keep_files, open_attachment
from requests.services.changing import body_of, email_of, locked, note, require, save
from requests.services.deciding import end
from requests.services.messages import take_as_answer, takes_messages, tell, write
from requests.services.own_file import require_other, require_other_than
from requests.services.people.askers import alike
from requests.services.people.matching import hold_for_access, let_go
from requests.services.people.proof import proven_rungs
from requests.services.receipt import add_rights
from requests.services.rights.at_once import carry_out_at_once
from requests.services.rights.suspending import hand_over
from requests.services.sellers import note_due


@transaction.atomic
def join_letter(
    pk: int,
    words: str,
    *,
    received_at: datetime,
    channel: Channel,
    actor: str,
    now: datetime,
    files: Sequence[NewFile] = (),
    mentions: Sequence[Mention] = (),
    shown: bool = False,
) -> Message:
    """Put a letter, such as a reminder, with the request it is about; it starts no clock.

    A question of ours that waits is answered by it, on the day it came: then the clock runs again.

    Whoever has the page of that request reads it there only where a colleague says so (`shown`),
    and never before it is proven who asks: anybody may ask in another's name and wait for what
    that person writes.

    Raises WrongState once that request has ended, Incomplete without words or files, or where it is
    to be shown to nobody knows whom, and OwnFile.
    """
    privacy_request = locked(pk)
    require_other_than(privacy_request, actor)
    if not takes_messages(privacy_request):
        raise WrongState("the request has ended")
    if not words.strip() and not files:
        raise Incomplete("a message needs words")
    if shown and not proven_rungs(privacy_request):
        raise Incomplete("nobody knows yet who has the page: leave it off that page")
    message = write(privacy_request, Direction.BY_PERSON, words, None, received_at, shown=shown)
    keep_files(privacy_request, files, direction=Direction.BY_PERSON, now=now, message=message)
    new = [one for one in mentions if one not in privacy_request.mentions]
    privacy_request.mentions = [*privacy_request.mentions, *(str(one) for one in new)]
    save(privacy_request, "mentions")
    take_as_answer(privacy_request, received_at, now)
    note(
        privacy_request,
        "request.letter_joined",
        actor,
        channel=str(channel),
        received_on=timezone.localdate(received_at),
        mentions=[str(one) for one in mentions],
        files=len(files),
        shown=shown,
    )
    return message


@transaction.atomic
def merge(
    pk: int, into: UUID, *, officer: int, now: datetime, version: int | None = None
) -> PrivacyRequest:
    """Let a request join an earlier one: same person, same wish. Return the earlier one.

    The words and files become a message there, rights it lacks are added, and its clock, which
    ends first, goes on. Both keep what they are: the later one closes and names the earlier. The
    page of the first shows the message only where it is known that one person sent both.

    Raises WrongState where the other is not an open request that came first, or was answered,
    Incomplete where it is not known that one person sent both, and OwnFile where one of the two may
    be about the colleague.
    """
    first_pk = PrivacyRequest.objects.values_list("pk", flat=True).get(reference=into)
    # Always in one order: two who merge the same pair wait for each other.
    rows = {key: locked(key, version if key == pk else None) for key in sorted({pk, first_pk})}
    later, first = rows[pk], rows[first_pk]
    require_other(later, officer)
    require_other(first, officer)
    require(later, *UNANSWERED)
    require(first, *UNANSWERED)
    if pk == first_pk or first.merged_into or first.kind != Kind.REQUEST:
        raise WrongState("it cannot join this one")
    if first.received_at > later.received_at:
        raise WrongState("the other one came later: let that one join this one")
    _require_one_asker(later, first)
    actor = f"user:{officer}"
    rights = _take_over(first, later, actor, now)
    first.mentions = list(dict.fromkeys([*first.mentions, *later.mentions]))
    # Held for the first one before the later one lets go: nothing falls due in between.
    hold_for_access(first, now)
    save(first, "mentions")
    take_as_answer(first, later.received_at, now)
    hand_over(later, first, actor=actor, now=now)
    carry_out_at_once(first.pk, now=now)
    note_due(first)
    let_go(list(later.matches.all()), timezone.localdate(now), actor)
    later.merged_into = first.reference
    end(later, State.CLOSED, timezone.localdate(now))
    note(later, "request.merged", actor, into=first.number)
    note(first, "request.took_in", actor, number=later.number, rights=[str(one) for one in rights])
    return first


def _take_over(
    first: PrivacyRequest, later: PrivacyRequest, actor: str, now: datetime
) -> list[Right]:
    """Give the first the words, the files and the rights of the later; return what it lacked."""
    message = write(
        first,
        Direction.BY_PERSON,
        body_of(later)["words"] or later.number,
        None,
        later.received_at,
        shown=_sent_by_one(later, first),
    )
    files = [
        open_attachment(one, actor=actor) for one in later.attachments.filter(destroyed_at=None)
    ]
    keep_files(first, files, direction=Direction.BY_PERSON, now=now, message=message)
    known = set(first.rights.values_list("right", flat=True))
    articles = {
        Right(one.right): one.article for one in later.rights.all() if one.right not in known
    }
    add_rights(first, list(articles), articles, now)
    return list(articles)


def _require_one_asker(later: PrivacyRequest, first: PrivacyRequest) -> None:
    """Raise Incomplete where the page of the first may be of somebody else.

    Whoever has that page reads what the later one says. Anybody may ask first in another's name,
    and wait for what that person writes.
    """
    emails = [email_of(one).strip().casefold() for one in (later, first)]
    if not all(emails) or emails[0] == emails[1]:
        return
    if not proven_rungs(later).keys() & proven_rungs(first).keys():
        raise Incomplete(
            "they give different e-mail addresses, and who has the page of the first would read"
            " the other: first prove of both who asks"
        )


def _sent_by_one(later: PrivacyRequest, first: PrivacyRequest) -> bool:
    """Tell whether it is known, and not said alone, that one person sent both."""
    if proven_rungs(later).keys() & proven_rungs(first).keys():
        return True
    emails = {email_of(one).strip().casefold() for one in (later, first)}
    return len(emails) == 1 and all(one.email_verified_at for one in (later, first))


@transaction.atomic
def note_not_the_same(pk: int, other: UUID, *, officer: int, version: int | None = None) -> None:
    """Note that a request is not the same as an earlier one; that is not proposed any more."""
    privacy_request = locked(pk, version)
    require(privacy_request, *UNANSWERED)
    require_other(privacy_request, officer)
    if other in privacy_request.not_same_as:
        return
    privacy_request.not_same_as.append(other)
    save(privacy_request, "not_same_as")
    note(privacy_request, "request.not_the_same", f"user:{officer}", other=other)


def duplicates_of(privacy_request: PrivacyRequest, *, now: datetime) -> list[PrivacyRequest]:
    """Return earlier open requests that this one may be the same as; a person decides."""
    if privacy_request.state not in UNANSWERED:
        return []
    # On the portal everybody says who they are, and many use the same few words.
    named = privacy_request.channel == Channel.PORTAL
    found = alike(
        body_of(privacy_request)["identity"],
        now=now,
        letter=b"" if named else bytes(privacy_request.letter_digest),
        but=privacy_request.pk,
    )
    return [
        one
        for one in found
        if one.kind == Kind.REQUEST
        and one.state in UNANSWERED
        and one.reference not in privacy_request.not_same_as
        and (one.received_at, one.pk) < (privacy_request.received_at, privacy_request.pk)
    ]


@transaction.atomic
def answer_question(
    pk: int, text: str, *, officer: int, now: datetime, version: int | None = None
) -> int | None:
    """Answer a question or a complaint by a message, and close it. Return the mail to send, if any.

    Raises WrongState for a request, whose answer is decided; Incomplete without words; OwnFile.
    """
    privacy_request = locked(pk, version)
    require_other(privacy_request, officer)
    require(privacy_request, *UNANSWERED)
    if privacy_request.kind == Kind.REQUEST:
        raise WrongState("a request is answered by decisions")
    if not text.strip():
        raise Incomplete("a message needs words")
    privacy_request.answered_at = now
    mail_id = tell(privacy_request, text, officer, now)
    end(privacy_request, State.CLOSED, timezone.localdate(now))
    note(privacy_request, "request.question_answered", f"user:{officer}")
    return mail_id
