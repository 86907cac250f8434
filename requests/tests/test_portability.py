"""Data to take along: only what the person gave, under consent or a contract; safe to open."""

import csv
import io
import json

import pikepdf
import pytest

from policy.statement import Statement, document, newest_file
from requests.packs.portability import as_csv, as_json, build
from requests.packs.portability_pdf import render
from requests.tests.held import TODAY, held, held_record

MINE = {"provided_by_subject": True, "lawful_basis": "6.1.b", "source": "person"}
CONTROLLER = {"name": "Alektum Group", "email": "privacy@alektumgroup.nl"}


def mine(**fields):
    return held_record(**(MINE | fields))


def portable_of(*views, language="nl", dossiers=None):
    return build(
        views,
        Statement(document(newest_file())),
        dossiers={view.dossier.reference for view in views} if dossiers is None else dossiers,
        number="AP-2026-000123",
        controller=CONTROLLER,
        today=TODAY,
        language=language,
    )


@pytest.mark.parametrize(
    "record", [held_record(), mine(provided_by_subject=False), mine(content=None)]
)
def test_what_does_not_qualify_or_is_gone_stays(record):
    assert portable_of(held(records=[record]))["records"] == []


def test_in_the_invoice_phase_and_of_other_dossiers_nothing_goes_along():
    assert portable_of(held("INV", records=[mine()]))["records"] == []
    assert portable_of(held(records=[mine()]), dossiers=set())["records"] == []


def test_the_files_hold_the_same_values_and_say_what_the_fields_mean():
    content = {"text": "Ik verdien 1.200 euro", "account": {"number": "3"}, "phones": ["06", "07"]}
    portable = portable_of(held(records=[mine(content=content)]), language="en")
    assert json.loads(as_json(portable))["records"][0]["content"] == content
    rows = list(csv.DictReader(io.StringIO(as_csv(portable).decode("utf-8-sig"))))
    assert {row["field"]: row["value"] for row in rows} == {
        "text": "Ik verdien 1.200 euro",
        "account.number": "3",
        "phones.1": "06",
        "phones.2": "07",
    }
    assert rows[0]["dossier"] == "2024-001234"
    described = {one["field"]: one["meaning"] for one in portable["fields"]}
    assert described["phones"] == "Your telephone numbers."
    assert all(one["meaning"] for one in portable["categories"])


@pytest.mark.parametrize("evil", ["=1+1", "+31 6", "-2", "@cmd", "\t=1", "|calc", "%0A"])
def test_no_cell_is_a_formula_for_a_spreadsheet(evil):
    portable = portable_of(held(records=[mine(content={evil: evil})]))
    rows = list(csv.DictReader(io.StringIO(as_csv(portable).decode("utf-8-sig"), newline="")))
    assert rows[0]["value"] == rows[0]["field"] == f"'{evil}"
    assert json.loads(as_json(portable))["records"][0]["content"] == {evil: evil}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_page_for_people_has_both_files_inside(language):
    portable = portable_of(held(records=[mine()]), language=language)
    names = {"nl": {"gegevens.json", "gegevens.csv"}, "en": {"data.json", "data.csv"}}
    with pikepdf.open(io.BytesIO(render(portable))) as pdf:
        assert set(pdf.attachments) == names[language]
        assert bool(pdf.Root.MarkInfo.Marked)


def test_nothing_to_take_along_is_said():
    assert render(portable_of(held())).startswith(b"%PDF")
