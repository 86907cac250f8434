"""Who looked at a dossier, told on its page; and at which dossier, on the page of a person."""

import re
from datetime import date

import pytest

from desk.tests.makers import Looking
from desk.tests.test_people import dossier_page, person_page, reveal
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture
def client():
    looking = Looking()
    looking.why = "request"
    return looking


@pytest.fixture
def officer(sign_in):
    return sign_in("privacy officer")


@pytest.fixture
def fatima():
    closed, goes = date(2022, 5, 20), date(2027, 5, 21)
    return makers.make_involvement(makers.make_dossier("COL", closed_on=closed, delete_from=goes))


def words_under(page: str, heading: str) -> str:
    section = page.split(f'id="{heading}"')[1].split("</section>", maxsplit=1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section))


@pytest.fixture
def page_of(client):
    def get(address):
        return client.get(address).content.decode()

    return get


def test_a_dossier_tells_who_looked_and_what_they_unsealed(client, officer, page_of, fatima):
    page_of(dossier_page(fatima))
    client.post(reveal(fatima), {"group": "identity"})
    told = words_under(page_of(dossier_page(fatima)), "looks")
    assert "De pagina van een dossier is gezien" in told
    assert "Inhoud is gezien: Adres en contactgegevens" in told
    assert "Om een privacyverzoek te behandelen" in told


def test_one_look_at_two_people_is_told_once(officer, page_of, fatima):
    makers.make_involvement(dossier=fatima.dossier)
    told = words_under(page_of(dossier_page(fatima)), "looks")
    assert told.count("De pagina van een dossier is gezien") == 1


def test_a_look_at_another_dossier_of_the_person_is_not_told_on_this_one(officer, page_of, fatima):
    other = makers.make_involvement(subject=fatima.subject)
    page_of(dossier_page(other))
    told = words_under(page_of(dossier_page(fatima)), "looks")
    assert told.count("De pagina van een dossier is gezien") == 1


def test_the_page_of_a_person_names_the_dossier_that_was_looked_at(officer, page_of, fatima):
    page_of(dossier_page(fatima))
    told = words_under(page_of(person_page(fatima)), "looks")
    assert f"De pagina van een dossier is gezien: {fatima.dossier.purpose}" in told
    assert "De pagina van een persoon is gezien" in told


def test_names_of_colleagues_are_for_who_may_read_the_ledger(sign_in, page_of, fatima):
    officer = sign_in("privacy officer")
    page_of(dossier_page(fatima))
    assert officer.username in words_under(page_of(dossier_page(fatima)), "looks")
    sign_in("intake")
    told = words_under(page_of(dossier_page(fatima)), "looks")
    assert "De pagina van een dossier is gezien" in told
    assert officer.username not in told
