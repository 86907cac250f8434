"""Finding people at the desk, and seeing no more than one's role and purpose allow."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from desk.tests.makers import make_colleague
from retention.models import HeldDossier, HoldKind, LegalHold
from subjects import first_contact
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

SEARCH = "/desk/people/"


@pytest.fixture
def sign_in(client):
    def as_colleague(*roles: str, why: str = "request", **fields):
        user = make_colleague(*roles)
        for name, value in fields.items():
            setattr(user, name, value)
        user.save()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        if why:
            client.post("/desk/people/why/", {"purpose": why})
        return user

    return as_colleague


@pytest.fixture
def officer(sign_in):
    return sign_in("privacy officer")


@pytest.fixture
def fatima():
    return makers.make_involvement(
        makers.make_dossier("COL", closed_on=date(2022, 5, 20), delete_from=date(2027, 5, 21))
    )


def person_page(involvement) -> str:
    return reverse("people:person", args=[involvement.subject.reference])


def dossier_page(involvement) -> str:
    return reverse("people:dossier", args=[involvement.dossier.reference])


def reveal(involvement) -> str:
    return reverse("people:held", args=[involvement.dossier.reference, involvement.reference])


def looks() -> list[tuple[str, str]]:
    entries = Entry.objects.filter(body__event__startswith="person.").order_by("pk")
    return [(entry.body["event"], entry.body["purpose"]) for entry in entries]


# --- searching ----------------------------------------------------------------------------------


def test_a_person_is_found_and_the_evidence_stands_beside_the_name(client, officer, fatima):
    page = client.post(SEARCH, {"last_name": "Amrany", "birth_year": "1984"}).content.decode()
    assert "Fatima El Amrani" in page
    assert person_page(fatima) in page
    assert "Achternaam: bijna gelijk" in page
    assert "Geboortejaar: gelijk" in page


def test_what_is_typed_never_stands_in_an_address(client, officer, fatima):
    page = client.get(SEARCH, {"last_name": "Amrani"}).content.decode()
    assert "Fatima" not in page
    assert '<input type="text" name="last_name"' in page
    assert 'value="Amrani"' not in page
    assert '<form method="get"' not in page
    answer = client.post(SEARCH, {"last_name": "Amrani"})
    assert answer.status_code == 200
    assert "last_name=" not in answer.content.decode()


def test_a_search_is_logged_and_its_words_are_not(client, officer, fatima):
    client.post(SEARCH, {"last_name": "Amrani", "email": "fatima@example.nl"})
    [entry] = Entry.objects.filter(body__event="person.searched")
    assert entry.body["purpose"] == "request"
    assert entry.body["fields"] == ["last_name", "email"]
    assert "mrani" not in str(entry.body)
    assert "fatima" not in str(entry.body)


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"first_name": "Fatima"},
        {"house_number": "12"},
        {"birth_year": "1984"},
        {"birth_date": "31-31-1984"},
        {"last_name": "Amrani", "birth_year": "12"},
    ],
)
def test_too_little_or_nonsense_is_told_and_finds_nobody(client, officer, fatima, typed):
    answer = client.post(SEARCH, typed)
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()
    assert looks() == []


def test_nobody_found_is_said_in_words(client, officer, fatima):
    page = client.post(SEARCH, {"last_name": "Zoutberg"}).content.decode()
    assert "Niemand gevonden" in page


def test_more_than_ten_namesakes_are_told(client, officer):
    for year in range(1960, 1972):
        makers.make_involvement(identity=makers.an_identity(birth_date=f"{year}-05-01"))
    page = client.post(SEARCH, {"last_name": "El Amrani", "first_name": "Fatima"})
    assert "Voeg een geboortejaar" in page.content.decode()


# --- why ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [person_page, dossier_page])
def test_nothing_is_shown_before_a_colleague_says_why(client, sign_in, fatima, page):
    sign_in("privacy officer", why="")
    shown = client.get(page(fatima)).content.decode()
    assert "Fatima" not in shown
    assert looks() == []
    answer = client.post("/desk/people/why/", {"purpose": "incident", "next": page(fatima)})
    assert answer.headers["Location"] == page(fatima)
    assert "Fatima" in client.get(page(fatima)).content.decode()
    assert looks() == [("person.viewed", "incident")]


def test_an_unknown_reason_is_refused(client, sign_in):
    sign_in("privacy officer", why="")
    answer = client.post("/desk/people/why/", {"purpose": "curiosity", "next": SEARCH})
    assert answer.status_code == 422


def test_saying_why_leads_nowhere_but_to_our_own_pages(client, sign_in):
    sign_in("privacy officer", why="")
    answer = client.post("/desk/people/why/", {"purpose": "check", "next": "https://evil.example/"})
    assert answer.headers["Location"] == SEARCH


# --- a person -----------------------------------------------------------------------------------


def test_a_persons_page_shows_each_dossier_its_day_and_why(client, officer, fatima):
    makers.make_involvement(makers.make_dossier("ACC"), fatima.subject, category="client_contact")
    page = client.get(person_page(fatima)).content.decode()
    assert "Fatima El Amrani" in page
    assert "21 mei 2027" in page
    assert "COL-60: afsluiting van de zaak op 2022-05-20" in page
    assert dossier_page(fatima) in page
    assert "Facturering en boekhouding" in page


def test_every_look_is_logged_and_shown_on_the_page_itself(client, officer, fatima):
    client.get(person_page(fatima))
    page = client.get(person_page(fatima)).content.decode()
    assert looks() == [("person.viewed", "request")] * 2
    assert page.count(officer.username) >= 2
    assert "Om een privacyverzoek te behandelen" in page


def test_restrictions_are_shown_with_their_ground(client, officer, fatima):
    makers.make_restriction(fatima)
    page = client.get(person_page(fatima)).content.decode()
    assert "De juistheid wordt betwist" in page
    assert "sinds 5 januari 2026" in page


def test_the_dossiers_of_a_person_are_paged_by_key(client, officer, fatima, monkeypatch):
    monkeypatch.setattr("desk.people.reading.PAGE", 2)
    for _ in range(2):
        makers.make_involvement(subject=fatima.subject)
    first = client.get(person_page(fatima)).content.decode()
    [address] = [part.split('"')[0] for part in first.split('rel="next" href="')[1:]]
    second = client.get(person_page(fatima) + address).content.decode()
    assert 'rel="next"' not in second
    for nonsense in ("x", "-1", "9" * 40):
        assert client.get(person_page(fatima), {"after": nonsense}).status_code == 200


def test_a_persons_page_takes_a_bounded_number_of_queries(
    client, officer, fatima, django_assert_max_num_queries
):
    client.get(person_page(fatima))
    with CaptureQueriesContext(connection) as few:
        client.get(person_page(fatima))
    for _ in range(6):
        makers.make_restriction(makers.make_involvement(subject=fatima.subject))
    with django_assert_max_num_queries(len(few)):
        client.get(person_page(fatima))


def test_who_is_not_there_is_not_found(client, officer):
    assert client.get(reverse("people:person", args=[uuid4()])).status_code == 404
    assert client.get(reverse("people:dossier", args=[uuid4()])).status_code == 404
    assert looks() == []


def test_whose_key_is_gone_is_shown_as_erased(client, officer, fatima):
    makers.lose_key(fatima)
    assert "Gewist" in client.get(person_page(fatima)).content.decode()
    assert "sleutel" in client.post(reveal(fatima)).content.decode()


# --- a dossier ----------------------------------------------------------------------------------


def test_a_dossier_shows_dates_people_recipients_and_holds_but_no_contents(client, officer, fatima):
    makers.make_record(fatima, content={"amount": "123.45"})
    makers.make_disclosure(fatima, makers.make_recipient("Deurwaarder BV"), reason="Beslag op loon")
    hold = LegalHold.objects.create(kind=HoldKind.ACCESS, case=uuid4(), placed_on=date(2026, 2, 3))
    HeldDossier.objects.create(hold=hold, dossier=fatima.dossier)
    page = client.get(dossier_page(fatima)).content.decode()
    for shown in ("20 mei 2022", "Te vernietigen vanaf 21 mei 2027", "Deurwaarder BV"):
        assert shown in page
    assert "3 februari 2026" in page
    assert "Fatima El Amrani" in page
    for hidden in ("123.45", "Beslag op loon", "fatima@example.nl", "Dorpsstraat"):
        assert hidden not in page


def test_a_missing_anchor_is_named(client, officer):
    involvement = makers.make_involvement(
        makers.make_dossier("CLI", missing_anchor="mutual_claims_settled_on"),
        category="client_contact",
    )
    assert (
        "Onderlinge vorderingen afgehandeld"
        in client.get(dossier_page(involvement)).content.decode()
    )


def test_contents_are_revealed_on_asking_and_that_is_logged_for_this_person_only(
    client, officer, fatima
):
    other = makers.make_involvement(
        fatima.dossier, identity=makers.an_identity(first_name="Omar", emails=["omar@example.nl"])
    )
    makers.make_record(fatima, content={"amount": "123.45"})
    makers.make_record(other, content={"amount": "678.90"})
    page = client.post(reveal(fatima)).content.decode()
    assert "123.45" in page
    assert "fatima@example.nl" in page
    assert "678.90" not in page
    assert "omar@example.nl" not in page
    assert "<html" in page
    revealed = Entry.objects.filter(body__event="person.content_revealed")
    assert [entry.body["object"] for entry in revealed] == [f"subject:{fatima.subject.reference}"]


def test_with_script_only_the_part_asked_for_comes(client, officer, fatima):
    page = client.post(reveal(fatima), headers={"HX-Request": "true"}).content.decode()
    assert "fatima@example.nl" in page
    assert "<html" not in page


def test_contents_do_not_come_by_a_mere_address(client, officer, fatima):
    assert client.get(reveal(fatima)).status_code == 405


def test_a_person_of_another_dossier_is_not_revealed(client, officer, fatima):
    other = makers.make_involvement()
    address = reverse("people:held", args=[fatima.dossier.reference, other.reference])
    assert client.post(address).status_code == 404


# --- who may see what ---------------------------------------------------------------------------


def test_special_categories_are_for_their_roles_only(client, sign_in, fatima):
    makers.make_special_record(fatima)
    sign_in("AML officer")
    page = client.post(reveal(fatima)).content.decode()
    assert "ziekenhuis" not in page
    assert "1 gegeven van een bijzondere categorie" in page
    sign_in("senior officer")
    assert "ziekenhuis" in client.post(reveal(fatima)).content.decode()


def make_aml_check():
    return makers.make_involvement(
        makers.make_dossier(
            "AML", transaction_on=date(2024, 1, 2), unusual_report_on=date(2025, 3, 4)
        ),
        category="partner",
    )


@pytest.mark.parametrize("role", ["privacy officer", "senior officer", "intake", "auditor"])
def test_of_a_report_of_an_unusual_transaction_others_see_no_trace(client, sign_in, role):
    check = make_aml_check()
    sign_in(role)
    page = client.get(person_page(check)).content.decode()
    assert "ongebruikelijke" not in page
    assert "2025" not in page
    assert dossier_page(check) not in page
    assert client.get(dossier_page(check)).status_code == 403
    assert client.post(reveal(check)).status_code == 403


def test_the_money_laundering_officer_sees_the_check(client, sign_in):
    check = make_aml_check()
    sign_in("AML officer")
    assert "4 maart 2025" in client.get(dossier_page(check)).content.decode()


@pytest.mark.parametrize("role", ["intake", "auditor"])
def test_who_need_not_know_contents_cannot_reveal_them(client, sign_in, fatima, role):
    sign_in(role)
    assert client.get(dossier_page(fatima)).status_code == 200
    assert "hx-post" not in client.get(dossier_page(fatima)).content.decode()
    assert client.post(reveal(fatima)).status_code == 403


@pytest.mark.parametrize("role", ["marketing", "administrator"])
def test_who_need_not_know_people_find_nobody(client, sign_in, fatima, role):
    sign_in(role, why="")
    assert client.post(SEARCH, {"last_name": "Amrani"}).status_code == 403
    assert client.get(person_page(fatima)).status_code == 403
    assert client.get(dossier_page(fatima)).status_code == 403


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "Fatima@example.nl"},
        {"first_name": "fatima", "last_name": "el Amrani"},
    ],
)
def test_nobody_sees_their_own_file(client, sign_in, fatima, fields):
    sign_in("privacy officer", **fields)
    for answer in (
        client.get(person_page(fatima)),
        client.get(dossier_page(fatima)),
        client.post(reveal(fatima)),
    ):
        assert answer.status_code == 403
        assert "uw eigen dossier" in answer.content.decode()
        assert "1984" not in answer.content.decode()
    assert looks() == []


# --- not told -----------------------------------------------------------------------------------


def test_debtors_not_told_are_listed_by_dossier_without_names(client, officer):
    late = makers.make_involvement(makers.make_dossier("COL", opened_on=date(2024, 1, 1)))
    first_contact.look_again(timezone.localdate())
    page = client.get("/desk/people/not-told/").content.decode()
    assert str(late.dossier.reference) in page
    assert "1 februari 2024" in page
    assert "Amrani" not in page
