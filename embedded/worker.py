"""A real Celery worker for tests: started, killed and started again.

The `celery_worker` fixture in `conftest.py` gives one to tests that are marked `worker`.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from embedded.servers import ServerFailed, start, stop, wait_until

READY = " ready."
# What is waited for most often is there within milliseconds.
SHORTEST_PAUSE, LONGEST_PAUSE = 0.002, 0.05


def until(condition: Callable[[], object], seconds: float = 120) -> None:
    """Wait until `condition` is true. Raises AssertionError when the time is over.

    Long enough for a machine that many others use: only what never comes takes it all.
    """
    end = time.monotonic() + seconds
    pause = SHORTEST_PAUSE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not so after {seconds} seconds")
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def database_url(database: Mapping[str, object]) -> str:
    """Return the address of one of Django's DATABASES, as it is now."""
    user, password, host, name = (
        quote(str(database[part]), safe="") for part in ("USER", "PASSWORD", "HOST", "NAME")
    )
    return f"postgres://{user}:{password}@{host}:{database['PORT']}/{name}"


@dataclass
class Worker:
    """A Celery worker with one pool process, in a session of its own."""

    log: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start and wait until it takes tasks. Raises ServerFailed with what it said."""
        self.log.write_bytes(b"")
        command = [sys.executable, "-m", "celery", "--app=alektum_privacy", "worker"]
        with self.log.open("ab") as log:
            self.process = start(
                [*command, "--concurrency=1", "--loglevel=INFO", "--without-mingle"],
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
            )
        if not wait_until(lambda: READY in self.said(), gone=lambda: not self.running):
            raise ServerFailed(f"The worker does not start: {self.said()[-2000:]}")

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def kill(self) -> None:
        """Kill the worker and its pool at once, as a machine that fails would."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def restart(self) -> None:
        """Start anew, after `kill` or instead of the worker that runs."""
        self.stop()
        self.start()

    def stop(self) -> None:
        stop(self.process, signal.SIGTERM, seconds=5)
