"""A system may say at the door what the client instructed about an invoice."""

from datetime import date

import pytest

from policy.tests.makers import load_policy
from subjects.models import Dossier
from subjects.tests.test_door import DOSSIER, ORGANISATION, send

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
INVOICE = {k: v for k, v in DOSSIER.items() if k != "closed_on"} | {
    "purpose": "INV",
    "phase": "invoice",
}


@pytest.fixture(autouse=True)
def _statement():
    load_policy()


def test_the_instruction_of_the_client_sets_the_day_on_which_the_dossier_goes():
    send(ORGANISATION, INVOICE)
    assert Dossier.objects.get().delete_from is None
    send(ORGANISATION, INVOICE | {"client_instructed_on": "2026-11-02"})
    dossier = Dossier.objects.get()
    assert (dossier.rule, dossier.delete_from) == ("INV-client", date(2026, 11, 2))
    send(ORGANISATION, INVOICE)
    assert Dossier.objects.get().delete_from == date(2026, 11, 2)


def test_a_day_to_come_is_refused():
    _run, answers = send(ORGANISATION, INVOICE | {"client_instructed_on": "2999-01-01"})
    assert "client_instructed_on" in str(answers)
    assert not Dossier.objects.exists()
