"""The register of processing makes itself."""

import io
import json
from datetime import date
from pathlib import Path
from pkgutil import resolve_name

import openpyxl
import pikepdf
import pytest
import yaml
from django.utils import timezone

import desk.register
from alektum_privacy.tests.chance import without_chance
from desk.register import building, linked
from desk.tests.makers import make_colleague
from policy.tests.makers import load_policy
from subjects import sharing
from subjects.models import Recipient
from subjects.tests.makers import (
    make_disclosure,
    make_dossier,
    make_involvement,
    make_organisation,
    make_recipient,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
TERMS = Path(desk.register.__file__).parent / "vendor" / "dpv-2.3-terms.txt"
XSD = ("xsd:date", "xsd:dateTime", "xsd:duration")


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


def received(organisation, category, purpose="COL", times=1, **fields):
    """Let an organisation receive data `times`, and have it counted."""
    recipient, _ = Recipient.objects.get_or_create(organisation=organisation, category_id=category)
    involvement = make_involvement(make_dossier(purpose))
    for _time in range(times):
        make_disclosure(
            involvement, recipient, purpose_id=purpose, disclosed_on=date(2026, 3, 9), **fields
        )
    sharing.count_anew(now=timezone.now())


def test_who_really_received_data_is_named_with_how_often_and_when(auditor):
    received(make_organisation("Deurwaarder BV"), "adviser", times=2)
    register = read(auditor)
    [named] = purpose_of(register, "COL")["named_recipients"]
    assert (named["name"], named["category"], named["number"]) == ("Deurwaarder BV", "adviser", 2)
    assert named["first_month"] == named["last_month"] == "2026-03-01"
    assert purpose_of(register, "ACC")["named_recipients"] == []
    assert register["counted_at"]


def test_a_transfer_outside_the_eea_is_named_with_what_makes_it_lawful(auditor):
    abroad = make_organisation("Lawyers Inc", country="US")
    received(abroad, "adviser", country="US", transfer_mechanism="46.2.c")
    [transfer] = purpose_of(read(auditor), "COL")["transfers"]
    assert (transfer["country"], transfer["article"]) == ("US", "GDPR Article 46(2)(c)")


def test_who_may_not_see_money_laundering_checks_is_not_told_who_received_them(client, auditor):
    received(make_organisation("FIU"), "authority", "AML")
    for address in ("/desk/register.json", "/desk/register.jsonld", "/desk/register/"):
        assert "FIU" not in without_chance(auditor.get(address).content.decode())
    officer = make_colleague("AML officer")
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    assert "FIU" in client.get("/desk/register.json").content.decode()


# --- files --------------------------------------------------------------------------------------


def terms_in(node):
    """Yield each term of a JSON-LD document that a vocabulary must know."""
    if isinstance(node, list):
        for one in node:
            yield from terms_in(one)
    elif isinstance(node, dict):
        for name, value in node.items():
            if name == "@context":
                continue
            if name == "@type":
                yield from [value] if isinstance(value, str) else value
            elif not name.startswith("@"):
                yield name
            yield from terms_in(value)


def test_each_term_of_the_json_ld_stands_in_the_vocabulary(auditor):
    abroad = make_organisation("Lawyers Inc", country="US")
    received(abroad, "adviser", country="US", transfer_mechanism="49.1.e")
    make_organisation("Winkel BV", is_client=True)
    answer = auditor.get("/desk/register.jsonld")
    assert answer.headers["Content-Type"] == "application/ld+json"
    document = json.loads(answer.content)
    known = set(TERMS.read_text(encoding="utf-8").split())
    used = set(terms_in(document)) - set(XSD)
    assert {"dpv:ROPA", "eu-gdpr:A6-1-f", "eu-gdpr:A49-1-e", "dpv:CrossBorderTransfer"} <= used
    for term in used:
        prefix, _colon, name = term.partition(":")
        if prefix in ("dpv", "eu-gdpr", "pd"):
            assert document["@context"][prefix] + name in known, term
        else:
            assert prefix in ("dct", "rdf", "rdfs"), term


def test_each_code_of_the_statement_has_a_term_and_each_term_is_known():
    known = set(TERMS.read_text(encoding="utf-8").split())
    terms = linked._terms()
    for codes in terms.values():
        for term in codes.values():
            prefix, _colon, name = term.partition(":")
            assert linked.CONTEXT[prefix] + name in known
    statement = load_policy().document
    parts = {
        "purposes": "purposes",
        "bases": "lawful_bases",
        "data": "data_categories",
        "sources": "source_categories",
        "recipients": "recipient_categories",
    }
    for ours, theirs in parts.items():
        assert {row["code"] for row in statement[theirs]} <= terms[ours].keys()


def test_each_measure_of_security_is_carried_out_by_code_that_exists():
    known = set(TERMS.read_text(encoding="utf-8").split())
    for row in building.measures():
        assert [resolve_name(name) for name in row["kept_by"]]
        assert all(f"https://w3id.org/dpv#{term}" in known for term in row["dpv"])


@pytest.mark.parametrize(("language", "said"), [("nl", "Incasso"), ("en", "Debt collection")])
def test_the_pdf_is_tagged_in_its_language_and_carries_the_json_ld(auditor, language, said):
    received(make_organisation("Deurwaarder BV"), "adviser")
    answer = auditor.get(f"/desk/register.{language}.pdf")
    assert answer.status_code == 200
    with pikepdf.open(io.BytesIO(answer.content)) as pages:
        assert bool(pages.Root.MarkInfo.Marked)
        assert str(pages.Root.Lang) == language
        assert "/StructTreeRoot" in pages.Root
        with pages.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert metadata["pdfaid:part"] == "3"
        inside = pages.attachments["register.jsonld"].get_file().read_bytes()
        outline = yaml.safe_dump([str(one.title) for one in pages.open_outline().root[1].children])
    assert json.loads(inside)["@type"] == "dpv:ROPA"
    assert said in outline


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_spreadsheet_opens_and_nothing_in_it_computes(auditor, language):
    received(make_organisation("=1+1"), "adviser")
    answer = auditor.get(f"/desk/register.{language}.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert len(book.worksheets) == 7
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert "'=1+1" in [cell.value for cell in cells]
    assert all(cell.data_type != "f" for cell in cells)
    codes = {row[0].value for row in book.worksheets[1].iter_rows(min_row=2)}
    assert codes == {row["code"] for row in load_policy().document["purposes"]}


def test_an_unknown_language_is_not_found(auditor):
    assert auditor.get("/desk/register.de.pdf").status_code == 404


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
    for ending in ("json", "jsonld", "nl.pdf", "en.xlsx"):
        assert client.get(f"/desk/register.{ending}").status_code == 403


def test_before_a_statement_is_published_there_is_no_register(client):
    backend = "django.contrib.auth.backends.ModelBackend"
    client.force_login(make_colleague("auditor"), backend=backend)
    assert client.get("/desk/register/").status_code == 404
