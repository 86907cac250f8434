"""Workers side by side, and a hold placed meanwhile: each on a connection of its own."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from time import sleep

import pytest
from django.db import connections, transaction

from audit.models import Entry
from embedded.killing import somebody_waits
from embedded.worker import until
from retention import services
from retention.destruction import destroy_slice
from retention.models import DestructionItem, DestructionList, HoldKind
from retention.planning import plan
from retention.running import destroy_list
from retention.tests.bulk import make_many
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


def test_two_workers_share_a_list_and_end_it_once(monkeypatch):
    monkeypatch.setattr("retention.running.FIRST_WIDTH", 2)
    monkeypatch.setattr("retention.running.WIDTHS", (2, 2))
    listed = make_list(*[make_dossier() for _ in range(20)])
    with ThreadPoolExecutor(3) as pool:
        runs = [beside(pool, partial(destroy_list, listed.pk, today=TODAY)) for _ in range(3)]
        assert sum(run.result() for run in runs) == 1
    listed.refresh_from_db()
    assert (listed.status, listed.destroyed) == ("done", 20)
    assert Entry.objects.filter(body__event="list.done").count() == 1
    assert not Dossier.objects.exists()


def test_two_plans_at_once_list_each_dossier_once():
    for _ in range(6):
        make_dossier(due=TODAY)
    with ThreadPoolExecutor(3) as pool:
        runs = [beside(pool, partial(plan, TODAY)) for _ in range(3)]
        assert sum(len(run.result()) for run in runs) == 1
    assert DestructionItem.objects.count() == 6


def test_a_hold_placed_while_a_long_list_runs_waits_for_one_slice_only():
    make_many(8_000, due=TODAY, percent=99, held=99)
    [made] = plan(TODAY)
    DestructionList.objects.update(runs_from=TODAY)
    placed_meanwhile = 0
    with ThreadPoolExecutor(1) as pool:
        run = beside(pool, partial(destroy_list, made.id, today=TODAY))
        while not run.done():
            last = Dossier.objects.order_by("-pk").values_list("pk", flat=True)[:1]
            services.place_hold(HoldKind.ACCESS, a_case(), last, today=TODAY, actor="user:1")
            placed_meanwhile += not run.done()
            sleep(0.02)
        assert run.result()
    # Whoever waits for more than a slice comes after all of them.
    assert placed_meanwhile >= 2


def test_a_hold_not_yet_committed_makes_destruction_wait_and_then_keeps_its_dossier():
    dossier = make_dossier()
    listed = make_list(dossier)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            services.place_hold(
                HoldKind.ACCESS, a_case(), [dossier.pk], today=TODAY, actor="user:1"
            )
            slice_ = beside(pool, lambda: destroy_slice(listed.pk, 0, 9, today=TODAY))
            until(somebody_waits)
            assert not slice_.done()
        assert slice_.result().dossiers == 0
    assert Dossier.objects.exists()
