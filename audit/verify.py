"""Is the ledger still what was signed? Reads it all once, in bounded memory."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile, zip_longest

from django.db import connection
from django.db.models import Exists, OuterRef

from audit import checkpoint, keys, mirror, sealer
from audit.exceptions import LedgerBroken, MirrorBroken
from audit.models import Checkpoint, Entry, Leaf, Tile
from audit.tiles import GrowingTree

# Few enough rows that each batch is a short transaction of its own: nothing waits for us.
BATCH = 20_000

Row = tuple[int, int, str | None, memoryview | None]


@dataclass(frozen=True)
class Verified:
    """What was looked at and found whole."""

    entries: int
    checkpoints: int
    mirrored: int


class Signers:
    """Who may have signed a checkpoint: the first key, and each that the one before named."""

    def __init__(self) -> None:
        self._keys = keys.public_keys()
        self._turn = 0
        self._named: dict[tuple[str, str], int] = {}

    def read(self, text: str, index: int) -> None:
        """Take note of a hand-over, if this entry at leaf `index` is one."""
        if keys.HANDED_OVER not in text:
            return
        body = json.loads(text)
        if body["event"] == keys.HANDED_OVER:
            self._named.setdefault((body["old"], body["new"]), index)

    def check(self, note: str) -> checkpoint.Checkpoint:
        """Return what a note says. Raises CheckpointInvalid, also where it was not its turn."""
        head, signer = keys.read_note(note, self._keys[self._turn :])
        current = self._keys[self._turn]
        if signer != current:
            named = self._named.get((keys.code(current), keys.code(signer)))
            if named is None or named >= head.size:
                raise checkpoint.CheckpointInvalid("its key was not named by the key before it")
            self._turn = self._keys.index(signer)
        return head

    def begin_with(self, note: str) -> checkpoint.Checkpoint:
        """Return what a note that is trusted says: whoever signed it had the turn."""
        head, signer = keys.read_note(note, self._keys)
        self._turn = self._keys.index(signer)
        # It may have handed over before this note: what it named by then counts.
        named = Entry.objects.filter(body__event=keys.HANDED_OVER, body__old=keys.code(signer))
        sealed = Leaf.objects.filter(leaf_index__lt=head.size, entry_id=OuterRef("pk"))
        for body in named.filter(Exists(sealed)).values_list("body", flat=True):
            self._named[body["old"], body["new"]] = 0
        return head


def verify(
    progress: Callable[[int], None] | None = None,
    *,
    since: datetime | None = None,
    after: int = 0,
) -> Verified:
    """Recompute every leaf from its entry's text, the tree, its signed notes, and the mirror.

    With `since`, begin at the last checkpoint of that moment, with `after` at the one of so many
    leaves, and trust what it signed. What is sealed or mirrored while this runs is left for the
    next time. Raises LedgerBroken, saying what differs first, and where.
    """
    # The mirror first: it holds only what was sealed before, so it is never ahead.
    mirrored, newest_note = mirror.position(), mirror.newest_checkpoint()
    size = _signed_size()
    if mirrored > size:
        raise LedgerBroken(f"the mirror has entries from leaf {size} that the ledger lacks")
    tree, signers = _start(since, after)
    begun = tree.size
    copies = islice(mirror.lines(begun), max(mirrored - begun, 0))
    try:
        signed = _check_entries(tree, size, signers, copies, progress)
    except MirrorBroken as error:
        raise LedgerBroken(str(error)) from error
    _check_mirrored_notes(begun, newest_note)
    _look_for_passed_over()
    return Verified(size - begun, signed, max(mirrored - begun, 0))


def _start(since: datetime | None, after: int) -> tuple[GrowingTree, Signers]:
    """Return the empty tree, or the one that the checkpoint to begin at signed."""
    signers = Signers()
    trusted = None
    if since:
        trusted = Checkpoint.objects.filter(sealed_at__lte=since).order_by("-size").first()
    elif after:
        trusted = Checkpoint.objects.filter(size=after).first()
        if trusted is None:
            raise LedgerBroken(f"the checkpoint of {after} leaves is gone")
    if not trusted:
        return GrowingTree(), signers
    tree = GrowingTree.of_size(trusted.size, sealer.read_tile)
    try:
        head = signers.begin_with(trusted.note)
    except checkpoint.CheckpointInvalid as error:
        raise LedgerBroken(f"the checkpoint of {trusted.size} leaves: {error}") from error
    if (head.size, head.root) != (tree.size, tree.root()):
        raise LedgerBroken(f"the tree of {tree.size} leaves is not the one that was signed")
    return tree, signers


def _signed_size() -> int:
    """Return how many entries are sealed, all of which the last checkpoint must speak of."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce((SELECT size FROM audit_sealerstate), 0),"
            " coalesce((SELECT max(size) FROM audit_checkpoint), 0)"
        )
        sealed, signed = cursor.fetchone()
    if signed > sealed:
        raise LedgerBroken(f"the checkpoint of {signed} leaves speaks of entries that are gone")
    if signed < sealed:
        raise LedgerBroken(f"the checkpoint of {sealed} leaves is gone; the last is of {signed}")
    return int(sealed)


def _check_entries(
    tree: GrowingTree,
    size: int,
    signers: Signers,
    copies: Iterator[str],
    progress: Callable[[int], None] | None,
) -> int:
    """Check leaves, notes and tiles, batch by batch; return how many notes there were."""
    signed = 0
    while (first := tree.size) < size:
        end = min(first + BATCH, size)
        leaves = _check_leaves(_rows(first, end), first, end, copies, signers)
        notes = Checkpoint.objects.filter(size__gt=first, size__lte=end).order_by("size")
        for signed_size, note in notes.values_list("size", "note"):
            tree.extend(leaves[tree.size - first : signed_size - first])
            _check_note(note, tree, signers)
            signed += 1
        tree.extend(leaves[tree.size - first :])
        _check_tiles(tree)
        if progress is not None:
            progress(tree.size)
    return signed


def _rows(start: int, end: int) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.leaf_index, l.entry_id, e.body::text, e.leaf FROM audit_leaf l"
            " LEFT JOIN audit_entry e ON e.id = l.entry_id"
            " WHERE l.leaf_index >= %s AND l.leaf_index < %s ORDER BY l.leaf_index",
            [start, end],
        )
        return cursor.fetchall()


def _check_leaves(
    rows: list[Row], first: int, end: int, copies: Iterator[str], signers: Signers
) -> list[bytes]:
    """Return the leaves computed from the entries' texts, each as stored, mirrored, and there."""
    sha256 = hashlib.sha256
    leaves = []
    for expected, (index, entry_id, text, stored) in enumerate(rows, start=first):
        if index != expected:
            raise LedgerBroken(f"leaf {expected} is missing")
        if text is None:
            raise LedgerBroken(f"entry {entry_id}, leaf {index}, is gone")
        leaf = sha256(b"\x00" + text.encode()).digest()
        if leaf != bytes(stored or b""):
            raise LedgerBroken(f"entry {entry_id}, leaf {index}, was changed")
        if next(copies, text) != text:
            raise LedgerBroken(f"entry {entry_id}, leaf {index}, differs from the mirror")
        signers.read(text, index)
        leaves.append(leaf)
    if len(leaves) < end - first:
        raise LedgerBroken(f"leaf {first + len(leaves)} is missing")
    return leaves


def _check_note(note: str, tree: GrowingTree, signers: Signers) -> None:
    try:
        head = signers.check(note)
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


def _check_mirrored_notes(after: int, newest: int) -> None:
    held = Checkpoint.objects.filter(size__gt=after, size__lte=newest).order_by("size")
    copies = takewhile(lambda copy: copy[0] <= newest, mirror.checkpoints(after))
    for ours, copy in zip_longest(
        held.values_list("size", "note").iterator(chunk_size=2000), copies, fillvalue=None
    ):
        if ours != copy:
            size = min(pair[0] for pair in (ours, copy) if pair)
            raise LedgerBroken(f"the mirror's note of {size} leaves differs from the ledger's")


def _look_for_passed_over() -> None:
    """Look for entries that have no leaf though the sealer has gone past them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(e.id) FROM audit_entry e, audit_sealerstate s"
            " WHERE s.system = (SELECT system_identifier FROM pg_control_system())"
            "   AND (e.generation, e.xid::text::bigint, e.id)"
            "     <= (s.generation, s.last_xid, s.last_entry)"
            "   AND NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.entry_id = e.id)"
        )
        (passed_over,) = cursor.fetchone()
    if passed_over is not None:
        raise LedgerBroken(f"entry {passed_over} has no leaf, and never got one")
