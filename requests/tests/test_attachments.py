"""Files are told by their content, kept sealed, and programs are refused in one sentence."""

import io
import tracemalloc
import zipfile

import pytest
from django.utils import translation

from requests import services
from requests.constants import MOST_FILE_BYTES, Direction
from requests.exceptions import WrongState
from requests.files.models import Attachment
from requests.files.types import FileRefused, looked_at, safe_name, sniff
from requests.tests.makers import LATER, make_request
from vault.exceptions import SealBroken

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(40)


def a_zip(*names: str, **contents: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, contents.get(name, "x"))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("brief.pdf", PDF, "application/pdf"),
        ("no ending", PDF, "application/pdf"),
        ("photo.txt", PNG, "image/png"),
        ("scan.jpg", JPEG, "image/jpeg"),
        ("brief.txt", "Geachte, €".encode(), "text/plain"),
        ("oud.txt", "Geachte, \x80".encode("latin-1"), "text/plain"),
        ("mail.eml", b"From: a@example.nl\r\nSubject: x\r\n\r\nHallo", "message/rfc822"),
        (
            "brief.docx",
            a_zip("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
def test_a_file_is_what_its_content_shows(name, content, media_type):
    assert sniff(name, content) == media_type


def packed_small(size: int, way: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", way) as archive:
        archive.writestr("mimetype", b"a" * size)
    return packed.getvalue()


@pytest.mark.parametrize("way", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_zip_that_unpacks_to_very_much_is_not_unpacked(way):
    bomb = packed_small(50_000_000, way)
    tracemalloc.start()
    with pytest.raises(FileRefused):
        sniff("brief.odt", bomb)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 5_000_000


@pytest.mark.parametrize("at", range(30, 140, 7))
def test_a_broken_zip_is_a_file_we_do_not_know(at):
    broken = bytearray(packed_small(100_000))
    broken[at : at + 20] = b"\xff" * len(broken[at : at + 20])
    with pytest.raises(FileRefused):
        sniff("brief.odt", bytes(broken))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("brief.pdf", b"MZ\x90\x00" + bytes(60), "programma"),
        ("brief.pdf.exe", PDF, "programma"),
        ("x", b"\x7fELF" + bytes(60), "programma"),
        ("x.txt", b"#!/bin/sh\nrm -rf /", "programma"),
        ("x.js", b"alert(1)", "programma"),
        ("brief\u202efdp.exe", PDF, "programma"),
        ("pagina.html", b"<script>alert(1)</script>", "programma"),
        ("x.svg", b"<svg onload='x'/>", "programma"),
        ("x.docx", a_zip("word/document.xml", "word/vbaProject.bin"), "macro"),
        ("x.zip", a_zip("x.exe"), "kennen"),
        ("leeg.pdf", b"", "leeg"),
        ("groot.pdf", PDF + bytes(MOST_FILE_BYTES), "10 MB"),
        ("x.bin", bytes(range(256)) * 4, "kennen"),
        ("kapot.docx", b"PK\x03\x04" + bytes(30), "kennen"),
    ],
)
def test_what_we_do_not_take_is_refused_with_a_sentence(name, content, says):
    with pytest.raises(FileRefused) as refused, translation.override("nl"):
        sniff(name, content)
    with translation.override("nl"):
        assert says in str(refused.value.reason)
    assert name not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\map\\brief.pdf", "brief.pdf"),
        ("brief\u202efdp.exe", "brieffdp.exe"),
        ('a"b\r\nX: y.pdf', "abX y.pdf"),
        ("", "file"),
        ("...", "file"),
        ("a" * 300 + ".pdf", "a" * 110 + "aaaaaa.pdf"),
    ],
)
def test_a_name_hides_nothing_and_leads_nowhere(name, safe):
    assert safe_name(name) == safe


@pytest.mark.django_db(databases=["default", "keystore"])
def test_a_file_is_kept_sealed_and_opened_whole():
    request = make_request()
    [kept] = services.attach(
        request.pk,
        [looked_at("Brief van Fatima.pdf", PDF)],
        direction=Direction.BY_PERSON,
        actor="person",
        now=LATER,
    )
    row = Attachment.objects.get()
    assert (row.media_type, row.size) == ("application/pdf", len(PDF))
    assert b"Fatima" not in bytes(row.sealed_name or b"")
    assert PDF[:40] not in bytes(row.sealed_content or b"")
    opened = services.open_attachment(kept, actor="user:1")
    assert (opened.name, opened.content) == ("Brief van Fatima.pdf", PDF)


@pytest.mark.django_db(databases=["default", "keystore"])
def test_a_file_moved_to_another_row_does_not_open():
    request = make_request()
    files = [looked_at("a.pdf", PDF), looked_at("b.png", PNG)]
    one, other = services.attach(
        request.pk, files, direction=Direction.BY_PERSON, actor="person", now=LATER
    )
    one.sealed_content = other.sealed_content
    with pytest.raises(SealBroken):
        services.open_attachment(one, actor="user:1")


@pytest.mark.django_db(databases=["default", "keystore"])
def test_six_files_at_once_are_too_many():
    request = make_request()
    with pytest.raises(WrongState):
        services.attach(
            request.pk,
            [looked_at("a.pdf", PDF)] * 6,
            direction=Direction.BY_PERSON,
            actor="person",
            now=LATER,
        )
    assert not Attachment.objects.exists()
