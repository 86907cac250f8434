"""Work on keys, killed between any two of its statements."""

import itertools
from functools import partial

import pytest
from django.db import transaction

from embedded.killing import WorkFailed, killed_before
from vault import services
from vault.constants import KeyKind
from vault.keystore.models import DataKey, SearchTokens
from vault.models import KeyOutbox

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


def test_work_that_fails_in_the_child_fails_here():
    def fail() -> None:
        raise ValueError("no such thing")

    with pytest.raises(WorkFailed, match="no such thing"):
        killed_before(1, fail)
