"""What of retention a reader may know: totals of everybody by rule, and rows as their role goes.

`audit.hiding` says which purposes a reader may know no dossier of. Rules that govern only those
have totals and no rows for them, and no count of what is held back: a hold comes with somebody's
request, so that count would tell of whom.

Source: Wwft, Article 23; `docs/decisions/not-there.md`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from audit import hiding
from audit.models import Entry
from policy.models import Purpose, RetentionRule
from retention.forecast import Expected
from retention.models import Expectation
from subjects.models import ErasureProof


@dataclass(frozen=True)
class Sight:
    """Purposes of which a reader may know no dossier, and the rules that govern only those."""

    purposes: Sequence[str] = ()
    rules: Sequence[str] = ()

    @classmethod
    def of(cls, reader: Any) -> "Sight":
        purposes = hiding.purposes_hidden_from(reader)
        if not purposes:
            return cls()
        return cls(purposes, _rules_only_of(purposes))

    @property
    def is_whole(self) -> bool:
        return not self.purposes

    def total(self, row: Expected | Expectation) -> tuple[int, int]:
        """Return how many of a row of the forecast go, and how many are held back meanwhile."""
        if row.rule in self.rules:
            return row.number + row.held, 0
        return row.number, row.held


def kept_apart() -> list[str]:
    """Return the rules that govern only what not every reader may know of."""
    return _rules_only_of(hiding.purposes_hidden_from_some())


def _rules_only_of(purposes: Sequence[str]) -> list[str]:
    others = Purpose.objects.exclude(pk__in=purposes)
    rules = RetentionRule.objects.filter(purposes__in=purposes).exclude(purposes__in=others)
    return sorted(set(rules.values_list("pk", flat=True)))


# All there is: for what no reader stands behind, such as a count.
WHOLE = Sight()


def known_proofs(reader: Any, proofs: Iterable[ErasureProof]) -> list[ErasureProof]:
    """Return the proofs that a reader may know of: those whose entry of the ledger they may."""
    found = list(proofs)
    entries = Entry.objects.filter(pk__in=[proof.entry_id for proof in found])
    known = {entry.pk for entry in hiding.seen_by(reader, entries)}
    return [proof for proof in found if proof.entry_id in known]
