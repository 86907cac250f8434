"""What a letter is made of, as plain values: no database, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What a letter tells as a whole."""

    ANSWER = "answer"
    REFUSAL = "refusal"
    NOTHING_FOUND = "nothing_found"
    NOT_IDENTIFIABLE = "not_identifiable"
    NOT_PROVEN = "not_proven"
    HEIR = "heir"
    EXCESSIVE = "excessive"
    EXTENSION = "extension"
    FORWARDED = "forwarded"
    AT_ONCE = "at_once"


@dataclass(frozen=True, slots=True)
class Done:
    """What was carried out, in the person's words, and on which day."""

    what: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Told:
    """A recipient told of an erasure, correction or restriction, or why that was impossible.

    `soon`: the notice is made, and goes with the next round; not where there is no address.
    """

    name: str
    on: date | None = None
    why_not: str = ""
    soon: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """One right for one dossier (none: for all), what was decided and what came of it.

    `ground` is that of a pause (Article 18(1)). `at_once`: it took effect before anybody decided,
    and is told by itself. `told` is None where nobody looked yet whom to tell; empty where nobody
    received the data. `told_later`: they are found as the data are erased; without `tells` nothing
    changed that recipients must hear of.
    """

    right: str
    outcome: str
    article: str
    reason: str = ""
    purpose: str = ""
    dossier: str = ""
    number: str = ""
    client: str = ""
    part: str = ""
    ground: str = ""
    at_once: bool = False
    left_out: int = 0
    done: Sequence[Done] = ()
    told: Sequence[Told] | None = None
    tells: bool = True
    told_later: bool = False


@dataclass(frozen=True, slots=True)
class Seller:
    """Who decides in the invoice phase, how to reach them, and when we sent the question on."""

    name: str
    contact: str
    forwarded_on: date | None


@dataclass(frozen=True, slots=True)
class Extension:
    """By when we answer, why it takes longer, and by when that had to be told."""

    due_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """All that a letter says. `asked` are the rights that were invoked, in their order.

    `name` and `address` are of who reads it; `asked_for` names the person for whom they asked.
    `sends_on` tells whether a question for a seller is sent on from here: then its day is asked.
    `asked_who` tells whether the person was ever asked to show who they are.
    """

    number: str
    received_on: date
    controller: Mapping[str, str]
    asked: Sequence[str]
    name: str = ""
    address: Sequence[str] = ()
    asked_for: str = ""
    country: str = ""
    decided: Sequence[Decided] = ()
    sellers: Mapping[str, Seller] = field(default_factory=dict)
    extension: Extension | None = None
    sends_on: bool = True
    asked_who: bool = True
