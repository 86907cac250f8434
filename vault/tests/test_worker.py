"""What the beat asks for, done by a real worker; and again by the next when that one is killed."""

from functools import partial

import pytest
from django.db import connections, transaction

from embedded.killing import somebody_waits
from embedded.worker import Worker, until
from vault import services
from vault.constants import KeyKind
from vault.keystore.models import DataKey
from vault.tasks import sweep
from vault.tests.makers import make_old

pytestmark = [
    pytest.mark.worker,
    pytest.mark.django_db(databases=["default", "keystore"], transaction=True),
]


def make_orphan() -> int:
    """Return the id of an old key that no row holds."""
    key = services.create_key(KeyKind.INVOLVEMENT)
    make_old(key.id)
    return key.id


def is_gone(key_id: int) -> bool:
    return not DataKey.objects.filter(pk=key_id).exists()


def test_the_worker_sweeps_an_orphan(celery_worker: Worker):
    key_id = make_orphan()
    sweep.delay()
    until(lambda: is_gone(key_id))


def test_what_a_killed_worker_had_in_hand_is_done_by_the_next(celery_worker: Worker):
    key_id = make_orphan()
    with transaction.atomic(using="keystore"), connections["keystore"].cursor() as cursor:
        cursor.execute("LOCK TABLE keystore_datakey IN SHARE MODE")
        sweep.delay()
        until(partial(somebody_waits, "keystore"))
        celery_worker.kill()
    assert not is_gone(key_id)
    celery_worker.restart()
    until(lambda: is_gone(key_id))
