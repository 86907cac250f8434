"""Destruction killed between any two of its statements, in both databases."""

import itertools
from functools import partial

import pytest

from audit.models import Entry
from embedded.killing import killed_before
from retention import services
from retention.models import DestructionList, HoldKind, RuleRun, Window
from retention.running import destroy_list
from retention.tests.makers import (
    TODAY,
    a_case,
    make_dossier,
    make_list,
    make_list_of,
    make_subject,
)
from subjects.models import Dossier, ErasureProof, Involvement, Record, Subject, Unit
from vault import services as vault
from vault.keystore.models import DataKey
from vault.models import KeyOutbox

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)


def make_night() -> DestructionList:
    """Two windows: four dossiers of two people, one of them held, one held in the past."""
    shared = make_subject()
    dossiers = [make_dossier(shared), make_dossier(shared), make_dossier(), make_dossier()]
    for dossier in dossiers[2:]:
        services.place_hold(HoldKind.ACCESS, a_case(), [dossier.pk], today=TODAY, actor="user:1")
    past = services.HeldDossier.objects.filter(dossier=dossiers[3])
    past.update(released_on=TODAY)
    return make_list(*dossiers, prepared_by=1, approved_by=2)


def held_keys() -> set[int]:
    return set(Involvement.objects.values_list("key_id", flat=True))


def nothing_is_lost() -> None:
    """Whenever: each row has its key, each proof its entry, and what is proven is gone."""
    keys = set(DataKey.objects.values_list("pk", flat=True))
    assert held_keys() <= keys, "a living row has lost its key"
    noted = {key for ids in KeyOutbox.objects.values_list("key_ids", flat=True) for key in ids}
    assert keys - held_keys() <= noted, "a key is left that nothing will destroy"
    proofs = ErasureProof.objects.filter(unit="dossier")
    assert not Dossier.objects.filter(reference__in=proofs.values("reference")).exists()
    entries = Entry.objects.filter(body__event="dossier.destroyed")
    assert entries.count() == proofs.count()
    assert set(entries.values_list("pk", flat=True)) == set(
        proofs.values_list("entry_id", flat=True)
    )


def clear() -> None:
    vault.drain_outbox()
    for dossier in Dossier.objects.all():
        Dossier.objects.filter(pk=dossier.pk).update(delete_from=TODAY)
    services.HeldDossier.objects.update(released_on=TODAY)
    destroy_list(make_list(*Dossier.objects.all()).pk, today=TODAY)


def test_a_list_killed_anywhere_is_finished_by_the_next_run(monkeypatch):
    monkeypatch.setattr("retention.running.FIRST_WIDTH", 3)
    monkeypatch.setattr("retention.running.WIDTHS", (3, 3))
    for step in itertools.count(1):
        before = ErasureProof.objects.count()
        listed = make_night()
        killed = killed_before(step, partial(destroy_list, listed.pk, today=TODAY))
        nothing_is_lost()
        assert destroy_list(listed.pk, today=TODAY) or not _is_live(listed)
        vault.drain_outbox()
        nothing_is_lost()
        assert Dossier.objects.count() == Subject.objects.count() == 1
        assert not KeyOutbox.objects.exists()
        assert not Window.objects.exists()
        assert DataKey.objects.count() == 1
        assert ErasureProof.objects.count() == before + 3
        listed.refresh_from_db()
        assert (listed.status, listed.destroyed, listed.kept) == ("done", 3, 1)
        ended = Entry.objects.filter(
            body__event="list.done", body__object=f"list:{listed.reference}"
        )
        assert ended.count() == 1
        assert RuleRun.objects.count() == 1
        clear()
        if not killed:
            break
    assert step > 30


def _is_live(listed: DestructionList) -> bool:
    listed.refresh_from_db()
    return listed.status in DestructionList.LIVE


@pytest.mark.parametrize("unit", [Unit.INVOLVEMENT, Unit.RECORD])
def test_a_person_or_record_whose_erasure_is_killed_anywhere_goes_in_the_next_run(unit):
    for step in itertools.count(1):
        dossier = make_dossier(due=None)
        involvement = dossier.involvements.get()
        Involvement.objects.filter(pk=involvement.pk).update(delete_from=TODAY)
        record = involvement.records.earliest("pk")
        Record.objects.filter(pk=record.pk).update(delete_from=TODAY)
        pk = involvement.pk if unit == Unit.INVOLVEMENT else record.pk
        listed = make_list_of(unit, pk)
        killed = killed_before(step, partial(destroy_list, listed.pk, today=TODAY))
        nothing_is_lost()
        destroy_list(listed.pk, today=TODAY)
        vault.drain_outbox()
        nothing_is_lost()
        assert ErasureProof.objects.filter(list_id=listed.pk).count() == 1
        assert not _is_live(listed)
        assert Involvement.objects.filter(dossier=dossier).exists() == (unit == Unit.RECORD)
        if not killed:
            break
    assert step > 15
