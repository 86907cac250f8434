"""The answer on paper: readable by a screen reader, with the data inside, and fast."""

import io
import json
import time

import pikepdf
import pytest

from requests.report.pdf import render, report_json
from requests.tests.held import full_case, held, held_record, report_of


def opened(report):
    return pikepdf.open(io.BytesIO(render(report)))


def structure_types(element, found=None):
    found = set() if found is None else found
    if isinstance(element, pikepdf.Array):
        for part in element:
            structure_types(part, found)
    elif isinstance(element, pikepdf.Dictionary):
        if "/S" in element:
            found.add(str(element["/S"]))
        if "/K" in element:
            structure_types(element["/K"], found)
    return found


@pytest.mark.parametrize("language", ["nl", "en"])
def test_it_is_tagged_and_says_its_language_and_title(language):
    report = report_of(full_case(), language=language)
    with opened(report) as pdf:
        assert str(pdf.Root.Lang) == language
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert {"/Table", "/TH", "/H1", "/H2"} <= structure_types(pdf.Root.StructTreeRoot)
        with pdf.open_metadata() as meta:
            assert meta["dc:title"] == report["title"]
            assert meta["pdfaid:part"] == "3"
            assert meta["pdfaid:conformance"] == "A"
            assert meta["pdfuaid:part"] == "1"


def test_the_json_stands_inside_byte_for_byte():
    report = report_of(full_case())
    with opened(report) as pdf:
        inside = pdf.attachments["answer.json"].get_file().read_bytes()
    assert inside == report_json(report)
    assert json.loads(inside)["request"]["number"] == "AP-2026-000123"


def test_the_promise_is_a_link_to_the_statement():
    report = report_of(full_case())
    wanted = report["purposes"][0]["dossiers"][0]["retention"]["promise_at"]
    with opened(report) as pdf:
        notes = [note for page in pdf.pages for note in page.get("/Annots", [])]
        links = {str(note.A.URI) for note in notes if "/A" in note and "/URI" in note.A}
    assert wanted in links


def test_nothing_found_prints_too():
    with opened(report_of()) as pdf:
        assert len(pdf.pages) == 2


def test_the_overview_is_one_page_and_each_purpose_begins_its_own():
    with opened(report_of(full_case(), held("MKT"))) as pdf:
        assert len(pdf.pages) >= 4


ODD_TEXTS = {
    "code": "#set page(width: 1cm)",
    "markup": "*_`$<label>@ref\\",
    "scripts": "=كتاب 😀",
    "long": "x" * 4_000,
    "unseen": "a\u0000b\u200b",
    "no font": "漢 한국 हि ไทย 💶",
    "escape": "\\u0001\\",
}


@pytest.mark.parametrize("odd", ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_data_are_text_and_never_markup(odd):
    report = report_of(held(records=[held_record(content={"text": odd, odd[:20]: odd})]))
    assert render(report).startswith(b"%PDF")


def test_what_no_font_has_is_whole_in_the_file_inside():
    report = report_of(held(records=[held_record(content={"text": "漢字"})]))
    with opened(report) as pdf:
        assert "漢字" in pdf.attachments["answer.json"].get_file().read_bytes().decode()


def test_printing_twice_gives_the_same_bytes():
    report = report_of(full_case())
    assert render(report) == render(report)


def test_two_hundred_records_take_less_than_a_second():
    view = full_case(200)
    start = time.process_time()
    report = report_of(view)
    pages, data = render(report), report_json(report)
    assert time.process_time() - start < 1
    assert pages
    assert data
