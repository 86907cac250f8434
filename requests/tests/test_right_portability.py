"""Portability: what a person gave us themself, by consent or for a contract, and nothing else."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from requests.constants import Outcome, Right, State
from requests.decisions.proposing import portable_records
from requests.tests.rights import approve, decide, line_of, make_asked
from subjects.held import HeldDossier, HeldInvolvement, HeldRecord
from subjects.tests.makers import make_consent, make_dossier, make_involvement, make_record

in_database = pytest.mark.django_db(databases=["default", "keystore"])


def a_record(**fields):
    whole: dict[str, Any] = {
        "pk": 1,
        "data_category": "contact",
        "source": "person",
        "source_organisation": "",
        "lawful_basis": "6.1.b",
        "provided_by_subject": True,
        "collected_on": date(2025, 1, 1),
        "content": {"phone": "0612345678"},
    }
    return HeldRecord(**whole | fields)


def a_view(*records, phase=""):
    return HeldInvolvement(
        pk=1,
        reference=uuid4(),
        subject_id=1,
        category="debtor",
        identity={},
        dossier=HeldDossier(1, uuid4(), "COL", phase),
        records=records,
    )


@pytest.mark.parametrize(
    ("fields", "portable"),
    [
        ({}, True),
        ({"lawful_basis": "6.1.a"}, True),
        ({"lawful_basis": "6.1.c"}, False),
        ({"lawful_basis": "6.1.f"}, False),
        ({"provided_by_subject": False, "source": "client"}, False),
        ({"data_category": "score"}, False),
        ({"is_special": True, "special_ground": "9.2.a"}, True),
        ({"is_special": True, "special_ground": "9.2.f"}, False),
    ],
)
def test_what_qualifies(fields, portable):
    assert bool(portable_records(a_view(a_record(**fields)))) is portable


def test_of_the_invoice_phase_the_client_decides():
    assert portable_records(a_view(a_record(), phase="invoice")) == []


@in_database
def test_it_is_partly_granted_and_refused_where_we_use_the_data_for_an_interest_of_ours():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    make_record(person, "contact", provided_by_subject=True)
    development = make_involvement(make_dossier("DEV"), person.subject)
    asked = make_asked(Right.PORTABILITY, people=[person, development])
    assert line_of(asked, Right.PORTABILITY, person).proposed.outcome == Outcome.PARTLY
    assert line_of(asked, Right.PORTABILITY, development).proposed.outcome == Outcome.REFUSED
    decide(asked)
    assert approve(asked).state == State.APPROVED


@in_database
def test_where_the_person_gave_nothing_themself_it_is_refused_with_that_reason():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    make_record(person)
    asked = make_asked(Right.PORTABILITY, people=[person])
    line = line_of(asked, Right.PORTABILITY, person)
    assert line.proposed.outcome == Outcome.REFUSED
    assert "niets om mee te nemen" in line.reason


@in_database
def test_who_gave_data_that_we_use_on_another_ground_is_not_told_that_they_gave_nothing():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    make_record(person, "contact", source="person", provided_by_subject=True, lawful_basis="6.1.f")
    asked = make_asked(Right.PORTABILITY, people=[person])
    line = line_of(asked, Right.PORTABILITY, person)
    assert line.proposed.outcome == Outcome.REFUSED
    assert line.reason.startswith("U gaf ons zelf wel gegevens")


@in_database
def test_marketing_by_consent_is_portable():
    person = make_involvement(make_dossier("MKT"), category="client_contact")
    asked = make_asked(Right.PORTABILITY, people=[person])
    assert line_of(asked, Right.PORTABILITY, person).proposed.outcome == Outcome.REFUSED
    make_consent(person)
    assert line_of(asked, Right.PORTABILITY, person).proposed.outcome == Outcome.GRANTED
