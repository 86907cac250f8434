"""Is the ledger still what was signed? Reads it all once, in bounded memory."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from audit import checkpoint, mirror, sealer
from audit.exceptions import LedgerBroken
from audit.models import Checkpoint, Tile
from audit.tiles import GrowingTree

BATCH = 20_000


@dataclass(frozen=True)
class Verified:
    """What was looked at and found whole."""

    entries: int
    checkpoints: int
    mirrored: int


def verify(progress: Callable[[int], None] | None = None) -> Verified:
    """Recompute every leaf from its entry's text, the tree, its signed notes, and the mirror.

    Raises LedgerBroken, saying what differs first, and where.
    """
    key = sealer.signing_key().public_key()
    heads = dict(Checkpoint.objects.values_list("size", "note"))
    copies = mirror.lines()
    tree, last, mirrored, signed = GrowingTree(), b"", 0, 0
    with transaction.atomic():
        for batch in _leaves():
            for index, entry_id, text, stored in batch:
                if index != tree.size:
                    raise LedgerBroken(f"leaf {tree.size} is missing")
                if text is None:
                    raise LedgerBroken(f"entry {entry_id}, leaf {index}, is gone")
                last = hashlib.sha256(b"\x00" + text.encode()).digest()
                if last != bytes(stored):
                    raise LedgerBroken(f"entry {entry_id}, leaf {index}, was changed")
                copy = next(copies, None)
                if copy is not None and copy != text:
                    raise LedgerBroken(f"entry {entry_id}, leaf {index}, differs from the mirror")
                mirrored += copy is not None
                tree.extend([last])
                if note := heads.pop(tree.size, None):
                    _check_note(note, tree, key)
                    signed += 1
            _check_tiles(tree)
            if progress is not None:
                progress(tree.size)
    if heads:
        raise LedgerBroken(f"the checkpoint of {min(heads)} leaves speaks of entries that are gone")
    if next(copies, None) is not None:
        raise LedgerBroken(f"the mirror has entries from leaf {tree.size} that the ledger lacks")
    _check_mirrored_notes()
    return Verified(tree.size, signed, mirrored)


def _leaves() -> Iterator[list[tuple[int, int, str | None, bytes]]]:
    with connection.connection.cursor(name="verify") as rows:
        rows.itersize = BATCH
        rows.execute(
            "SELECT l.leaf_index, l.entry_id, e.body::text, e.leaf FROM audit_leaf l"
            " LEFT JOIN audit_entry e ON e.id = l.entry_id ORDER BY l.leaf_index"
        )
        while batch := rows.fetchmany(BATCH):
            yield batch


def _check_note(note: str, tree: GrowingTree, key: checkpoint.Ed25519PublicKey) -> None:
    try:
        head = checkpoint.verify(note, origin=settings.LEDGER_ORIGIN, key=key)
    except checkpoint.CheckpointInvalid as error:
        raise LedgerBroken(f"the checkpoint of {tree.size} leaves: {error}") from error
    if (head.size, head.root) != (tree.size, tree.root()):
        raise LedgerBroken(f"the tree of {tree.size} leaves is not the one that was signed")


def _check_tiles(tree: GrowingTree) -> None:
    computed = {(level, index): hashes for level, index, hashes in tree.changed_tiles()}
    rows = Tile.objects.filter(
        level__in={level for level, _ in computed}, index__in={index for _, index in computed}
    )
    stored = {(row.level, row.index): bytes(row.hashes) for row in rows}
    for (level, index), hashes in computed.items():
        # The edge of this moment may have grown since.
        if not stored.get((level, index), b"").startswith(hashes):
            raise LedgerBroken(f"the tile {level}/{index} is not that of its entries")


def _check_mirrored_notes() -> None:
    held = dict(Checkpoint.objects.values_list("size", "note"))
    for size, note in mirror.checkpoints():
        if held.get(size) != note:
            raise LedgerBroken(f"the mirror's note of {size} leaves differs from the ledger's")
