"""The statement and the rights, for anybody; the calculators, for officers."""

import re
from datetime import date

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission, User

from policy.statement import newest_file
from policy.tests.makers import load_policy

pytestmark = pytest.mark.django_db
RECEIVED = {"received_at": "2026-06-09", "question": "response_due"}


def words(response):
    soup = BeautifulSoup(response.content, "html.parser")
    [main] = soup.select("main")
    return re.sub(r"\s+", " ", main.get_text(" "))


def plain(text):
    return re.sub(r"[\s•]+", " ", text).strip()


def test_the_statement_is_shown_word_for_word_with_version_and_date(client):
    load_policy()
    page = words(client.get("/statement/", headers={"accept-language": "nl"}))
    assert "Versie 2026-11" in page
    assert "1 november 2026" in page
    text = newest_file().with_suffix(".nl.txt").read_text("utf-8")
    for paragraph in text.split("\n\n"):
        assert plain(paragraph) in page


def test_the_statement_in_english_says_that_it_is_a_translation(client):
    load_policy()
    page = words(client.get("/statement/", headers={"accept-language": "en"}))
    assert "stored until 60 months after the case is closed" in page
    assert "the Dutch text is the one that counts" in page


def test_before_the_first_load_there_is_no_statement(client):
    for address in ("/statement/", "/rights/"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_rights_are_told_with_how_by_when_and_what_if_one_disagrees(client, language):
    statement = load_policy().document
    page = words(client.get("/rights/", headers={"accept-language": language}))
    for right in statement["rights"]:
        assert right[language] in page
        assert right["explanation"][language] in page
    assert "privacy@alektumgroup.nl" in page
    assert "020 – 417 71 77" in page
    assert "Postbus 93374, 2509 AJ DEN HAAG" in page
    assert "Datatilsynet" in page
    assert statement["court"][language] in page
    assert ("AVG artikel 15" in page) == (language == "nl")


def test_the_rights_are_told_in_short_sentences():
    statement = load_policy().document
    for right in statement["rights"]:
        for sentence in re.split(r"(?<=[.?!]) ", right["explanation"]["nl"]):
            assert len(sentence.split()) <= 25, sentence


# --- the calculators ----------------------------------------------------------------------


@pytest.fixture
def officer(client):
    user = User.objects.create_user("officer")
    wanted = {"view_purpose", "enter_desk"}
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    load_policy()
    return client


def ask(client, calculator, language="en", **fields):
    data = {"calculator": calculator}
    data |= {f"{calculator}-{name}": value for name, value in fields.items()}
    return client.post("/desk/calculators/", data, headers={"accept-language": language})


def test_strangers_and_colleagues_without_the_right_do_not_get_in(client):
    assert client.get("/desk/calculators/").status_code == 302
    user = User.objects.create_user("someone")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/desk/calculators/").status_code == 403


def test_an_empty_page_shows_both_forms_and_no_answer(officer):
    page = officer.get("/desk/calculators/", headers={"accept-language": "en"})
    assert page.status_code == 200
    assert "By when must we answer?" in words(page)
    assert "When must data go?" in words(page)
    assert 'role="status"' not in page.content.decode()
    assert 'role="alert"' not in page.content.decode()


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"received_at": "2026-06-09", "question": "response_due"}, "9 July 2026"),
        ({"received_at": "2032-01-31", "question": "response_due"}, "1 March 2032"),
        (
            {
                "received_at": "2026-08-03",
                "question": "response_due",
                "asked-1-reason": "identity",
                "asked-1-asked_at": "2026-08-05",
                "asked-1-answered_at": "2026-08-12",
                "asked-1-asked_without_undue_delay": "on",
            },
            "10 September 2026",
        ),
        (
            {
                "received_at": "2026-08-20",
                "question": "response_due",
                "extension-notified_at": "2026-09-10",
                "extension-further_months": "2",
                "extension-reason": "many files",
            },
            "20 November 2026",
        ),
    ],
)
def test_the_last_day_to_answer_is_told_with_its_reasons(officer, fields, day):
    page = ask(officer, "deadline", **fields)
    assert page.status_code == 200
    assert f"On {day} at the latest" in words(page)
    assert "GDPR Article 12(3)" in words(page)


def test_while_a_question_waits_there_is_no_day(officer):
    page = ask(
        officer,
        "deadline",
        received_at="2026-08-03",
        question="response_due",
        **{
            "asked-2-reason": "scope",
            "asked-2-asked_at": "2026-08-05",
            "asked-2-asked_without_undue_delay": "on",
        },
    )
    assert "No day yet: the clock stands still" in words(page)


def test_reasons_are_told_in_dutch_to_who_reads_dutch(officer):
    page = ask(officer, "deadline", "nl", received_at="2026-06-09", question="response_due")
    assert "Uiterlijk op 9 juli 2026" in words(page)
    said = words(page)
    assert "Wij kregen het verzoek op 9 juni 2026." in said
    assert "Vanaf die dag hebben wij één maand: tot en met 9 juli 2026." in said
    for unlike_people in ("2026-07-09", "maand(en)", "tijdzone", "[Bron"):
        assert unlike_people not in said
    # Where the rule stands comes apart, for who wants it.
    assert '<small class="muted">AVG artikel 12 lid 3' in page.content.decode()


def errors_at(page, name):
    soup = BeautifulSoup(page.content, "html.parser")
    found = soup.find(id=f"id_{name}_error")
    return found.get_text(" ", strip=True) if found else ""


@pytest.mark.parametrize(
    ("fields", "where", "told"),
    [
        ({"question": "response_due"}, "received_at", "required"),
        ({"received_at": "31-02-2026", "question": "response_due"}, "received_at", "valid date"),
        ({"received_at": "2026-06-09", "question": "hope"}, "question", "valid choice"),
        (
            {
                "received_at": "2026-06-09",
                "question": "response_due",
                "asked-1-reason": "scope",
                "asked-1-asked_at": "2026-06-01",
            },
            "asked-1-asked_at",
            "before the day of receipt",
        ),
        (
            RECEIVED
            | {
                "asked-2-reason": "scope",
                "asked-2-asked_at": "2026-06-10",
                "asked-2-answered_at": "2026-06-09",
            },
            "asked-2-answered_at",
            "before the day on which it was asked",
        ),
        (
            RECEIVED | {"extension-reason": "many"},
            "extension-notified_at",
            "required",
        ),
        (
            {
                "received_at": "2026-06-09",
                "question": "response_due",
                "extension-further_months": "3",
            },
            "extension-further_months",
            "valid choice",
        ),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    officer, fields, where, told
):
    page = ask(officer, "deadline", **fields)
    assert page.status_code == 422
    assert told in errors_at(page, f"deadline-{where}")
    soup = BeautifulSoup(page.content, "html.parser")
    assert soup.select_one(f'.error-summary a[href="#id_deadline-{where}"]')
    for name, value in fields.items():
        if name.endswith("_at") or name == "extension-reason":
            [field] = soup.select(f'[name="deadline-{name}"]')
            assert field["value"] == value


def test_a_year_that_cannot_be_counted_is_told(officer):
    page = ask(officer, "deadline", received_at="9999-12-20", question="response_due")
    assert page.status_code == 422
    assert "outside the years that can be counted" in words(page)


def test_the_first_day_of_deletion_is_told_for_each_purpose(officer):
    page = ask(
        officer,
        "retention",
        **{
            "collection-chosen": "on",
            "collection-case_closed_on": "2023-09-05",
            "accounting-chosen": "on",
            "accounting-booked_on": "2023-08-01",
            "accounting-financial_year_end_month_day": "12-31",
        },
    )
    assert page.status_code == 200
    told = words(page)
    assert "From 1 January 2031" in told
    assert "Collection case: 6 September 2028" in told
    assert "60 maanden na afsluiting" in told


def test_a_hold_on_a_purpose_stops_it(officer):
    page = ask(
        officer,
        "retention",
        **{
            "collection-chosen": "on",
            "collection-case_closed_on": "2020-12-10",
            "hold-1-placed_on": "2025-01-01",
            "hold-1-scope": ["collection"],
        },
    )
    assert "No day yet: a legal hold stops deletion" in words(page)


def test_a_restriction_and_an_access_request_that_ended_move_the_day(officer):
    page = ask(
        officer,
        "retention",
        **{
            "collection-chosen": "on",
            "collection-case_closed_on": "2020-12-10",
            "restriction-1-since": "2025-01-01",
            "restriction-1-lifted_on": "2026-08-03",
            "request-1-received_on": "2025-11-01",
            "request-1-closed_on": "2026-08-05",
        },
    )
    assert "From 5 August 2026" in words(page)


@pytest.mark.parametrize(
    ("fields", "where", "told"),
    [
        ({}, "collection-chosen", "at least one purpose"),
        ({"collection-case_closed_on": "2020-12-10"}, "collection-chosen", "tick this"),
        (
            {"accounting-chosen": "on", "accounting-financial_year_end_month_day": "02-31"},
            "accounting-financial_year_end_month_day",
            "month and day",
        ),
        (
            {
                "collection-chosen": "on",
                "hold-2-placed_on": "2026-01-02",
                "hold-2-released_on": "2026-01-01",
            },
            "hold-2-released_on",
            "before the day on which the hold began",
        ),
    ],
)
def test_a_wrong_case_of_deletion_is_refused_beside_its_field(officer, fields, where, told):
    page = ask(officer, "retention", **fields)
    assert page.status_code == 422
    assert told in errors_at(page, f"retention-{where}")


def test_periods_are_those_of_the_published_statement(officer, tmp_path):
    from policy import services

    text = newest_file().read_text("utf-8").replace('"2026-11"', '"2027-01"')
    newer = tmp_path / "2027-01.yaml"
    newer.write_text(text.replace("months: 60", "months: 12"), encoding="utf-8")
    services.load(newer, today=date(2027, 1, 1))
    fields = {"collection-chosen": "on", "collection-case_closed_on": "2022-05-20"}
    assert "From 21 May 2023" in words(ask(officer, "retention", **fields))
