"""Nothing of a run of the tests stays behind, however that run ends."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.run import ROOT, URLS
from embedded.scratch import LOCK, NAME, PREFIX, Scratch
from embedded.servers import wait_until

ELSEWHERE = """
import sys, time
from pathlib import Path
from embedded.scratch import Scratch
made = Scratch(Path(sys.argv[1]))
(made.path / "postgres").mkdir()
(made.path / "postgres" / "data").write_text("rows")
print(made.path, flush=True)
time.sleep(600)
"""
PYTEST = [sys.executable, "-m", "pytest", "-q", "-c", "pytest.ini", f"--rootdir={ROOT}"]
PYTEST += ["-p", "no:cacheprovider"]
SLOW = """
import os, pathlib, time

def test_that_takes_long():
    pathlib.Path(os.environ["HERE"], "begun").touch()
    time.sleep(600)

def test_that_takes_a_moment():
    pass
"""


def elsewhere(above: Path) -> tuple[subprocess.Popen[str], Path]:
    """Start a run in another process; return it and its folder."""
    command = [sys.executable, "-c", ELSEWHERE, str(above)]
    run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout
    return run, Path(run.stdout.readline().strip())


def left(above: Path) -> list[Path]:
    return sorted(above.glob(f"{PREFIX}*"))


def test_a_folder_goes_with_all_that_is_in_it_and_a_second_time_does_nothing(tmp_path):
    made = Scratch(tmp_path)
    (made.path / "valkey").mkdir()
    (made.path / "valkey" / "valkey.log").touch()
    (made.path / "a file").touch()
    assert made.path.stat().st_mode & 0o777 == 0o700
    made.remove()
    made.remove()
    assert left(tmp_path) == []


def test_the_next_run_removes_what_a_killed_one_left_and_nothing_of_a_living_one(tmp_path):
    killed, dead = elsewhere(tmp_path)
    living, alive = elsewhere(tmp_path)
    killed.kill()
    killed.wait()
    assert left(tmp_path) == sorted([dead, alive])
    mine = Scratch(tmp_path)
    try:
        assert left(tmp_path) == sorted([alive, mine.path])
        assert (alive / "postgres" / "data").read_text() == "rows"
    finally:
        mine.remove()
        living.kill()
        living.wait()


def test_a_fork_of_a_run_that_ends_removes_nothing(tmp_path):
    made = Scratch(tmp_path)
    child = os.fork()
    if child == 0:
        made.remove()
        os._exit(0)
    os.waitpid(child, 0)
    assert left(tmp_path) == [made.path]
    made.remove()


def test_a_folder_that_is_not_locked_yet_is_left_alone_however_old_it_seems(tmp_path):
    folder = tmp_path / f"{PREFIX}new"
    (folder / "postgres").mkdir(parents=True)
    os.utime(folder, (0, 0))
    Scratch(tmp_path).remove()
    assert (folder / "postgres").exists()


def test_a_link_and_a_file_of_that_name_are_nobodys_folder(tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    (target / LOCK).touch()
    (tmp_path / f"{PREFIX}link").symlink_to(target)
    (tmp_path / f"{PREFIX}file").touch()
    Scratch(tmp_path).remove()
    assert len(left(tmp_path)) == 2
    assert (target / LOCK).exists()


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files that also the user `nobody` may enter, as /tmp is."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize("how", ["a word it does not know", "Ctrl-C", "killed"])
def test_a_run_of_pytest_leaves_no_folder_or_the_next_one_removes_it(tmp_path, temporary, how):
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_slow.py").write_text(SLOW)
    if how == "a word it does not know":
        assert pytest_run(tests, temporary, "--no-such-word").wait() == 4
        assert left(temporary) == []
        return
    run = pytest_run(tests, temporary, "-k", "long")
    assert wait_until((tests / "begun").exists, gone=lambda: run.poll() is not None)
    assert len(left(temporary)) == 1
    run.send_signal(signal.SIGINT if how == "Ctrl-C" else signal.SIGKILL)
    run.wait()
    assert len(left(temporary)) == (1 if how == "killed" else 0)
    assert pytest_run(tests, temporary, "-k", "moment").wait() == 0
    assert left(temporary) == []


def pytest_run(tests: Path, temporary: Path, *words: str) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if name not in (NAME, *URLS)}
    return subprocess.Popen(
        [*PYTEST, str(tests), *words],
        cwd=ROOT,
        env={**clean, "TMPDIR": str(temporary), "HERE": str(tests)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
