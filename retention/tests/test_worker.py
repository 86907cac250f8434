"""What the beat starts, done by a real worker; and by the next one when that is killed."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from embedded.worker import Worker, until
from retention import tasks
from retention.models import DestructionList
from retention.tests.makers import make_dossier, make_list, make_rule
from subjects.models import Dossier, ErasureProof
from vault.keystore.models import DataKey

pytestmark = [
    pytest.mark.worker,
    pytest.mark.django_db(databases=["default", "keystore"], transaction=True),
]


def listed_for_today(*dossiers: Dossier) -> DestructionList:
    today = timezone.localdate()
    return make_list(*dossiers, runs_from=today, first_day=today, planned_on=today)


def make_due(**fields) -> Dossier:
    return make_dossier(due=timezone.localdate(), **fields)


def test_the_worker_destroys_what_is_due_and_not_what_is_not(celery_worker: Worker):
    today = timezone.localdate()
    due, not_yet = make_due(), make_dossier(due=today + timedelta(days=1))
    listed_for_today(due)
    make_list(not_yet, runs_from=today + timedelta(days=1))
    tasks.destroy_due.delay()
    until(lambda: DestructionList.objects.filter(status="done").exists())
    assert list(Dossier.objects.all()) == [not_yet]
    assert DataKey.objects.count() == ErasureProof.objects.count() == 1


def test_who_unsubscribes_is_gone_the_same_day_without_anybody(celery_worker: Worker):
    make_rule("MKT-36")
    make_due(purpose="MKT", rule="MKT-36", unsubscribed_on=timezone.localdate())
    tasks.tend_rights.delay()
    until(lambda: DestructionList.objects.filter(status="done").exists())
    assert not Dossier.objects.exists()
    assert not DataKey.objects.exists()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database"
            " WHERE datname = current_database() AND NOT granted)"
        )
        return bool(cursor.fetchone()[0])


def test_a_list_that_a_killed_worker_had_in_hand_is_finished_by_the_next(celery_worker: Worker):
    listed = listed_for_today(make_due(), make_due())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE retention_helddossier IN ROW EXCLUSIVE MODE")
        tasks.destroy_list.delay(listed.pk)
        until(somebody_waits_for_a_lock)
        celery_worker.kill()
    assert Dossier.objects.count() == 2
    celery_worker.restart()
    until(lambda: DestructionList.objects.get(pk=listed.pk).status == "done")
    assert not Dossier.objects.exists()
    assert ErasureProof.objects.count() == 2
