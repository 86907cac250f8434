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

from audit import event_words
from audit import services as audit
from requests.constants import IdentityMethod
from requests.report.looks import VIEWED

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
    said = event_words.words_of(body["event"])
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
