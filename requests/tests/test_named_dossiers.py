"""Dossiers, numbers and addresses that look alike are told apart, and counted as they are."""

from datetime import date

import pytest

from requests.constants import Outcome, Right
from requests.decisions.lines import Choice
from requests.tests.rights import approve, decide, line_of, make_asked
from requests.tests.test_desk_decisions import enter, page_of
from requests.tests.test_desk_identity import address
from subjects.tests.makers import (
    an_identity,
    make_dossier,
    make_involvement,
    make_organisation,
    make_record,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
HOME = {"street": "Dorpsstraat", "number": "12", "postcode": "1234 AB", "city": "Utrecht"}


def involve(number, subject=None, **contact):
    identity = an_identity(dossier_number=number, **contact)
    client = make_organisation(f"Winkel {number}")
    dossier = make_dossier(opened_on=date(2025, 1, 1), client=client)
    person = make_involvement(dossier, subject, identity=identity)
    make_record(person)
    return person


def two_alike():
    contact = {"phones": ["06-05555556"], "addresses": [HOME]}
    one = involve("D-1", **contact)
    return one, involve("D-2", one.subject, **contact | {"phones": ["06-0555 5556"]})


def test_a_number_and_an_address_stand_once_with_the_dossiers_they_stand_in(client):
    enter(client, "privacy officer")
    people = two_alike()
    asked = make_asked(Right.ACCESS, people=list(people))
    shown = client.get(address(asked)).context
    [(_key, number)] = shown["proof_forms"]["call"].fields["involvement"].choices
    [(_key, home)] = shown["post_form"].fields["involvement"].choices
    where = "(Incasso D-1 · Winkel D-1; Incasso D-2 · Winkel D-2)"
    assert number == f"Persoon 1: 06-05555556 {where}"
    assert home == f"Persoon 1: Dorpsstraat 12 1234 AB Utrecht {where}"


def test_what_was_found_is_counted_also_where_the_answer_does_not_show_it(client):
    enter(client, "privacy officer")
    one, two = two_alike()
    asked = make_asked(Right.ACCESS, people=[one, two])
    refusals = {}
    for said, person in (("2 dossiers, 1 niet getoond", one), ("2 dossiers, 2 niet getoond", two)):
        key = line_of(asked, Right.ACCESS, person).key
        refusals[key] = Choice(Outcome.REFUSED, "15.4", "Dit gaat over een ander.")
        decide(asked, choices=refusals)
        steps = {one.key: one.says for one in client.get(address(asked)).context["steps"]}
        assert steps["found"] == said


def test_after_the_answer_each_decision_says_which_dossier_it_is_about(client):
    enter(client, "privacy officer")
    one, two = two_alike()
    asked = make_asked(Right.ACCESS, people=[one, two])
    approve(asked)
    page = page_of(client.get(address(asked)))
    for number in ("D-1", "D-2"):
        assert f"Incasso · {number} · Winkel {number}" in page
    assert "Het verzoek als geheel" in page
