"""What changed for people from one statement to the next, as values to tell in plain words.

`difference.py` tells officers of every field; this tells anybody of what they can read. No
database.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from policy.statement import KeepRule, Named, Statement, Words

# Parts of the statement of which people see the names, in the order in which we tell them.
NAMED_PARTS = (
    "purposes",
    "subject_categories",
    "data_categories",
    "source_categories",
    "recipient_categories",
)


@dataclass(frozen=True)
class Change:
    """A sentence, rule or name as it was and as it is; one of the two where it came or went."""

    old: Words | None
    new: Words | None
    under: Words | None = None


@dataclass(frozen=True)
class Period:
    """A retention rule of which the period changed."""

    old: KeepRule
    new: KeepRule


@dataclass(frozen=True)
class Changes:
    """What changed; `names` by part, and each part only where something did."""

    sentences: list[Change]
    periods: list[Period]
    names: dict[str, list[Change]]

    def __bool__(self) -> bool:
        return bool(self.sentences or self.periods or self.names)


def changes(old: Statement, new: Statement) -> Changes:
    """Return what somebody who read the old statement would want to know of the new one."""
    names = {part: list(_names(old.document, new.document, part)) for part in NAMED_PARTS}
    return Changes(
        sentences=list(_sentences(old, new)),
        periods=[
            Period(old.rules[code], rule)
            for code, rule in new.rules.items()
            if code in old.rules
            and (old.rules[code].months, old.rules[code].days) != (rule.months, rule.days)
        ],
        names={part: found for part, found in names.items() if found},
    )


def _sentences(old: Statement, new: Statement) -> Iterator[Change]:
    """Compare by what is said, not by number: a sentence put in between moves those after it."""
    before, after = list(_told(old)), list(_told(new))
    matcher = SequenceMatcher(
        None, [words for words, _under in before], [words for words, _under in after], False
    )
    for kind, start, end, new_start, new_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        gone, come = before[start:end], after[new_start:new_end]
        paired = min(len(gone), len(come)) if len(gone) == len(come) else 0
        for (was, _old_under), (now, under) in zip(gone[:paired], come[:paired], strict=True):
            yield Change(was, now, under)
        for was, under in gone[paired:]:
            yield Change(was, None, under)
        for now, under in come[paired:]:
            yield Change(None, now, under)


def _told(statement: Statement) -> Iterator[tuple[Words, Words | None]]:
    """Give each sentence with the heading it stands under."""
    under: Words | None = None
    for block in statement.blocks:
        if block.kind == "heading":
            under = block.sentences[0]
            continue
        for sentence in block.sentences:
            yield sentence, under


def _names(old: Mapping[str, object], new: Mapping[str, object], part: str) -> Iterator[Change]:
    before, after = _by_code(old.get(part)), _by_code(new.get(part))
    for code in dict.fromkeys([*before, *after]):
        was, now = before.get(code), after.get(code)
        if (was and was.name) != (now and now.name):
            yield Change(was.name if was else None, now.name if now else None)


def _by_code(rows: object) -> dict[str, Named]:
    found: Iterable[Mapping[str, str]] = rows if isinstance(rows, list) else ()
    return {row["code"]: Named(row["code"], Words(row["nl"], row["en"])) for row in found}
