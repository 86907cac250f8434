"""Workers side by side, and a hold placed meanwhile: each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from time import sleep

import pytest
from django.db import connections, transaction

from retention import services
from retention.destruction import destroy_slice
from retention.models import HoldKind
from retention.tests.makers import TODAY, a_case, make_dossier, make_list, make_subject
from subjects.models import Dossier, ErasureProof, Subject

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)


def beside(pool: ThreadPoolExecutor, work: Callable[[], object]) -> Future:
    def run():
        try:
            return work()
        finally:
            connections.close_all()

    return pool.submit(run)


def test_two_workers_on_one_list_destroy_and_prove_each_dossier_once():
    subject = make_subject()
    listed = make_list(*[make_dossier(subject) for _ in range(4)])
    with ThreadPoolExecutor(2) as pool:
        halves = [
            beside(pool, partial(destroy_slice, listed.pk, a, a + 3, today=TODAY)) for a in (0, 1)
        ]
        assert sum(half.result().dossiers for half in halves) == 4
    assert not Dossier.objects.exists()
    assert ErasureProof.objects.count() == 4
    assert not Subject.objects.exists()


def test_a_hold_not_yet_committed_makes_destruction_wait_and_then_keeps_its_dossier():
    dossier = make_dossier()
    listed = make_list(dossier)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            services.place_hold(
                HoldKind.ACCESS, a_case(), [dossier.pk], today=TODAY, actor="user:1"
            )
            slice_ = beside(pool, lambda: destroy_slice(listed.pk, 0, 9, today=TODAY))
            sleep(0.5)
            assert not slice_.done()
        assert slice_.result(timeout=10).dossiers == 0
    assert Dossier.objects.exists()
