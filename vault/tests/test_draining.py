"""Keys destroyed in a thread, beside the work that notes them."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import ProgrammingError, connections, transaction

from embedded.killing import killed_before
from embedded.worker import until
from vault import services
from vault.constants import KeyKind
from vault.draining import DrainBeside
from vault.keystore.models import DataKey
from vault.models import KeyOutbox

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)


def make_keys(count: int = 2) -> list[int]:
    return [key.id for key in services.create_keys(KeyKind.PACK, count)]


def note(*keys: int) -> None:
    with transaction.atomic():
        services.destroy_keys_later(keys)


def are_gone(keys: list[int]) -> bool:
    return not DataKey.objects.filter(pk__in=keys).exists()


@contextmanager
def keystore_broken() -> Iterator[None]:
    with connections["keystore"].cursor() as cursor:
        cursor.execute("ALTER TABLE keystore_datakey RENAME TO away")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE away RENAME TO keystore_datakey")


def test_keys_go_while_the_work_is_still_busy():
    first, second = make_keys(), make_keys()
    with DrainBeside() as drain:
        for keys in (first, second):
            note(*keys)
            drain.wake()
            until(partial(are_gone, keys))
    assert not KeyOutbox.objects.exists()


def test_at_the_end_all_that_was_noted_is_destroyed():
    keys = make_keys(3)
    with DrainBeside() as drain:
        note(keys[0])
        drain.wake()
        note(keys[1])
        note(keys[2])
    assert not DataKey.objects.exists()
    assert not KeyOutbox.objects.exists()


def test_work_is_told_that_the_keystore_fails_and_nothing_noted_is_lost():
    def go_on(*keys: int) -> None:
        with DrainBeside() as drain:
            note(*keys)
            drain.wake()
            until(lambda: not drain._thread.is_alive())
            drain.wake()
            pytest.fail("the work went on")

    keys = make_keys(1)
    with keystore_broken(), pytest.raises(ProgrammingError):
        go_on(*keys)
    assert KeyOutbox.objects.count() == DataKey.objects.count() == 1
    assert services.drain_outbox() == 1
    assert not KeyOutbox.objects.exists()


def test_work_is_told_at_its_end_too():
    def note_last(*keys: int) -> None:
        with DrainBeside():
            note(*keys)

    keys = make_keys(1)
    with keystore_broken(), pytest.raises(ProgrammingError):
        note_last(*keys)
    assert services.drain_outbox() == 1


def test_work_that_fails_says_why_and_what_it_committed_before_is_drained():
    def fail(*keys: int) -> None:
        with DrainBeside():
            note(*keys)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail(*make_keys(1))
    assert not DataKey.objects.exists()


def test_killed_anywhere_the_next_drain_finishes_it():
    def work() -> None:
        with DrainBeside() as drain:
            for key in sorted(keys):
                note(key)
                drain.wake()

    for step in itertools.count(1):
        keys = set(make_keys(3))
        killed = killed_before(step, work)
        noted = {key for ids in KeyOutbox.objects.values_list("key_ids", flat=True) for key in ids}
        left = set(DataKey.objects.values_list("pk", flat=True))
        not_yet = {key for key in keys if key > max(keys - left | noted, default=0)}
        assert left <= noted | not_yet, "a key is left that nothing will destroy"
        assert killed or not left, "the work ended before its keys were gone"
        note(*not_yet)
        services.drain_outbox()
        assert not DataKey.objects.exists()
        assert not KeyOutbox.objects.exists()
        if not killed:
            break
    assert step > 10


def test_only_the_removal_from_the_outbox_may_be_forgotten_by_a_crash():
    with connections["default"].cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        try:
            note(*make_keys())
            services.drain_outbox()
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
        finally:
            cursor.execute("RESET synchronous_commit")
