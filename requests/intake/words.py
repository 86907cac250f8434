"""A text as words in sentences, each with what it may stand for. No database, no clock.

Made for `recognise`: the words to look for are data, and one misspelt letter in a long word is
read over. Reading takes time in proportion to the length of the text: no expression here goes
back over what it has read.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

# Words as long as this are also known with one letter missing, added, changed or swapped.
LONG = 8
LONGEST = 40
_WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+(?:['’`´](?:[^\W_]|[\u0300-\u036f])+)*")
_NOT_LETTERS = re.compile(r"['’`´\u0300-\u036f]")
_END = re.compile(r"[.!?;…]|\n\s*\n|\n\s*(?:[-*•–]|\d{1,2}[.)])\s|[<>|]")
_SOFT = re.compile(r"[,:()\n–—\"“”]")
# After these a full stop ends no sentence.
SHORT = frozenset(
    plain
    for line in (
        "art artt artikel nr no lid bijv bv evt dhr mr mrs ms mw mevr dr ing drs tel jl resp incl",
        "excl ca max min st par vs etc",
    )
    for plain in line.split()
)
# With these another part of a sentence begins, in which another thing may be asked.
JOINING = frozenset(
    plain
    for line in (
        "en maar dus ook daarna dan verder tevens plus bovendien eveneens vervolgens alsook",
        "alsmede nadien and but so also then too besides furthermore additionally afterwards after",
    )
    for plain in line.split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared, where it stands, and the sentence, clause and part it is in.

    A part is what stands between commas and words that join, such as "and": it asks one thing.
    """

    text: str
    start: int
    end: int
    sentence: int
    clause: int
    part: int


def plain(word: str) -> str:
    """Return a word in small letters, without accents and apostrophes."""
    folded = word.lower()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", folded)
    return _NOT_LETTERS.sub("", folded)


def words_of(text: str) -> list[Word]:
    """Return the words of a text; a sentence ends with its mark, an empty line or a list's."""
    found: list[Word] = []
    sentence = clause = part = last = 0
    before = ""
    for match in _WORD.finditer(text):
        between = text[last : match.start()]
        if found and between != " ":
            if _ends(between, before):
                sentence, clause, part = sentence + 1, clause + 1, part + 1
            elif _SOFT.search(between):
                clause, part = clause + 1, part + 1
        before = plain(match[0][:LONGEST])
        part += before in JOINING
        found.append(Word(before, match.start(), match.end(), sentence, clause, part))
        last = match.end()
    return found


def _ends(between: str, before: str) -> bool:
    mark = _END.search(between)
    if mark is None:
        return False
    # One letter is an initial, but "u" is whom a Dutch sentence speaks to.
    initial = len(before) == 1 and before != "u"
    abbreviated = before in SHORT or initial or before.isdecimal()
    return not (abbreviated and between.strip(" ") in (".", ".,"))


@dataclass(frozen=True)
class Vocabulary:
    """Which atoms a word may be: `gegeven*` begins so, `*gegevens` ends so, `wis` is the word."""

    whole: Mapping[str, frozenset[int]]
    begins: Mapping[str, frozenset[int]]
    ends: Mapping[str, frozenset[int]]
    near: Mapping[str, Sequence[tuple[str, bool, frozenset[int]]]] = field(repr=False)

    def atoms_of(self, word: str) -> frozenset[int]:
        """Return the atoms of a word as `plain` returns it."""
        return _atoms_of(self, word)

    def __hash__(self) -> int:
        return id(self)


def vocabulary(patterns: Mapping[str, Iterable[int]]) -> Vocabulary:
    """Return the vocabulary of patterns and the atoms each stands for."""
    whole: dict[str, frozenset[int]] = {}
    begins: dict[str, frozenset[int]] = {}
    ends: dict[str, frozenset[int]] = {}
    near: dict[str, list[tuple[str, bool, frozenset[int]]]] = {}
    for pattern, numbers in patterns.items():
        atoms, stem = frozenset(numbers), plain(pattern.strip("*"))
        if pattern.startswith("*"):
            ends[stem] = ends.get(stem, frozenset()) | atoms
        elif pattern.endswith("*"):
            begins[stem] = begins.get(stem, frozenset()) | atoms
        else:
            whole[stem] = whole.get(stem, frozenset()) | atoms
        if len(stem) >= LONG and not pattern.startswith("*"):
            for variant in _shortened(stem):
                near.setdefault(variant, []).append((stem, pattern.endswith("*"), atoms))
    return Vocabulary(whole, begins, ends, near)


@lru_cache(maxsize=50_000)
def _atoms_of(known: Vocabulary, word: str) -> frozenset[int]:
    found = known.whole.get(word, frozenset())
    for at in range(1, len(word) + 1):
        found |= known.begins.get(word[:at], frozenset())
        found |= known.ends.get(word[-at:], frozenset())
    if not found and len(word) >= LONG - 1:
        return _misspelt(known, word)
    return found


def _misspelt(known: Vocabulary, word: str) -> frozenset[int]:
    found: frozenset[int] = frozenset()
    for length in range(LONG - 1, len(word) + 1):
        begin = word[:length]
        for variant in _shortened(begin):
            for stem, goes_on, atoms in known.near.get(variant, ()):
                if (goes_on or length == len(word)) and one_apart(begin, stem):
                    found |= atoms
    return found


def _shortened(word: str) -> set[str]:
    """Return the word and what is left of it without one letter."""
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


def one_apart(one: str, other: str) -> bool:
    """Tell whether two words differ by at most one letter, or by two that changed places."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))
    if len(one) < len(other):
        return one[at:] == other[at + 1 :]
    swapped = one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return one[at + 1 :] == other[at + 1 :] or swapped
