"""A certificate is checked alone, from another folder, with nothing of ours but one file."""

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from audit import services, verify_certificate
from audit.certificate import build, public_key
from audit.exceptions import NotYetSealed

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)


@pytest.fixture
def certificate():
    with transaction.atomic():
        pks = services.append_many(
            [services.Event("dossier.destroyed", f"dossier:{n}", "worker") for n in range(300)]
        )
    services.seal_and_mirror(now=timezone.now())
    return build(pks[137])


@pytest.fixture
def check(tmp_path):
    def run(certificate, key=None):
        """Return exit code and words of the stand-alone file, run in isolation elsewhere."""
        program = shutil.copy(verify_certificate.__file__, tmp_path)
        path = tmp_path / "certificate.json"
        path.write_text(certificate if isinstance(certificate, str) else json.dumps(certificate))
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


def test_a_true_certificate_is_found_true(certificate, check):
    code, words = check(certificate)
    assert code == 0, words
    assert "dossier:137" in words
    assert "WAAR" in words


@pytest.mark.parametrize(
    "change",
    [
        {"entry": '{"event": "nothing"}', "statement": {"event": "nothing"}},
        {"statement": {"event": "nothing"}},
        {"leaf_index": 138},
        {"leaf_index": 999},
        {"tree_size": 299},
        {"path": []},
        {"format": "other"},
    ],
)
def test_a_changed_certificate_is_found_untrue(certificate, check, change):
    code, words = check(certificate | change)
    assert code == 1, words
    assert "NOT TRUE" in words


def test_a_certificate_signed_by_another_key_is_found_untrue(certificate, check):
    code, _ = check(certificate, key=base64.b64encode(b"k" * 32).decode())
    assert code == 1


def test_the_key_in_the_certificate_is_not_trusted(certificate, check):
    other = base64.b64encode(b"k" * 32).decode()
    assert check(certificate | {"public_key": other})[0] == 0


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1}'])
def test_what_is_no_certificate_is_said_to_be_none(check, text):
    assert check(text)[0] in (1, 2)


def test_an_entry_that_waits_for_the_sealer_has_no_certificate_yet():
    with transaction.atomic():
        pk = services.append("thing.happened", object="thing:1", actor="worker")
    with pytest.raises(NotYetSealed):
        build(pk)


def test_the_stand_alone_file_needs_nothing_of_ours():
    source = Path(verify_certificate.__file__).read_text()
    ours = ("django", "audit", "vault", "policy")
    assert not any(f"import {name}" in source or f"from {name}" in source for name in ours)
