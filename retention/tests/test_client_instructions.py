"""In the invoice phase the client decides: two people record it, and the dossiers go at once."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from embedded.killing import killed_before
from policy.tests.makers import load_policy
from retention import client_instructions, planning
from retention.exceptions import InstructionRefused, SamePerson
from retention.models import ClientInstruction, DestructionItem, DestructionList
from retention.tests.makers import TODAY
from subjects.models import Dossier, Organisation
from subjects.services import move_anchors
from subjects.tests.makers import make_dossier, make_organisation

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
GIVEN = TODAY - timedelta(days=3)
RECORDER, CONFIRMER = 1, 2


@pytest.fixture
def client() -> Organisation:
    load_policy()
    return make_organisation("Winkel BV", is_client=True)


def invoice(client: Organisation, **fields) -> Dossier:
    return make_dossier("INV", phase="invoice", client=client, **fields)


def record(client: Organisation, kind: str = "delete", **fields: Any) -> ClientInstruction:
    named: dict[str, Any] = {"instructed_on": GIVEN, "actor_id": RECORDER, "today": TODAY}
    return client_instructions.record(client.pk, kind, **(named | fields))


def confirm(instruction: ClientInstruction, **fields: Any) -> ClientInstruction:
    named: dict[str, Any] = {"actor_id": CONFIRMER, "today": TODAY}
    return client_instructions.confirm(instruction.pk, **(named | fields))


def test_two_people_let_all_of_a_clients_invoice_phase_go_and_nothing_else(client, monkeypatch):
    monkeypatch.setattr(client_instructions, "BATCH", 2)
    gone = {invoice(client).pk for _ in range(5)}
    of_another = invoice(make_organisation("Ander BV", is_client=True))
    collecting = make_dossier("COL", client=client, opened_on=date(2026, 1, 1))
    instruction = record(client)
    later = invoice(client)
    assert client_instructions.carry_out_confirmed(TODAY) == []
    confirm(instruction)
    assert len(client_instructions.carry_out_confirmed(TODAY)) == 3
    assert client_instructions.carry_out_confirmed(TODAY) == []
    assert set(DestructionItem.objects.values_list("unit_id", flat=True)) == gone
    for listed in DestructionList.objects.all():
        assert (listed.kind, listed.status, listed.rule) == ("granted", "approved", "INV-client")
        assert (listed.prepared_by, listed.approved_by) == (RECORDER, CONFIRMER)
        assert listed.runs_from == TODAY
    days = Dossier.objects.filter(pk__in=gone).values_list("delete_from", "client_instructed_on")
    assert set(days) == {(GIVEN, GIVEN)}
    for stays in (of_another, collecting, later):
        stays.refresh_from_db()
        assert stays.delete_from is None
    instruction.refresh_from_db()
    assert (instruction.state, instruction.listed) == ("done", 5)
    events = Entry.objects.filter(body__event__startswith="client_instruction.")
    assert [entry.body["event"].split(".")[1] for entry in events.order_by("id")] == [
        *("recorded", "confirmed", "listed", "listed", "listed", "done")
    ]


def test_who_recorded_it_may_not_confirm_it_and_the_database_says_so_too(client):
    invoice(client)
    instruction = record(client)
    with pytest.raises(SamePerson):
        confirm(instruction, actor_id=RECORDER)
    with pytest.raises(IntegrityError, match="confirmed_by_another"), transaction.atomic():
        ClientInstruction.objects.update(confirmed_by=RECORDER)
    with pytest.raises(IntegrityError, match="carried_out_is_confirmed"), transaction.atomic():
        ClientInstruction.objects.update(state="confirmed")


def test_what_is_to_be_returned_is_handed_over_first(client):
    invoice(client)
    instruction = record(client, "return")
    for day in (None, TODAY + timedelta(days=1)):
        with pytest.raises(InstructionRefused):
            confirm(instruction, handed_over_on=day)
    confirmed = confirm(instruction, handed_over_on=TODAY)
    assert (confirmed.state, confirmed.handed_over_on) == ("confirmed", TODAY)


def test_an_instruction_may_be_about_some_dossiers_of_this_client_only(client):
    one, other = invoice(client), invoice(client)
    strange = make_dossier("COL", client=client)
    with pytest.raises(InstructionRefused):
        record(client, only=[one.pk, strange.pk])
    confirm(record(client, only=[one.pk]))
    client_instructions.carry_out_confirmed(TODAY)
    other.refresh_from_db()
    assert other.delete_from is None
    assert DestructionItem.objects.get().unit_id == one.pk


def test_a_day_to_come_and_a_client_without_dossiers_are_refused(client):
    with pytest.raises(InstructionRefused):
        record(client)
    invoice(client)
    with pytest.raises(InstructionRefused):
        record(client, instructed_on=TODAY + timedelta(days=1))


def test_one_that_was_withdrawn_does_nothing(client):
    invoice(client)
    instruction = record(client)
    client_instructions.withdraw(instruction.pk, actor_id=CONFIRMER)
    for step in (
        lambda: confirm(instruction),
        lambda: client_instructions.withdraw(instruction.pk, actor_id=1),
    ):
        with pytest.raises(InstructionRefused):
            step()
    assert client_instructions.carry_out_confirmed(TODAY) == []


def test_a_claim_that_passed_to_collection_meanwhile_stays(client):
    dossier = invoice(client)
    confirm(record(client))
    Dossier.objects.filter(pk=dossier.pk).update(purpose="COL", phase="collection")
    assert client_instructions.carry_out_confirmed(TODAY) == []
    assert ClientInstruction.objects.get().state == "done"


def test_what_a_system_says_the_client_instructed_waits_seven_days(client):
    dossier = invoice(client)
    move_anchors(dossier.pk, client_instructed_on=GIVEN, actor="user:1")
    [made] = planning.plan(TODAY)
    assert (made.kind, made.rule) == ("overdue", "INV-client")
    assert made.runs_from == TODAY + timedelta(days=7)


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_killed_anywhere_each_dossier_is_listed_once(monkeypatch):
    monkeypatch.setattr(client_instructions, "BATCH", 2)
    load_policy()
    client = make_organisation("Winkel BV", is_client=True)
    for step in itertools.count(1):
        for _ in range(3):
            invoice(client)
        instruction = confirm(record(client))
        killed = killed_before(step, lambda: client_instructions.carry_out_confirmed(TODAY))
        client_instructions.carry_out_confirmed(TODAY)
        instruction.refresh_from_db()
        assert (instruction.state, instruction.listed) == ("done", 3)
        units = list(DestructionItem.objects.values_list("unit_id", flat=True))
        assert len(units) == len(set(units)) == 3 * step
        if not killed:
            break
    assert step > 15
