"""A real restore: the database of a while ago is put in the place of today's."""

import itertools
from collections.abc import Iterator
from functools import partial

import psycopg2
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from audit import mirror, sealer
from audit.models import Entry
from audit.services import seal_and_mirror
from audit.verify import verify
from embedded.killing import killed_before
from embedded.worker import until
from retention import replay, services
from retention.exceptions import ReplayNeeded
from retention.models import HoldKind
from retention.running import destroy_list
from retention.tests.makers import (
    TODAY,
    a_case,
    make_dossier,
    make_list,
    make_list_of,
)
from subjects.models import Dossier, ErasureProof, Involvement, Record, Unit

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)


def administer(*statements: str) -> None:
    """Copy or rename databases: nobody may be connected to them."""
    connections.close_all()
    database = settings.DATABASES["default"]
    admin = psycopg2.connect(
        host=database["HOST"],
        port=database["PORT"],
        user=database["USER"],
        password=database["PASSWORD"],
        dbname="postgres",
    )
    admin.autocommit = True
    with admin.cursor() as cursor:
        for statement in statements:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [name()],
            )
            cursor.execute(statement)
    admin.close()


def name() -> str:
    return str(connections["default"].settings_dict["NAME"])


@pytest.fixture
def backup() -> Iterator[str]:
    copy = f"{name()}_backup"
    yield copy
    administer(f'DROP DATABASE IF EXISTS "{copy}"')


def make_backup(copy: str) -> None:
    administer(f'DROP DATABASE IF EXISTS "{copy}"', f'CREATE DATABASE "{copy}" TEMPLATE "{name()}"')


def restore(copy: str) -> None:
    administer(f'DROP DATABASE "{name()}"', f'CREATE DATABASE "{name()}" TEMPLATE "{copy}"')


def seal() -> None:
    """Seal and mirror all there is; other databases on the server may hold that up a moment."""

    def all_sealed() -> bool:
        seal_and_mirror(now=timezone.now())
        return sealer.sealed_size() == Entry.objects.count()

    until(all_sealed)


def run(*dossiers: Dossier) -> None:
    assert destroy_list(make_list(*dossiers).pk, today=TODAY)


def replayed() -> replay.Replayed:
    return replay.replay(today=TODAY, now=timezone.now())


def test_what_a_restored_database_has_again_goes_again_with_its_proof(backup):
    early, late, lives = make_dossier(), make_dossier(), make_dossier(due=None)
    run(early)
    seal()
    make_backup(backup)
    run(late)
    seal()
    [before] = ErasureProof.objects.filter(reference=late.reference).values()
    restore(backup)
    assert Dossier.objects.filter(pk=late.pk).exists()
    with pytest.raises(ReplayNeeded):
        replay.require_replayed()
    assert replay.still_here() == 1
    assert replayed().destroyed == 1
    assert list(Dossier.objects.all()) == [lives]
    replay.require_replayed()
    [after] = ErasureProof.objects.filter(reference=late.reference).values()
    assert after["list_id"] == before["list_id"]
    assert Entry.objects.get(pk=after["entry_id"]).body["event"] == "dossier.destroyed"
    assert Entry.objects.filter(body__event="dossier.destroyed_again").count() == 1
    assert ErasureProof.objects.count() == 2
    seal()
    verify()


def test_what_came_and_went_after_the_backup_is_refused_at_the_door_again(backup):
    seal()
    make_backup(backup)
    dossier = make_dossier()
    run(dossier)
    seal()
    restore(backup)
    done = replayed()
    assert (done.destroyed, done.proofs) == (0, 1)
    assert ErasureProof.objects.get().reference == dossier.reference


def test_a_hold_that_the_backup_still_has_does_not_bring_data_back(backup):
    dossier = make_dossier()
    hold = services.place_hold(HoldKind.ACCESS, a_case(), [dossier.pk], today=TODAY, actor="user:1")
    make_backup(backup)
    [released] = services.release_hold(
        hold, today=TODAY, actor="user:1", released_by=1, approver_id=2
    )
    assert destroy_list(released.id, today=TODAY)
    seal()
    restore(backup)
    assert replayed().destroyed == 1
    assert not Dossier.objects.exists()


@pytest.mark.parametrize("unit", [Unit.INVOLVEMENT, Unit.RECORD])
def test_people_and_single_data_go_again_too(backup, unit):
    dossier = make_dossier(due=None)
    involvement = dossier.involvements.get()
    record = involvement.records.earliest("pk")
    Involvement.objects.update(delete_from=TODAY)
    Record.objects.filter(pk=record.pk).update(delete_from=TODAY)
    make_backup(backup)
    pk = involvement.pk if unit == Unit.INVOLVEMENT else record.pk
    assert destroy_list(make_list_of(unit, pk).pk, today=TODAY)
    seal()
    restore(backup)
    assert replayed().destroyed == 1
    assert not Record.objects.filter(pk=record.pk).exists()
    assert Involvement.objects.exists() == (unit == Unit.RECORD)
    assert ErasureProof.objects.get().unit == unit
    replay.require_replayed()


def test_a_second_replay_does_nothing_and_one_without_a_restore_neither():
    run(make_dossier())
    seal()
    assert replayed() == replay.Replayed()
    assert replayed() == replay.Replayed()


def test_a_replay_killed_anywhere_is_finished_by_the_next(backup):
    make_dossier(due=None)
    seal()
    gone = make_dossier()
    make_backup(backup)
    run(gone)
    seal()
    for step in itertools.count(1, 3):
        restore(backup)
        killed = killed_before(step, partial(replay.replay, today=TODAY, now=timezone.now()))
        if killed and mirror.position() > sealer.sealed_size():
            with pytest.raises(ReplayNeeded):
                replay.require_replayed()
        replayed()
        replay.require_replayed()
        assert not Dossier.objects.filter(pk=gone.pk).exists()
        assert ErasureProof.objects.get().entry_id > 0
        if not killed:
            break
    assert step > 20


def test_the_command_checks_and_replays(backup, capsys):
    dossier = make_dossier()
    make_backup(backup)
    run(dossier)
    seal()
    restore(backup)
    with pytest.raises(CommandError, match="Still here: 1"):
        call_command("replay_erasures", "--check")
    call_command("replay_erasures")
    assert "Destroyed again: 1." in capsys.readouterr().out
    call_command("replay_erasures", "--check")
    assert "Nothing to replay." in capsys.readouterr().out
