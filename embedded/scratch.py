"""The folder of one run of the tests in the folder for temporary files: it goes with the run.

A run holds a lock in its folder for as long as it lives. One that was killed leaves its folder
behind, and whichever run comes next removes it: nobody holds the lock any more.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "alektum-test-"
# Parallel test processes, and the programs that tests start, read here which folder is theirs.
NAME = "ALEKTUM_TEST_FOLDER"
LOCK = "lock"


class Scratch:
    """A folder of our own, until `remove` or the end of this process."""

    def __init__(self, above: Path | None = None) -> None:
        self.above = above or Path(tempfile.gettempdir())
        remove_what_dead_runs_left(self.above)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self.above))
        self.path.chmod(0o700)
        self.owner = os.getpid()
        # Named once it is held, so that no other run sees it free.
        unnamed = self.path / "making"
        self.lock = os.open(unnamed, os.O_WRONLY | os.O_CREAT, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        unnamed.rename(self.path / LOCK)

    def remove(self) -> None:
        """Remove the folder with all that is in it; do nothing a second time or in a fork."""
        if self.lock < 0 or os.getpid() != self.owner:
            return
        _empty(self.path)
        os.close(self.lock)
        self.lock = -1


def remove_what_dead_runs_left(above: Path) -> None:
    """Remove the folders of runs that live no more; leave those of others and of living runs."""
    for folder in above.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            _remove_if_dead(folder)


def _remove_if_dead(folder: Path) -> None:
    what = folder.lstat()
    if not folder.is_dir() or folder.is_symlink() or what.st_uid != os.geteuid():
        return
    try:
        lock = os.open(folder / LOCK, os.O_WRONLY)
    except FileNotFoundError:
        # Made a moment ago, and about to be locked. How old it is would say nothing: clocks jump.
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _empty(folder)
    except BlockingIOError:
        pass
    finally:
        os.close(lock)


def _empty(folder: Path) -> None:
    # The lock goes last: a removal cut short is then ended by the next run.
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            # A database that ends at this moment may still write; the next run takes the rest.
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.name != LOCK:
            entry.unlink(missing_ok=True)
    if [entry.name for entry in folder.iterdir()] == [LOCK]:
        (folder / LOCK).unlink()
        folder.rmdir()
