"""What a client instructs about its invoices: recorded by one colleague, confirmed by another."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from policy.tests.makers import load_policy
from retention import client_instructions
from retention.models import ClientInstruction
from subjects.tests.makers import make_dossier, make_organisation

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
PREPARER, APPROVER, AUDITOR = "privacy officer", "senior officer", "auditor"


@pytest.fixture
def shop():
    load_policy()
    shop = make_organisation("Winkel BV", is_client=True)
    make_dossier("INV", phase="invoice", client=shop)
    return shop


def address(name, *args):
    return reverse(f"retention:{name}", args=args)


def text(response) -> str:
    return response.content.decode()


def test_one_records_another_confirms_and_the_dossiers_are_listed(client, sign_in, today, shop):
    sign_in(PREPARER)
    assert "Winkel BV" in text(client.get(address("clients")))
    wanted = {"kind": "return", "instructed_on": str(today)}
    client.post(address("record_instruction", shop.reference), wanted)
    made = ClientInstruction.objects.get()
    confirm = address("confirm_instruction", shop.reference, made.reference)
    assert client.post(confirm).status_code == 403
    sign_in(APPROVER)
    page = text(client.get(address("client", shop.reference)))
    assert "dossiers gaan direct weg" in page
    assert client.post(confirm).status_code == 422
    late = {"handed_over_on": str(today + timedelta(days=1))}
    assert client.post(confirm, late).status_code == 422
    assert client.post(confirm, {"handed_over_on": str(today)}).status_code == 302
    client_instructions.carry_out_confirmed(today)
    made.refresh_from_db()
    assert (made.state, made.listed) == ("done", 1)
    assert client.post(confirm, {"handed_over_on": str(today)}).status_code == 422


def test_who_recorded_it_is_told_that_two_are_needed(client, sign_in, today, shop):
    colleague = sign_in(APPROVER)
    made = client_instructions.record(
        shop.pk, "delete", instructed_on=today, actor_id=colleague.pk, today=today
    )
    answer = client.post(address("confirm_instruction", shop.reference, made.reference))
    assert answer.status_code == 422
    assert "Twee mensen" in text(answer)


def test_what_was_typed_stays_where_something_is_wrong(client, sign_in, today, shop):
    sign_in(PREPARER)
    other = str(make_dossier("COL").reference)
    for wrong in (
        {"instructed_on": str(today + timedelta(days=1))},
        {"dossiers": "geen-kenmerk"},
        {"dossiers": other},
        {"kind": ""},
    ):
        good = {"kind": "delete", "instructed_on": str(today), "dossiers": ""}
        answer = client.post(address("record_instruction", shop.reference), good | wrong)
        assert answer.status_code == 422, wrong
        assert (wrong.get("dossiers") or str(today)[:4]) in text(answer)
    assert not ClientInstruction.objects.exists()


def test_an_instruction_is_withdrawn_and_another_clients_is_not_found(client, sign_in, today, shop):
    made = client_instructions.record(
        shop.pk, "delete", instructed_on=today, actor_id=0, today=today
    )
    sign_in(PREPARER)
    assert client.post(address("withdraw_instruction", uuid4(), made.reference)).status_code == 404
    withdraw = address("withdraw_instruction", shop.reference, made.reference)
    assert client.post(withdraw).status_code == 302
    assert client.post(withdraw).status_code == 422


def test_the_auditor_reads_and_changes_nothing(client, sign_in, today, shop):
    made = client_instructions.record(
        shop.pk, "delete", instructed_on=today, actor_id=0, today=today
    )
    sign_in(AUDITOR)
    page = text(client.get(address("client", shop.reference)))
    assert "<button" not in page.split("<h1>")[1]
    assert client.post(address("record_instruction", shop.reference), {}).status_code == 403
    for name in ("confirm_instruction", "withdraw_instruction"):
        assert client.post(address(name, shop.reference, made.reference)).status_code == 403
    sign_in("intake")
    assert client.get(address("clients")).status_code == 403
