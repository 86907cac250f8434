"""The versions of the statement: when each was in force, what it said, and what changed."""

import re
from datetime import date

import pytest
from bs4 import BeautifulSoup

from policy import services
from policy.changes import changes
from policy.statement import Statement, document, newest_file
from policy.tests.makers import load_policy, publish
from policy.tests.test_pages import words

pytestmark = pytest.mark.django_db
DUTCH = {"accept-language": "nl"}
SENTENCE = "Het dossier van een privacyverzoek blijft 60 maanden na de afsluiting bewaard."


@pytest.fixture
def two(tmp_path):
    load_policy()
    publish(
        tmp_path,
        "2027-01",
        **{
            "In deze privacyverklaring wordt beschreven": "Deze privacyverklaring beschrijft",
            "code: RTS-60, months: 60": "code: RTS-60, months: 48",
            "nl: Behandeling van privacyverzoeken": "nl: Verzoeken over privacy",
        },
    )


def test_each_version_is_listed_with_the_days_on_which_it_was_in_force(client, two):
    page = words(client.get("/statement/versions/", headers=DUTCH))
    assert "Versie 2027-01 Geldig sinds 1 januari 2027." in page
    assert "Versie 2026-11 Geldig van 1 november 2026 tot 1 januari 2027." in page
    assert "Dit is de eerste versie." in page


def test_each_version_is_read_at_its_own_address_and_an_old_one_says_so(client, two):
    old = words(client.get("/statement/2026-11/", headers=DUTCH))
    assert "In deze privacyverklaring wordt beschreven" in old
    assert "eerdere versie" in old
    assert "Geldig tot 1 januari 2027" in old
    new = words(client.get("/statement/", headers=DUTCH))
    assert "Deze privacyverklaring beschrijft" in new
    assert "eerdere versie" not in new
    assert words(client.get("/statement/2027-01/", headers=DUTCH)) == new


def test_what_changed_is_told_in_plain_words(client, two):
    page = words(client.get("/statement/2027-01/changes/", headers=DUTCH))
    assert f"{SENTENCE} Eerst: 60 maanden. Nu: 48 maanden." in page
    assert "“Behandeling van privacyverzoeken” heet nu “Verzoeken over privacy”." in page
    assert re.search(r"Er stond In deze .* Er staat nu Deze privacyverklaring beschrijft", page)
    assert page.count("Er stond") == 1


@pytest.mark.parametrize(
    "path", ["2026-11/changes/", "2030-01/", "2030-01/changes/", "%00/", "versions/changes/"]
)
def test_a_version_that_is_not_there_and_a_first_one_without_change_are_not_found(
    client, path, two
):
    assert client.get(f"/statement/{path}").status_code == 404


def test_a_version_put_there_for_the_record_has_no_days(client, two, tmp_path):
    publish(tmp_path, "2025-01")
    by_version = {row.version: row for row in services.history()}
    assert by_version["2025-01"].until is None
    assert not by_version["2025-01"].newest
    page = words(client.get("/statement/versions/", headers=DUTCH))
    assert "Een oudere versie. Die staat hier om na te lezen." in page


def test_a_sentence_put_in_between_does_not_change_those_after_it():
    content = document(newest_file())
    promises = list(content["promises"])
    added = promises[3] | {"nl": "Nieuw.", "en": "New."}
    shifted = [
        row | {"code": f"x{at}"} for at, row in enumerate([*promises[:3], added, *promises[3:]])
    ]
    before = {"code": "h", "before": "x0", "nl": "Kop", "en": "Heading"}
    found = changes(
        Statement(content | {"headings": [before | {"before": promises[0]["code"]}]}),
        Statement(content | {"promises": shifted, "headings": [before]}),
    )
    assert [(one.old, one.new and one.new.nl) for one in found.sentences] == [(None, "Nieuw.")]
    assert not found.periods
    assert not found.names


def test_the_same_statement_twice_has_no_changes():
    content = document(newest_file())
    assert not changes(Statement(content), Statement(content))


def test_every_heading_and_sentence_has_a_place_of_its_own_to_link_to(client):
    load_policy()
    page = BeautifulSoup(client.get("/statement/", headers=DUTCH).content, "html.parser")
    places = [one["id"] for one in page.select("[id]")]
    assert len(places) == len(set(places))
    statement = Statement(document(newest_file()), date(2026, 11, 1))
    assert {f"s{code}" for code in statement.promises} <= set(places)
    links = [one["href"][1:] for one in page.select("nav a[href^='#']")]
    assert len(links) == len(statement.headings) - 1
    assert set(links) <= set(places)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_each_right_says_when_it_cannot_be_done_and_leads_to_the_form(client, language):
    load_policy()
    page = client.get("/rights/", headers={"accept-language": language})
    statement = services.current()
    text = words(page)
    for right in statement.rights:
        assert f'/ask/situation/?want={right}"' in page.content.decode()
        for reason in statement.told_refusals(right):
            assert reason.text(language) in text
    assert statement.told_refusals("erasure")
    assert not statement.told_refusals("marketing_objection")


def test_what_the_law_forbids_to_tell_is_no_reason_that_we_tell():
    statement = Statement(document(newest_file()))
    told = [reason.nl for reason in statement.told_refusals("access")]
    assert told == ["Een deel gaat ook over een ander. Dat deel krijgt u niet."]
    with pytest.raises(KeyError):
        statement.told_refusals("nonsense")
