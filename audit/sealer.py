"""The sealer: gives committed entries their place in the tree, and signs what the tree is.

Writers do not wait for each other: an entry carries the number of its transaction, and the sealer
takes those below the oldest transaction still running, in the order of number and id. What it has
passed can therefore never get company. One sealer at a time; run twice or killed, it loses nothing.
"""

import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg2.extras import execute_values

from audit import checkpoint, keys
from audit.exceptions import KeyNotHandedOver, MirrorBroken
from audit.models import Checkpoint, Entry, Leaf, SealerState, Tile
from audit.tiles import GrowingTree

LOCK = "audit.sealer"
BATCH = 20_000
# In one transaction, which must not run into `transaction_timeout`.
MOST = 400_000
# How often to ask who writes where, before a transaction that nobody names holds us up.
LOOKS = 10

# Leaves are written while entries are read. Were they read from end to end, for the planner saw
# none yet, each entry would read all of them again: a first night of 100,000 then takes minutes.
# So each is asked for by its entry, in a subquery that cannot become a join, and by index.
BY_INDEX = "SET LOCAL enable_seqscan = off"
# An output column named `xid` would be what is sorted by, and the index not be used.
PENDING = """
    SELECT id, leaf, xid::text::bigint AS number FROM audit_entry
    WHERE generation = %s AND (xid, id) > (%s::xid8, %s) AND xid < %s::xid8
      AND (SELECT l.entry_id FROM audit_leaf l WHERE l.entry_id = audit_entry.id) IS NULL
    ORDER BY xid, id LIMIT %s
"""

Taken = tuple[int, bytes, int]


def read_tile(level: int, index: int) -> bytes:
    """Return a stored tile; one the tree does not have yet is empty."""
    found = Tile.objects.filter(level=level, index=index).values_list("hashes", flat=True)
    return bytes(found[0]) if found else b""


def read_tiles(wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """Return stored tiles by level and index, in one query."""
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT level, index, hashes FROM audit_tile WHERE (level, index) IN %s",
            [tuple(wanted)],
        )
        return {(level, index): bytes(hashes) for level, index, hashes in cursor.fetchall()}


def sealed_size() -> int:
    """Return the number of leaves in the tree."""
    return SealerState.objects.filter(pk=1).values_list("size", flat=True).first() or 0


def cursor_position() -> tuple[int, str, int]:
    """Return generation, transaction number and id of the entry that was sealed last."""
    state = SealerState.objects.filter(pk=1).first()
    return (state.generation, str(state.last_xid), state.last_entry) if state else (1, "0", 0)


def seal(*, now: datetime) -> int:
    """Seal all entries that are committed for good; return how many.

    Returns 0 at once while another sealer works.
    """
    sealed = 0
    while taken := _seal_some(now):
        sealed += taken
        if taken < MOST:
            break
    return sealed


def _seal_some(now: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(BY_INDEX)
        state = _state(cursor)
        tree = GrowingTree.of_size(state.size, read_tile)
        if _has_moved_house(cursor, state):
            _take(cursor, tree, _without_leaf(cursor), state)
            _begin_generation(cursor, state)
        _take(cursor, tree, _committed_for_good(cursor, state), state)
        taken = tree.size - state.size
        if taken:
            _store(cursor, tree, state, now)
        state.save()
    return taken


def _state(cursor: CursorWrapper) -> SealerState:
    cursor.execute("SELECT system_identifier FROM pg_control_system()")
    state, _ = SealerState.objects.get_or_create(pk=1, defaults={"system": cursor.fetchone()[0]})
    return state


# --- which entries --------------------------------------------------------------------------


def _committed_for_good(cursor: CursorWrapper, state: SealerState) -> Iterator[list[Taken]]:
    after = [state.generation, str(state.last_xid), state.last_entry]
    return _read(PENDING, [*after, str(_watermark(cursor)), MOST])


def _watermark(cursor: CursorWrapper) -> int:
    """Return the number below which no transaction of this database is still running.

    Asked in statements of their own: the snapshot of the one that reads entries is then no
    older. Transactions of other databases of the server write no entries, so they need not
    hold the ledger up; those whose database cannot be told, do.
    """
    for _ in range(LOOKS):
        cursor.execute(
            "SELECT pg_snapshot_xmax(s)::text, ARRAY(SELECT x::text FROM pg_snapshot_xip(s) x)"
            " FROM pg_current_snapshot() s"
        )
        next_number, running = cursor.fetchone()
        writing_here = _writing_here(cursor)
        held_by = [n for n in map(int, running) if writing_here.get(n % 2**32, True)]
        if all(n % 2**32 in writing_here for n in held_by):
            break
        # One ended between the two questions, and may have been another database's.
    return min(held_by, default=int(next_number))


def _writing_here(cursor: CursorWrapper) -> dict[int, bool]:
    """Return the lower 32 bits of the numbers of those who write, and whether in this database.

    To be asked after the snapshot: a number in it that is another database's now was so then.
    """
    cursor.execute("SELECT pg_stat_clear_snapshot()")
    cursor.execute(
        "SELECT backend_xid::text, datname = current_database() FROM pg_stat_activity"
        " WHERE datname IS NOT NULL AND backend_xid IS NOT NULL"
    )
    return {int(number): here for number, here in cursor.fetchall()}


def _without_leaf(cursor: CursorWrapper) -> Iterator[list[Taken]]:
    # Waits for everybody who is writing an entry, so that none of this generation is missed;
    # and in the mode that the new generation will need, lest readers who then write deadlock.
    cursor.execute("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE")
    query = """
        SELECT e.id, e.leaf, 0 FROM audit_entry e
        WHERE (SELECT l.entry_id FROM audit_leaf l WHERE l.entry_id = e.id) IS NULL ORDER BY e.id
    """
    return _read(query, [])


def _read(query: str, parameters: list[object]) -> Iterator[list[Taken]]:
    """Yield batches of a query's rows, from a cursor that keeps them at the server."""
    with connection.connection.cursor(name="sealer") as rows:
        rows.itersize = BATCH
        rows.execute(query, parameters)
        while batch := rows.fetchmany(BATCH):
            yield [(pk, bytes(leaf), xid) for pk, leaf, xid in batch]


def _has_moved_house(cursor: CursorWrapper, state: SealerState) -> bool:
    cursor.execute("SELECT system_identifier FROM pg_control_system()")
    return int(cursor.fetchone()[0]) != state.system


def _begin_generation(cursor: CursorWrapper, state: SealerState) -> None:
    """Let entries from here on be counted apart: transaction numbers have begun anew."""
    state.generation += 1
    cursor.execute(
        "ALTER TABLE audit_entry ALTER COLUMN generation SET DEFAULT %s" % int(state.generation)  # noqa: UP031 - an integer of our own, where no parameter may stand
    )
    cursor.execute("SELECT system_identifier FROM pg_control_system()")
    state.system, state.last_xid, state.last_entry = cursor.fetchone()[0], 0, 0


# --- into the tree --------------------------------------------------------------------------


def _take(
    cursor: CursorWrapper, tree: GrowingTree, batches: Iterator[list[Taken]], state: SealerState
) -> None:
    for batch in batches:
        text = "".join(
            f"{index}\t{pk}\n" for index, (pk, _, _) in enumerate(batch, start=tree.size)
        )
        cursor.cursor.copy_expert(
            "COPY audit_leaf (leaf_index, entry_id) FROM STDIN", io.StringIO(text)
        )
        tree.extend([leaf for _, leaf, _ in batch])
        state.last_entry, state.last_xid = batch[-1][0], batch[-1][2]


def _store(cursor: CursorWrapper, tree: GrowingTree, state: SealerState, now: datetime) -> None:
    _write_tiles(cursor, tree)
    _sign(tree, now)
    state.size = tree.size


def _sign(tree: GrowingTree, now: datetime) -> None:
    _require_handed_over()
    head = checkpoint.Checkpoint(settings.LEDGER_ORIGIN, tree.size, tree.root())
    note = checkpoint.sign(head, keys.signing_key())
    Checkpoint.objects.create(size=head.size, root=head.root, note=note, sealed_at=now)


def _require_handed_over() -> None:
    """Raise KeyNotHandedOver where another key signed last and did not name this one."""
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None:
        return
    ours = keys.signing_key().public_key()
    try:
        _head, signer = keys.read_note(newest.note)
    except checkpoint.CheckpointInvalid as error:
        raise KeyNotHandedOver(
            "the last checkpoint was signed by a key that is neither LEDGER_SIGNING_KEY nor one of "
            "LEDGER_OLD_PUBLIC_KEYS"
        ) from error
    if keys.code(signer) == keys.code(ours):
        return
    handed = Entry.objects.filter(body__event=keys.HANDED_OVER, body__new=keys.code(ours))
    if not Leaf.objects.filter(
        entry_id__in=list(handed.values_list("pk", flat=True)), leaf_index__lt=newest.size
    ).exists():
        raise KeyNotHandedOver(
            "the key that signed so far did not hand over to this one: run "
            "`manage.py hand_over_ledger` with the old key first"
        )


def _write_tiles(cursor: CursorWrapper, tree: GrowingTree) -> None:
    execute_values(
        cursor.cursor,
        "INSERT INTO audit_tile (level, index, hashes) VALUES %s"
        " ON CONFLICT (level, index) DO UPDATE SET hashes = excluded.hashes",
        list(tree.changed_tiles()),
        page_size=100,
    )


# --- after a restore ------------------------------------------------------------------------


def put_back(texts: Iterable[str], notes: Mapping[int, str], *, start: int, now: datetime) -> None:
    """Give entries that the mirror kept their old places, the first at leaf index `start`.

    Raises MirrorBroken where what they add up to is not what a signed note says, or where
    they do not follow on what is sealed here.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK])
        # A person started this and waits for it; it makes no keys that could be swept meanwhile.
        cursor.execute("SET LOCAL transaction_timeout = 0")
        cursor.execute(
            "CREATE TEMPORARY TABLE mirrored (leaf_index bigint, body jsonb, leaf bytea"
            " GENERATED ALWAYS AS (audit_leaf(body)) STORED, entry_id bigint) ON COMMIT DROP"
        )
        state = _state(cursor)
        if state.size != start:
            raise MirrorBroken(f"{state.size} entries are sealed here, and not {start}")
        cursor.cursor.copy_expert(
            "COPY mirrored (leaf_index, body) FROM STDIN (FORMAT csv)",
            _Rows(_csv(index, text) for index, text in enumerate(texts, start=start)),
        )
        _place_mirrored(cursor)
        tree = GrowingTree.of_size(state.size, read_tile)
        for batch in _read("SELECT leaf_index, leaf, 0 FROM mirrored ORDER BY leaf_index", []):
            for _, leaf, _ in batch:
                tree.extend([leaf])
                if note := notes.get(tree.size):
                    _keep_note(tree, note, now)
        _write_tiles(cursor, tree)
        if tree.size not in notes:
            _sign(tree, now)
        state.size = tree.size
        state.save()


def _place_mirrored(cursor: CursorWrapper) -> None:
    # An entry that the backup held, sealed only after it was made, keeps its number.
    cursor.execute(
        """
        UPDATE mirrored m SET entry_id = held.id FROM (
            SELECT id, leaf, row_number() OVER (PARTITION BY leaf ORDER BY id) AS turn
            FROM audit_entry e
            WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.entry_id = e.id)) held
        JOIN (SELECT leaf_index, leaf, row_number() OVER (PARTITION BY leaf ORDER BY leaf_index)
              AS turn FROM mirrored) wanted USING (leaf, turn)
        WHERE m.leaf_index = wanted.leaf_index
        """
    )
    cursor.execute(
        "WITH new AS (UPDATE mirrored"
        " SET entry_id = nextval(pg_get_serial_sequence('audit_entry', 'id'))"
        " WHERE entry_id IS NULL RETURNING entry_id, body)"
        " INSERT INTO audit_entry (id, body) SELECT entry_id, body FROM new"
    )
    cursor.execute(
        "INSERT INTO audit_leaf (leaf_index, entry_id) SELECT leaf_index, entry_id FROM mirrored"
    )


def _keep_note(tree: GrowingTree, note: str, now: datetime) -> None:
    signed, _key = keys.read_note(note)
    if (signed.size, signed.root) != (tree.size, tree.root()):
        raise MirrorBroken(f"the mirror's entries do not add up to its note of {tree.size}")
    Checkpoint.objects.create(size=signed.size, root=signed.root, note=note, sealed_at=now)


def _csv(index: int, text: str) -> str:
    quoted = text.replace('"', '""')
    return f'{index},"{quoted}"\n'


class _Rows(io.TextIOBase):
    """Lines made one by one, for COPY to read: never all in memory."""

    def __init__(self, rows: Iterator[str]) -> None:
        self._rows = rows
        self._rest = ""

    def read(self, size: int | None = -1) -> str:
        while size is None or size < 0 or len(self._rest) < size:
            row = next(self._rows, None)
            if row is None:
                break
            self._rest += row
        part, self._rest = (
            (self._rest, "") if size is None or size < 0 else (self._rest[:size], self._rest[size:])
        )
        return part
