"""What the law asks of a letter and this one lacks: then it may not be sent."""

from collections.abc import Iterator

from requests.constants import Outcome, Right
from requests.letters.build import GIVEN, Letter, must_tell
from requests.letters.facts import Decided, Kind, LetterFacts
from requests.report.completeness import Missing

# What is carried out somewhere when it is granted, and by which article the person hears of it.
CARRIED_OUT = (
    Right.RECTIFICATION,
    Right.ERASURE,
    Right.RESTRICTION,
    Right.OBJECTION,
    Right.MARKETING,
    Right.CONSENT,
    Right.REVIEW,
)
# What is not given as asked needs its reasons, whatever it is called.
NO_REASON = (Outcome.GRANTED, Outcome.NOTHING_FOUND, Outcome.FORWARDED)
# The letter itself says why.
SAID_BY_KIND = (Kind.NOT_PROVEN, Kind.NOT_IDENTIFIABLE, Kind.HEIR)


def missing_in_letter(
    kind: Kind, facts: LetterFacts, letter: Letter, *, carried_out: bool
) -> list[Missing]:
    """Return what is empty of what the law asks of this letter; an empty list means complete.

    Before approval nothing can be carried out yet: `carried_out` asks for deeds and recipients
    too, as they must be there when the letter goes.

    Nobody is told that they did not show who they are who was never asked to.

    Source: GDPR Articles 11(2), 12(3), 12(4), 12(6), 15, 19, 20, 21, 22(3), 28(3)(e) and 77; UAVG,
    Article 35.
    """
    found = list(_around(letter))
    if kind == Kind.EXTENSION:
        found += _of_extension(facts)
    for right in facts.asked if kind != Kind.EXTENSION else ():
        if not any(one.right == right for one in facts.decided):
            found.append(Missing("12(3)", "outcome", right=right))
    if not facts.asked_who and any(one.outcome == Outcome.NOT_PROVEN for one in facts.decided):
        found.append(Missing("12(6)", "asked_who"))
    for decided in facts.decided:
        for article, what in _of_decided(kind, decided, facts, carried_out=carried_out):
            found.append(Missing(article, what, decided.purpose, decided.dossier, decided.right))
    return found


def _around(letter: Letter) -> Iterator[Missing]:
    disagree = letter["disagree"]
    if not disagree["complaint"]["text"] or not disagree["complaint"]["authorities"]:
        yield Missing("12(4)", "authority")
    if not disagree["court"]["text"] or not disagree["court"]["weeks"]:
        yield Missing("12(4)", "court")
    controller = letter["controller"]
    if not controller.get("name") or not (controller.get("email") or controller.get("phone")):
        yield Missing("12(1)", "contact")
    if not letter["title"] or not all(letter["opening"]) or not letter["opening"]:
        yield Missing("12(1)", "words")


def _of_extension(facts: LetterFacts) -> Iterator[Missing]:
    if facts.extension is None or not facts.extension.reason.strip():
        yield Missing("12(3)", "extension_reason")


def _of_decided(
    kind: Kind, decided: Decided, facts: LetterFacts, *, carried_out: bool
) -> Iterator[tuple[str, str]]:
    if not decided.article:
        yield "12(4)", "article"
    if decided.outcome == Outcome.FORWARDED:
        yield from _of_forwarded(decided, facts, carried_out=carried_out)
        return
    said = decided.outcome in NO_REASON or kind in SAID_BY_KIND
    if not said and not decided.reason.strip():
        yield "12(4)", "reason"
    if decided.outcome in GIVEN:
        if decided.right == Right.REVIEW and not decided.reason.strip():
            yield "22(3)", "review"
        if carried_out:
            yield from _of_deeds(decided)


def _of_deeds(decided: Decided) -> Iterator[tuple[str, str]]:
    done = bool(decided.done) and all(one.what and one.on for one in decided.done)
    if decided.right in CARRIED_OUT and not done:
        yield "12(3)", "deed"
    if not must_tell(decided):
        return
    if decided.told is None:
        yield "19", "told_later" if decided.told_later else "told"
    elif not all(one.name and (one.on or one.soon or one.why_not.strip()) for one in decided.told):
        yield "19", "told_one"


def _of_forwarded(
    decided: Decided, facts: LetterFacts, *, carried_out: bool
) -> Iterator[tuple[str, str]]:
    seller = facts.sellers.get(decided.client)
    if seller is None or not seller.name:
        yield "28(3)(e)", "client"
    elif not seller.contact:
        yield "28(3)(e)", "client_contact"
    elif carried_out and facts.sends_on and not seller.forwarded_on:
        yield "28(3)(e)", "forwarded"
