"""What happened with a request, in words for people; the ledger itself keeps codes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from audit import services as audit
from requests.constants import IdentityMethod
from requests.looks import VIEWED

EVENTS: dict[str, Promise] = {
    "request.received": _("The request came in"),
    "request.searched": _("We looked for who may be meant"),
    "request.begun": _("Handling began"),
    "request.assigned": _("A colleague took it in hand, or was given it"),
    "request.given_back": _("It was given back: nobody has it in hand"),
    "request.asked": _("A question was asked of the person"),
    "request.extended": _("The period was extended, and the person was told"),
    "request.match_confirmed": _("Somebody who was proposed is meant"),
    "request.match_rejected": _("Somebody who was proposed is somebody else"),
    "request.match_unproven": _("Of somebody who was proposed it is not proven"),
    "request.match_deceased": _("Somebody who was proposed has died"),
    "request.identity_proven": _("It was proven who asks"),
    "request.identity_not_proven": _("An attempt to prove who asks proved nothing"),
    "request.email_verified": _("The person proved their e-mail address with a code"),
    "request.code_made_for_post": _("A letter with a code was made"),
    "request.code_printed": _("The letter with the code was printed"),
    "request.code_posted": _("The letter with the code went in the post"),
    "request.mandate_noted": _("A representative was noted"),
    "request.message_sent": _("A message went to the person"),
    "request.message_received": _("A message of the person came in"),
    "request.files_attached": _("Files were added"),
    "request.file_opened": _("A file was opened"),
    "request.document_copy_destroyed": _("A copy of an identity document was destroyed"),
    "request.page_opened": _("The person opened their page"),
    "request.mail_key_changed": _("The person changed the key for encrypted mail"),
    "request.letter_joined": _("A later letter joined this request"),
    "request.merged": _("It joined an earlier request"),
    "request.took_in": _("A later request joined this one"),
    "request.not_the_same": _("A colleague noted that it is not the same as an earlier request"),
    "request.rights_changed": _("The rights that are asked were changed"),
    "request.made_of_question": _("A question was made a request, with its period"),
    "request.question_answered": _("The question was answered"),
    "request.decided": _("A decision was saved"),
    "request.correction_noted": _("A correction was noted"),
    "request.correction_dropped": _("A correction was taken back"),
    "request.reviewed": _("A colleague decided anew what a computer decided"),
    "request.paused": _("The use of data was paused"),
    "request.pause_end_told": _("The person was told that a pause ends"),
    "request.pause_ended": _("A pause ended"),
    "request.forwarded": _("The request was sent on to a seller"),
    "request.approved": _("The answer was approved"),
    "request.begun_to_carry_out": _("Carrying out began"),
    "request.carried_out": _("Something decided was carried out"),
    "request.answered": _("The answer went to the person"),
    "request.closed": _("The request was closed"),
    "request.withdrawn": _("The person took the request back"),
    "answer.redacted": _("Words about somebody else were left out of the answer"),
    "answer.unredacted": _("Words that were left out are given again"),
    "letter.made": _("A letter was made"),
    "letter.downloaded": _("A letter was downloaded to print"),
    "pack.made": _("The data of the answer were put together"),
    "pack.downloaded": _("The data of the answer were taken"),
    "pack.expired": _("The data of the answer expired and are erased"),
    "pack.renewal_asked": _("A new copy of the answer was asked"),
    "pack.renewed": _("A new copy of the answer was made"),
    "pack.renewal_refused": _("No new copy was made: the mandate of who asked has ended"),
    "pack.hand_over_asked": _("The person asked to hand their data over to another company"),
    "pack.handed_over": _("The data were handed over to another company"),
    "pack.not_handed_over": _("Handing the data over to another company failed"),
}
OTHER = _("Something else was noted in the ledger")
ACTORS: dict[str, Promise] = {
    audit.PERSON: _("the person"),
    audit.WORKER: _("by itself"),
    audit.SYSTEM: _("by itself"),
}


@dataclass(frozen=True)
class Happened:
    """One thing that happened: `times` where the same followed at once, by the same hand."""

    at: datetime
    words: str
    by: str
    times: int = 1


def happened(bodies: Iterable[Mapping[str, Any]], names: Mapping[int, str]) -> list[Happened]:
    """Return what happened, newest first as given; `names` are those of colleagues by number.

    Who only looked is not told here: looks stand in the ledger and in the answer.
    """
    found: list[Happened] = []
    for body in bodies:
        if body["event"] == VIEWED:
            continue
        one = Happened(timezone.localtime(_moment(body)), _words(body), _by(body, names))
        last = found[-1] if found else None
        same = last and (last.words, last.by) == (one.words, one.by)
        if last and same and (last.at - one.at).total_seconds() < 60:
            found[-1] = Happened(last.at, last.words, last.by, last.times + 1)
        else:
            found.append(one)
    return found


def colleagues_in(bodies: Iterable[Mapping[str, Any]]) -> set[int]:
    """Return the numbers of the colleagues who did something of this."""
    return {number for body in bodies if (number := number_of(body["actor"])) is not None}


def _moment(body: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(body["at"])


def _words(body: Mapping[str, Any]) -> str:
    said = str(EVENTS.get(body["event"], OTHER))
    method = body.get("method")
    if method in IdentityMethod.values:
        return f"{said}: {IdentityMethod(method).label}"
    if body["event"] == "request.extended" and body.get("due_on"):
        return _now("%(what)s: until %(day)s") % {"what": said, "day": _day(body["due_on"])}
    return said


def _day(text: str) -> str:
    return date_format(date.fromisoformat(text), "DATE_FORMAT")


def _by(body: Mapping[str, Any], names: Mapping[int, str]) -> str:
    actor = body["actor"]
    number = number_of(actor)
    if number is None:
        return str(ACTORS.get(actor, ACTORS[audit.SYSTEM]))
    return names.get(number) or _now("a colleague")


def number_of(actor: str) -> int | None:
    """Return the number of the colleague the ledger names; None for anybody else."""
    kind, _colon, number = actor.partition(":")
    return int(number) if kind == "user" and number.isdigit() else None
