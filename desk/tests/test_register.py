"""The register of processing makes itself."""

import pytest

from desk.tests.makers import make_colleague
from policy.tests.makers import load_policy
from subjects.models import Recipient
from subjects.tests.makers import make_organisation, make_recipient

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client):
    load_policy()
    backend = "django.contrib.auth.backends.ModelBackend"
    client.force_login(make_colleague("auditor"), backend=backend)
    return client


def read(client):
    return client.get("/desk/register.json").json()


def purpose_of(register, code):
    [found] = [row for row in register["as_controller"] if row["code"] == code]
    return found


def test_every_purpose_stands_in_it_once_with_what_article_30_asks(auditor):
    register = read(auditor)
    rows = register["as_controller"] + register["as_processor"]
    codes = [purpose["code"] for purpose in load_policy().document["purposes"]]
    assert sorted(row["code"] for row in rows) == sorted(codes)
    for row in rows:
        for part in ("bases", "data", "sources", "recipients", "time_limits"):
            assert row[part], (row["code"], part)
    assert [row["code"] for row in register["as_processor"]] == ["INV"]
    assert register["controller"]["name"] == "Alektum Group"
    assert register["security"]


def test_time_limits_are_those_of_the_statement_in_both_languages(auditor):
    [limit] = purpose_of(read(auditor), "ACC")["time_limits"]
    assert limit["months"] == 84
    assert "zeven (7) jaar" in limit["sentence"]["nl"]
    assert "seven (7) years" in limit["sentence"]["en"]


def test_organisations_are_counted_and_countries_outside_the_eea_named(auditor):
    make_recipient("Deurwaarder BV", "adviser")
    abroad = make_organisation("Lawyers Inc", country="US")
    Recipient.objects.create(organisation=abroad, category_id="adviser")
    make_organisation("Winkel BV", is_client=True)
    register = read(auditor)
    [advisers] = [
        row for row in purpose_of(register, "COL")["recipients"] if row["code"] == "adviser"
    ]
    assert (advisers["organisations"], advisers["outside_eea"]) == (2, ["US"])
    assert register["clients"] == 1


def test_the_page_says_it_in_words(auditor):
    page = auditor.get("/desk/register/", headers={"accept-language": "nl"}).content.decode()
    assert "Verwerkingsregister" in page
    assert "AVG artikel 6 lid 1 onder f" in page
    assert "60 maanden na afsluiting van de zaak" in page


def test_it_takes_few_queries_however_many_organisations(auditor, django_assert_max_num_queries):
    for number in range(10):
        make_recipient(f"Deurwaarder {number}", "adviser")
    with django_assert_max_num_queries(10):
        auditor.get("/desk/register.json")


def test_who_may_not_see_the_statement_may_not_see_the_register(client):
    backend = "django.contrib.auth.backends.ModelBackend"
    client.force_login(make_colleague("marketing"), backend=backend)
    assert client.get("/desk/register/").status_code == 403
    assert client.get("/desk/register.json").status_code == 403


def test_before_a_statement_is_published_there_is_no_register(client):
    backend = "django.contrib.auth.backends.ModelBackend"
    client.force_login(make_colleague("auditor"), backend=backend)
    assert client.get("/desk/register/").status_code == 404
