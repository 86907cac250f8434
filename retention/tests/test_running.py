"""Whole lists: every kind of unit, the pass at the end, several workers."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connections

from audit.models import Entry
from retention import planning, services, tasks
from retention.constants import AbortReason
from retention.erasers import Eraser, registry
from retention.exceptions import ErasureIncomplete
from retention.models import (
    DestructionList,
    HoldKind,
    RuleRun,
    StopSwitch,
    Window,
)
from retention.running import _claim, _steered, destroy_list
from retention.tests.makers import (
    TODAY,
    a_case,
    make_dossier,
    make_list,
    make_list_of,
    make_rule,
    make_subject,
)
from subjects.models import (
    Dossier,
    ErasureProof,
    Involvement,
    Record,
    RestrictionMark,
    Subject,
    Unit,
)
from vault.keystore.models import DataKey
from vault.models import KeyOutbox

# Slices commit by themselves: no test transaction around them.
pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)


def run(listed, today=TODAY):
    ended = destroy_list(listed.pk, today=today)
    listed.refresh_from_db()
    return ended


def hold(*dossiers):
    ids = [dossier.pk for dossier in dossiers]
    return services.place_hold(HoldKind.ACCESS, a_case(), ids, today=TODAY, actor="user:1")


def test_a_list_of_several_windows_is_destroyed_and_ended_with_its_counts(monkeypatch):
    monkeypatch.setattr("retention.running.FIRST_WIDTH", 2)
    monkeypatch.setattr("retention.running.WIDTHS", (2, 2))
    held = make_dossier()
    listed = make_list(held, *[make_dossier() for _ in range(6)])
    hold(held)
    assert run(listed)
    assert list(Dossier.objects.all()) == [held]
    assert (listed.status, listed.destroyed, listed.kept) == ("done", 6, 1)
    entry = Entry.objects.get(body__event="list.done").body
    assert (entry["destroyed"], entry["kept"], entry["taken_off"]) == (6, 1, 0)
    assert not Window.objects.exists()


def test_no_key_is_left_when_a_list_has_ended(monkeypatch):
    monkeypatch.setattr("retention.running.FIRST_WIDTH", 2)
    monkeypatch.setattr("retention.running.WIDTHS", (2, 2))
    assert run(make_list(*[make_dossier() for _ in range(5)]))
    assert not DataKey.objects.exists()
    assert not KeyOutbox.objects.exists()


def test_a_list_whose_keys_cannot_be_destroyed_does_not_end_and_goes_on_later():
    listed = make_list(make_dossier())
    with connections["keystore"].cursor() as cursor:
        cursor.execute("ALTER TABLE keystore_datakey RENAME TO away")
        with pytest.raises(ProgrammingError):
            run(listed)
        cursor.execute("ALTER TABLE away RENAME TO keystore_datakey")
    assert not Dossier.objects.exists()
    assert KeyOutbox.objects.count() == DataKey.objects.count() == 1
    assert run(listed)
    assert not DataKey.objects.exists()


def test_a_claim_may_be_forgotten_by_a_crash_and_nothing_else():
    listed = make_list(make_dossier())
    with connections["default"].cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        try:
            assert _claim(listed, 1)
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
        finally:
            cursor.execute("RESET synchronous_commit")
    Window.objects.all().delete()  # as the crash would
    assert run(listed)
    assert listed.destroyed == 1


@pytest.mark.parametrize(
    ("size", "workers"), [(0, 1), (1_999, 1), (2_000, 2), (5_000, 3), (300_000, 4)]
)
def test_a_longer_list_is_shared_by_more_workers(size, workers):
    assert tasks.workers_for(size) == workers


def test_a_second_run_of_a_list_does_nothing():
    listed = make_list(make_dossier())
    run(listed)
    assert not run(listed)
    assert ErasureProof.objects.count() == 1


def test_a_day_early_stopped_aborted_or_waiting_nothing_goes():
    listed = make_list(make_dossier())
    assert not run(listed, today=TODAY - timedelta(days=1))
    services.stop(actor_id=1)
    assert not run(listed)
    services.resume(actor_id=1)
    services.abort(listed.pk, reason=AbortReason.WRONG_ANCHOR, actor_id=1, today=TODAY)
    assert not run(listed)
    assert not run(make_list(make_dossier(), status="planned"))
    assert Dossier.objects.count() == 2


def test_a_stopped_list_goes_on_where_it_was():
    listed = make_list(make_dossier(), make_dossier())
    StopSwitch.objects.create(stopped_by=1)
    run(listed)
    assert Window.objects.filter(done_at=None).count() == 1
    services.resume(actor_id=1)
    assert run(listed)
    assert listed.destroyed == 2


def test_a_rule_whose_content_changed_since_its_list_was_made_destroys_nothing():
    listed = make_list(make_dossier())
    make_rule().__class__.objects.update(digest="changed")
    assert not run(listed)
    assert Dossier.objects.exists()


def test_holds_and_restrictions_of_the_past_go_in_the_last_pass():
    was_held, was_restricted = make_dossier(), make_dossier()
    mark = RestrictionMark.objects.create(
        involvement=was_restricted.involvements.get(),
        dossier=was_restricted,
        since=TODAY,
        lifted_on=TODAY,
        ground="18.1.a",
    )
    hold(was_held).dossiers.update(released_on=TODAY)
    listed = make_list(was_held, was_restricted, make_dossier())
    assert run(listed)
    assert listed.destroyed == 3
    assert not RestrictionMark.objects.filter(pk=mark.pk).exists()
    assert not Dossier.objects.exists()
    assert not DataKey.objects.exists()


def test_the_first_run_that_two_people_approved_makes_a_rule_known():
    run(make_list(make_dossier(), prepared_by=1, approved_by=2))
    assert RuleRun.objects.get().digest == make_rule().digest


@pytest.mark.parametrize(
    "fields", [{"kind": "overdue"}, {"kind": "granted", "prepared_by": 1, "approved_by": 2}]
)
def test_no_other_list_makes_a_rule_known(fields):
    run(make_list(make_dossier(), **fields))
    assert not RuleRun.objects.exists()


def test_planned_approved_and_destroyed_from_end_to_end():
    make_rule()
    dossier = make_dossier(due=TODAY)
    [made] = planning.plan(TODAY - timedelta(days=14))
    services.prepare(made.id, actor_id=1)
    services.approve(made.id, actor_id=2, today=TODAY - timedelta(days=9))
    assert not destroy_list(made.id, today=TODAY - timedelta(days=1))
    assert destroy_list(made.id, today=TODAY)
    assert ErasureProof.objects.get().reference == dossier.reference


# --- one person in a dossier, one piece of data -------------------------------------------------


def test_one_person_goes_and_the_others_of_the_dossier_stay_whole():
    leaves, stays = make_subject(), make_subject()
    dossier = make_dossier(leaves, stays, due=None)
    gone = dossier.involvements.get(subject=leaves)
    Involvement.objects.filter(pk=gone.pk).update(delete_from=TODAY, rule="MKT-36")
    listed = make_list_of(Unit.INVOLVEMENT, gone.pk)
    assert run(listed)
    assert (listed.destroyed, listed.kept) == (1, 0)
    left = Involvement.objects.get()
    assert left.subject == stays
    assert left.records.count() == 2
    assert list(Subject.objects.all()) == [stays]
    assert list(DataKey.objects.values_list("pk", flat=True)) == [left.key_id]
    proof = ErasureProof.objects.get()
    assert bytes(proof.source_digest) == bytes(gone.source_digest)
    assert (proof.unit, proof.reference) == ("involvement", gone.reference)
    body = Entry.objects.get(pk=proof.entry_id).body
    assert body["event"] == "involvement.destroyed"
    assert body["dossier"] == str(dossier.reference)
    assert body["counts"] == {"record": 2, "disclosure": 1}


def test_one_record_goes_and_its_key_stays_for_the_rest():
    dossier = make_dossier(due=None)
    gone = dossier.involvements.get().records.earliest("pk")
    Record.objects.filter(pk=gone.pk).update(delete_from=TODAY, rule="SPC")
    assert run(make_list_of(Unit.RECORD, gone.pk))
    assert Record.objects.count() == 1
    assert DataKey.objects.count() == 1
    proof = ErasureProof.objects.get()
    assert bytes(proof.source_digest) == bytes(gone.source_digest)
    body = Entry.objects.get(pk=proof.entry_id).body
    assert (body["event"], body["rule"], body["purpose"]) == ("record.destroyed", "SPC", "COL")
    assert body["data_category"] == "contact"
    assert len(body["recipients"]) == 1


@pytest.mark.parametrize("unit", [Unit.INVOLVEMENT, Unit.RECORD])
@pytest.mark.parametrize("stopped_by", ["hold", "restriction", "not due"])
def test_a_person_or_record_that_may_not_go_stays(unit, stopped_by):
    dossier = make_dossier(due=None)
    involvement = dossier.involvements.get()
    record = involvement.records.earliest("pk")
    due = TODAY + timedelta(days=1) if stopped_by == "not due" else TODAY
    Involvement.objects.update(delete_from=due)
    Record.objects.update(delete_from=due)
    if stopped_by == "hold":
        hold(dossier)
    if stopped_by == "restriction":
        RestrictionMark.objects.create(
            involvement=involvement, dossier=dossier, since=TODAY, ground="18.1.a"
        )
    listed = make_list_of(unit, involvement.pk if unit == Unit.INVOLVEMENT else record.pk)
    assert run(listed)
    assert (listed.destroyed, listed.kept) == (0, 1)
    assert Record.objects.count() == 2


def test_a_person_whose_restriction_was_lifted_goes_in_the_last_pass():
    dossier = make_dossier(due=None)
    involvement = dossier.involvements.get()
    Involvement.objects.update(delete_from=TODAY)
    RestrictionMark.objects.create(
        involvement=involvement, dossier=dossier, since=TODAY, lifted_on=TODAY, ground="18.1.a"
    )
    assert run(make_list_of(Unit.INVOLVEMENT, involvement.pk))
    assert not Involvement.objects.exists()
    assert Dossier.objects.exists()


# --- other apps ---------------------------------------------------------------------------------


@pytest.fixture
def seen():
    """An eraser of another app that notes what went; gone after the test."""
    found = []

    def erase(gone):
        found.append(gone)
        return []

    name = "test"
    registry.erasers[name] = Eraser(name, frozenset(), erase, lambda gone: 0)
    yield found
    del registry.erasers[name]


def test_erasers_of_other_apps_are_told_what_goes(seen):
    dossier = make_dossier()
    involvement = dossier.involvements.get()
    run(make_list(dossier, make_dossier(due=None)))
    [gone] = seen
    assert (gone.dossiers, gone.involvements) == ([dossier.pk], [involvement.pk])


def test_what_an_eraser_leaves_behind_undoes_the_slice():
    registry.erasers["test"] = Eraser("test", frozenset(), lambda gone: [], lambda gone: 1)
    listed = make_list(make_dossier())
    try:
        with pytest.raises(ErasureIncomplete, match="test"):
            run(listed)
    finally:
        del registry.erasers["test"]
    assert Dossier.objects.exists()
    assert DataKey.objects.exists()
    assert not KeyOutbox.objects.exists()
    assert not ErasureProof.objects.exists()


def test_a_key_that_an_eraser_returns_is_destroyed(seen):
    other = make_dossier(due=None).involvements.get().key_id
    registry.erasers["test"] = Eraser("test", frozenset(), lambda gone: [other], lambda gone: 0)
    run(make_list(make_dossier()))
    assert not DataKey.objects.exists()


@pytest.mark.parametrize(("seconds", "width"), [(0.15, 1000), (0.3, 500), (0.01, 2000), (9, 500)])
def test_slices_are_steered_towards_their_time(seconds, width):
    assert _steered(1000, seconds) == width
    assert 250 <= _steered(250, 9) <= _steered(5000, 0) <= 5000


def test_an_approved_list_says_nothing_of_a_list_that_does_not_exist():
    assert not destroy_list(0, today=TODAY)
    assert not DestructionList.objects.exists()
