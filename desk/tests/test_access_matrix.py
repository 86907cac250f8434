"""The permission matrix, cell by cell: every address for every role, and for whoever has none."""

import os

import pytest
from django.contrib.auth.models import Permission

from desk import role_words, roles
from desk.management.commands import access_table
from desk.tests import access_matrix as table
from policy.tests.makers import load_policy

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture(autouse=True)
def _statement(settings):
    load_policy()


def test_every_address_stands_in_the_table():
    rows, there = table.read(), set(table.addresses())
    if os.environ.get("WRITE_ACCESS_MATRIX"):
        kept = {address: row for address, row in rows.items() if address in there}
        table.write(kept | table.asked_now(there - set(kept)))
        rows = table.read()
    assert set(rows) == there, "see docs/access.md: a command adds what is missing"


@pytest.mark.parametrize("column", table.COLUMNS)
def test_each_gets_at_each_address_what_the_table_says(column):
    client, wrong = table.client_of(column), []
    for address, (method, row) in table.read().items():
        answer = table.ask(client, method, address)
        if answer != row[column]:
            wrong.append(f"{method} {address}: {answer} instead of {row[column]}")
        if table.ends_session(address):
            client = table.client_of(column)
    assert wrong == []


def test_a_stranger_and_a_colleague_without_role_get_nothing_of_the_desk():
    for address, (_method, row) in table.read().items():
        if address.startswith("desk/"):
            assert (row[table.STRANGER], row[table.NOBODY]) == (302, 403), address


def test_the_administration_opens_to_administrators_only():
    for address, (_method, row) in table.read().items():
        if address.startswith("admin/") and "log" not in address and "jsi18n" not in address:
            others = {row[column] for column in table.COLUMNS if column != "administrator"}
            assert others <= {302, 403}, address


def test_a_session_of_the_desk_opens_nothing_of_the_api():
    for address, (_method, row) in table.read().items():
        if address.startswith("api/"):
            assert set(row.values()) <= {401, 403, 405}, address


def test_every_permission_of_a_role_has_words_and_no_word_is_left_over():
    held = {name for names in roles.ROLES.values() for name in names}
    assert set(role_words.WORDS) == held
    known = {f"{p.content_type.app_label}.{p.codename}" for p in Permission.objects.all()}
    assert held <= known


def test_the_page_says_in_words_which_role_may_do_what(client):
    client.force_login(
        table.account_of("auditor"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    page = client.get("/desk/access/").content.decode()
    assert "Een vernietigingslijst goedkeuren" in page
    assert page.count("<tr>") > len(role_words.WORDS)


def test_the_documentation_says_the_same():
    text = access_table.PAGE.read_text("utf-8")
    assert access_table.page_with_table(text) == text, "manage.py access_table --write"
