"""A published change of a period moves the dates that are stored."""

import itertools
from datetime import date
from pathlib import Path
from threading import Thread

import pytest
from django.db import connection, transaction

from audit.models import Entry
from embedded.killing import killed_before, somebody_waits
from embedded.worker import until
from policy import services as policy
from policy.models import RetentionRule
from policy.tests.makers import load_policy, publish
from subjects import recomputing
from subjects.models import Dossier, Recomputation
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
CLOSED = date(2022, 5, 20)
FIVE_YEARS, FOUR_YEARS = date(2027, 5, 21), date(2026, 5, 21)
SHORTER = {"code: COL-60\n    months: 60": "code: COL-60\n    months: 48"}


def make_closed_cases(number: int) -> None:
    for _ in range(number):
        makers.make_dossier("COL", rule="COL-60", closed_on=CLOSED, delete_from=FIVE_YEARS)


def dates() -> set[date | None]:
    return set(Dossier.objects.filter(purpose="COL").values_list("delete_from", flat=True))


def test_the_first_statement_leaves_nothing_to_compute():
    load_policy()
    assert not policy.stale_rules().exists()
    assert recomputing.progress() is None
    assert recomputing.compute_dates_anew() == 0
    assert not Recomputation.objects.exists()


def test_another_period_moves_every_date_of_its_purpose_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr(recomputing, "BATCH", 2)
    make_closed_cases(5)
    running = makers.make_dossier("COL", opened_on=date(2024, 1, 1), rule="COL-60")
    other = makers.make_dossier("ACC", delete_from=date(2020, 1, 1))
    publish(tmp_path, "2027-01", **SHORTER)
    assert {"COL-60", "COL-min"} <= set(policy.stale_rules().values_list("code", flat=True))
    assert recomputing.compute_dates_anew() == 5
    assert dates() == {FOUR_YEARS, None}
    running.refresh_from_db()
    other.refresh_from_db()
    assert (running.delete_from, other.delete_from) == (None, date(2020, 1, 1))
    assert not policy.stale_rules().exists()
    run = Recomputation.objects.get()
    assert (run.version, run.looked_at, run.moved, run.per_cent) == ("2027-01", 6, 5, 100)
    assert run.finished_at
    assert Entry.objects.filter(body__event="dates.computed_anew").count() == 3
    assert Entry.objects.get(body__event="dates.all_computed_anew").body["moved"] == 5


def test_computing_twice_changes_nothing(tmp_path):
    make_closed_cases(1)
    publish(tmp_path, "2027-01", **SHORTER)
    assert recomputing.compute_dates_anew() == 1
    assert recomputing.compute_dates_anew() == 0
    assert Recomputation.objects.count() == 1


def test_a_version_without_another_period_computes_nothing(tmp_path):
    make_closed_cases(1)
    publish(tmp_path, "2027-01")
    assert not policy.stale_rules().exists()


def test_a_period_that_comes_back_moves_the_dates_back(tmp_path):
    make_closed_cases(1)
    for version, changes in (("2027-01", SHORTER), ("2027-02", {}), ("2027-03", SHORTER)):
        publish(tmp_path, version, **changes)
        assert recomputing.compute_dates_anew() == 1
    assert dates() == {FOUR_YEARS}


def test_another_statement_half_way_begins_anew_with_its_own_periods(tmp_path, monkeypatch):
    monkeypatch.setattr(recomputing, "BATCH", 2)
    make_closed_cases(4)
    publish(tmp_path, "2027-01", **SHORTER)
    assert recomputing._next_batch() == 2
    publish(tmp_path, "2027-02")
    assert recomputing.compute_dates_anew() == 2
    assert dates() == {FIVE_YEARS}
    assert not policy.stale_rules().exists()


def test_an_older_statement_taken_in_later_changes_no_rule(tmp_path):
    load_policy()
    publish(tmp_path, "2026-01", **SHORTER)
    assert RetentionRule.objects.get(pk="COL-60").months == 60
    assert policy.rules()["COL-60"].months == 60


def test_how_far_it_is_can_be_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(recomputing, "BATCH", 2)
    make_closed_cases(4)
    publish(tmp_path, "2027-01", **SHORTER)
    before = recomputing.progress()
    assert before
    assert before.per_cent == 0
    recomputing._next_batch()
    half = recomputing.progress()
    assert half
    assert 0 < half.per_cent < 100
    recomputing.compute_dates_anew()
    assert recomputing.progress() is None


def test_a_batch_takes_a_bounded_number_of_queries(tmp_path, django_assert_max_num_queries):
    make_closed_cases(20)
    publish(tmp_path, "2027-01", **SHORTER)
    with django_assert_max_num_queries(16):
        recomputing._next_batch()


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_killed_anywhere_it_goes_on_where_it_was(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(recomputing, "BATCH", 2)
    make_closed_cases(4)
    for step in itertools.count(1):
        version = f"{2027 + step // 12}-{step % 12 + 1:02}"
        publish(tmp_path, version, **(SHORTER if step % 2 else {}))
        killed = killed_before(step, recomputing.compute_dates_anew)
        if policy.stale_rules().exists():
            recomputing.compute_dates_anew()
        assert dates() == {FOUR_YEARS if step % 2 else FIVE_YEARS}
        run = Recomputation.objects.get(version=version)
        assert (run.looked_at, run.moved) == (4, 4)
        if not killed:
            break
    assert step > 15


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_what_the_door_adds_by_the_former_rules_is_waited_for(tmp_path: Path):
    load_policy()
    make_closed_cases(1)
    computing = Thread(target=_compute)
    with transaction.atomic():
        with connection.cursor() as cursor:
            recomputing.wait_for_no_new_rules(cursor)
        makers.make_dossier("COL", rule="COL-60", closed_on=CLOSED, delete_from=FIVE_YEARS)
        publisher = Thread(target=_publish, args=[tmp_path])
        publisher.start()
        publisher.join()
        computing.start()
        until(somebody_waits)
    computing.join()
    assert dates() == {FOUR_YEARS}


def _publish(folder: Path) -> None:
    publish(folder, "2027-01", **SHORTER)
    connection.close()


def _compute() -> None:
    recomputing.compute_dates_anew()
    connection.close()
