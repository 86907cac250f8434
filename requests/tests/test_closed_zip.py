"""A zip with a password: what other programs write we read, and what we write reads the same."""

import io
import os
import zipfile
from base64 import b64decode
from datetime import datetime

import pytest

from requests.packs.closed_zip import closed_zip
from requests.tests import zips

NOW = datetime(2026, 11, 27, 3, 2, 1)  # noqa: DTZ001
PASSPHRASE = "een lang wachtwoord met ë"
# `7zz a -tzip -mem=AES256 -p"een lang wachtwoord"`, 7-Zip 26.02.
BY_7_ZIP = b64decode(
    "UEsDBDMAAQBjAEkfe10AAAAASAAAAKgAAAAJAAsAYnJpZWYudHh0AZkHAAIAQUUDCAD0HREuCewaEZaJSgz+fU1+I6"
    "/FOESBe1aWmobtie3wJkY7JjQ6iIjOLIYdnOrFHzkX4NdKIrvg1lmiJ2v3dlZcxKIZtbGNfD9QSwECPwMzAAEAYwBJ"
    "H3tdAAAAAEgAAACoAAAACQAvAAAAAAAAACCApIEAAAAAYnJpZWYudHh0CgAgAAAAAAABABgAvuBViCN+3QEAAAAAAA"
    "AAAAAAAAAAAAAAAZkHAAIAQUUDCABQSwUGAAAAAAEAAQBmAAAAegAAAAAA"
)


def test_the_reader_of_these_tests_opens_what_7_zip_made():
    assert zips.opened(BY_7_ZIP, "een lang wachtwoord") == {
        "brief.txt": "Zeven letters: ë en geheim\n".encode() * 6
    }


@pytest.mark.parametrize(
    "files",
    [
        {"answer.pdf": os.urandom(100_000), "answer.json": b'{"a": 1}' * 999, "data.csv": b""},
        {"één.json": b"x" * 17},
        {"a.json": b"x" * 16},
        {},
    ],
    ids=["many", "odd size", "one block", "none"],
)
def test_what_goes_in_comes_out_with_the_passphrase(files):
    assert zips.opened(closed_zip(files, PASSPHRASE, now=NOW), PASSPHRASE) == files


def test_another_passphrase_opens_nothing_and_nothing_can_be_read_without():
    made = closed_zip({"data.json": b"El Amrani " * 50}, PASSPHRASE, now=NOW)
    with pytest.raises(zips.WrongPassphrase):
        zips.opened(made, "iets anders")
    assert b"Amrani" not in made


def test_a_changed_file_is_found_out():
    made = bytearray(closed_zip({"data.json": b"El Amrani " * 50}, PASSPHRASE, now=NOW))
    made[80] ^= 1
    with pytest.raises(zips.Damaged):
        zips.opened(bytes(made), PASSPHRASE)


def test_the_same_files_never_give_the_same_bytes():
    made = {closed_zip({"data.json": b"x"}, PASSPHRASE, now=NOW) for _ in range(5)}
    assert len(made) == 5


def test_its_directory_is_what_any_program_reads():
    made = closed_zip({"answer.pdf": b"x" * 40, "answer.json": b"{}"}, PASSPHRASE, now=NOW)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        [pdf, data] = archive.infolist()
    assert (pdf.filename, pdf.file_size, pdf.CRC, pdf.compress_type) == ("answer.pdf", 40, 0, 99)
    assert pdf.flag_bits & 1
    assert (data.filename, data.date_time) == ("answer.json", (2026, 11, 27, 3, 2, 0))
