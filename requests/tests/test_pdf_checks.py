"""Each paper that a person gets, looked at as a validator would; and the looking itself."""

import io

import pikepdf
import pytest
from pikepdf import Name

from requests.letters.pdf import render as render_letter
from requests.packs.encryption import encrypted
from requests.packs.portability_pdf import render as render_portable
from requests.report.pdf import render
from requests.tests.held import full_case, held, held_record, report_of
from requests.tests.lettering import DONE, TOLD, decided, letter_of
from requests.tests.pdf_checks import elements, faults
from requests.tests.test_portability import mine, portable_of

LANGUAGES = pytest.mark.parametrize("language", ["nl", "en"])


@pytest.fixture(scope="module")
def answer():
    return render(report_of(full_case(40), held("MKT"), held("CLI", dossier={"client": ""})))


@LANGUAGES
def test_nothing_is_wrong_with_an_answer(language):
    odd = held(records=[held_record(content={"text": "=كتاب 漢 *_`$<label>"})])
    assert faults(render(report_of(full_case(40), odd, held("MKT"), language=language))) == []


@LANGUAGES
def test_nothing_is_wrong_with_an_answer_that_found_nothing(language):
    assert faults(render(report_of(language=language))) == []


@LANGUAGES
def test_nothing_is_wrong_with_data_to_take_along(language):
    assert faults(render_portable(portable_of(held(records=[mine()]), language=language))) == []


@LANGUAGES
@pytest.mark.parametrize("outcome", ["granted", "refused"])
def test_nothing_is_wrong_with_a_letter(language, outcome):
    row = decided("erasure", outcome, done=DONE, told=TOLD, reason="Wij hebben ze nog nodig.")
    assert faults(render_letter(letter_of(row, language=language))) == []


# --- the looking: each fault is found ------------------------------------------------------


def changed(pages, change):
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(pages)) as pdf:
        change(pdf)
        pdf.save(output, fix_metadata_version=False)
    return output.getvalue()


def first(pdf, kind):
    return next(one for found, one, _parent in elements(pdf) if found == kind)


def lose_font(pdf):
    for one in pdf.objects:
        if isinstance(one, pikepdf.Dictionary) and "/FontFile2" in one:
            del one.FontFile2
        if isinstance(one, pikepdf.Dictionary) and "/FontFile3" in one:
            del one.FontFile3


def draw_loose(pdf):
    page = pdf.pages[0]
    page.contents_add(pdf.make_stream(b"0 0 m 10 10 l S"))


def the_file(pdf):
    return pdf.attachments["answer.json"].obj


def page_with_links(pdf):
    return next(page.obj for page in pdf.pages if "/Annots" in page.obj)


def first_link(pdf):
    return next(note for page in pdf.pages for note in page.obj.get("/Annots", []))


def becomes(kind, other):
    def change(pdf):
        first(pdf, kind).S = other

    return change


def lose(of, name):
    def change(pdf):
        one = of(pdf)
        del one[name]

    return change


FAULTS = {
    "language": lose(lambda pdf: pdf.Root, "/Lang"),
    "tagged": lose(lambda pdf: pdf.Root, "/MarkInfo"),
    "colour profile": lose(lambda pdf: pdf.Root, "/OutputIntents"),
    "title is not shown": lose(lambda pdf: pdf.Root, "/ViewerPreferences"),
    "not in AF": lose(lambda pdf: pdf.Root, "/AF"),
    "XMP lacks pdfuaid": lambda pdf: pdf.Root.__delattr__("Metadata"),
    "says not what it is to": lose(
        lambda pdf: pdf.attachments["answer.json"].obj, "/AFRelationship"
    ),
    "not embedded": lose_font,
    "neither tagged": draw_loose,
    "no order of tabs": lose(
        lambda pdf: next(p.obj for p in pdf.pages if "/Annots" in p.obj), "/Tabs"
    ),
    "link without words": lose(first_link, "/Contents"),
    "does not know": lose(lambda pdf: pdf.pages[0].obj, "/StructParents"),
    "header cell": lose(lambda pdf: first(pdf, "TH"), "/A"),
    "no type that readers know": becomes("P", Name("/Box")),
    "follows level": becomes("H1", Name.H3),
    "no words": becomes("P", Name.Figure),
}


@pytest.mark.parametrize(("words", "change"), FAULTS.items(), ids=FAULTS)
def test_each_fault_is_found(answer, words, change):
    assert any(words in fault for fault in faults(changed(answer, change)))


def test_the_encrypted_copy_is_no_pdf_a_and_is_pdf_ua_all_the_same(answer):
    output = io.BytesIO()
    with pikepdf.open(
        io.BytesIO(encrypted(answer, "een lange zin")), password="een lange zin"
    ) as pdf:
        pdf.save(output)
    left = faults(output.getvalue())
    assert {fault for fault in left if "pdfaid" not in fault} <= {"the header is not that of PDF/A"}
    assert len([fault for fault in left if "pdfaid" in fault]) == 2
