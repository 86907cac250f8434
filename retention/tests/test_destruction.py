from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from audit.models import Entry
from retention import destruction, services
from retention.destruction import Destroyed, destroy_picked, destroy_slice
from retention.exceptions import ErasureIncomplete
from retention.models import DestructionList, HoldKind, StopSwitch
from retention.tests.makers import TODAY, a_case, make_dossier, make_list, make_subject
from subjects.constants import InstructionKind
from subjects.instructions import instruct
from subjects.models import (
    Dossier,
    ErasureProof,
    Instruction,
    Involvement,
    Record,
    RestrictionMark,
    Subject,
)
from vault.keystore.models import DataKey
from vault.models import KeyOutbox

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def destroy(listed, today=TODAY):
    return destroy_slice(listed.pk, 0, 1000, today=today) or Destroyed()


def destroy_last(listed):
    """The pass at the end of a list, over all its positions."""
    return destroy_picked(listed.pk, range(1, 10), today=TODAY) or Destroyed()


def hold(*dossiers):
    ids = [dossier.pk for dossier in dossiers]
    return services.place_hold(HoldKind.ACCESS, a_case(), ids, today=TODAY, actor="user:1")


def restrict(dossier, **fields):
    return RestrictionMark.objects.create(
        involvement=dossier.involvements.get(),
        dossier=dossier,
        since=TODAY,
        ground="18.1.a",
        **fields,
    )


def test_a_due_dossier_goes_with_all_that_hangs_on_it_and_leaves_its_proof():
    dossier = make_dossier()
    done = destroy(make_list(dossier))
    assert (done.dossiers, done.involvements, done.subjects) == (1, 1, 1)
    for model in (Dossier, Involvement, Record, Subject):
        assert not model.objects.exists()
    proof = ErasureProof.objects.get(reference=dossier.reference)
    assert bytes(proof.source_digest) == dossier.source_digest
    body = Entry.objects.get(pk=proof.entry_id).body
    assert body["rule"] == "COL-60"
    assert body["due"] == body["done"] == "2027-05-21"
    assert body["anchors"] == {"closed_on": "2022-05-20"}
    assert body["counts"] == {"record": 2, "disclosure": 1}
    assert len(body["recipients"]) == 1
    assert body["system"] == "test"


def test_what_a_system_was_told_about_a_dossier_goes_with_it_and_its_key():
    dossier = make_dossier()
    with transaction.atomic():
        told = instruct(
            InstructionKind.RECTIFY,
            involvement=dossier.involvements.get(),
            payload={"changes": []},
            actor="user:1",
            now=timezone.now(),
        )
    assert told is not None
    assert told.key_id is not None
    assert DataKey.objects.filter(pk=told.key_id).exists()
    destroy(make_list(dossier))
    assert not Instruction.objects.exists()
    assert not DataKey.objects.filter(pk=told.key_id).exists()


def test_the_keys_are_gone_and_none_is_left_in_the_outbox():
    destroy(make_list(make_dossier()))
    assert not DataKey.objects.exists()
    assert not KeyOutbox.objects.exists()


def test_a_slice_that_leaves_anything_behind_is_undone(monkeypatch):
    monkeypatch.setattr(destruction, "CHILDREN", destruction.CHILDREN[1:])
    listed = make_list(make_dossier())
    with pytest.raises(ErasureIncomplete, match="rows are left"):
        destroy(listed)
    assert Dossier.objects.exists()
    assert Involvement.objects.exists()
    assert not ErasureProof.objects.exists()
    assert not KeyOutbox.objects.exists()
    assert DataKey.objects.exists()


def test_each_proof_names_its_own_entry():
    dossiers = [make_dossier() for _ in range(5)]
    destroy(make_list(*dossiers))
    for proof in ErasureProof.objects.all():
        body = Entry.objects.get(pk=proof.entry_id).body
        assert body["digest"] == bytes(proof.source_digest).hex()
        assert body["object"] == f"dossier:{proof.reference}"
    assert ErasureProof.objects.count() == len(dossiers)


def test_running_twice_destroys_and_proves_once():
    listed = make_list(make_dossier())
    destroy(listed)
    assert destroy(listed).dossiers == 0
    assert ErasureProof.objects.count() == 1


def test_a_subject_known_elsewhere_stays_and_so_does_that_dossier():
    subject = make_subject()
    ends, runs_on = make_dossier(subject), make_dossier(subject, due=None)
    assert destroy(make_list(ends)).subjects == 0
    assert list(Dossier.objects.all()) == [runs_on]
    assert Record.objects.count() == 2
    assert DataKey.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"status": DestructionList.Status.PLANNED},
        {"status": DestructionList.Status.ABORTED},
        {"runs_from": TODAY + timedelta(days=1)},
    ],
)
def test_a_list_that_is_not_approved_for_today_destroys_nothing(fields):
    assert destroy(make_list(make_dossier(), **fields)).dossiers == 0


def test_a_day_early_nothing_goes():
    dossier = make_dossier(due=TODAY + timedelta(days=1))
    assert destroy(make_list(dossier)).dossiers == 0


def test_a_dossier_whose_anchor_moved_since_the_list_was_made_stays():
    dossier = make_dossier()
    listed = make_list(dossier)
    Dossier.objects.update(delete_from=None)
    assert destroy(listed).dossiers == 0


def test_what_was_taken_off_the_list_stays():
    listed = make_list(make_dossier())
    listed.items.update(taken_off_at="2027-05-20T12:00Z")
    assert destroy(listed).dossiers == 0


def test_the_stop_switch_stops_an_approved_list():
    listed = make_list(make_dossier())
    switch = StopSwitch.objects.create(stopped_by=1)
    assert destroy(listed).dossiers == 0
    switch.delete()
    assert destroy(listed).dossiers == 1


def test_a_held_dossier_stays_beside_one_that_goes_until_its_release():
    held = make_dossier()
    listed = make_list(held, make_dossier())
    placed = hold(held)
    assert destroy(listed).dossiers == 1
    assert list(Dossier.objects.all()) == [held]
    [released] = services.release_hold(
        placed, today=TODAY, actor="user:1", released_by=1, approver_id=2
    )
    assert destroy_slice(released.id, 0, 9, today=TODAY) == Destroyed()
    assert destroy_picked(released.id, [1], today=TODAY) == Destroyed(1, 1, 0, 1)


def test_a_restricted_dossier_stays_until_the_mark_is_lifted():
    dossier = make_dossier()
    listed, mark = make_list(dossier), restrict(dossier)
    assert destroy(listed).dossiers == destroy_last(listed).dossiers == 0
    mark.lifted_on = TODAY
    mark.save()
    assert destroy_last(listed).dossiers == 1
    assert not RestrictionMark.objects.exists()


def test_a_slice_that_would_leave_something_behind_is_undone_whole(monkeypatch):
    dossier = make_dossier()
    listed = make_list(dossier)
    monkeypatch.setattr(destruction, "CHILDREN", ("consent", "disclosure"))
    with pytest.raises(ErasureIncomplete):
        destroy(listed)
    assert Record.objects.count() == 2
    assert DataKey.objects.count() == 1
    assert not ErasureProof.objects.exists()
