"""A letter as plain data, from what was decided: the page, the PDF and the file show the same.

Source: GDPR Articles 12(1), 12(3), 12(4), 19 and 77; UAVG, Article 35.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from policy.statement import Statement
from requests.constants import Outcome, Right
from requests.letters.facts import Decided, Done, Kind, LetterFacts, Told
from requests.letters.together import PAUSES, PAUSES_FOR_CLAIMS, beside
from requests.letters.together import Words as Together
from requests.letters.words import in_words, law, said
from requests.report.complaints import complaint

FORMAT = "alektum-letter/1"
Letter = dict[str, Any]
# An answer that rests on one of these alone is a letter of its own.
OWN_KINDS = {
    "11.2": Kind.NOT_IDENTIFIABLE,
    "12.6": Kind.NOT_PROVEN,
    "4.1": Kind.HEIR,
    "12.5": Kind.EXCESSIVE,
}
BY_OUTCOME = {
    "nothing_found": Kind.NOTHING_FOUND,
    "forwarded": Kind.FORWARDED,
    "not_proven": Kind.NOT_PROVEN,
    "unidentifiable": Kind.NOT_IDENTIFIABLE,
    "deceased": Kind.HEIR,
    "not_applicable": Kind.REFUSAL,
}
FOUR_CASES = "18.1"  # of which a pause has one as its ground
# Whoever received data is told of these (GDPR Article 19).
TOLD_RIGHTS = (Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION)
GIVEN = (Outcome.GRANTED, Outcome.PARTLY)
# A sentence that states a fact stands only where the decision rests on the article that says so.
ONLY_ON: dict[tuple[str, str], str] = {
    (Right.REVIEW, Outcome.REFUSED): "22",
    (Right.MARKETING, Outcome.REFUSED): "21.2",
}


def kind_of(decided: Sequence[Decided]) -> Kind:
    """Return which letter these decisions make together."""
    outcomes = {one.outcome for one in decided}
    articles = {one.article for one in decided}
    if outcomes == {Outcome.REFUSED}:
        [article] = articles if len(articles) == 1 else [""]
        return OWN_KINDS.get(article, Kind.REFUSAL)
    if len(outcomes) == 1:
        return BY_OUTCOME.get(outcomes.pop(), Kind.ANSWER)
    return Kind.ANSWER


def must_tell(decided: Decided) -> bool:
    """Tell whether recipients must hear of this (GDPR Article 19)."""
    return decided.tells and decided.right in TOLD_RIGHTS and decided.outcome in GIVEN


def build(
    kind: Kind, facts: LetterFacts, statement: Statement, *, today: date, language: str
) -> Letter:
    """Return the whole letter in `language` (nl or en), ready for page and PDF."""
    filled = {"received": in_words(facts.received_on, language)}
    if facts.extension:
        filled["due"] = in_words(facts.extension.due_on, language)
    words = _Words(language, statement, filled)
    return {
        "format": FORMAT,
        "kind": str(kind),
        "language": language,
        "title": said(language, "kinds", kind, "title"),
        "made_on": today.isoformat(),
        "number": facts.number,
        "received_on": facts.received_on.isoformat(),
        "controller": dict(facts.controller),
        "to": {"name": facts.name, "address": list(facts.address)},
        "opening": [*said(language, "kinds", kind, "opening", **filled), *_asked_for(facts, words)],
        "rights": _rights(facts, words),
        "sellers": [_seller(one, words) for one in facts.sellers.values()],
        "extension": _extension(facts, words),
        "closing": [words.part("treatment"), words.part("free")],
        "disagree": {
            "heading": words.part("disagree"),
            "first": words.part("ask_first"),
            "complaint": complaint(facts.country, statement, language),
            "court": {
                "text": statement.court.text.text(language),
                "weeks": statement.court.weeks,
                "law": law(statement.court.article, language)["reference"],
            },
        },
        "contact": {
            "heading": words.part("contact"),
            "text": words.part(
                "contact_text",
                phone=facts.controller.get("phone", ""),
                email=facts.controller.get("email", ""),
            ),
        },
    }


def _asked_for(facts: LetterFacts, words: "_Words") -> list[str]:
    """Return for whom it was asked: the letter says "you" to who reads it."""
    return [words.part("asked_for", person=facts.asked_for)] if facts.asked_for else []


class _Words:
    """The words of one language, with what all of them may be filled with."""

    def __init__(self, language: str, statement: Statement, filled: dict[str, str]) -> None:
        self.language, self.statement, self.filled = language, statement, filled

    def part(self, name: str, /, **facts: str) -> str:
        return str(said(self.language, "parts", name, **self.filled, **facts))

    def day(self, day: date | None) -> str:
        return in_words(day, self.language) if day else ""

    def purpose(self, code: str) -> str:
        known = self.statement.purposes.get(code)
        return known.name.text(self.language) if known else ""


def _rights(facts: LetterFacts, words: _Words) -> list[Letter]:
    order = {right: place for place, right in enumerate(facts.asked)}
    decided = sorted(facts.decided, key=lambda one: order.get(one.right, len(order)))
    return [
        {
            "code": right,
            "name": said(words.language, "rights", right, "name"),
            "rows": _rows(right, list(group), facts, words),
        }
        for right, group in groupby(decided, key=lambda one: one.right)
    ]


def _rows(
    right: str, decided: Sequence[Decided], facts: LetterFacts, words: _Words
) -> list[Letter]:
    """Tell once what was decided alike for several dossiers."""
    alike: dict[Any, list[Decided]] = {}
    # What was decided for the whole covers what has no decision of its own.
    single = [one for one in decided if one.dossier] or list(decided)
    together = {id(one): beside(one, facts.decided, words.language) for one in single}
    for one in single:
        key = (
            one.outcome,
            _article(one, together[id(one)]),
            one.reason,
            tuple(one.done),
            # Who was told parts only what is told of them.
            _frozen(one.told) if must_tell(one) else None,
            must_tell(one),
            one.left_out,
            together[id(one)],
        )
        alike.setdefault(key, []).append(one)
    return [_row(right, group, together[id(group[0])], words) for group in alike.values()]


def _frozen(told: Sequence[Told] | None) -> tuple[Told, ...] | None:
    return None if told is None else tuple(told)


def _row(right: str, group: Sequence[Decided], together: Together, words: _Words) -> Letter:
    first = group[0]
    forwarded = first.outcome == Outcome.FORWARDED
    text = (
        said(words.language, "forwarded", "row", client=first.client)
        if forwarded
        else together.text
        or (first.at_once and said(words.language, "rights", right, "at_once"))
        or _meaning(right, first, words.language)
        or said(words.language, "general", first.outcome)
    )
    text = " ".join(part for part in (text, *together.adds) if part)
    if first.left_out:
        text = f"{text} {words.part('left_out')}"
    return {
        "about": list(dict.fromkeys(_about(one, words) for one in group)),
        "outcome": first.outcome,
        "decision": said(words.language, "outcomes", first.outcome),
        "text": text,
        # Of what is given as asked, the sentence above says enough.
        "reason": "" if forwarded else _reason(first, together, words),
        "law": law(_article(first, together), words.language),
        "done": [_done(one, words) for one in first.done],
        "told": _told(first, words),
        "next": said(words.language, "next", right, first.outcome)
        if together.next is None
        else together.next,
    }


def _meaning(right: str, decided: Decided, language: str) -> str:
    """Return what an outcome of a right means; nothing where that would not follow from it."""
    wanted = ONLY_ON.get((right, decided.outcome), decided.article)
    is_so = decided.article == wanted
    return str(said(language, "rights", right, decided.outcome)) if is_so else ""


def _reason(one: Decided, together: Together, words: _Words) -> str:
    """Return why, in the words of a person; those of the matrix tell of one right alone."""
    reason = one.reason.strip()
    if together.text and one.outcome in GIVEN:
        alone = words.statement.proposed_reasons(one.right)
        return "" if reason in {known.text(words.language) for known in alone} else reason
    return reason


def _article(one: Decided, together: Together) -> str:
    """Return the article to cite: of a pause its ground, that says why and how long.

    Where a pause has ended, not what it would still allow.
    """
    if one.right == Right.RESTRICTION and one.outcome in GIVEN and one.article == FOUR_CASES:
        return one.ground or one.article
    return PAUSES if together.text and one.article == PAUSES_FOR_CLAIMS else one.article


def _about(one: Decided, words: _Words) -> str:
    if not one.dossier:
        return words.part("whole")
    number = words.part("dossier", number=one.number) if one.number else ""
    part = words.part(f"part_{one.part}") if one.part else ""
    named = (words.purpose(one.purpose), number, one.client, part)
    return " · ".join(word for word in named if word)


def _done(done: Done, words: _Words) -> str:
    if done.on is None:
        return done.what
    return words.part("done_on", what=done.what, day=words.day(done.on))


def _told(decided: Decided, words: _Words) -> list[str]:
    if not must_tell(decided) or decided.told is None:
        return []
    return list(_told_lines(decided.told, words)) or [words.part("told_nobody")]


def _told_lines(told: Iterable[Told], words: _Words) -> Iterable[str]:
    for one in told:
        if one.on:
            yield words.part("told_one", name=one.name, day=words.day(one.on))
        elif one.soon:
            yield words.part("told_soon", name=one.name)
        else:
            yield words.part("told_not", name=one.name, why=one.why_not)


def _seller(seller: Any, words: _Words) -> Letter:
    filled = {"client": seller.name, "contact": seller.contact, **words.filled}
    lines = []
    if seller.forwarded_on:
        day = words.day(seller.forwarded_on)
        lines.append(said(words.language, "forwarded", "sent", day=day, **filled))
    if seller.contact:
        lines.append(said(words.language, "forwarded", "contact", **filled))
    lines.append(said(words.language, "forwarded", "next", **filled))
    return {"name": seller.name, "contact": seller.contact, "lines": lines}


def _extension(facts: LetterFacts, words: _Words) -> Letter | None:
    if facts.extension is None:
        return None
    return {
        "heading": words.part("reason"),
        "due_on": facts.extension.due_on.isoformat(),
        "reason": facts.extension.reason.strip(),
        "rule": words.part("extension_rule"),
    }
