"""Entries that not every reader of the ledger may know of: apps above this one say which.

Only what is shown is less; what is verified is always the whole ledger.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from audit.models import Entry


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether something is hidden from a reader, and which of these entries that is."""

    concerns: Callable[[Any], bool]
    hidden: Callable[[Sequence[Entry]], Collection[int]]


_rules: list[Rule] = []


def hide_by(rule: Rule) -> None:
    """Add a rule; an app does so once, when it starts."""
    _rules.append(rule)


def leaves_out(reader: Any) -> bool:
    """Tell whether anything may be left out for this reader, whatever there is."""
    return any(rule.concerns(reader) for rule in _rules)


def seen_by(reader: Any, entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that this reader may know of."""
    found = list(entries)
    for rule in _rules:
        if found and rule.concerns(reader):
            gone = set(rule.hidden(found))
            found = [one for one in found if one.pk not in gone]
    return found
