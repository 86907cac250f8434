"""The statement file: found and read, its rows by code. No database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

from policy.parts import (
    Authority,
    Basis,
    Block,
    CaseState,
    Controller,
    Heading,
    KeepRule,
    Named,
    Promise,
    Proposal,
    Purpose,
    Right,
    Route,
    Rules,
    Unless,
    Words,
    place_of,
)

# The parts are offered here too, so that callers need one place.
__all__ = [
    "AS_PURPOSE",
    "COLUMNS",
    "FOLDER",
    "OPEN",
    "Authority",
    "Basis",
    "Block",
    "CaseState",
    "Controller",
    "Heading",
    "KeepRule",
    "Loader",
    "Named",
    "Promise",
    "Proposal",
    "Purpose",
    "Right",
    "Route",
    "Rules",
    "Statement",
    "Unless",
    "Words",
    "document",
    "newest_file",
    "newest_rules",
    "place_of",
    "rules_of",
]
FOLDER = Path(__file__).parent / "statements"
# The parser in C reads the same files six times as fast; not every machine has it.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
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

    def place_of_sentence(self, words: Words) -> str:
        """Return the place of a sentence on the page of this version; empty where it has none."""
        codes = (code for code, one in self.promises.items() if one.text.nl == words.nl)
        return next((place_of(code) for code in codes), "")

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

    def proposed_reasons(self, right: str) -> set[Words]:
        """Return the reasons that the matrix has for a right, whatever the outcome."""
        of = [one for (asked, _column), one in self._proposals.items() if asked == right]
        return {one.reason for one in of} | {part.reason for one in of for part in one.unless}

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
