"""The statement file: found, read, and its parts as plain, frozen values. No database."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import get_language

FOLDER = Path(__file__).parent / "statements"
# The parser in C reads the same files six times as fast; not every machine has it.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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


OPEN = CaseState()
AS_PURPOSE = "S"
COLUMNS = (
    "col_open",
    "col_closed",
    "score",
    "special",
    "dev",
    "cli",
    "crd",
    "aml",
    "mkt",
    "acc",
    "on_hold",
    "invoice",
)


class Statement:
    """One version of the statement: its parts by name, its rows by code. Never changes.

    `document` is the content of the file, for digests and comparison; it must not be changed.
    """

    def __init__(self, document: Mapping[str, Any], published_on: date | None = None) -> None:
        self.document = document
        self.version: str = document["version"]
        self.published_on = published_on

    @cached_property
    def controller(self) -> Controller:
        return Controller(**self.document["controller"])

    @cached_property
    def rules(self) -> Rules:
        return rules_of(self.document)

    @cached_property
    def bases(self) -> Mapping[str, Basis]:
        return {
            row["code"]: Basis(row["code"], _name(row), row["article"])
            for row in self.document["lawful_bases"]
        }

    @cached_property
    def purposes(self) -> Mapping[str, Purpose]:
        lists = ("bases", "rules", "subjects", "data", "sources", "recipients")
        return {
            row["code"]: Purpose(
                row["code"],
                _name(row),
                row["section"],
                row.get("column", ""),
                *(tuple(row[part]) for part in lists),
            )
            for row in self.document["purposes"]
        }

    @cached_property
    def rights(self) -> Mapping[str, Right]:
        """The rights by code, in the order in which we tell them."""
        return {
            row["code"]: Right(row["code"], _name(row), row["article"], Words(**row["explanation"]))
            for row in self.document["rights"]
        }

    @cached_property
    def authorities(self) -> Mapping[str, Authority]:
        """Supervisory authorities by country code, our own first."""
        return {
            row["code"]: Authority(
                row["code"], _name(row), row["authority"], row["site"], row.get("address", "")
            )
            for row in self.document["supervisory_authorities"]
        }

    @cached_property
    def complaint(self) -> Route:
        row = self.document["complaint"]
        return Route(row["article"], _name(row))

    @cached_property
    def court(self) -> Route:
        row = self.document["court"]
        return Route(row["article"], _name(row), row["weeks"])

    @cached_property
    def promises(self) -> Mapping[str, Promise]:
        return {
            row["code"]: Promise(
                row["code"],
                row["section"],
                row["kind"],
                _name(row),
                tuple(row["kept_by"]),
                row.get("form", ""),
            )
            for row in self.document["promises"]
        }

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        return tuple(
            Heading(row["before"], _name(row), row["code"]) for row in self.document["headings"]
        )

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The whole statement as one reads it, from heading to heading."""
        above: dict[str, list[Heading]] = {}
        for heading in self.headings:
            above.setdefault(heading.before, []).append(heading)
        found: list[Block] = []
        for promise in self.promises.values():
            headings = above.get(promise.code, ())
            found += [
                Block("heading", promise.section, (heading.text,), (heading.code,))
                for heading in headings
            ]
            kind = "list" if promise.form == "item" else "paragraph"
            last = found[-1]
            if (
                promise.form != "paragraph"
                and last.kind == kind
                and last.section == promise.section
            ):
                found[-1] = replace(
                    last,
                    sentences=(*last.sentences, promise.text),
                    codes=(*last.codes, promise.code),
                )
            else:
                found.append(Block(kind, promise.section, (promise.text,), (promise.code,)))
        return tuple(found)

    @cached_property
    def _proposals(self) -> Mapping[tuple[str, str], Proposal]:
        found = {}
        for row in self.document["decisions"]:
            for column in row["columns"]:
                found[row["right"], column] = Proposal(
                    right=row["right"],
                    column=column,
                    outcome=row["outcome"],
                    told_as=row.get("told_as", row["outcome"]),
                    article=row["article"],
                    reason=Words(**row["reason"]),
                    note=Words(**row["note"]) if "note" in row else None,
                    unless=tuple(
                        Unless(
                            part["outcome"],
                            part["article"],
                            Words(**part["when"]),
                            part["fact"],
                            Words(**part["reason"]),
                        )
                        for part in row.get("unless", ())
                    ),
                )
        return found

    def purpose(self, code: str) -> Purpose:
        """Return a purpose. Raises KeyError for an unknown code."""
        return self.purposes[code]

    def right(self, code: str) -> Right:
        """Return a right. Raises KeyError for an unknown code."""
        return self.rights[code]

    def name(self, part: str, code: str) -> Words:
        """Return the name of a code of `part`, such as data_categories. Raises KeyError."""
        return self._names[part][code]

    @cached_property
    def _names(self) -> Mapping[str, Mapping[str, Words]]:
        return {
            part: {row["code"]: _name(row) for row in rows}
            for part, rows in self.document.items()
            if isinstance(rows, list) and "nl" in rows[0]
        }

    def told_refusals(self, right: str) -> list[Words]:
        """Return what we may tell who asks this where they get it in part or not at all, once each.

        In the order of the matrix. Bills of the invoice phase are not ours to refuse, and what is
        told as granted is not told here either. Raises KeyError for an unknown code.
        """
        self.rights[right]
        found: dict[Words, None] = {}
        for (asked, column), proposal in self._proposals.items():
            if asked != right or column == "invoice":
                continue
            if proposal.outcome in "RP" and proposal.told_as == proposal.outcome:
                found[proposal.reason] = None
            found |= {one.reason: None for one in proposal.unless if one.outcome in "RP"}
        return list(found)

    def decision(self, right: str, purpose: str, state: CaseState = OPEN) -> Proposal | None:
        """Return what we propose to decide, or None where the matrix has no column.

        That is so for our own files: of requests, and of staff. Raises KeyError for a code that
        is not in the statement.

        Source: GDPR Articles 7(3), 12(4), 15 to 22 and 28(3)(e).
        """
        self.rights[right]
        column = self.purposes[purpose].column
        if column == "invoice" or state.invoice_phase:
            return self._proposals[right, "invoice"]
        if not column:
            return None
        if state.on_hold:
            held = self._proposals[right, "on_hold"]
            if held.outcome != AS_PURPOSE:
                return held
        if state.part:
            return self._proposals[right, state.part]
        if column == "col":
            column = "col_closed" if state.closed else "col_open"
        return self._proposals[right, column]


def _name(row: Mapping[str, Any]) -> Words:
    return Words(row["nl"], row["en"])


def newest_file() -> Path:
    """Return the statement file with the highest version, which is its name."""
    return max(FOLDER.glob("*.yaml"))


@lru_cache(maxsize=8)
def document(path: Path) -> dict[str, Any]:
    """Return the content of a statement file; `files.load` is the checked way in."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)  # noqa: S506


def rules_of(content: Mapping[str, Any]) -> Rules:
    """Return the retention rules of a statement's content by code."""
    return Rules(
        {
            rule["code"]: KeepRule(
                code=rule["code"],
                months=rule.get("months", 0),
                origin=rule["origin"],
                sentence=rule["sentence"]["nl"],
                days=rule.get("days", 0),
                anchor=rule["anchor"],
                article=rule.get("article", ""),
                section=rule.get("section"),
                words=Words(**rule["sentence"]),
            )
            for rule in content["retention_rules"]
        }
    )


@lru_cache(maxsize=1)
def newest_rules() -> Rules:
    """Return the retention rules of the newest statement file."""
    return rules_of(document(newest_file()))
