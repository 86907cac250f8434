"""`make setup`, for real, with a package made here and fetched from a folder."""

import hashlib
import os
import pty
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from embedded.install import Installation
from embedded.run import ROOT

# As `make setup` does: with the Python that ours was made of, whose pip it needs.
BASE_PYTHON = f"{sys.base_prefix}/bin/python{sys.version_info.major}.{sys.version_info.minor}"
NAME = "smallest-1.0-py3-none-any.whl"


@pytest.fixture
def requirements(tmp_path, monkeypatch) -> Path:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    with ZipFile(wheels / NAME, "w") as wheel:
        wheel.writestr("smallest.py", "ANSWER = 42\n")
        about = "smallest-1.0.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: smallest\nVersion: 1.0\n")
        wheel.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{about}/RECORD", "")
    digest = hashlib.sha256((wheels / NAME).read_bytes()).hexdigest()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", wheels.as_uri())
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    file = tmp_path / "requirements.txt"
    file.write_text(f"smallest==1.0 \\\n    --hash=sha256:{digest}\n")
    return file


def install(environment: Path, requirements: Path, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BASE_PYTHON, "-m", "embedded.install", str(environment), str(requirements)],
        cwd=ROOT,
        text=True,
        check=False,
        **options,
    )


def test_it_makes_an_environment_in_a_folder_with_a_space_and_says_so(tmp_path, requirements):
    environment = tmp_path / "a folder with a space"
    done = install(environment, requirements, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("1 packages in ")
    asked = [environment / "bin" / "python", "-c", "import smallest; print(smallest.ANSWER)"]
    assert subprocess.check_output(asked, text=True).strip() == "42"
    assert install(environment, requirements, capture_output=True).returncode == 0


def test_on_a_terminal_it_shows_one_moving_line(tmp_path, requirements):
    ours, theirs = pty.openpty()
    done = install(tmp_path / "venv", requirements, stdout=theirs)
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        shown = terminal.read(100_000).decode()
    assert done.returncode == 0
    assert "\r\x1b[KFetching package 0 of 1, 0 s" in shown
    assert shown.count("\n") == 1


def test_another_package_than_was_pinned_is_refused_with_the_reason(tmp_path, requirements):
    requirements.write_text(f"smallest==1.0 --hash=sha256:{'0' * 64}\n")
    refused = install(tmp_path / "venv", requirements, capture_output=True)
    assert refused.returncode != 0
    assert "pip failed:" in refused.stderr
    assert "DO NOT MATCH THE HASHES" in refused.stderr


def test_the_state_goes_from_fetching_to_installing(tmp_path):
    installation = Installation(tmp_path, packages=2)
    installation.read("Collecting one==1\n")
    assert installation.state() == "Fetching package 1 of 2"
    installation.read("Processing /wheels/two-1.whl\n")
    assert installation.state() == "Installing package 0 of 2"
    for name in ("one", "pip", "two"):
        (tmp_path / f"lib/python3.11/site-packages/{name}-1.dist-info").mkdir(parents=True)
    assert installation.state() == "Installing package 2 of 2"
