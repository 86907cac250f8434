"""The parts of the statement as plain, frozen values: words, rules, promises, proposals."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import get_language


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages; as text it is in the reader's."""

    nl: str
    en: str

    def text(self, language: str) -> str:
        """Return the text in `language`: English where that is asked, otherwise Dutch."""
        return self.en if language.startswith("en") else self.nl

    def __str__(self) -> str:
        return self.text(get_language() or "nl")


@dataclass(frozen=True, slots=True)
class KeepRule:
    """How long data are kept, counted from an anchor; `months` is 0 where none run."""

    code: str
    months: int
    origin: str
    sentence: str
    days: int = 0
    anchor: str = ""
    article: str = ""
    section: int | None = None
    words: Words = Words("", "")


class Rules(Mapping[str, KeepRule]):
    """The retention rules of one version of the statement by code; never changes.

    Two of them are the same only if they are one object, so that results may be kept by it.
    """

    def __init__(self, rules: Mapping[str, KeepRule]) -> None:
        self._rules = dict(rules)

    def __getitem__(self, code: str) -> KeepRule:
        return self._rules[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def with_months(self, months: Mapping[str, int]) -> "Rules":
        """Return the rules with other periods, to see what a change would do.

        Raises KeyError for a code that is not a rule.
        """
        return self.with_changes({code: {"months": number} for code, number in months.items()})

    def with_changes(self, changes: Mapping[str, Mapping[str, Any]]) -> "Rules":
        """Return the rules with other `months`, `days` or `anchor`, to see what that would do.

        Raises KeyError for a code that is not a rule, TypeError for what a rule does not have.
        """
        changed = {code: replace(self[code], **fields) for code, fields in changes.items()}
        return Rules(self._rules | changed)


@dataclass(frozen=True, slots=True)
class Named:
    """A code of the statement and its name."""

    code: str
    name: Words


@dataclass(frozen=True, slots=True)
class Basis(Named):
    article: str


@dataclass(frozen=True, slots=True)
class Purpose(Named):
    """Why data are processed; everything it needs by code. `column` is that of the matrix."""

    section: int
    column: str
    bases: tuple[str, ...]
    rules: tuple[str, ...]
    subjects: tuple[str, ...]
    data: tuple[str, ...]
    sources: tuple[str, ...]
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Right(Named):
    article: str
    explanation: Words


@dataclass(frozen=True, slots=True)
class Authority(Named):
    """Where a person in a country may complain; its name is that of the country."""

    authority: str
    site: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Controller:
    """Who is responsible; what the statement does not name is empty."""

    name: str
    email: str
    phone: str
    postal_address: str = ""
    data_protection_officer: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """What somebody may do who disagrees, by which article, and within how many weeks (or 0)."""

    article: str
    text: Words
    weeks: int = 0


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence of the statement, and what keeps it.

    `form` is `item` in a list, `paragraph` where one begins, and otherwise empty.
    """

    code: str
    section: int
    kind: str
    text: Words
    kept_by: tuple[str, ...]
    form: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, and the code of the promise it stands above."""

    before: str
    text: Words
    code: str


def place_of(code: str) -> str:
    """Return the name of a sentence's or a heading's place on the page, for links."""
    return f"s{code}"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the statement as it is read: a `heading`, a `paragraph`, or a `list`.

    `codes` are those of the sentences, in the same order.
    """

    kind: str
    section: int
    sentences: tuple[Words, ...]
    codes: tuple[str, ...]

    @property
    def lines(self) -> list[tuple[str, Words]]:
        """Each sentence after the name of its place on the page."""
        return [
            (place_of(code), words) for code, words in zip(self.codes, self.sentences, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Unless:
    """A fact that changes a proposal, as words after "if", and what is proposed then.

    `fact` is its code; `reason` is for the person.
    """

    outcome: str
    article: str
    when: Words
    fact: str
    reason: Words


@dataclass(frozen=True, slots=True)
class Proposal:
    """What we propose to decide on one right for one purpose.

    `outcome` is G grant, P partly, R refuse, M mandatory, F forward to the client, W weigh, or
    N does not apply; `told_as` is the one the letter tells. `reason` is for the person, `note`
    for officers only. The first of `unless` that holds comes before all this.
    """

    right: str
    column: str
    outcome: str
    told_as: str
    article: str
    reason: Words
    note: Words | None = None
    unless: tuple[Unless, ...] = ()

    def where(self, facts: Collection[str]) -> "Proposal":
        """Return what is proposed where these facts hold: the first of `unless` that does."""
        for one in self.unless:
            if one.fact in facts:
                return replace(
                    self,
                    outcome=one.outcome,
                    told_as=one.outcome,
                    article=one.article,
                    reason=one.reason,
                )
        return self


@dataclass(frozen=True, slots=True)
class CaseState:
    """What a proposal depends on besides right and purpose.

    `on_hold` is a hold for a claim, not one for an access request. `part` is `score` or
    `special` where the data are a score or profile, or health or criminal data.
    """

    closed: bool = False
    on_hold: bool = False
    invoice_phase: bool = False
    part: str = ""
