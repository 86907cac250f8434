"""After a list, systems and recipients are told of each thing that went, once, come what may."""

from datetime import date

import pytest
from django.db import transaction
from django.utils import timezone

from audit.models import Entry
from retention import followup, running, services
from retention.models import DestructionList
from retention.tests.makers import TODAY, a_case, make_dossier, make_list
from subjects import notices, recipients_told, telling
from subjects.constants import NoticeEvent
from subjects.models import Dossier, Instruction, RecipientNotice
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
NOW = timezone.now()


def destroyed(*dossiers, **fields):
    listed = make_list(*dossiers, **fields)
    assert running.destroy_list(listed.pk, today=TODAY)
    return listed


def test_each_dossier_that_went_is_told_to_its_system_and_to_each_recipient_once():
    dossiers = [make_dossier() for _ in range(3)]
    case = a_case()
    listed = destroyed(*dossiers, case=case)
    for _twice in range(2):
        for list_id in followup.lists_to_follow():
            assert followup.follow_up(list_id, now=NOW)
    references = {dossier.reference for dossier in dossiers}
    told = Instruction.objects.all()
    assert {(row.kind, row.source_system, row.case) for row in told} == {("erase", "test", case)}
    assert {row.dossier_reference for row in told} == references
    heard = RecipientNotice.objects.all()
    assert {row.dossier_reference for row in heard} == references
    assert {(row.event, row.state) for row in heard} == {("erasure", "to_send")}
    assert heard.count() == told.count() == 3
    listed.refresh_from_db()
    assert listed.told_at is not None
    body = Entry.objects.get(body__event="list.told").body
    assert (body["instructions"], body["notices"]) == (3, 3)


def test_a_list_that_has_not_ended_is_left_alone():
    listed = make_list(make_dossier())
    assert not followup.follow_up(listed.pk, now=NOW)
    assert followup.lists_to_follow() == []


def test_a_run_killed_between_windows_goes_on_where_it_stopped(monkeypatch):
    listed = destroyed(*(make_dossier() for _ in range(5)))
    monkeypatch.setattr(followup, "WINDOW", 2)
    assert followup._window(listed.pk, NOW) is True
    with transaction.atomic():
        followup._window(listed.pk, NOW)
        transaction.set_rollback(True)  # as a worker that is killed before its commit
    assert Instruction.objects.count() == 2
    assert followup.follow_up(listed.pk, now=NOW)
    assert Instruction.objects.count() == RecipientNotice.objects.count() == 5
    # Even where the mark is lost, as in a restored backup, nobody is told twice.
    DestructionList.objects.filter(pk=listed.pk).update(told_entry=0, told_at=None)
    assert followup.follow_up(listed.pk, now=NOW)
    assert Instruction.objects.count() == RecipientNotice.objects.count() == 5


def test_the_number_of_statements_does_not_grow_with_the_list(django_assert_num_queries):
    listed = destroyed(*(make_dossier() for _ in range(12)))
    with django_assert_num_queries(14):
        followup.follow_up(listed.pk, now=NOW)


def test_nobody_is_told_of_dossiers_that_only_we_have():
    destroyed(make_dossier(source_system="requests", purpose="RTS"))
    (list_id,) = followup.lists_to_follow()
    followup.follow_up(list_id, now=NOW)
    assert not Instruction.objects.exists()


def test_one_persons_part_and_one_piece_of_data_are_named_apart():
    dossier = make_dossier()
    person = dossier.involvements.get()
    person.delete_from = TODAY
    person.save()
    record = person.records.order_by("pk")[0]
    record.delete_from = TODAY
    record.save()
    for unit, row in (("record", record), ("involvement", person)):
        listed = make_list(unit=unit, size=1)
        listed.items.create(position=1, unit=unit, unit_id=row.pk)
        assert running.destroy_list(listed.pk, today=TODAY)
        followup.follow_up(listed.pk, now=NOW)
    first, second = Instruction.objects.order_by("pk")
    assert (first.part, first.data_category) == ("record", "contact")
    assert bytes(first.part_digest or b"") == bytes(record.source_digest)
    assert {first.involvement_reference, second.involvement_reference} == {person.reference}
    assert {first.dossier_reference, second.dossier_reference} == {dossier.reference}
    assert second.part == ""


# --- granted erasure: told by name --------------------------------------------------------------


@pytest.fixture
def _granted():
    """A person's marketing dossier, of which a recipient has the data, that two people grant."""
    person = makers.make_involvement(makers.make_dossier("MKT", last_contact_on=date(2026, 1, 1)))
    makers.make_disclosure(person)
    services.erase_dossiers([person.dossier_id], case=a_case(), people=(1, 2), today=TODAY)
    return person


@pytest.mark.usefixtures("_granted")
def test_a_granted_erasure_is_told_by_name_once_the_data_are_gone():
    notice = RecipientNotice.objects.get()
    assert (notice.state, notice.ready_at) == ("waiting", None)
    (listed,) = DestructionList.objects.filter(kind="granted")
    assert running.destroy_list(listed.pk, today=listed.runs_from)
    assert not Dossier.objects.filter(reference=notice.dossier_reference).exists()
    followup.follow_up(listed.pk, now=NOW)
    notice = RecipientNotice.objects.get()
    assert (notice.state, notice.dossier_id, notice.case) == ("to_send", None, listed.case)
    assert notices.contents_of([notice])[notice.pk]["people"][0]["name"] == "Fatima El Amrani"
    assert listed.case is not None
    assert [one.state for one in recipients_told.told(listed.case)] == ["to_send"]


def test_other_notices_about_what_is_gone_go_with_it():
    dossier = make_dossier()
    person = dossier.involvements.get()
    (made,) = telling.tell_recipients(
        NoticeEvent.RESTRICTION, involvement=person, actor="user:1", now=NOW
    )
    destroyed(dossier)
    assert not RecipientNotice.objects.filter(pk=made.pk).exists()
