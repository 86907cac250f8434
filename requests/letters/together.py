"""What a decision says beside another about the same data: one rule for all pairs of rights.

Each right has its own words, and alone they are true. Beside another they may not be: a pause lets
us use data for a claim, and an objection that holds does not. `beside` of `data/letters.yaml` says
what is told then, pair by pair, the strongest first: erasure ends all, an objection that holds ends
the use for good, and a pause ends with its ground.

Source: GDPR Articles 5(1)(a), 12(1), 17, 18(1) to (3), 20 and 21; `docs/decisions/together.md`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from requests.constants import Outcome
from requests.letters.facts import Decided
from requests.letters.words import texts

PARTLY = {Outcome.GRANTED: Outcome.PARTLY}
PAUSES_FOR_CLAIMS, PAUSES = "18.2", "18"


@dataclass(frozen=True, slots=True)
class Words:
    """What takes the place of a right's own words; None where those stand."""

    text: str | None = None
    next: str | None = None
    adds: tuple[str, ...] = ()


def beside(mine: Decided, decided: Sequence[Decided], language: str) -> Words:
    """Return what a decision says because of the others about the same data."""
    fitting = [rule for rule in texts()["beside"] if _fits(rule, mine, decided)]
    text = next((rule["text"] for rule in fitting if "text" in rule), None)
    following = next((rule["next"] for rule in fitting if "next" in rule), None)
    return Words(
        text=None if text is None else text[language],
        next=None if following is None else following[language],
        adds=() if text else tuple(rule["add"][language] for rule in fitting if "add" in rule),
    )


def _fits(rule: dict[str, Any], mine: Decided, decided: Sequence[Decided]) -> bool:
    if mine.right != rule["right"] or mine.outcome not in rule["is"]:
        return False
    if rule.get("ground", mine.ground) != mine.ground:
        return False
    return any(outcome in rule["that_is"] for outcome in _outcomes(rule["beside"], mine, decided))


def _outcomes(right: str, mine: Decided, decided: Sequence[Decided]) -> Iterator[str]:
    """Yield what was decided of another right about these data, or about some of them."""
    for one in decided:
        if one.right != right or not mine.dossier or one.dossier != mine.dossier:
            continue
        if one.part in ("", mine.part):
            yield one.outcome
        elif not mine.part:
            # Of a part of them only.
            yield PARTLY.get(Outcome(one.outcome), one.outcome)
