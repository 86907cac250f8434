"""Which rights a letter invokes, and by which of its words. Plain matching: no database, no model.

What to look for is data: `data/rights.nl.yaml` and `data/rights.en.yaml`, both used for every
text, as people mix their languages. A sign is a few words that stand near each other in one
sentence (`near`), or one after another (`exact`). A sign that is denied ("ik maak geen bezwaar"),
that is thanked for ("bedankt voor het overzicht"), or that stands beside words which say otherwise
(`not_with`; `not_in_part` only in the same part of the sentence), is none. An officer or the person
confirms what is found; nothing is decided by it.

Source: GDPR Articles 7(3) and 15 to 22; a request need not name them.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import yaml

from requests.constants import ARTICLES, Kind, Mention, Right
from requests.dates import MONTHS, NotADay, parse_day
from requests.intake.named_articles import NamedArticle, articles_in
from requests.intake.words import Vocabulary, Word, vocabulary, words_of

# A letter is far shorter; what is longer is read up to here, and `unread` tells the rest.
LONGEST_READ = 500_000
REACH = 14  # words that the words of one sign may span
BESIDE = 20  # words before and after it in which `not_with` counts
THANKS = 5  # words between thanks and what they are for
SIGNS = 3  # that are shown of each
MOST_ARTICLES = 500  # that are looked at; no letter names as many
FOLDER = Path(__file__).parent.parent / "data"
_NUMBER = re.compile(r"(?<![^\W_])AP\s?[-–]\s?(\d{4})\s?[-–]\s?(\d{6})(?!\d)", re.IGNORECASE)
_DAY = re.compile(
    r"(?<![\w-])\d{1,2}(?:[-/.]\d{1,2}[-/.]|\s(?:" + "|".join(MONTHS) + r")\.?\s)\d{4}(?!\d)"
    r"|(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Span:
    """Where words stand in the text, and the article they name, if any."""

    start: int
    end: int
    article: str = ""


@dataclass(frozen=True)
class Recognised:
    """What a text asks, each with the words that show it; holds no words itself.

    `numbers` and `days` are those of earlier letters that the text names. `unread` counts the
    characters that were not read.
    """

    rights: Mapping[Right, Sequence[Span]]
    mentions: Mapping[Mention, Sequence[Span]]
    articles: Sequence[NamedArticle]
    numbers: Sequence[str]
    days: Sequence[date]
    language: str
    unread: int = 0

    @property
    def kind(self) -> Kind:
        """Return what it seems to be; a request where anything of one is found, or nothing."""
        about_data = {Mention.DISPUTE, Mention.MISTAKEN, Mention.REMINDER, Mention.WITHDRAWAL}
        if self.rights or about_data & set(self.mentions):
            return Kind.REQUEST
        if Mention.COMPLAINT in self.mentions:
            return Kind.COMPLAINT
        return Kind.ENQUIRY if Mention.ENQUIRY in self.mentions else Kind.REQUEST

    def article_of(self, right: Right) -> str:
        """Return the article of a right; for a restriction with its ground where one is named."""
        named = [span.article for span in self.rights.get(right, ()) if span.article]
        exact = {one for one in named if one.startswith("18.1.")}
        return exact.pop() if right == Right.RESTRICTION and len(exact) == 1 else ARTICLES[right]


def recognise(text: str) -> Recognised:
    """Return the rights that a text in Dutch or English invokes, and what else it is."""
    read, book = text[:LONGEST_READ], _book()
    words = words_of(read)
    sentences = [list(of) for _, of in groupby(words, key=lambda word: word.sentence)]
    found: dict[str, list[Span]] = defaultdict(list)
    for sentence in sentences:
        for meaning, span in _signs_in(sentence, book, found):
            found[meaning].append(span)
    articles = list(islice(articles_in(read), MOST_ARTICLES))
    for meaning, span in _by_article(articles, found, words, book):
        found[meaning].append(span)
    _settle(found, read)
    return Recognised(
        rights={right: _sorted(found[right]) for right in Right if found.get(right)},
        mentions={one: _sorted(found[one]) for one in Mention if found.get(one)},
        articles=articles,
        numbers=sorted({f"AP-{a}-{b}" for a, b in _NUMBER.findall(read)}),
        days=_days(read),
        language=_language(words, book),
        unread=max(len(text) - LONGEST_READ, 0),
    )


def marked(text: str, spans: Mapping[Span, str]) -> Iterator[tuple[str, str]]:
    """Yield the text in pieces, each with what it shows (empty where it shows nothing)."""
    at = 0
    for span, label in sorted(spans.items(), key=lambda pair: (pair[0].start, -pair[0].end)):
        if span.start < at:
            continue
        if span.start > at:
            yield text[at : span.start], ""
        yield text[span.start : span.end], label
        at = span.end
    if at < len(text):
        yield text[at:], ""


# --- signs -----------------------------------------------------------------------------------


def _signs_in(
    sentence: Sequence[Word], book: "_Book", found: Mapping[str, Sequence[Span]]
) -> Iterator[tuple[str, Span]]:
    places: dict[int, list[int]] = defaultdict(list)
    for at, word in enumerate(sentence):
        for atom in book.known.atoms_of(word.text):
            places[atom].append(at)
    shown: dict[str, int] = defaultdict(int)
    for phrase in (one for atom in tuple(places) for one in book.by_first.get(atom, ())):
        if shown[phrase.means] + len(found.get(phrase.means, ())) >= SIGNS:
            continue
        place = _first_place(phrase, sentence, places, book)
        if place is not None:
            shown[phrase.means] += 1
            yield phrase.means, Span(sentence[place[0]].start, sentence[place[-1]].end)


def _first_place(
    phrase: "_Phrase",
    sentence: Sequence[Word],
    places: Mapping[int, Sequence[int]],
    book: "_Book",
) -> list[int] | None:
    if any(atom not in places for atom in phrase.atoms):
        return None
    for first in places[phrase.atoms[0]]:
        at = _in_a_row(phrase, first, places) if phrase.exact else _near(phrase, first, places)
        if at is None or at[-1] - at[0] >= REACH:
            continue
        if _denied(at, sentence, places, book) or _beside(phrase, at, places):
            continue
        if _thanked(at, sentence, places, book):
            continue
        if not _in_its_parts(phrase, at, sentence, places):
            return at
    return None


def _in_a_row(
    phrase: "_Phrase", first: int, places: Mapping[int, Sequence[int]]
) -> list[int] | None:
    for step, atom in enumerate(phrase.atoms):
        at = bisect_left(places[atom], first + step)
        if at == len(places[atom]) or places[atom][at] != first + step:
            return None
    return list(range(first, first + len(phrase.atoms)))


def _near(phrase: "_Phrase", first: int, places: Mapping[int, Sequence[int]]) -> list[int]:
    """Return where each word of the phrase stands nearest to its first one."""
    chosen = [first]
    for atom in phrase.atoms[1:]:
        at = bisect_left(places[atom], first)
        candidates = places[atom][max(at - 1, 0) : at + 1]
        chosen.append(min(candidates, key=lambda place: abs(place - first)))
    return sorted(chosen)


def _denied(
    at: Sequence[int],
    sentence: Sequence[Word],
    places: Mapping[int, Sequence[int]],
    book: "_Book",
) -> bool:
    """Tell whether a word that denies, and is none of the sign's own, belongs to the sign."""
    for atom, before, after in book.denials:
        for place in _between(places.get(atom, ()), at[0] - before, at[-1] + after):
            if place in at or (place > at[-1] and sentence[place].part != sentence[at[-1]].part):
                continue
            if sentence[place].clause in {sentence[one].clause for one in at}:
                return True
    return False


def _thanked(
    at: Sequence[int],
    sentence: Sequence[Word],
    places: Mapping[int, Sequence[int]],
    book: "_Book",
) -> bool:
    """Tell whether the sign is what somebody thanks for: it was done, and is not asked again.

    Thanks in advance ask, and so does who wishes something between the thanks and the sign.
    """
    thanks = book.thanks
    if thanks.ahead in places:
        return False
    for place in _between(places.get(thanks.word, ()), at[0] - BESIDE, at[0] - 1):
        until = min(place + THANKS, at[0])
        is_for = _between(places.get(thanks.what_for, ()), place + 1, until)
        wishes = _between(places.get(thanks.wish, ()), place + 1, at[-1])
        if is_for and not wishes and sentence[place].part == sentence[at[0]].part:
            return True
    return False


def _beside(phrase: "_Phrase", at: Sequence[int], places: Mapping[int, Sequence[int]]) -> bool:
    return any(
        _between(places.get(atom, ()), at[0] - BESIDE, at[-1] + BESIDE) for atom in phrase.not_with
    )


def _in_its_parts(
    phrase: "_Phrase",
    at: Sequence[int],
    sentence: Sequence[Word],
    places: Mapping[int, Sequence[int]],
) -> bool:
    """Tell whether a word that says otherwise stands in a part of a sentence that the sign has."""
    parts = {sentence[place].part for place in at}
    return any(
        sentence[place].part in parts
        for atom in phrase.not_in_part
        for place in _between(places.get(atom, ()), at[0] - BESIDE, at[-1] + BESIDE)
    )


def _between(places: Sequence[int], first: int, last: int) -> Sequence[int]:
    at = bisect_left(places, first)
    return [place for place in places[at : at + REACH + 2 * BESIDE] if place <= last]


# --- articles --------------------------------------------------------------------------------


def _by_article(
    articles: Sequence[NamedArticle],
    found: Mapping[str, Sequence[Span]],
    words: Sequence[Word],
    book: "_Book",
) -> Iterator[tuple[str, Span]]:
    """Yield what each named article asks; without its law named, only in a text about data."""
    about_data = any(one.sure for one in articles) or bool(found) or _speaks_of_data(words, book)
    starts = [word.start for word in words]
    for named in articles:
        meaning, asked_when_mentioned = _meaning_of(named.article, book)
        if not meaning or (named.mentioned and not asked_when_mentioned):
            continue
        if not named.sure and not about_data:
            continue
        if meaning == Right.OBJECTION and "." not in named.article:
            meaning = _kind_of_objection(named, words, starts, book)
        yield meaning, Span(named.start, named.end, named.article)


def _meaning_of(article: str, book: "_Book") -> tuple[str, bool]:
    parts = article.split(".")
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in book.articles:
            return book.articles[key], key in book.asked_when_mentioned
    return "", False


def _kind_of_objection(
    named: NamedArticle, words: Sequence[Word], starts: Sequence[int], book: "_Book"
) -> str:
    """Return which objection Article 21 is, where no paragraph is named."""
    at = bisect_left(starts, named.start)
    sentence = words[min(at, len(words) - 1)].sentence
    near = (word for word in words[max(at - 40, 0) : at + 40] if word.sentence == sentence)
    marketing = any(book.marketing in book.known.atoms_of(word.text) for word in near)
    return Right.MARKETING if marketing else Right.OBJECTION


def _speaks_of_data(words: Sequence[Word], book: "_Book") -> bool:
    return any(book.data in book.known.atoms_of(word.text) for word in words)


# --- what is left ----------------------------------------------------------------------------


def _settle(found: dict[str, list[Span]], text: str) -> None:
    """Take away what is only true where nothing else is, and the same words twice."""
    other = [key for key, spans in found.items() if spans and key != Mention.ENQUIRY]
    if other:
        found.pop(Mention.ENQUIRY, None)
    elif not found.get(Mention.ENQUIRY) and (at := text.find("?")) >= 0:
        found[Mention.ENQUIRY] = [Span(at, at + 1)]


def _sorted(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the places in their order, without those that stand wholly in a longer one."""
    kept: list[Span] = []
    for span in sorted(set(spans), key=lambda one: (one.start, -one.end, not one.article)):
        inside = any(one.start <= span.start and span.end <= one.end for one in kept)
        if span.article or not inside:
            kept.append(span)
    return tuple(kept)


def _days(text: str) -> list[date]:
    days = set()
    for match in list(_DAY.finditer(text))[:50]:
        try:
            days.add(parse_day(match[0].replace(".", " ")))
        except NotADay:
            continue
    return sorted(days)


def _language(words: Sequence[Word], book: "_Book") -> str:
    english = sum(book.english in book.known.atoms_of(word.text) for word in words[:2_000])
    dutch = sum(book.dutch in book.known.atoms_of(word.text) for word in words[:2_000])
    return "en" if english > dutch else "nl"


# --- the data --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Phrase:
    means: str
    atoms: tuple[int, ...]
    exact: bool
    not_with: tuple[int, ...]
    not_in_part: tuple[int, ...]


@dataclass(frozen=True)
class _Thanks:
    """Atoms of the words that thank, that say for what, in advance, and that wish."""

    word: int
    what_for: int
    ahead: int
    wish: int


@dataclass(frozen=True)
class _Book:
    known: Vocabulary
    by_first: Mapping[int, Sequence[_Phrase]]
    denials: Sequence[tuple[int, int, int]]  # atom, words before the sign, words after it
    thanks: _Thanks
    articles: Mapping[str, str]
    asked_when_mentioned: frozenset[str]
    data: int
    marketing: int
    dutch: int
    english: int


class _Atoms:
    """Numbers for words and groups of words, and which words they are."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.patterns: dict[str, set[int]] = defaultdict(set)

    def number(self, item: str) -> int:
        if item not in self.numbers:
            self.numbers[item] = len(self.numbers)
            if not item.startswith("@"):
                self.patterns[item].add(self.numbers[item])
        return self.numbers[item]

    def phrase(self, text: str) -> tuple[int, ...]:
        return tuple(self.number(item) for item in text.split())


@lru_cache(maxsize=1)
def _book() -> _Book:
    """Return both files as one book; a name that no file explains is an error."""
    atoms, phrases = _Atoms(), list[_Phrase]()
    articles: dict[str, str] = {}
    silent: set[str] = set()
    denials: list[tuple[int, int, int]] = []
    files = [_file(language) for language in ("nl", "en")]
    for content in files:
        for group, listed in content["groups"].items():
            for pattern in listed:
                atoms.patterns[pattern].add(atoms.number(f"@{group}"))
    explained = set(atoms.numbers)
    for content in files:
        for sign in content["signs"]:
            phrases += _phrases_of(sign, atoms)
        denials += [
            (atoms.number(one["word"]), one["before"], one["after"]) for one in content["denials"]
        ]
        articles |= {str(key): value for key, value in content.get("articles", {}).items()}
        silent |= {str(one) for one in content.get("asked_when_mentioned", ())}
    if unknown := {item for item in atoms.numbers if item.startswith("@")} - explained:
        raise LookupError(f"no such group of words: {sorted(unknown)}")
    by_first: dict[int, list[_Phrase]] = defaultdict(list)
    for phrase in phrases:
        by_first[phrase.atoms[0]].append(phrase)
    number = atoms.number
    return _Book(
        vocabulary(atoms.patterns),
        by_first,
        denials,
        _Thanks(number("@thanks"), number("@thanks_for"), number("@in_advance"), number("@wish")),
        articles,
        frozenset(silent),
        number("@data"),
        number("@marketing"),
        number("@dutch"),
        number("@english"),
    )


def _phrases_of(sign: Mapping[str, Any], atoms: _Atoms) -> Iterator[_Phrase]:
    meaning = sign["means"]
    known = Right(meaning) if meaning in Right.values else Mention(meaning)
    not_with, not_in_part = (
        tuple(atoms.number(item) for item in sign.get(key, ()))
        for key in ("not_with", "not_in_part")
    )
    for key in ("near", "exact"):
        for text in sign.get(key, ()):
            yield _Phrase(known, atoms.phrase(text), key == "exact", not_with, not_in_part)


def _file(language: str) -> dict[str, Any]:
    path = FOLDER / f"rights.{language}.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))
