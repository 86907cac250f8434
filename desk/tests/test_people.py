"""Finding people at the desk, and seeing no more than one's role and purpose allow."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alektum_privacy.tests.chance import without_chance
from audit.models import Entry
from desk.tests.makers import Looking, make_colleague
from requests.tests.makers import make_match, make_request
from retention.models import HeldDossier, HoldKind, LegalHold
from subjects import first_contact
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

SEARCH, WHY = "/desk/people/", "/desk/people/why/"
# A group of what is held: contact details, or one kind of data.
IDENTITY, DEBT, HEALTH = {"group": "identity"}, {"group": "data:debt"}, {"group": "data:health"}


@pytest.fixture
def client():
    return Looking()


@pytest.fixture
def sign_in(client):
    def as_colleague(*roles: str, why: str = "request", **fields):
        user = make_colleague(*roles)
        for name, value in fields.items():
            setattr(user, name, value)
        user.save()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        client.why = why
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
    about = fatima.subject.reference if page == person_page else fatima.dossier.reference
    said = {"purpose": "incident", "next": page(fatima), "about": str(about)}
    answer = client.post(WHY, said)
    assert answer.headers["Location"] == page(fatima)
    shown = client.get(page(fatima)).content.decode()
    assert "Fatima" in shown
    assert "U kijkt omdat" in shown
    assert looks() == [("person.viewed", "incident")]


def test_it_is_asked_once_for_each_person_and_holds_for_their_dossiers(client, sign_in, fatima):
    other = makers.make_involvement()
    sign_in("privacy officer", why="")
    about = {"about": str(fatima.subject.reference)}
    client.post(WHY, {"purpose": "question", "next": SEARCH} | about)
    for address in (person_page(fatima), dossier_page(fatima), person_page(fatima)):
        assert "Fatima" in client.get(address).content.decode()
    asked = client.get(person_page(other)).content.decode()
    assert "Fatima" not in asked
    assert "checked" in asked
    assert looks() == [("person.viewed", "question")] * 3


def test_the_purpose_can_be_changed_and_counts_from_then_on(client, sign_in, fatima):
    sign_in("privacy officer", why="check")
    client.get(person_page(fatima))
    about = str(fatima.subject.reference)
    client.post(WHY, {"purpose": "audit", "next": person_page(fatima), "about": about})
    client.get(person_page(fatima))
    assert looks() == [("person.viewed", "check"), ("person.viewed", "audit")]


def test_what_was_sent_before_a_purpose_was_said_reveals_nothing(client, sign_in, fatima):
    sign_in("privacy officer", why="")
    page = client.post(reveal(fatima), IDENTITY).content.decode()
    assert "fatima@example.nl" not in page
    assert f'name="next" value="{dossier_page(fatima)}"' in page
    assert looks() == []


def test_an_unknown_reason_is_refused(client, sign_in):
    sign_in("privacy officer", why="")
    for about in ("", str(uuid4()), "x"):
        said = {"purpose": "curiosity", "next": SEARCH, "about": about}
        assert client.post(WHY, said).status_code == 422


def test_saying_why_leads_nowhere_but_to_our_own_pages(client, sign_in):
    sign_in("privacy officer", why="")
    answer = client.post(WHY, {"purpose": "check", "next": "https://evil.example/"})
    assert answer.headers["Location"] == SEARCH


# --- a person -----------------------------------------------------------------------------------


def test_a_persons_page_shows_each_dossier_its_day_and_why(client, officer, fatima):
    makers.make_involvement(makers.make_dossier("ACC"), fatima.subject, category="client_contact")
    page = client.get(person_page(fatima)).content.decode()
    assert "Fatima El Amrani" in page
    assert "21 mei 2027" in page
    assert "COL-60: afsluiting van de zaak op 20 mei 2022" in page
    assert dossier_page(fatima) in page
    assert "Facturering en boekhouding" in page


def test_the_statement_is_quoted_in_the_language_of_the_reader(client, officer, fatima):
    client.cookies["django_language"] = "en"
    page = client.get(person_page(fatima)).content.decode()
    assert "until 60 months after the case is closed" in page
    assert "Persoonsgegevens die" not in page


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


def make_whole_person(fatima, records: int = 4) -> None:
    """Give a person something of everything."""
    for number in range(records):
        makers.make_record(fatima, content={"amount": f"{number}.00"})
    makers.make_special_record(fatima)
    makers.make_disclosure(fatima)
    makers.make_consent(fatima)
    makers.make_contact(fatima)
    makers.make_decision(fatima)
    makers.make_notice(fatima)
    makers.make_restriction(fatima)
    hold = LegalHold.objects.create(kind=HoldKind.ACCESS, case=uuid4(), placed_on=date(2026, 2, 3))
    HeldDossier.objects.create(hold=hold, dossier=fatima.dossier)


@pytest.mark.parametrize("role", ["senior officer", "AML officer", "intake"])
def test_both_pages_take_at_most_twenty_queries_whatever_there_is(
    client, sign_in, fatima, role, django_assert_max_num_queries
):
    make_whole_person(fatima, records=200)
    for _ in range(6):
        makers.make_restriction(makers.make_involvement(subject=fatima.subject))
        makers.make_involvement(fatima.dossier)
    sign_in(role)
    for address in (person_page(fatima), dossier_page(fatima)):
        client.get(address)
        with django_assert_max_num_queries(20):
            assert client.get(address).status_code == 200


def test_a_long_list_goes_on_by_a_key_of_its_own(client, officer, fatima, monkeypatch):
    monkeypatch.setattr("desk.people.lists.SHOWN", 2)
    for number, day in enumerate((1, 2, 2, 3)):
        recipient = makers.make_recipient(f"Kantoor {number}")
        makers.make_disclosure(fatima, recipient, disclosed_on=date(2025, 3, day))
        makers.make_contact(fatima, happened_at=datetime(2025, 4, day, 9, tzinfo=UTC))
    first = client.get(person_page(fatima)).content.decode()
    assert "1 maart 2025" not in first
    for name, oldest in (("shared", "1 maart 2025"), ("contacts", "1 april 2025")):
        [address] = [part.split('"')[0] for part in first.split(f'href="?{name}=')[1:]]
        rest = client.get(person_page(fatima) + f"?{name}={address}").content.decode()
        assert f'href="?{name}=' not in rest
        assert oldest in rest
        assert oldest not in first
    for nonsense in ("x", "2025-99-99_1", "2025-03-02_x", "2025-03-02T99:99:99Z_1"):
        assert client.get(person_page(fatima), {"shared": nonsense}).status_code == 200
        assert client.get(person_page(fatima), {"contacts": nonsense}).status_code == 200


def test_what_is_disputed_or_suspended_is_shown(client, officer, fatima):
    type(fatima).objects.filter(pk=fatima.pk).update(disputed_on=date(2026, 3, 4))
    makers.make_decision(fatima, suspended_at=datetime(2026, 4, 5, 9, tzinfo=UTC))
    for address in (person_page(fatima), dossier_page(fatima)):
        page = client.get(address).content.decode()
        assert "Betwist sinds" in page
        assert "Opgeschort sinds" in page


def test_the_requests_of_a_person_stand_on_their_page(client, sign_in, fatima):
    theirs, perhaps = make_request(), make_request()
    make_match(theirs, fatima.subject, state="confirmed", decided_by=1)
    make_match(perhaps, fatima.subject)
    sign_in("privacy officer")
    page = client.get(person_page(fatima)).content.decode()
    assert theirs.number in page
    assert perhaps.number not in page


def test_who_is_not_there_is_not_found(client, officer):
    assert client.get(reverse("people:person", args=[uuid4()])).status_code == 404
    assert client.get(reverse("people:dossier", args=[uuid4()])).status_code == 404
    assert looks() == []


def test_whose_key_is_gone_is_shown_as_erased(client, officer, fatima):
    makers.lose_key(fatima)
    assert "Gewist" in client.get(person_page(fatima)).content.decode()
    client.get(dossier_page(fatima))
    assert "sleutel" in client.post(reveal(fatima), DEBT).content.decode()


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


def test_contents_are_revealed_group_by_group_and_each_is_logged_for_this_person_only(
    client, officer, fatima
):
    other = makers.make_involvement(
        fatima.dossier, identity=makers.an_identity(first_name="Omar", emails=["omar@example.nl"])
    )
    makers.make_record(fatima, content={"amount": "123.45"})
    makers.make_record(fatima, "finances", content={"income": "2100"})
    makers.make_record(other, content={"amount": "678.90"})
    client.get(dossier_page(fatima))
    page = client.post(reveal(fatima), DEBT).content.decode()
    assert "123.45" in page
    assert "<html" in page
    for hidden in ("678.90", "2100", "fatima@example.nl", "omar@example.nl"):
        assert hidden not in without_chance(page)
    page = client.post(reveal(fatima), IDENTITY).content.decode()
    assert "fatima@example.nl" in page
    assert "123.45" not in page
    revealed = Entry.objects.filter(body__event="person.content_revealed").order_by("pk")
    about = f"subject:{fatima.subject.reference}"
    assert [(one.body["object"], one.body["group"], one.body["data"]) for one in revealed] == [
        (about, "data", "debt"),
        (about, "identity", ""),
    ]


@pytest.mark.parametrize(
    ("group", "shown"),
    [
        ("shared", "Beslag op loon"),
        ("consents", "Vinkje op de site"),
        ("contacts", "Belt over regeling"),
        ("decisions", "letter 2"),
    ],
)
def test_what_stands_sealed_beside_the_data_is_revealed_too(client, officer, fatima, group, shown):
    makers.make_disclosure(fatima, reason="Beslag op loon")
    makers.make_consent(fatima)
    makers.make_contact(fatima)
    makers.make_decision(fatima)
    plain = client.get(dossier_page(fatima)).content.decode()
    assert f'value="{group}"' in plain
    assert shown not in plain
    assert shown in client.post(reveal(fatima), {"group": group}).content.decode()


@pytest.mark.parametrize("group", ["", "everything", "data", "data:", "shared:x", "identity:x"])
def test_a_group_that_does_not_exist_is_not_revealed(client, officer, fatima, group):
    client.get(dossier_page(fatima))
    assert client.post(reveal(fatima), {"group": group}).status_code == 404
    assert ("person.content_revealed", "request") not in looks()


def test_a_long_group_goes_on_by_key(client, officer, fatima, monkeypatch):
    monkeypatch.setattr("desk.people.revealing.SHOWN", 2)
    for number in range(3):
        makers.make_record(fatima, content={"amount": f"10{number}.00"})
    client.get(dossier_page(fatima))
    first = client.post(reveal(fatima), DEBT).content.decode()
    assert "102.00" in first
    assert "100.00" not in first
    [after] = [part.split('"')[0] for part in first.split('name="after" value="')[1:]]
    assert "100.00" in client.post(reveal(fatima), DEBT | {"after": after}).content.decode()
    assert client.post(reveal(fatima), DEBT | {"after": "²"}).status_code == 200


def test_with_script_only_the_part_asked_for_comes(client, officer, fatima):
    client.get(dossier_page(fatima))
    answer = client.post(reveal(fatima), IDENTITY, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "fatima@example.nl" in page
    assert "<html" not in page


def test_contents_do_not_come_by_a_mere_address(client, officer, fatima):
    assert client.get(reveal(fatima)).status_code == 405


def test_a_person_of_another_dossier_is_not_revealed(client, officer, fatima):
    other = makers.make_involvement()
    address = reverse("people:held", args=[fatima.dossier.reference, other.reference])
    client.get(dossier_page(fatima))
    assert client.post(address, IDENTITY).status_code == 404


# --- who may see what ---------------------------------------------------------------------------


def test_of_special_categories_others_do_not_learn_that_they_exist(client, sign_in, fatima):
    health = makers.make_special_record(fatima)
    makers.make_record(fatima)
    consent = makers.make_consent(fatima, proof="Gaf toestemming voor gezondheid")
    type(health).objects.filter(pk=health.pk).update(consent=consent)
    doctor, lawyer = makers.make_recipient("Bedrijfsarts"), makers.make_recipient("Advocaat")
    makers.make_disclosure(fatima, doctor, data_categories=["health"])
    makers.make_disclosure(fatima, lawyer, data_categories=["health", "debt"])
    sign_in("AML officer")
    pages = [client.get(page(fatima)).content.decode() for page in (person_page, dossier_page)]
    pages += [
        client.post(reveal(fatima), group).content.decode()
        for group in (HEALTH, DEBT, {"group": "consents"}, {"group": "shared"})
    ]
    for page in pages:
        for trace in ("ziekenhuis", "ezondheid", "data:health", "Bedrijfsarts", "ijzondere"):
            assert trace not in page
    assert "Advocaat" in pages[0]
    sign_in("senior officer")
    assert "data:health" in client.get(dossier_page(fatima)).content.decode()
    assert "ziekenhuis" in client.post(reveal(fatima), HEALTH).content.decode()
    assert "Bedrijfsarts" in client.get(person_page(fatima)).content.decode()


def test_the_ledger_names_no_money_laundering_check_to_who_may_not_know_of_it(
    client, sign_in, fatima
):
    check = makers.make_involvement(makers.make_dossier("AML"), fatima.subject)
    sign_in("AML officer")
    client.get(dossier_page(check))
    client.get(dossier_page(fatima))
    subject = f"subject:{fatima.subject.reference}"
    entry = Entry.objects.get(body__object=subject, body__dossier=str(check.dossier.reference))
    about = f"/desk/ledger/?object={subject}"
    sign_in("privacy officer")
    page = client.get(about)
    events = {line.id for line in page.context["lines"]}
    assert entry.pk not in events
    assert len(events) == 1
    assert "witwascontroles staan hier niet bij" in page.content.decode()
    for address in (f"/desk/ledger/{entry.pk}/", f"/desk/ledger/{entry.pk}/certificate.json"):
        assert client.get(address).status_code == 404
    sign_in("AML officer", "auditor")
    page = client.get(about)
    assert entry.pk in {line.id for line in page.context["lines"]}
    assert "staan hier niet bij" not in page.content.decode()
    assert client.get(f"/desk/ledger/{entry.pk}/").status_code == 200


def test_what_does_not_exist_for_a_role_costs_no_query_more(client, sign_in, fatima):
    sign_in("AML officer")
    client.get(dossier_page(fatima))
    with CaptureQueriesContext(connection) as without:
        client.get(dossier_page(fatima))
    makers.make_special_record(fatima)
    with CaptureQueriesContext(connection) as beside:
        client.get(dossier_page(fatima))
    assert len(without) == len(beside)


def make_aml_check():
    return makers.make_involvement(
        makers.make_dossier(
            "AML", transaction_on=date(2024, 1, 2), unusual_report_on=date(2025, 3, 4)
        ),
        category="partner",
    )


OTHERS = ["privacy officer", "senior officer", "intake", "auditor"]


@pytest.mark.parametrize("role", OTHERS)
def test_who_stands_in_nothing_but_a_check_is_nobody_to_others(client, sign_in, role):
    check = make_aml_check()
    sign_in(role)
    assert client.get(person_page(check)).status_code == 404
    assert client.get(dossier_page(check)).status_code == 404
    if role not in ("intake", "auditor"):
        assert client.post(reveal(check), IDENTITY).status_code == 404
    client.get(SEARCH)
    page = client.post(SEARCH, {"email": "fatima@example.nl"}).content.decode()
    assert person_page(check) not in page
    assert "Niemand gevonden" in page
    assert looks() == [("person.searched", "request")]


@pytest.mark.parametrize("role", OTHERS)
def test_a_check_leaves_no_trace_on_the_page_of_who_stands_elsewhere_too(
    client, sign_in, fatima, role
):
    check = makers.make_involvement(
        make_aml_check().dossier,
        fatima.subject,
        category="partner",
        identity=makers.an_identity(first_name="Fatma", birth_date="1990-01-01"),
    )
    makers.make_disclosure(fatima, makers.make_recipient("Recherche"), purpose_id="AML")
    makers.make_disclosure(check, makers.make_recipient("Meldpunt"))
    makers.make_restriction(check)
    sign_in("AML officer")
    assert client.get(dossier_page(check)).status_code == 200
    assert client.post(reveal(check), IDENTITY).status_code == 200
    assert "Meldpunt" in client.get(person_page(fatima)).content.decode()
    sign_in(role)
    page = client.get(person_page(fatima)).content.decode()
    assert page.count("De pagina van een persoon is gezien") == 2
    for trace in ("Fatma", "1990", "itwas", "Meldpunt", "Recherche", "Inhoud is gezien"):
        assert trace not in without_chance(page)
    assert dossier_page(check) not in page
    found = client.post(SEARCH, {"last_name": "El Amrani"}).content.decode()
    assert "Fatima" in found
    assert "Fatma" not in found


def test_the_money_laundering_officer_sees_the_check(client, sign_in):
    check = make_aml_check()
    sign_in("AML officer")
    assert "4 maart 2025" in client.get(dossier_page(check)).content.decode()
    assert "El Amrani" in client.get(person_page(check)).content.decode()


@pytest.mark.parametrize(("role", "named"), [("intake", False), ("auditor", True)])
def test_names_of_colleagues_are_for_who_may_read_the_ledger(client, sign_in, fatima, role, named):
    looked = sign_in("senior officer", first_name="Truus", last_name="Zwart")
    client.get(person_page(fatima))
    sign_in(role)
    page = client.get(person_page(fatima)).content.decode()
    assert "De pagina van een persoon is gezien" in page
    assert (looked.get_full_name() in page) is named


@pytest.mark.parametrize("role", ["intake", "auditor"])
def test_who_need_not_know_contents_cannot_reveal_them(client, sign_in, fatima, role):
    sign_in(role)
    assert client.get(dossier_page(fatima)).status_code == 200
    assert "hx-post" not in client.get(dossier_page(fatima)).content.decode()
    assert client.post(reveal(fatima), IDENTITY).status_code == 403


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
        client.post(reveal(fatima), IDENTITY),
    ):
        assert answer.status_code == 403
        assert "uw eigen dossier" in answer.content.decode()
        assert "1984" not in without_chance(answer.content.decode())
    assert looks() == []


# --- not told -----------------------------------------------------------------------------------


def test_debtors_not_told_are_listed_without_names_with_what_helps_to_tell_them(
    client, officer, django_assert_max_num_queries
):
    today = timezone.localdate()
    seller = makers.make_organisation("Winkel Zuid", is_client=True)
    opened = makers.make_dossier("COL", opened_on=date(2024, 1, 1), client=seller)
    late = makers.make_involvement(opened)
    first_contact.look_again(today)
    with django_assert_max_num_queries(20):
        page = client.get("/desk/people/not-told/", headers={"accept-language": "en"})
    text = page.content.decode()
    assert dossier_page(late) in text
    assert person_page(late) in text
    assert "1 February 2024" in text
    assert "Winkel Zuid" in text
    assert f'data-label="Days late">{(today - date(2024, 2, 1)).days}</td>' in text
    assert "Amrani" not in text


def make_untold(number, **identity):
    opened = makers.make_dossier("COL", opened_on=date(2024, 1, 1))
    return makers.make_involvement(
        opened, identity=makers.an_identity(dossier_number=number, **identity)
    )


def test_dossier_numbers_of_debtors_not_told_stand_there_and_each_look_is_logged(
    client, sign_in, django_assert_max_num_queries
):
    colleague = sign_in("privacy officer", first_name="Truus", last_name="Zwart")
    rows = [make_untold(f"INC-{number}") for number in range(50)]
    make_untold("INC-EIGEN", first_name="Truus", last_name="Zwart")
    first_contact.look_again(timezone.localdate())
    with django_assert_max_num_queries(20):
        text = client.get("/desk/people/not-told/").content.decode()
    assert all(f"INC-{number}" in text for number in range(50))
    entries = Entry.objects.filter(body__event="person.content_revealed")
    assert {entry.body["object"] for entry in entries} == {
        f"subject:{row.subject.reference}" for row in rows
    }
    assert {(one.body["purpose"], one.body["group"], one.body["actor"]) for one in entries} == {
        ("check", "identity", f"user:{colleague.pk}")
    }
    own = client.get("/desk/people/not-told/?after=" + str(rows[-1].pk)).content.decode()
    assert "/desk/dossiers/" in own
    assert "INC-EIGEN" not in own


@pytest.mark.parametrize("role", ["intake", "auditor"])
def test_who_opens_no_contact_details_gets_no_dossier_numbers_either(client, sign_in, role):
    sign_in(role)
    make_untold("INC-1")
    first_contact.look_again(timezone.localdate())
    assert "INC-1" not in client.get("/desk/people/not-told/").content.decode()
    assert looks() == []
