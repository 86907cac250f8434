"""Packs on the person's page: read there, taken with a password, and asked anew."""

import hashlib
import io
import time
from datetime import timedelta

import pikepdf
import pytest
import time_machine
from django.template.loader import render_to_string
from django.utils import timezone, translation

from audit.services import entries_about
from requests.exceptions import AnswerLacks, PackGone, WrongState
from requests.letters.models import Renewal
from requests.models import Pack, PackDownload
from requests.packs import making, taking
from requests.packs.encryption import encrypted, new_passphrase
from requests.report.pdf import printable, render, report_json
from requests.tests import zips
from requests.tests.answers import NOW, make_approved, make_case
from requests.tests.held import full_case, report_of
from requests.tests.test_page import opened, post, text_of
from subjects.tests.makers import lose_key, make_dossier, make_involvement, make_record

database = pytest.mark.django_db(databases=["default", "keystore"])
LATER = NOW + timedelta(days=40)


def make_given(records=2):
    request = make_approved(make_case(records))
    making.build_pack(request.pk, now=NOW)
    request.refresh_from_db()
    return request


# --- with a password -----------------------------------------------------------------------


def test_the_pdf_opens_with_the_password_only_and_what_is_inside_too():
    locked = encrypted(render(report_of(full_case())), "wachtwoord met ë en 😀")
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(locked))
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(locked), password="iets anders")
    assert b"van den Berg" not in locked
    with pikepdf.open(io.BytesIO(locked), password="wachtwoord met ë en 😀") as pdf:
        assert pdf.encryption.R == 6
        assert pdf.encryption.bits == 256
        assert pdf.allow.accessibility
        assert bool(pdf.Root.MarkInfo.Marked)
        assert b"van den Berg" in pdf.attachments["answer.json"].get_file().read_bytes()
        with pdf.open_metadata() as meta:
            assert meta["pdfuaid:part"] == "1"
            assert "pdfaid:part" not in meta


def test_a_password_of_ours_is_long_and_never_the_same():
    made = {new_passphrase() for _ in range(50)}
    assert len(made) == 50
    assert all(len(one) == 19 for one in made)


@database
def test_the_person_takes_the_pdf_with_the_password_on_the_page(client):
    with time_machine.travel(NOW, tick=False):
        request = make_given()
        there = opened(client, request)
        [pack] = request.packs.all()
        taken = post(client, f"{there}pack/{pack.reference}/file/", {"passphrase": "kort"})
        assert taken.status_code == 422
        assert "minstens 10 tekens" in text_of(taken)
        assert b'value="kort"' in taken.content
        typed = {"passphrase": "mijn lange zin"}
        taken = post(client, f"{there}pack/{pack.reference}/file/", typed)
        with pikepdf.open(io.BytesIO(taken.content), password="mijn lange zin") as pdf:
            assert len(pdf.pages) > 1
        plain = client.get(f"{there}pack/{pack.reference}/pdf/")
        assert plain.status_code == 302
    entries = entries_about(f"request:{request.reference}").filter(body__event="pack.downloaded")
    assert [entry.body["encrypted"] for entry in entries] == [True]


@database
def test_the_zip_has_the_pdf_as_it_was_made_and_each_taking_is_noted(client):
    with time_machine.travel(NOW, tick=False):
        request = make_given()
        there = opened(client, request)
        [pack] = request.packs.all()
        short = {"passphrase": "kort", "form": "zip"}
        assert post(client, f"{there}pack/{pack.reference}/file/", short).status_code == 422
        other = {"passphrase": "mijn lange zin", "form": "json"}
        assert post(client, f"{there}pack/{pack.reference}/file/", other).status_code == 404
        typed = {"passphrase": "mijn lange zin", "form": "zip"}
        taken = post(client, f"{there}pack/{pack.reference}/file/", typed)
        files = zips.opened(taken.content, "mijn lange zin")
        assert hashlib.sha256(files["answer.pdf"]).hexdigest() == pack.manifest["pdf"]["sha256"]
        assert hashlib.sha256(files["answer.json"]).hexdigest() == pack.manifest["json"]["sha256"]
        with pikepdf.open(io.BytesIO(files["answer.pdf"])) as pdf, pdf.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "A")
        assert b"El Amrani" not in taken.content
        with pytest.raises(ValueError, match="passphrase"):
            taking.open_pack(pack, "zip", actor="person", now=NOW)
    entries = entries_about(f"request:{request.reference}").filter(body__event="pack.downloaded")
    assert [(entry.body["form"], entry.body["encrypted"]) for entry in entries] == [("zip", True)]


@database
@pytest.mark.parametrize("form", ["json", "csv", "pdf", "zip"])
def test_nothing_leaves_as_a_plain_file(client, form):
    with time_machine.travel(NOW, tick=False):
        request = make_given()
        there = opened(client, request)
        [pack] = request.packs.all()
        plain = client.get(f"{there}pack/{pack.reference}/{form}/")
    assert (plain.status_code, plain.headers["Location"]) == (302, there)
    assert not PackDownload.objects.exists()


@database
def test_the_answer_is_read_on_the_page_and_that_is_noted(client):
    with time_machine.travel(NOW, tick=False):
        request = make_given()
        there = opened(client, request)
        [pack] = request.packs.all()
        page = text_of(client.get(f"{there}pack/{pack.reference}/"))
    for part in ("Webwinkel De Zon", "Wat de woorden betekenen", "Autoriteit Persoonsgegevens"):
        assert part in page
    assert PackDownload.objects.get().form == "page"


@database
def test_nobody_else_reads_it(client):
    with time_machine.travel(NOW, tick=False):
        request = make_given()
        [pack] = request.packs.all()
        there = f"/request/{request.reference}/pack/{pack.reference}/"
        assert client.get(there).status_code == 404
        assert client.post(f"{there}file/").status_code in (403, 404)
    assert not PackDownload.objects.exists()


# --- made anew -----------------------------------------------------------------------------


@database
def test_after_its_time_a_new_copy_is_made_with_what_is_held_now():
    request = make_given()
    with pytest.raises(WrongState):
        making.ask_renewal(request.pk, actor="person", now=NOW)
    taking.empty_expired(now=LATER)
    renewal = making.ask_renewal(request.pk, actor="person", now=LATER)
    assert making.ask_renewal(request.pk, actor="person", now=LATER) == renewal
    assert making.renewals_waiting() == [renewal]
    made = making.renew(renewal, now=LATER)
    assert making.renew(renewal, now=LATER).pack == made.pack
    assert Pack.objects.filter(request=request).count() == 2
    assert making.renewals_waiting() == []
    assert made.mail_id
    assert made.pack
    data = taking.open_pack(made.pack, "json", actor="person", now=LATER).decode()
    assert "Webwinkel De Zon" in data
    events = [one.body["event"] for one in entries_about(f"request:{request.reference}")]
    assert events.count("pack.renewed") == events.count("pack.renewal_asked") == 1


@database
def test_a_file_that_came_since_is_not_in_the_new_copy():
    person = make_case()
    request = make_approved(person)
    making.build_pack(request.pk, now=NOW)
    taking.empty_expired(now=LATER)
    late = make_involvement(make_dossier(), person.subject)
    make_record(late, content={"text": "LATER GEKOMEN"})
    made = making.renew(making.ask_renewal(request.pk, actor="person", now=LATER), now=LATER)
    assert made.pack
    data = taking.open_pack(made.pack, "json", actor="person", now=LATER).decode()
    assert "LATER GEKOMEN" not in data
    assert "120.00" in data


@database
def test_a_new_copy_that_would_be_incomplete_is_not_made():
    person = make_case()
    request = make_approved(person)
    making.build_pack(request.pk, now=NOW)
    taking.empty_expired(now=LATER)
    renewal = making.ask_renewal(request.pk, actor="person", now=LATER)
    lose_key(person)
    with pytest.raises(AnswerLacks):
        making.renew(renewal, now=LATER)
    assert making.renewals_waiting() == [renewal]


@database
def test_the_person_asks_a_new_copy_on_the_page(client):
    request = make_given()
    taking.empty_expired(now=LATER)
    with time_machine.travel(LATER, tick=False):
        there = opened(client, request)
        assert "Een nieuwe kopie vragen" in text_of(client.get(there))
        assert post(client, f"{there}renew/").status_code == 302
        assert "Wij maken een nieuwe kopie" in text_of(client.get(there))
    assert Renewal.objects.get().actor == "person"


@database
def test_an_expired_pack_opens_in_no_form():
    request = make_given()
    pack = Pack.objects.get(request=request)
    for form in ("page", "pdf", "json"):
        with pytest.raises(PackGone):
            taking.open_pack(pack, form, actor="person", now=LATER)


# --- time ----------------------------------------------------------------------------------


def test_page_pdf_json_and_password_of_two_hundred_records_take_less_than_a_second():
    report_of(full_case(2))
    view = full_case(200)
    start = time.process_time()
    report = report_of(view)
    pages, data = render(report), report_json(report)
    with translation.override("nl"):
        page = render_to_string("requests/_report.html", {"report": printable(report)})
    locked = encrypted(pages, "een lang wachtwoord")
    assert time.process_time() - start < 1
    assert page.count("Invoice number") or page.count("F-77") == 200
    assert data
    assert locked
    assert timezone.now()
