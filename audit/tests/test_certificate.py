"""A certificate is checked alone, from another folder, with nothing of ours but one file."""

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from audit import checkpoint, keys, merkle, services, verify_certificate
from audit.certificate import FORMAT, build, public_key
from audit.exceptions import LedgerBroken, NotYetSealed

in_the_database = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
OTHER_KEY = base64.b64encode(b"k" * 32).decode()


def make_certificate(index=137, **facts):
    """Return a true certificate of one of 300 entries, made without the database."""
    bodies = [{"event": "dossier.destroyed", "object": f"dossier:{n}"} for n in range(300)]
    bodies[index] |= facts
    texts = [json.dumps(body) for body in bodies]
    leaves = [merkle.leaf_hash(text.encode()) for text in texts]
    head = checkpoint.Checkpoint(settings.LEDGER_ORIGIN, len(leaves), merkle.root(leaves))
    return {
        "format": FORMAT,
        "statement": bodies[index],
        "entry": texts[index],
        "leaf_index": index,
        "tree_size": len(leaves),
        "path": [base64.b64encode(step).decode() for step in merkle.inclusion_path(leaves, index)],
        "checkpoint": checkpoint.sign(head, keys.signing_key()),
        "origin": settings.LEDGER_ORIGIN,
        "public_key": public_key(),
    }


@pytest.fixture
def certificate():
    return make_certificate()


@pytest.fixture
def write_file(tmp_path):
    def write(certificate):
        path = tmp_path / "certificate.json"
        text = certificate if isinstance(certificate, str) else json.dumps(certificate)
        path.write_text(text, errors="surrogatepass")
        return path

    return write


@pytest.fixture
def check(write_file, capsys):
    def run(certificate, key=None):
        """Return exit code and words of the checking program."""
        code = verify_certificate.main([str(write_file(certificate)), "--key", key or public_key()])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


@pytest.fixture
def check_alone(write_file, tmp_path):
    def run(certificate, key=None):
        """Return exit code and words of the stand-alone file, run in isolation elsewhere."""
        program = shutil.copy(verify_certificate.__file__, tmp_path)
        path = write_file(certificate)
        done = subprocess.run(
            [sys.executable, "-I", program, str(path), "--key", key or public_key()],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    return run


@in_the_database
def test_a_certificate_of_an_entry_is_found_true_elsewhere(check_alone):
    with transaction.atomic():
        pks = services.append_many(
            [services.Event("dossier.destroyed", f"dossier:{n}", "worker") for n in range(300)]
        )
    services.seal_and_mirror(now=timezone.now())
    certificate = build(pks[137])
    assert certificate.keys() == make_certificate().keys()
    code, words = check_alone(certificate)
    assert code == 0, words
    assert "dossier:137" in words
    assert "WAAR: dit staat op plaats 138 van 300" in words
    assert "TRUE: this stands at place 138 of 300" in words


def test_elsewhere_too_what_is_untrue_is_refused(certificate, check_alone):
    assert check_alone(certificate)[0] == 0
    assert check_alone(certificate | {"leaf_index": 136})[0] == 1
    assert check_alone(certificate, key=OTHER_KEY)[0] == 1
    assert check_alone("{")[0] == 2


@pytest.mark.parametrize(
    "change",
    [
        {"entry": '{"event": "nothing"}', "statement": {"event": "nothing"}},
        {"statement": {"event": "nothing"}},
        {"leaf_index": 136},
        {"leaf_index": 138},
        {"leaf_index": 999},
        {"leaf_index": -1},
        {"leaf_index": 137.0},
        {"tree_size": 299},
        {"tree_size": True},
        {"path": []},
        {"path": {}},
        {"format": "other"},
        {"origin": "another.example/ledger"},
        {"checkpoint": ""},
        {"note": "This person's data were never held."},
    ],
)
def test_a_changed_certificate_is_found_untrue(certificate, check, change):
    code, words = check(certificate | change)
    assert code == 1, words
    assert "NOT TRUE" in words
    assert "NIET WAAR" in words


def test_no_field_may_be_left_out(certificate, check):
    for name in certificate:
        code, words = check({field: certificate[field] for field in certificate if field != name})
        assert code == 1, f"without {name}: {words}"


def test_a_step_of_the_path_may_not_be_changed_added_or_left_out(certificate, check):
    path = certificate["path"]
    for at in range(len(path)):
        assert check(certificate | {"path": [*path[:at], OTHER_KEY, *path[at + 1 :]]})[0] == 1
    for steps in (path[:-1], path[1:], [*path, OTHER_KEY], path[::-1]):
        assert check(certificate | {"path": steps})[0] == 1


@pytest.mark.parametrize(
    "forge",
    [
        lambda note: note.replace("\n300\n", "\n3000\n"),
        lambda note: note.split("\n\n")[0],
        lambda note: note.replace("\n\n", "\nmore\n\n"),
        lambda note: note.replace("— ", "- "),
    ],
)
def test_a_forged_checkpoint_is_found_untrue(certificate, check, forge):
    size = 3000 if "3000" in forge("\n300\n") else 300
    note = forge(certificate["checkpoint"])
    assert check(certificate | {"checkpoint": note, "tree_size": size})[0] == 1


def test_a_number_may_not_be_passed_off_as_yes(check):
    certificate = make_certificate(size=1)
    assert check(certificate)[0] == 0
    certificate["statement"]["size"] = True
    assert check(certificate)[0] == 1


def test_a_field_that_stands_there_twice_is_found_untrue(certificate, check):
    text = json.dumps(certificate)
    assert check('{"statement": {"event": "nothing"},' + text[1:])[0] == 1


def test_a_certificate_signed_by_another_key_is_found_untrue(certificate, check):
    assert check(certificate, key=OTHER_KEY)[0] == 1
    assert check(certificate | {"public_key": OTHER_KEY}, key=OTHER_KEY)[0] == 1


def test_the_key_in_the_certificate_is_never_what_it_is_checked_with(certificate, check):
    assert check(certificate | {"public_key": OTHER_KEY})[0] == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"format": 1}', "1", "[" * 100_000, "\ud800"]
)
def test_what_is_no_certificate_is_said_to_be_none(check, text):
    code, words = check(text)
    assert code in (1, 2)
    assert "Traceback" not in words


@pytest.mark.parametrize("key", ["", "x", "AAAA"])
def test_a_key_that_is_none_is_refused(certificate, check, key):
    code, words = check(certificate, key=key or "=")
    assert code == 2
    assert "Traceback" not in words


@in_the_database
def test_no_certificate_is_made_of_what_proves_nothing():
    with transaction.atomic():
        pk = services.append("thing.happened", object="thing:1", actor="worker")
    services.seal_and_mirror(now=timezone.now())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE audit_entry SET body = body || '{\"a\": 1}' WHERE id = %s", [pk])
    with pytest.raises(LedgerBroken, match="not what was signed"):
        build(pk)


@in_the_database
def test_an_entry_that_waits_for_the_sealer_has_no_certificate_yet():
    with transaction.atomic():
        pk = services.append("thing.happened", object="thing:1", actor="worker")
    with pytest.raises(NotYetSealed):
        build(pk)


def test_the_stand_alone_file_needs_nothing_of_ours():
    source = Path(verify_certificate.__file__).read_text()
    ours = ("django", "audit", "vault", "policy")
    assert not any(f"import {name}" in source or f"from {name}" in source for name in ours)
