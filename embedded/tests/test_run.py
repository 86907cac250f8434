"""`make run`, for real, in a copy of the project in a folder with a space in its name."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from embedded.run import ROOT, URLS
from embedded.servers import free_port, wait_until

pytestmark = pytest.mark.long
# Seconds, for a machine that many others use.
PATIENCE = 180
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".data", "__pycache__", ".*_cache", ".hypothesis", "*.mo"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    copy = tmp_path_factory.mktemp("copy") / "a folder with a space"
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    return copy


def run(project: Path, **environment: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if name not in (*URLS, "SECRET_KEY")}
    clean.pop("DJANGO_SETTINGS_MODULE", None)
    return subprocess.Popen(
        [sys.executable, "-m", "embedded.run"],
        cwd=project,
        env={**clean, "DEMO_SUBJECTS": "20", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_page(port: int) -> None:
    def answers() -> bool:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{port}/admin/login/", timeout=PATIENCE
            ) as page:
                return page.status == 200
        except OSError:
            return False

    assert wait_until(answers, gone=lambda: False, seconds=PATIENCE)


def processes_of(project: Path) -> list[str]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if (entry / "cwd").readlink().is_relative_to(project):
                    found.append((entry / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_serves_and_leaves_nothing_running_however_it_ends(project, how):
    port = free_port()
    running = run(project, PORT=str(port))
    try:
        wait_for_page(port)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as page:
            assert "Uw gegevens en uw rechten" in page.read().decode()
        assert processes_of(project)
        assert (project / ".data" / "env").stat().st_mode & 0o777 == 0o600
        second = run(project, PORT=str(free_port()))
        said = second.communicate(timeout=PATIENCE)[1]
        assert second.returncode == 1
        assert "Another run already uses" in said
        assert len(said.strip().splitlines()) == 1
    finally:
        running.send_signal(how)
        running.wait(PATIENCE)
    assert wait_until(lambda: not processes_of(project), gone=lambda: False, seconds=PATIENCE), (
        processes_of(project)
    )
    assert running.returncode == (-signal.SIGKILL if how == signal.SIGKILL else 0)


def test_a_port_in_use_gets_one_sentence(project):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = run(project, PORT=str(taken.getsockname()[1]))
        said = refused.communicate(timeout=PATIENCE)[1]
    assert refused.returncode == 1
    assert "is in use" in said
    assert len(said.strip().splitlines()) == 1


def test_servers_are_named_all_or_none(project):
    refused = run(project, DATABASE_URL="postgres://somewhere/else")
    said = refused.communicate(timeout=PATIENCE)[1]
    assert refused.returncode == 1
    assert "set all or none" in said


def test_a_broken_data_folder_gets_one_sentence(project, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(project, broken, ignore=LEFT_OUT)
    (broken / ".data" / "postgres" / "data").mkdir(parents=True)
    refused = run(broken, PORT=str(free_port()))
    said = refused.communicate(timeout=PATIENCE)[1]
    assert refused.returncode == 1
    assert "is not a database folder" in said
