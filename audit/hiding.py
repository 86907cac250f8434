"""What not every reader may know of: apps above this one say which purposes, and which entries.

Every page that shows rows of people, or the ledger, asks here. Only what is shown is less; what is
verified is always the whole ledger.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from audit.models import Entry


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether something is hidden from a reader: all of some purposes, and which entries."""

    concerns: Callable[[Any], bool]
    hidden: Callable[[Sequence[Entry]], Collection[int]]
    purposes: tuple[str, ...] = ()


_rules: list[Rule] = []


def hide_by(rule: Rule) -> None:
    """Add a rule; an app does so when it starts. The same rule again changes nothing."""
    if rule not in _rules:
        _rules.append(rule)


def leaves_out(reader: Any) -> bool:
    """Tell whether anything may be left out for this reader, whatever there is."""
    return any(rule.concerns(reader) for rule in _rules)


def purposes_hidden_from(reader: Any) -> list[str]:
    """Return the purposes of which this reader may know of no dossier."""
    return sorted({one for rule in _rules if rule.concerns(reader) for one in rule.purposes})


def purposes_hidden_from_some() -> list[str]:
    """Return the purposes of which not every reader may know of a dossier."""
    return sorted({one for rule in _rules for one in rule.purposes})


def seen_by(reader: Any, entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that this reader may know of."""
    found = list(entries)
    for rule in _rules:
        if found and rule.concerns(reader):
            gone = set(rule.hidden(found))
            found = [one for one in found if one.pk not in gone]
    return found
