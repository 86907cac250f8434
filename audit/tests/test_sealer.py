"""The sealer misses nothing, seals nothing twice, and what it signed can be shown to anyone."""

import itertools
import json
import random
import threading
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from audit import checkpoint, keys, merkle, mirror, sealer, services
from audit.exceptions import LedgerBroken, MirrorAhead, NotYetSealed
from audit.models import Checkpoint, Entry, Leaf, SealerState, Tile
from audit.tiles import GrowingTree
from audit.verify import verify
from embedded.killing import killed_before
from embedded.worker import until

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)


def write(count: int = 1) -> list[int]:
    with transaction.atomic():
        return services.append_many(
            [services.Event("thing.happened", f"thing:{n}", "worker") for n in range(count)]
        )


def seal() -> int:
    return services.seal_and_mirror(now=timezone.now())


def tamper(statement: str, *parameters: int | datetime) -> None:
    """Do what only the owner of the database can: change what triggers protect."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)


# --- nothing missed, nothing twice ------------------------------------------------------------


def test_every_committed_entry_gets_a_leaf_and_a_checkpoint_is_signed():
    write(300)
    assert seal() == 300
    note = Checkpoint.objects.get().note
    key = keys.signing_key().public_key()
    head = checkpoint.verify(note, origin=settings.LEDGER_ORIGIN, key=key)
    leaves = [bytes(leaf) for leaf in Entry.objects.order_by("id").values_list("leaf", flat=True)]
    assert (head.size, head.root) == (300, merkle.root(leaves))


def test_sealing_again_without_news_does_nothing():
    write()
    seal()
    assert seal() == 0
    assert Checkpoint.objects.count() == 1


def test_an_entry_committed_after_a_younger_one_is_sealed_too():
    started, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            services.append("slow.thing", object="thing:slow", actor="worker")
            started.set()
            go_on.wait()
        connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    started.wait()
    write(5)
    assert seal() == 0
    go_on.set()
    thread.join()
    assert seal() == 6


def test_with_writers_of_all_speeds_beside_the_sealer_none_is_missed():
    def writer(seed: int) -> None:
        dice = random.Random(seed)
        for _ in range(40):
            with transaction.atomic():
                services.append("thing.happened", object=f"thing:{seed}", actor="worker")
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(%s)", [dice.random() / 100])
        connections.close_all()

    threads = [threading.Thread(target=writer, args=[seed]) for seed in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seal()
    seal()
    assert Leaf.objects.count() == Entry.objects.count() == 160
    verify()


def test_two_sealers_at_once_seal_each_entry_once():
    write(2000)
    results = []

    def run() -> None:
        results.append(sealer.seal(now=timezone.now()))
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal()
    assert sum(results) == Leaf.objects.count() == 2000
    verify()


def test_a_transaction_of_another_database_does_not_hold_the_ledger_up():
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
        write()
        assert seal() == 1


@pytest.mark.parametrize(("looks", "sealed"), [(sealer.LOOKS, 1), (1, 0)])
def test_nor_do_those_that_end_while_the_sealer_looks_since_it_looks_again(
    monkeypatch, looks, sealed
):
    really_look = sealer._writing_here

    def begin() -> None:
        elsewhere.execute("BEGIN")
        elsewhere.execute("SELECT pg_current_xact_id()")

    def look(cursor):
        # The one that was running ends before it is asked whose it was, and the next begins.
        elsewhere.execute("COMMIT")
        begin()
        return really_look(cursor)

    monkeypatch.setattr(sealer, "_writing_here", look)
    monkeypatch.setattr(sealer, "LOOKS", looks)
    with connections["keystore"].cursor() as elsewhere:
        begin()
        write()
        assert seal() == sealed
        assert seal() == 1 - sealed
        elsewhere.execute("COMMIT")


def test_verifying_and_other_sealers_beside_one_are_no_cause_for_alarm():
    finished, wrong = threading.Event(), []
    works = [lambda: write(3), seal, seal, verify]
    rounds = [0] * len(works)

    def again_and_again(at: int) -> None:
        try:
            while not finished.is_set():
                works[at]()
                rounds[at] += 1
        except Exception as error:
            wrong.append(error)
        connections.close_all()

    threads = [threading.Thread(target=again_and_again, args=[at]) for at in range(len(works))]
    for thread in threads:
        thread.start()
    until(lambda: wrong or (min(rounds) >= 15 and rounds[0] > 40))
    finished.set()
    for thread in threads:
        thread.join()
    seal()
    assert wrong == []
    assert verify().mirrored == Entry.objects.count() > 100


def test_a_sealer_killed_between_any_two_statements_loses_nothing():
    total = 0
    for step in itertools.count(1):
        write(3)
        total += 3
        if not killed_before(step, seal):
            break
    seal()
    assert step > 10
    assert Leaf.objects.count() == total == mirror.position()
    assert verify().entries == total


@pytest.fixture
def _first_generation():
    """Undo what a new generation leaves in the table's definition, which tests do not empty."""
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry ALTER COLUMN generation SET DEFAULT 1")


@pytest.mark.usefixtures("_first_generation")
def test_in_another_cluster_sealing_goes_on_in_a_new_generation():
    write(4)
    seal()
    write(2)
    SealerState.objects.update(system=1, last_xid=2**40)
    assert seal() == 2
    write(3)
    assert seal() == 3
    assert SealerState.objects.get().generation == 2
    verify()


# --- proofs -----------------------------------------------------------------------------------


def test_an_entry_is_proven_by_path_and_signed_note():
    pks = write(700)
    seal()
    proof = services.prove(pks[312])
    leaf = merkle.leaf_hash(proof.text.encode())
    head = checkpoint.verify(
        proof.note, origin=settings.LEDGER_ORIGIN, key=keys.signing_key().public_key()
    )
    assert merkle.root_from_path(leaf, proof.leaf_index, head.size, proof.path) == head.root


def test_a_proof_costs_three_queries_however_many_entries_there_are(django_assert_num_queries):
    pks = write(1000)
    seal()
    with django_assert_num_queries(3):
        services.prove(pks[700])


@pytest.mark.usefixtures("tables_as_new")
def test_sealing_walks_the_index_in_order_and_reads_no_more_than_it_takes():
    write(5000)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_entry")
        cursor.execute(f"{sealer.BY_INDEX}; SET LOCAL enable_bitmapscan = off")
        cursor.execute("EXPLAIN " + sealer.PENDING, [1, "0", 0, "999999999", 10])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "entry_order" in plan
    assert "Sort" not in plan


@pytest.mark.usefixtures("tables_as_new")
def test_the_first_night_asks_for_each_leaf_by_index_though_there_was_none_when_it_began():
    with connection.cursor() as cursor:
        # As upkeep leaves a ledger in which nothing was sealed yet: known to hold no leaf.
        cursor.execute("VACUUM ANALYZE audit_leaf")
    write(1_000)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sealer.BY_INDEX)
        cursor.execute("EXPLAIN " + sealer.PENDING, [1, "0", 0, "999999999", sealer.MOST])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan" not in plan
    assert "Join" not in plan
    assert "Index Cond: (entry_id = audit_entry.id)" in plan
    assert seal() == 1_000


def test_an_entry_that_waits_for_the_sealer_has_no_proof_yet():
    with pytest.raises(NotYetSealed):
        services.prove(write()[0])


def test_the_state_tells_how_long_the_oldest_entry_waits():
    write()
    state = services.ledger_state(now=timezone.now() + timedelta(minutes=20))
    assert state.is_late
    seal()
    state = services.ledger_state(now=timezone.now() + timedelta(minutes=20))
    assert (state.sealed, state.not_mirrored, state.is_late) == (1, 0, False)


@pytest.mark.parametrize("model", [Leaf, Checkpoint])
def test_leaves_and_checkpoints_cannot_be_deleted(model):
    write()
    seal()
    with pytest.raises(DatabaseError, match="Cannot update or delete"):
        model.objects.all().delete()


# --- verification -----------------------------------------------------------------------------


def test_a_whole_ledger_is_verified(capsys):
    write(600)
    seal()
    write(10)
    seal()
    call_command("verify_ledger")
    assert "610 entries, 2 signed checkpoints, 610 entries compared" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit_entry SET body = body || '{\"a\": 1}' WHERE id = %s", "was changed|differs"),
        ("DELETE FROM audit_entry WHERE id = %s", "is gone"),
        ("DELETE FROM audit_leaf WHERE entry_id = %s", "is missing"),
        ("UPDATE audit_tile SET hashes = sha256('x') WHERE level + %s > 0", "tile"),
        ("UPDATE audit_checkpoint SET note = replace(note, 'e', 'f') WHERE %s > 0", "checkpoint"),
        ("DELETE FROM audit_checkpoint WHERE %s > 0", "checkpoint of 10 leaves is gone"),
        ("UPDATE audit_sealerstate SET size = 9 WHERE %s > 0", "speaks of entries that are gone"),
        ("DELETE FROM audit_leaf WHERE leaf_index >= 8 AND %s > 0", "leaf 8 is missing"),
    ],
)
def test_whatever_is_tampered_with_is_told(statement, words):
    pks = write(10)
    seal()
    tamper(statement, pks[4])
    with pytest.raises(LedgerBroken, match=words):
        verify()


def test_an_entry_that_the_sealer_was_made_to_pass_over_is_told():
    write(2)
    seal()
    (hidden,) = write()
    tamper("UPDATE audit_entry SET xid = '3' WHERE id = %s", hidden)
    assert seal() == 0
    with pytest.raises(LedgerBroken, match=f"entry {hidden} has no leaf"):
        verify()


def test_a_note_taken_from_ledger_or_mirror_is_told():
    for _ in range(3):
        write()
        seal()
    taken = mirror.folder() / "checkpoints" / f"{0:012}" / f"{2:012}.txt"
    note = taken.read_text()
    taken.unlink()
    with pytest.raises(LedgerBroken, match="note of 2 leaves"):
        verify()
    taken.write_text(note)
    verify()
    tamper("DELETE FROM audit_checkpoint WHERE size = %s", 2)
    with pytest.raises(LedgerBroken, match="note of 2 leaves"):
        verify()


@pytest.mark.parametrize(
    "spoil", [lambda path: path.unlink(), lambda path: path.write_text("{}\n")]
)
def test_a_file_missing_from_the_mirror_or_cut_short_is_told(monkeypatch, spoil):
    monkeypatch.setattr(mirror, "LINES", 4)
    write(10)
    seal()
    spoil(mirror.folder() / "entries" / f"{4:012}.jsonl")
    with pytest.raises(LedgerBroken, match="mirror"):
        verify()


def test_a_ledger_made_anew_and_signed_anew_differs_from_the_mirror():
    pks = write(5)
    seal()
    tamper("UPDATE audit_entry SET body = body || '{\"records\": 9}' WHERE id = %s", pks[2])
    tamper("DELETE FROM audit_leaf; DELETE FROM audit_tile; DELETE FROM audit_checkpoint")
    SealerState.objects.all().delete()
    sealer.seal(now=timezone.now())
    with pytest.raises(CommandError, match="differs from the mirror"):
        call_command("verify_ledger")


# --- the mirror -------------------------------------------------------------------------------


def test_the_mirror_holds_the_exact_text_of_entries_and_the_signed_notes():
    write(3)
    seal()
    assert [json.loads(line)["object"] for line in mirror.lines()] == [
        "thing:0",
        "thing:1",
        "thing:2",
    ]
    assert list(mirror.checkpoints()) == [(3, Checkpoint.objects.get().note)]


def test_a_line_that_was_torn_off_is_written_again():
    write(3)
    seal()
    (segment,) = (mirror.folder() / "entries").iterdir()
    segment.write_bytes(segment.read_bytes()[:-10])
    assert mirror.position() == 2
    write(2)
    seal()
    assert mirror.position() == 5
    verify()


def test_entries_pass_from_one_file_to_the_next(monkeypatch):
    monkeypatch.setattr(mirror, "LINES", 4)
    write(10)
    seal()
    names = sorted(path.name for path in (mirror.folder() / "entries").iterdir())
    assert names == ["000000000000.jsonl", "000000000004.jsonl", "000000000008.jsonl"]
    assert len(list(mirror.lines(3))) == 7
    verify()


# --- after a restore --------------------------------------------------------------------------


def forget_since(size: int, *, entries: bool = True) -> None:
    """Make the database what it was when it had `size` leaves, as a restored backup is."""
    sealed = "SELECT entry_id FROM audit_leaf WHERE leaf_index >= %s"
    if entries:
        tamper(f"DELETE FROM audit_entry WHERE id IN ({sealed})", size)
    tamper("DELETE FROM audit_leaf WHERE leaf_index >= %s", size)
    tamper("DELETE FROM audit_checkpoint WHERE size > %s", size)
    Tile.objects.all().delete()
    pks = Leaf.objects.order_by("leaf_index").values_list("entry_id", flat=True)
    held = Entry.objects.in_bulk(list(pks))
    tree = GrowingTree()
    tree.extend([bytes(held[pk].leaf) for pk in pks])
    Tile.objects.bulk_create(
        Tile(level=level, index=index, hashes=hashes)
        for level, index, hashes in tree.changed_tiles()
    )
    SealerState.objects.update(size=size)


def test_a_restored_database_seals_nothing_before_the_mirror_is_heeded():
    write(5)
    seal()
    write(3)
    seal()
    forget_since(5)
    write()
    with pytest.raises(MirrorAhead, match="replay_erasures"):
        seal()


def test_what_a_restored_database_lacks_comes_back_in_its_old_place():
    write(300)
    seal()
    write(7)
    seal()
    note = Checkpoint.objects.get(size=307).note
    forget_since(300)
    write(2)
    assert mirror.restore_entries(now=timezone.now()) == (300, 307)
    assert Checkpoint.objects.get(size=307).note == note
    assert seal() == 2
    assert verify().entries == 309
    assert mirror.restore_entries(now=timezone.now()) == (309, 309)


def test_an_entry_that_the_backup_held_unsealed_gets_its_place_and_no_double():
    write(5)
    seal()
    pks = write(3)
    seal()
    forget_since(5, entries=False)
    mirror.restore_entries(now=timezone.now())
    assert Entry.objects.count() == 8
    assert Leaf.objects.get(entry_id=pks[0]).leaf_index == 5
    assert seal() == 0
    verify()
