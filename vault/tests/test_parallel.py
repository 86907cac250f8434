"""Work on keys side by side, each on connections of its own."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import OperationalError, connections, transaction

from embedded.killing import somebody_waits
from embedded.worker import until
from vault import services
from vault.constants import KeyKind
from vault.keystore.models import DataKey, SearchTokens
from vault.models import KeyOutbox
from vault.tests.makers import kek, make_old

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)


def beside(pool: ThreadPoolExecutor, work: Callable[[], object]) -> Future:
    def run():
        try:
            return work()
        finally:
            connections.close_all()

    return pool.submit(run)


def both(work: Callable[[], int]) -> int:
    with ThreadPoolExecutor(2) as pool:
        return sum(future.result() for future in [beside(pool, work) for _ in range(2)])


@contextmanager
def keys_locked():
    """Let nobody delete keys meanwhile."""
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        cursor.execute("LOCK TABLE keystore_datakey IN SHARE MODE")
        yield


def test_two_sweeps_destroy_each_orphan_once(holders, monkeypatch):
    monkeypatch.setattr(services, "BATCH", 50)
    keys = [key.id for key in services.create_keys(KeyKind.PACK, 1000)]
    services.store_tokens({key: [7] for key in keys}, version=1)
    make_old(*keys)
    holders(*keys[::100])
    assert both(services.sweep) == 990
    assert list(DataKey.objects.order_by("pk").values_list("pk", flat=True)) == keys[::100]
    assert SearchTokens.objects.count() == 10


def test_two_drains_share_the_outbox():
    keys = services.create_keys(KeyKind.PACK, 200)
    for key in keys:
        services.destroy_keys_later([key.id])
    assert both(services.drain_outbox) == 200
    assert not KeyOutbox.objects.exists()


def test_a_drain_leaves_what_another_has_in_hand():
    key = services.create_key(KeyKind.PACK)
    services.destroy_keys_later([key.id])
    with ThreadPoolExecutor(1) as pool:
        with keys_locked():
            other = beside(pool, services.drain_outbox)
            until(partial(somebody_waits, "keystore"))
            assert services.drain_outbox() == 0
            assert KeyOutbox.objects.exists()
        assert other.result() == 1


def test_keys_of_rows_not_yet_committed_cannot_be_destroyed():
    key = services.create_key(KeyKind.PACK)
    with transaction.atomic():
        services.destroy_keys_later([key.id])
        with pytest.raises(RuntimeError, match="durable"):
            services.drain_outbox()
    assert services.open_key(key.id)


def test_keys_are_not_made_where_they_might_be_rolled_back():
    with (
        transaction.atomic(using="keystore"),
        pytest.raises(RuntimeError, match="durable"),
    ):
        services.create_key(KeyKind.PACK)


def test_tokens_written_while_their_key_is_destroyed_go_with_it():
    key = services.create_key(KeyKind.PACK)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(using="keystore"):
            # As `store_tokens` does, but without its end.
            DataKey.objects.raw("SELECT id FROM keystore_datakey FOR KEY SHARE")[0]
            destroying = beside(pool, lambda: services._destroy([key.id]))
            until(partial(somebody_waits, "keystore"))
            SearchTokens.objects.create(key_id=key.id, tokens=[7], version=1)
        assert destroying.result() == 1
    assert not SearchTokens.objects.exists()


def test_two_rotations_share_the_keys(settings):
    keys = {key.id: key for key in services.create_keys(KeyKind.PACK, 400)}
    settings.VAULT_KEY_ENCRYPTION_KEYS = f"{kek(1)},{kek(2)}"

    def rotate() -> int:
        done = 0
        while services.keys_to_rotate():
            done += services.rotate(batch=20)
        return done

    assert both(rotate) == 400
    settings.VAULT_KEY_ENCRYPTION_KEYS = kek(2)
    assert services.open_keys(keys) == keys


def test_a_writer_that_takes_too_long_is_ended_and_its_row_never_comes(holders):
    key = services.create_key(KeyKind.PACK)

    def write_slowly() -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("SET transaction_timeout = '300ms'")
            with transaction.atomic():
                holders(key.id)
                cursor.execute("SELECT pg_sleep(10)")

    with ThreadPoolExecutor(1) as pool, pytest.raises(OperationalError):
        beside(pool, write_slowly).result()
    make_old(key.id)
    assert services.sweep() == 1, "its row is not there"
