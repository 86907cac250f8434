"""Who received data in which period: counts for many, rows for who may, and few queries."""

from datetime import date

import pytest
from django.conf import settings
from django.utils import timezone

from alektum_privacy.tests.chance import without_chance
from desk.recipients import views
from desk.tests.makers import make_colleague
from subjects import sharing
from subjects.models import Recipient
from subjects.tests.makers import (
    make_disclosure,
    make_dossier,
    make_involvement,
    make_organisation,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
BACKEND = "django.contrib.auth.backends.ModelBackend"
MARCH = {"since": "2026-03-01", "until": "2026-03-31"}


@pytest.fixture
def page(client):
    """Return what a colleague reads at an address, in English."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    def read(address="/desk/recipients/", role="auditor", **asked):
        client.force_login(make_colleague(role), backend=BACKEND)
        answer = client.get(address, asked)
        assert answer.status_code == 200
        return answer.content.decode()

    return read


def received(name, category="adviser", purpose="COL", day=date(2026, 3, 9), **fields):
    organisation = make_organisation(name)
    recipient = Recipient.objects.create(organisation=organisation, category_id=category)
    person = make_involvement(make_dossier(purpose))
    made = make_disclosure(person, recipient, purpose_id=purpose, disclosed_on=day, **fields)
    sharing.count_anew(now=timezone.now())
    return made


def test_who_received_what_in_a_period_is_shown_with_counts(page):
    received("Deurwaarder BV")
    received("Bank NV", "bank", day=date(2026, 4, 9))
    text = page(**MARCH)
    assert "Deurwaarder BV" in text
    assert "Bank NV" not in text
    assert "1 disclosure" in text
    assert "Bank NV" in page(since="2026-04-01", until="2026-04-01")


def test_it_can_be_asked_for_one_kind_and_one_purpose(page):
    received("Deurwaarder BV")
    received("Bank NV", "bank", "ACC")
    assert "Deurwaarder BV" not in page(**MARCH, category="bank")
    assert "Bank NV" not in page(**MARCH, purpose="COL")
    assert "Bank NV" in page(**MARCH, purpose="ACC", category="bank")


def test_only_what_left_the_eea_is_a_transfer_and_says_by_what_it_is_lawful(page):
    received("Deurwaarder BV")
    received("Lawyers Inc", country="US", transfer_mechanism="46.2.c")
    text = page("/desk/recipients/transfers/", **MARCH)
    assert "Lawyers Inc" in text
    assert "Deurwaarder BV" not in text
    assert "Standard contractual clauses" in text
    assert "GDPR Article 46(2)(c)" in text


def test_a_period_that_ends_before_it_begins_is_refused_and_keeps_what_was_typed(client, page):
    page()
    answer = client.get("/desk/recipients/", {"since": "2026-04-01", "until": "2026-03-01"})
    assert answer.status_code == 422
    assert 'value="2026-04-01"' in answer.content.decode()
    assert client.get("/desk/recipients/", {"category": "nobody"}).status_code == 422


def test_who_received_money_laundering_checks_is_for_those_who_see_them(client, page):
    made = received("FIU", "authority", "AML")
    text = page(**MARCH)
    assert "FIU" not in without_chance(text)
    assert "left out" in text
    reference = made.recipient.organisation.reference
    assert str(made.involvement.dossier.reference) not in page(f"/desk/recipients/{reference}/")
    officers = make_colleague("AML officer", "auditor")
    client.force_login(officers, backend=BACKEND)
    assert "FIU" in client.get("/desk/recipients/", MARCH).content.decode()
    shown = client.get(f"/desk/recipients/{reference}/").content.decode()
    assert str(made.involvement.dossier.reference) in shown


def test_pages_go_by_key_and_leave_nobody_out(client, page, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    names = [f"Organisatie {number}" for number in range(5)]
    for name in names:
        received(name)
    page()
    seen, address = [], "/desk/recipients/?since=2026-03-01&until=2026-03-01"
    while address:
        answer = client.get(address)
        seen += [row.organisation for row in answer.context["rows"]]
        following = answer.context["next_page"]
        address = f"/desk/recipients/{following}" if following else ""
    assert seen == names


def test_one_organisation_has_its_rows_by_dossier_and_never_a_name(client, page, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 1)
    made = received("Deurwaarder BV")
    older = make_disclosure(made.involvement, made.recipient, disclosed_on=date(2026, 3, 1))
    address = f"/desk/recipients/{made.recipient.organisation.reference}/"
    text = page(address)
    assert str(made.involvement.dossier.reference) in text
    assert "El Amrani" not in text
    answer = client.get(address)
    [(row, _data)] = answer.context["rows"]
    assert row == made
    [(row, _data)] = client.get(address + answer.context["next_page"]).context["rows"]
    assert row == older


def test_rows_of_two_parts_of_one_organisation_go_by_day_and_leave_none_out(
    client, page, monkeypatch
):
    monkeypatch.setattr(views, "PAGE", 2)
    first = received("Bank NV", "bank")
    second = Recipient.objects.create(
        organisation=first.recipient.organisation, category_id="adviser"
    )
    made = [
        make_disclosure(first.involvement, role, disclosed_on=date(2026, 3, day))
        for day, role in ((1, second), (5, first.recipient), (9, second), (20, second))
    ]
    sharing.count_anew(now=timezone.now())
    page()
    start = f"/desk/recipients/{first.recipient.organisation.reference}/"
    seen, address = [], start
    while address:
        answer = client.get(address)
        seen += [row.pk for row, _data in answer.context["rows"]]
        following = answer.context["next_page"]
        address = f"{start}{following}" if following else ""
    assert seen == [made[3].pk, made[2].pk, first.pk, made[1].pk, made[0].pk]


def test_a_figure_leads_to_the_rows_of_its_own_period_part_and_purpose(client, page):
    made = received("Bank NV", "bank")
    reference = made.recipient.organisation.reference
    for day in (date(2026, 2, 28), date(2026, 4, 1)):
        make_disclosure(made.involvement, made.recipient, disclosed_on=day)
    sharing.count_anew(now=timezone.now())
    asked = "since=2026-03-09&until=2026-03-10&category=bank&purpose=COL"
    written = asked.replace("&", "&amp;")
    assert f"/desk/recipients/{reference}/?{written}" in page(f"/desk/recipients/?{asked}")
    answer = client.get(f"/desk/recipients/{reference}/?{asked}")
    assert [row.pk for row, _data in answer.context["rows"]] == [made.pk]
    assert answer.context["months"] == [("March 2026", 1)]
    assert "Show all it ever received" in answer.content.decode()
    other = client.get(f"/desk/recipients/{reference}/?{asked.replace('COL', 'ACC')}")
    assert not other.context["rows"]
    assert not other.context["months"]
    text = page("/desk/register/")
    assert f"/desk/recipients/{reference}/?purpose=COL&amp;category=bank" in text
    assert "/desk/recipients/?since=&amp;purpose=COL&amp;category=bank" in text
    assert "3 disclosures" in page("/desk/recipients/?since=&purpose=COL&category=bank")


@pytest.mark.parametrize("after", ["7", "2026-13-01_7", "2026-03-01_x", "2026-03-01"])
def test_a_place_in_the_rows_that_is_none_is_not_found(client, page, after):
    made = received("Bank NV", "bank")
    page()
    address = f"/desk/recipients/{made.recipient.organisation.reference}/"
    assert client.get(address, {"after": after}).status_code == 404


def test_a_wrong_period_of_one_organisation_is_said_and_shows_no_rows(client, page):
    made = received("Bank NV", "bank")
    page()
    address = f"/desk/recipients/{made.recipient.organisation.reference}/"
    answer = client.get(address, {"since": "2026-04-01", "until": "2026-03-01"})
    assert answer.status_code == 422
    assert not answer.context["rows"]


def test_rows_tell_a_role_no_more_than_the_page_of_the_dossier(client, page):
    made = received("Arts BV", data_categories=["health", "contact"])
    organisation = made.recipient.organisation
    address = f"/desk/recipients/{organisation.reference}/"
    make_disclosure(make_involvement(make_dossier()), made.recipient, data_categories=["health"])
    make_disclosure(
        make_involvement(make_dossier("AML")), made.recipient, data_categories=["contact"]
    )
    page(address)
    [(row, data)] = client.get(address).context["rows"]
    assert (row, len(data)) == (made, 1)
    page(address, role="senior officer")
    rows = client.get(address).context["rows"]
    assert sorted(len(data) for _row, data in rows) == [1, 2]


@pytest.mark.parametrize("address", ["", "transfers/"])
def test_a_page_costs_few_queries_however_many_organisations(
    client, page, address, django_assert_max_num_queries
):
    for number in range(8):
        received(f"Organisatie {number}", country="US", transfer_mechanism="45")
    page()
    with django_assert_max_num_queries(20):
        answer = client.get(f"/desk/recipients/{address}", MARCH)
    assert len(answer.context["rows"]) == 8


@pytest.mark.parametrize("role", ["intake", "marketing", "administrator"])
def test_others_do_not_see_who_received_data(client, role):
    made = received("Deurwaarder BV")
    client.force_login(make_colleague(role), backend=BACKEND)
    reference = made.recipient.organisation.reference
    for address in ("", "transfers/", f"{reference}/"):
        assert client.get(f"/desk/recipients/{address}").status_code == 403


def test_an_organisation_that_does_not_exist_is_not_found(client, page):
    page()
    unknown = "00000000-0000-4000-8000-000000000000"
    assert client.get(f"/desk/recipients/{unknown}/").status_code == 404
    assert client.get("/desk/recipients/?after=x&since=2026-01-01").status_code == 404
