"""From an entry of the ledger to what it is about, for who may open that."""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser

from audit.places import place_of
from desk.tests.makers import make_colleague
from requests.tests.makers import make_request
from retention import holds
from retention.constants import HoldReason
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture
def senior():
    return make_colleague("senior officer")


def test_an_entry_about_a_request_leads_to_its_page(senior):
    reference = make_request().reference
    assert place_of(senior, f"request:{reference}") == f"/desk/requests/{reference}/"


def test_an_entry_about_a_hold_that_has_a_number_leads_to_its_page(senior):
    held = holds.propose(
        holds.Proposal(
            dossiers=[makers.make_dossier("COL").pk],
            purposes=["COL"],
            reason=HoldReason.COURT,
            words="Dagvaarding uitgebracht.",
            review_on=date(2027, 2, 1),
        ),
        actor_id=senior.pk,
        today=date(2026, 12, 1),
    )
    assert place_of(senior, f"hold:{held.pk}") == f"/desk/retention/holds/{held.reference}/"
    assert place_of(senior, "hold:0") == ""


def test_who_may_not_open_it_gets_no_link():
    involvement = makers.make_involvement()
    named = f"subject:{involvement.subject.reference}"
    assert place_of(make_colleague("administrator"), named) == ""
    assert place_of(AnonymousUser(), named) == ""
    assert place_of(make_colleague("intake"), named)


@pytest.mark.parametrize("named", ["", "register:people", "request:nonsense", "hold:x", "what:1"])
def test_what_has_no_page_has_no_link(senior, named):
    assert place_of(senior, named) == ""
