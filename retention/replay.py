"""After a restore: what the mirror says was destroyed goes again, before anybody is served.

First the data, then the ledger's entries: while the mirror is ahead of the database the replay
is not finished, so it may be killed anywhere and run again.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import connection

from audit import mirror, sealer
from retention.destruction import destroy_again
from retention.exceptions import ReplayNeeded
from subjects.models import Dossier, ErasureProof, Involvement, Record, Unit

BATCH = 1_000
MODELS = {Unit.DOSSIER: Dossier, Unit.INVOLVEMENT: Involvement, Unit.RECORD: Record}
UNIT_OF_EVENT = {f"{unit}.destroyed": unit for unit in Unit}
# A proof whose entry is still to be put back has no entry yet.
NO_ENTRY = 0


@dataclass(frozen=True)
class Replayed:
    """What a replay did. Counts only."""

    destroyed: int = 0
    proofs: int = 0
    entries: int = 0


def require_replayed() -> None:
    """Raise ReplayNeeded where a restored database still lacks what the mirror knows.

    Cheap enough for each start: it compares two numbers and asks one index.
    """
    if behind := entries_behind():
        raise ReplayNeeded(
            f"The database was restored from a backup and lacks {behind} entries of the ledger:"
            " run `manage.py replay_erasures` first."
        )
    if ErasureProof.objects.filter(entry_id=NO_ENTRY).exists():
        raise ReplayNeeded("A replay was cut short: run `manage.py replay_erasures` again.")


def entries_behind() -> int:
    """Return how many entries the mirror has that the database lacks."""
    return max(0, mirror.position() - sealer.sealed_size())


def still_here() -> int:
    """Return how many destroyed dossiers, people and data the restored database has again."""
    return sum(len(_present(unit, lines)) for batch in _batches() for unit, lines in batch.items())


def replay(*, today: date, now: datetime) -> Replayed:
    """Destroy again, take over the proofs, and put the ledger's entries back in their places.

    Safe to run twice and to be killed anywhere. Raises MirrorBroken where the mirror is not what
    was signed; what it says is destroyed has then gone nonetheless.
    """
    destroyed = proofs = 0
    for batch in _batches():
        for unit, lines in batch.items():
            if ids := _present(unit, lines):
                done = destroy_again(unit, ids, today=today)
                destroyed += done.dossiers or done.records or done.involvements
            proofs += _prove(unit, lines)
    start, end = mirror.restore_entries(now=now)
    _link_proofs()
    return Replayed(destroyed, proofs, end - start)


Batch = dict[Unit, list[dict[str, Any]]]


def _batches() -> Iterator[Batch]:
    """Yield what the mirror says was destroyed since the backup, a thousand at a time."""
    wanted = (
        body
        for body in map(json.loads, mirror.lines(sealer.sealed_size()))
        if body["event"] in UNIT_OF_EVENT
    )
    while some := list(islice(wanted, BATCH)):
        batch: Batch = {}
        for body in some:
            batch.setdefault(UNIT_OF_EVENT[body["event"]], []).append(body)
        yield batch


def _present(unit: Unit, lines: list[dict[str, Any]]) -> list[int]:
    digests = [bytes.fromhex(line["digest"]) for line in lines]
    found = MODELS[unit].objects.filter(source_digest__in=digests)  # type: ignore[attr-defined]
    return list(found.order_by("pk").values_list("pk", flat=True))


def _prove(unit: Unit, lines: list[dict[str, Any]]) -> int:
    """Write the proofs that the restored database lacks; return how many."""
    digests = [bytes.fromhex(line["digest"]) for line in lines]
    known = ErasureProof.objects.filter(source_digest__in=digests)
    have = {bytes(digest) for digest in known.values_list("source_digest", flat=True)}
    made = ErasureProof.objects.bulk_create(
        [
            ErasureProof(
                source_digest=digest,
                unit=unit,
                reference=None if unit == Unit.RECORD else line["object"].partition(":")[2],
                list_id=line["list"],
                entry_id=NO_ENTRY,
            )
            for digest, line in zip(digests, lines, strict=True)
            if digest not in have
        ],
        ignore_conflicts=True,
    )
    return len(made)


def _link_proofs() -> None:
    """Let each proof name the entry that has come back."""
    with connection.cursor() as cursor:
        # The last one about the object: the index on objects finds it.
        cursor.execute(
            """UPDATE subjects_erasureproof p SET entry_id = coalesce((
                SELECT max(e.id) FROM audit_entry e
                WHERE e.body -> 'object' = to_jsonb(p.unit || ':' ||
                    coalesce(p.reference::text, encode(p.source_digest, 'hex')))
                  AND e.body ->> 'event' = p.unit || '.destroyed'), p.entry_id)
            WHERE p.entry_id = %s""",
            [NO_ENTRY],
        )
