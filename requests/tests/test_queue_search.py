"""A request is found by its person: by who asked, and by whom it is about; each look is logged."""

import json

import pytest
from django.contrib.auth.models import Group, User

from audit.models import Entry
from requests.constants import MatchState
from requests.models import SubjectMatch
from requests.queue import searching
from requests.tests.makers import LATER, OFFICER, make_match, make_request
from subjects.tests.makers import an_identity, make_dossier, make_involvement
from vault import services as vault

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

SEARCH = "/desk/requests/search/"
WHY = {"purpose": "request"}


def enter(client, role, **fields):
    user = User.objects.create_user(f"search-{role}", **fields)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


@pytest.fixture
def officer(client):
    return enter(client, "privacy officer")


def looked(client, **typed):
    return client.post(SEARCH, WHY | typed)


def text_of(response):
    return response.content.decode()


@pytest.mark.parametrize(
    "typed",
    [
        {"email": "Fatima@example.nl"},
        {"phone": "06-12345678"},
        {"last_name": "el amrani", "birth_date": "1984-03-09"},
        {"last_name": "El Amrani", "postcode": "1234ab", "house_number": "12"},
    ],
)
def test_a_request_is_found_by_who_asked(client, officer, typed):
    request = make_request()
    other = make_request(
        identity=an_identity(
            first_name="Jan", last_name="Bakker", emails=["jan@example.nl"], phones=[]
        )
    )
    page = text_of(looked(client, **typed))
    assert request.number in page
    assert "Deed dit verzoek" in page
    assert other.number not in page


def test_a_request_is_found_by_whom_it_is_about_unless_that_was_rejected(client, officer):
    person = make_involvement(identity=an_identity(last_name="Zonnebloem", emails=[], phones=[]))
    about, no_more = make_request(), make_request()
    make_match(about, person.subject, involvements=[person.reference])
    make_match(
        no_more,
        person.subject,
        involvements=[person.reference],
        state=MatchState.REJECTED,
        decided_by=OFFICER,
        decided_at=LATER,
    )
    page = text_of(looked(client, last_name="Zonneblom", birth_date="1984-03-09"))
    assert about.number in page
    assert "gaat misschien over deze persoon" in page
    assert no_more.number not in page
    assert SubjectMatch.objects.count() == 2


def test_whom_only_a_money_laundering_check_knows_is_found_by_who_may_see_those(client):
    person = make_involvement(
        dossier=make_dossier("AML"),
        identity=an_identity(last_name="Zonnebloem", emails=[], phones=[]),
    )
    about = make_request()
    make_match(about, person.subject, involvements=[person.reference])
    typed = {"last_name": "Zonnebloem", "birth_date": "1984-03-09"}
    enter(client, "privacy officer")
    assert about.number not in text_of(looked(client, **typed))
    [entry] = Entry.objects.filter(body__event="person.searched")
    assert entry.body["found"] == 0
    enter(client, "AML officer")
    assert about.number in text_of(looked(client, **typed))


def test_what_was_typed_stands_in_no_address_and_not_in_the_ledger(client, officer):
    make_request()
    assert client.get(SEARCH, {"last_name": "Amrani"}).status_code == 200
    assert not Entry.objects.filter(body__event="request.looked_for")
    looked(client, last_name="El Amrani", birth_date="1984-03-09")
    [entry] = Entry.objects.filter(body__event="request.looked_for")
    assert entry.body["actor"] == f"user:{officer.pk}"
    assert (entry.body["purpose"], entry.body["found"]) == ("request", 1)
    [person] = Entry.objects.filter(body__event="person.searched")
    assert "Amrani" not in json.dumps([entry.body, person.body])
    assert "1984" not in json.dumps([entry.body["found"], person.body.get("fields")])


def test_ones_own_request_is_left_out(client):
    enter(client, "privacy officer", email="fatima@example.nl")
    request = make_request()
    page = text_of(looked(client, email="fatima@example.nl"))
    assert request.number not in page
    assert "Geen verzoek gevonden" in page


def test_a_request_whose_key_is_gone_is_found_no_more(client, officer):
    request = make_request()
    vault.destroy_keys_later([request.key_id])
    vault.drain_outbox()
    assert request.number not in text_of(looked(client, email="fatima@example.nl"))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Geef een achternaam, geboortedatum"),
        ({"first_name": "Jan"}, "Geef een achternaam, geboortedatum"),
        ({"last_name": "X", "birth_date": "2026-02-30"}, "Deze dag bestaat niet."),
        ({"last_name": "X", "purpose": "curiosity"}, "error-summary"),
    ],
)
def test_too_little_or_nonsense_is_told_and_what_was_typed_stays(client, officer, typed, words):
    response = looked(client, house_number="77", **typed)
    assert response.status_code == 422
    assert words in text_of(response)
    assert 'value="77"' in text_of(response)
    assert not Entry.objects.filter(body__event="request.looked_for")


@pytest.mark.parametrize("role", ["auditor", "marketing", "administrator"])
def test_who_needs_no_people_finds_none(client, role):
    enter(client, role)
    assert client.get(SEARCH).status_code == 403
    assert looked(client, last_name="El Amrani").status_code == 403


def test_intake_finds_the_number_of_who_calls_and_nothing_more(client):
    enter(client, "intake")
    request = make_request()
    page = text_of(looked(client, email="fatima@example.nl"))
    assert request.number in page
    assert "Ik wil weten" not in page


def test_a_stranger_signs_in_first(client):
    assert client.get(SEARCH).status_code == 302
    assert looked(client, last_name="El Amrani").status_code == 302


def test_more_than_a_page_holds_is_told(client, officer, monkeypatch):
    monkeypatch.setattr(searching, "MOST", 2)
    for _ in range(3):
        make_request()
    page = text_of(looked(client, email="fatima@example.nl"))
    assert page.count('<th scope="row">') == 2
    assert "meer dan vijftig" in page


def test_the_search_costs_at_most_twenty_queries(client, officer, django_assert_max_num_queries):
    person = make_involvement()
    for _ in range(6):
        make_match(make_request(), person.subject, involvements=[person.reference])
    with django_assert_max_num_queries(20):
        looked(client, last_name="El Amrani", birth_date="1984-03-09")
