"""Whether a text asks anything beside what was read in it. Plain matching: no database, no model.

`recognise` misses what is said in words that it does not know. So what it found is not taken for
all that is asked: a text is looked through once more for words by which people ask anything
(`data/asking.yaml`), part by part, and what asks and was not read is for the person to say.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, zip_longest

import yaml

from requests.constants import Kind
from requests.intake.recognise import FOLDER, Recognised
from requests.intake.words import Vocabulary, Word, vocabulary, words_of

ASKS, BESIDES, COURTESIES, GREETINGS = "asks", "besides", "courtesies", "greetings"
WORDS = {ASKS, BESIDES, COURTESIES, GREETINGS}
# A part with no more words than these, none of them one of asking, says nothing: "groet, Jan".
FEW_WORDS = 3


@dataclass(frozen=True)
class _Asking:
    known: Vocabulary
    numbers: dict[str, int]


def asks_more(text: str, found: Recognised) -> bool:
    """Tell whether a part of the text may ask something that is not among what was found.

    A part ends at a mark or at a word that joins ("en", "also"). It asks more where it names a deed
    that belongs to no right that was found. Where nothing was found in it, it also asks more by a
    word that brings something beside, by a question mark, and, unless it names the same deed once
    more or is courteous, by a word of asking or by its length: who writes four words may say
    anything in them.
    """
    if found.unread:
        return True
    spans, meant = _spans_of(found), {str(one) for one in [*found.rights, *found.mentions]}
    return any(_more_in(part, follows, spans, meant) for part, follows in _parts_of(text))


def says_only(text: str, found: Recognised) -> bool:
    """Tell whether the text holds nothing but what was found, and greetings."""
    spans = _spans_of(found)
    return not asks_more(text, found) and all(
        _places_in(part, spans) or any(GREETINGS in _said(word, _asking()) for word in part)
        for part, _ in _parts_of(text)
    )


def kind_of(text: str, found: Recognised) -> Kind:
    """Return what a text is where nobody looks at it first: a request unless it is clearly none.

    A question and a complaint have no clock, so a request must not become one unseen.
    """
    return found.kind if says_only(text, found) else Kind.REQUEST


def _spans_of(found: Recognised) -> list[tuple[int, int]]:
    places = [*found.rights.values(), *found.mentions.values()]
    return [(span.start, span.end) for spans in places for span in spans]


def _places_in(part: Sequence[Word], spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    begin, end = part[0].start, part[-1].end
    return [one for one in spans if begin <= one[0] < end or begin < one[1] <= end]


def _parts_of(text: str) -> Iterator[tuple[list[Word], str]]:
    """Yield each part with what stands between it and the next."""
    parts = [list(of) for _, of in groupby(words_of(text), key=lambda word: word.part)]
    for part, after in zip_longest(parts, parts[1:]):
        yield part, text[part[-1].end : after[0].start if after else len(text)]


def _more_in(
    part: Sequence[Word], follows: str, spans: Iterable[tuple[int, int]], meant: set[str]
) -> bool:
    book = _asking()
    here, begin, end = _places_in(part, spans), part[0].start, part[-1].end
    # What stretches over more parts may have another deed between its words.
    whole = [one for one in here if begin <= one[0] and one[1] <= end]
    said = [
        _said(word, book)
        for word in part
        if not any(start <= word.start < stop for start, stop in whole)
    ]
    deeds = [deed for one in said if (deed := one - WORDS)]
    if any(not deed & meant for deed in deeds):
        return True
    beside = any(BESIDES in one for one in said)
    if whole or beside:
        return beside and not whole
    return not here and ("?" in follows or _asks_anything(said, bool(deeds)))


def _asks_anything(said: Sequence[set[str]], same_deed: bool) -> bool:
    """Tell whether a part in which nothing was found may ask; `same_deed` where it names one."""
    if same_deed or any(COURTESIES in one for one in said):
        return False
    return len(said) > FEW_WORDS or any(ASKS in one for one in said)


def _said(word: Word, book: _Asking) -> set[str]:
    atoms = book.known.atoms_of(word.text)
    return {name for name, number in book.numbers.items() if number in atoms}


@lru_cache(maxsize=1)
def _asking() -> _Asking:
    content = yaml.safe_load((FOLDER / "asking.yaml").read_text(encoding="utf-8"))
    lists = {**{name: content[name] for name in sorted(WORDS)}, **content["deeds"]}
    numbers = {name: number for number, name in enumerate(lists)}
    patterns: dict[str, set[int]] = {}
    for name, lines in lists.items():
        for pattern in (one.strip() for line in lines for one in line.split(",")):
            patterns.setdefault(pattern, set()).add(numbers[name])
    return _Asking(vocabulary(patterns), numbers)
