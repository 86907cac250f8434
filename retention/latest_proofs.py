"""The newest certificates of erasure: what went, how much, by which list, and whether it is sealed.

A page at a time, by the number of the ledger's entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from audit import hiding
from audit.models import Entry, Leaf
from retention.models import DestructionList
from subjects.models import ErasureProof

PAGE = 25


@dataclass(frozen=True)
class Certified:
    """What one certificate is about; `pieces` of data of so many `people` went."""

    proof: ErasureProof
    done: date
    purpose: str
    rule: str
    people: int
    pieces: int
    list: DestructionList | None
    sealed: bool


@dataclass(frozen=True)
class Proofs:
    rows: Sequence[Certified]
    before: int = 0


def latest(reader: Any, before: int | None = None) -> Proofs:
    """Return the newest certificates that this reader may know of, and where the next begin."""
    found = ErasureProof.objects.filter(reference__isnull=False).order_by("-entry_id")
    if before:
        found = found.filter(entry_id__lt=before)
    proofs = list(found[: PAGE + 1])
    page = proofs[:PAGE]
    entries = Entry.objects.in_bulk([proof.entry_id for proof in page])
    known = {entry.pk: entry for entry in hiding.seen_by(reader, entries.values())}
    lists = DestructionList.objects.in_bulk({proof.list_id for proof in page})
    leaves = Leaf.objects.filter(entry_id__in=list(entries))
    sealed = set(leaves.values_list("entry_id", flat=True))
    rows = [
        _row(proof, known[proof.entry_id].body, lists.get(proof.list_id), proof.entry_id in sealed)
        for proof in page
        if proof.entry_id in known
    ]
    return Proofs(rows, page[-1].entry_id if len(proofs) > PAGE else 0)


def _row(
    proof: ErasureProof, body: dict[str, Any], of: DestructionList | None, sealed: bool
) -> Certified:
    return Certified(
        proof=proof,
        done=date.fromisoformat(body["done"]),
        purpose=str(body.get("purpose", "")),
        rule=str(body.get("rule", "")),
        people=int(body.get("involvements", 1)),
        pieces=sum(body.get("counts", {}).values()),
        list=of,
        sealed=sealed,
    )
