"""Work on keys, killed between any two of its statements."""

import asyncio
import itertools
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.core.management import call_command
from django.db import connections, transaction

from embedded.killing import WorkFailed, killed_before
from vault import services
from vault.constants import KeyKind
from vault.keystore.models import DataKey, SearchTokens
from vault.models import KeyOutbox
from vault.tests.makers import kek, make_old

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)


def test_a_drain_killed_anywhere_is_finished_by_the_next():
    for step in itertools.count(1):
        keys = [key.id for key in services.create_keys(KeyKind.INVOLVEMENT, 3)]
        services.store_tokens({key: [7] for key in keys}, version=1)
        services.destroy_keys_later(keys)
        killed = killed_before(step, services.drain_outbox)
        noted, left = KeyOutbox.objects.count(), DataKey.objects.count()
        assert left in (0, 3)
        assert noted or not left, "keys are left that nothing will destroy"
        services.drain_outbox()
        assert not KeyOutbox.objects.exists()
        assert not DataKey.objects.exists()
        assert not SearchTokens.objects.exists()
        if not killed:
            break
    assert step > 5


def test_a_deletion_killed_before_its_commit_keeps_its_keys():
    def note(key_id: int) -> None:
        with transaction.atomic():
            services.destroy_keys_later([key_id])

    noted_after = []
    for step in itertools.count(1):
        key = services.create_key(KeyKind.INVOLVEMENT)
        killed = killed_before(step, partial(note, key.id))
        noted_after.append(KeyOutbox.objects.filter(key_ids=[key.id]).exists())
        if not killed:
            break
    assert noted_after == [False] * (len(noted_after) - 1) + [True]


def test_a_writer_killed_anywhere_leaves_no_row_without_its_key(holders):
    def write() -> None:
        keys = services.create_keys(KeyKind.PACK, 2)
        services.store_tokens({key.id: [7] for key in keys}, version=1)
        with transaction.atomic():
            holders(*(key.id for key in keys))
            services.require_fresh(keys)

    for step in itertools.count(1):
        killed = killed_before(step, write)
        assert held() <= kept(), "a row without its key"
        make_old(*kept())
        services.sweep()
        assert held() == kept() == with_tokens()
        if not killed:
            break
    assert len(held()) == 2


def test_a_sweep_killed_anywhere_is_finished_by_the_next(holders):
    for step in itertools.count(1):
        orphans = [key.id for key in services.create_keys(KeyKind.PACK, 3)]
        stays = orphans.pop()
        holders(stays)
        services.store_tokens({key: [7] for key in orphans}, version=1)
        make_old(*orphans, stays)
        killed = killed_before(step, services.sweep)
        assert held() <= kept()
        services.sweep()
        assert held() == kept()
        assert with_tokens() == set()
        if not killed:
            break
    assert step > 5


def test_a_rotation_killed_anywhere_is_resumed(settings):
    opened: dict[int, services.OpenKey] = {}
    for step in itertools.count(1):
        settings.VAULT_KEY_ENCRYPTION_KEYS = f"{kek(step)},{kek(step + 1)}"
        opened |= {key.id: key for key in services.create_keys(KeyKind.PACK, 2)}
        settings.VAULT_KEY_ENCRYPTION_KEYS += f",{kek(step + 2)}"
        killed = killed_before(step, partial(services.rotate, batch=3))
        assert services.open_keys(opened) == opened
        call_command("rotate_keys", verbosity=0)
        settings.VAULT_KEY_ENCRYPTION_KEYS = kek(step + 2)
        assert services.open_keys(opened) == opened
        if not killed:
            break
    assert step > 3


def kept() -> set[int]:
    return set(DataKey.objects.values_list("pk", flat=True))


def with_tokens() -> set[int]:
    return set(SearchTokens.objects.values_list("pk", flat=True))


def held() -> set[int]:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT key_id FROM holder")
        return {row[0] for row in cursor.fetchall()}


def test_work_that_fails_in_the_child_fails_here():
    def fail() -> None:
        raise ValueError("no such thing")

    with pytest.raises(WorkFailed, match="no such thing"):
        killed_before(1, fail)


def test_work_is_killed_also_beside_a_browser_whose_driver_runs_a_loop_in_this_thread(monkeypatch):
    # Django keeps the connections of such a thread where a child does not find them.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

    async def steps() -> list[bool]:
        try:
            return [killed_before(step, services.drain_outbox) for step in (1, 1_000)]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asyncio.run, steps()).result() == [True, False]
