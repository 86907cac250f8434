"""What the officer's pages show, gathered in few queries and put in words."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from policy.explain import read
from requests import constants, services
from requests.belongings import Belongings, belongings_of
from requests.clock import words as clock_words
from requests.clock.warning_days import most_urgent, reached
from requests.constants import MatchState, Right, State
from requests.exceptions import (
    AnswerLacks,
    CannotBeDone,
    NothingToForward,
    OwnFile,
    PackGone,
    RuleBroken,
    SecondPersonNeeded,
    WrongState,
)
from requests.identity.comparing import Candidate, compare
from requests.identity.pages import Person, words_of_refusal
from requests.models import PrivacyRequest, SubjectMatch
from requests.officer.checklist import Places
from requests.officer.giving import Lack, lacks_of
from requests.officer.timeline import colleagues_in, happened
from requests.report.build import Report, fields_of
from requests.report.completeness import Missing, missing
from requests.report.pdf import printable
from requests.services.people.proof import identities_of
from requests.templatetags.articles import article
from subjects.models import Involvement
from subjects.unseen import AML

# How a request stands, for colleagues; the labels of `State` are for the person.
STATES: dict[str, Promise] = {
    State.RECEIVED: _("New"),
    State.WAITING: _("Waiting for the person"),
    State.HANDLING: _("Being handled"),
    State.APPROVED: _("Answer being made"),
    State.ANSWERED: _("Answered"),
    State.CLOSED: _("Closed"),
    State.WITHDRAWN: _("Withdrawn by the person"),
}
EVENTS = 50


# --- how it stands -------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """How a request stands; `days_left` is negative when it is late, None while it waits."""

    request: PrivacyRequest
    days_left: int | None
    warned: str = ""

    @property
    def stands(self) -> Promise:
        return STATES[self.request.state]

    @property
    def late_by(self) -> int:
        return -(self.days_left or 0)


def row_of(request: PrivacyRequest, today: date) -> Row:
    """Return a request with the days left, and the most urgent warning that holds today."""
    left = _days_left(request, today)
    if left is None or left < 0 or request.due_on is None:
        return Row(request, left)
    urgent = most_urgent(reached(request.received_on, request.due_on, today))
    return Row(request, left, str(urgent.label) if urgent else "")


def _refusal_late(request: PrivacyRequest, today: date) -> bool:
    return request.refusal_due_on is not None and request.refusal_due_on < today


def _days_left(request: PrivacyRequest, today: date) -> int | None:
    return (request.due_on - today).days if request.is_open and request.due_on else None


# --- one request ---------------------------------------------------------------------------


def standing(privacy_request: PrivacyRequest, *, today: date, language: str) -> dict[str, Any]:
    """Return how a request stands: nothing of the person."""
    belongings = belongings_of(privacy_request)
    clock = services.clock_of(privacy_request)
    entries = [entry.body for entry in belongings.entries]
    colleagues = names_of(_colleagues(belongings, entries))
    row = row_of(privacy_request, today)
    return {
        "privacy_request": privacy_request,
        "rights": list(belongings.rights),
        "row": row,
        "why": [read(sentence, language) for sentence in clock.why],
        "clock_told": clock_words.told(belongings.clock_events[:EVENTS]),
        "warned": row.warned,
        "refusal_late": privacy_request.is_open and _refusal_late(privacy_request, today),
        "checks": list(belongings.checks)[::-1][:EVENTS],
        "pack": next(reversed(belongings.packs), None),
        "answers": list(belongings.letters)[::-1][:EVENTS],
        "happened": happened(entries, colleagues),
        "colleagues": colleagues,
        "in_hand_of": colleagues.get(privacy_request.assigned_to or 0, ""),
        "may_write": services.takes_messages(privacy_request),
        "may_begin": privacy_request.state == State.RECEIVED,
        "may_ask": privacy_request.state in (State.RECEIVED, State.HANDLING),
        "may_go_on": privacy_request.state == State.WAITING,
        "may_match": privacy_request.state in (State.RECEIVED, State.WAITING, State.HANDLING),
        "may_decide": privacy_request.state == State.HANDLING,
        "may_close": privacy_request.state == State.ANSWERED,
    }


def _colleagues(belongings: Belongings, entries: Sequence[Mapping[str, Any]]) -> set[int]:
    decided = {one.decided_by for one in belongings.decisions}
    has_it = belongings.request.assigned_to
    return decided | colleagues_in(entries) | ({has_it} if has_it else set())


def names_of(colleagues: Collection[int]) -> dict[int, str]:
    """Return what colleagues are called, by their numbers."""
    if not colleagues:
        return {}
    known = User.objects.filter(pk__in=colleagues)
    names = dict.fromkeys(colleagues, _now("a colleague"))
    return names | {one.pk: one.get_full_name() or one.get_username() for one in known}


def asked(
    privacy_request: PrivacyRequest, people: Sequence[Person], *, sees_aml: bool
) -> dict[str, Any]:
    """Return what the person wrote and who may be meant, unsealed and side by side.

    `people` are those of `identity.pages.people_of`. Without what stands in money-laundering
    checks, for who may not see those.
    """
    belongings = belongings_of(privacy_request)
    body, matches = belongings.body, list(belongings.matches[:EVENTS])
    files = {one.reference: _counted(purpose for purpose, _fits in one.facts) for one in people}
    candidates = candidates_of(matches, belongings.involvements, files, sees_aml=sees_aml)
    return {
        "body": body,
        "asker": fields_of(body["identity"]),
        "matches": candidates,
        "comparisons": compare(body["identity"], candidates),
        "found_nobody": not any(match.state == MatchState.CONFIRMED for match in matches),
    }


def _counted(names: Iterable[str]) -> list[str]:
    """Return each name once, with how often it came where that is more."""
    return [f"{times} × {one}" if times > 1 else one for one, times in Counter(names).items()]


def candidates_of(
    matches: Sequence[SubjectMatch],
    involvements: Iterable[Involvement],
    files: Mapping[UUID, Sequence[str]],
    *,
    sees_aml: bool,
) -> list[Candidate]:
    """Return who was proposed, numbered, with who they are by the file they were found in."""
    there = {
        one.reference: one for one in involvements if sees_aml or one.dossier.purpose_id != AML
    }
    shown = {
        match.pk: next((there[one] for one in match.involvements if one in there), None)
        for match in matches
    }
    identities = identities_of(one for one in shown.values() if one)
    held = {pk: identities.get(one.reference) for pk, one in shown.items() if one}
    return [
        Candidate(match, number, held.get(match.pk), files.get(match.subject_reference, ()))
        for number, match in enumerate(matches, 1)
    ]


def may_decide(privacy_request: PrivacyRequest) -> bool:
    """Tell whether the answer can still be changed."""
    return privacy_request.state == State.HANDLING


def shows_answer(privacy_request: PrivacyRequest) -> bool:
    """Tell whether there is an answer to review: being handled, or approved and not yet made."""
    is_request = privacy_request.kind == constants.Kind.REQUEST
    return is_request and privacy_request.state in (State.HANDLING, State.APPROVED)


def found(
    report: Report | None, gaps: Sequence[Missing], named: Mapping[str, str], places: Places
) -> dict[str, Any]:
    """Return what was found, for each purpose, and what the answer lacks.

    The whole answer has a page of its own: `whole_report`.
    """
    return {"report": report, "gaps": gaps_in_words(gaps, named, places)}


def whole_report(report: Report) -> Report:
    """Return the answer for the screen, in its own language."""
    with translation.override(report["language"]):
        return printable(report)


def lacks(report: Report) -> list[tuple[str, str, list[Lack]]]:
    """Return what the report lacks: reference and name of a dossier, and how each gets there."""
    numbers = {
        dossier["reference"]: f"{purpose['name']} {dossier['number']}".strip()
        for purpose in report["purposes"]
        for dossier in purpose["dossiers"]
    }
    found = lacks_of(missing(report), ITEMS)
    return [(known, numbers.get(known, ""), rows) for known, rows in found.items()]


# --- words ---------------------------------------------------------------------------------

ITEMS: dict[str, Promise] = {
    "confirmation": _("whether we use data about the person"),
    "rights": _("the person's rights"),
    "authority": _("the authority where the person may complain"),
    "court": _("the way to the court"),
    "client": _("the name of the seller who decides"),
    "reason": _("ground and reason of the refusal"),
    "asked_who": _("a question who asks: whoever was not asked is not refused for it"),
    "article": _("the article that a decision rests on"),
    "outcome": _("the decision"),
    "deed": _("what was carried out, and on which day"),
    "told": _("whom we told of it: nobody looked yet who received the data"),
    "told_later": _("whom we told of it: they are found as the data are erased"),
    "told_one": _("a recipient without address: give one, or the reason why it cannot be told"),
    "redaction": _("words to leave out: the piece changed since, look again"),
    "review": _("the reasons of the new decision"),
    "client_contact": _("how to reach the seller who decides"),
    "forwarded": _("the day on which the question went to the seller"),
    "extension_reason": _("why it takes longer"),
    "contact": _("how to reach us"),
    "words": _("words of the letter"),
    "explanation": _("what a category or field of data means"),
    "look": _("when and why colleagues looked at the data"),
    "purpose": _("the name of the purpose"),
    "basis": _("the lawful ground"),
    "category": _("the name of a category of data"),
    "recipient": _("name or date of a recipient"),
    "retention": _("how long the data are kept, and why"),
    "source": _("where data come from"),
    "since": _("since when a piece of data is held"),
    "disclosed": _("which data a recipient received, and what for"),
    "decision": _("the account of an automated decision: data used, result, effect"),
    "weights": _("how much each piece of data counted in an automated decision"),
    "would_change": _("what would have changed the result of an automated decision"),
    "safeguard": _("the safeguard of a transfer outside the EEA"),
    "identity": _("who the person is: nothing is there, or its key is gone"),
    "record": _("the content of a piece of data"),
    "letter": _("the words of a letter or note"),
    "mandate": _("a mandate in force of who asks for another: it ended since it was approved"),
    "consent": _("the proof of a consent"),
}


@dataclass(frozen=True)
class Gap:
    article: str
    what: str
    purpose: str
    dossier: str
    right: str = ""
    passes: bool = False
    href: str = ""
    right_code: str = ""
    is_outcome: bool = False

    def __str__(self) -> str:
        about = self.purpose
        if self.dossier:
            about = _now("%(purpose)s, dossier %(dossier)s") % {
                "purpose": self.purpose,
                "dossier": self.dossier,
            }
        said = f"{article(self.article)}: {self.what}"
        said = f"{said}. {self.right}" if self.right else said
        return f"{said} ({about})" if about else said


# Once approved these come by themselves, and then the answer goes.
PASSING = ("forwarded", "deed", "told_later")


def gaps_in_words(gaps: Iterable[Missing], named: Mapping[str, str], places: Places) -> list[Gap]:
    """Return what an answer lacks, for which dossier, in words, and where it is mended.

    `named` says what codes of purposes and references of dossiers are called.
    """
    return [
        Gap(
            gap.article,
            str(ITEMS.get(gap.what, gap.what)),
            named.get(gap.purpose, gap.purpose),
            named.get(gap.dossier, gap.dossier),
            str(Right(gap.right).label) if gap.right else "",
            gap.what in PASSING,
            places.of(gap),
            gap.right,
            gap.what == "outcome",
        )
        for gap in gaps
    ]


SAID: dict[type[RuleBroken], Promise] = {
    AnswerLacks: _("The answer is not complete: the list below says what is missing."),
    SecondPersonNeeded: _("You decided this, or did it all alone: another colleague approves it."),
    OwnFile: _("This may be your own file: ask a colleague."),
    WrongState: _("That is not possible as this request stands now."),
    PackGone: _("The answer has expired; its content is erased."),
    NothingToForward: _("Nothing is left to send on: no dossier is in the invoice phase."),
}


def words_of(error: RuleBroken) -> str:
    """Return why something could not be done, for a colleague."""
    if refusal := words_of_refusal(error):
        return refusal
    if said := SAID.get(type(error)):
        return str(said)
    why = {"why": _now(str(error))}
    if isinstance(error, CannotBeDone):
        return _now("This cannot be carried out: %(why)s.") % why
    return _now("That is not possible yet: %(why)s.") % why
