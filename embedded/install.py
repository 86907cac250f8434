"""What `make setup` does: an environment in `.venv` with the pinned packages, in one moving line.

    python3.11 -m embedded.install .venv requirements.txt

Standard library only: nothing is installed when this runs.
"""

import contextlib
import signal
import subprocess
import sys
import threading
import time
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

LAST_LINES = 15
SECONDS_BETWEEN = 10
# The list is whole, so pip need not resolve: asked to, an older one looks past the pinned version
# of a package that another wants with an extra, and fails on the day a newer one comes out.
OPTIONS = (
    "--disable-pip-version-check",
    "--require-hashes",
    "--no-deps",
    "--progress-bar=off",
    "--no-input",
)
# How pip begins to tell of a package: from an index, from a folder, or there already.
FETCHING = ("Collecting ", "Processing ", "Requirement already satisfied: ")
ERASE_LINE = "\r\x1b[K"


@dataclass
class Installation:
    """How far pip is: first it fetches every package, then it unpacks them all."""

    environment: Path
    packages: int
    fetched: int = 0
    said: list[str] = field(default_factory=list)

    def read(self, line: str) -> None:
        self.said.append(line.rstrip())
        if line.startswith(FETCHING):
            self.fetched += 1

    def state(self) -> str:
        if self.fetched < self.packages:
            return f"Fetching package {self.fetched} of {self.packages}"
        found = self.environment.glob("lib/python*/site-packages/*.dist-info")
        # pip and setuptools may be there besides ours.
        return f"Installing package {min(len(list(found)), self.packages)} of {self.packages}"


def main(environment: Path, requirements: Path) -> int:
    """Install; return pip's exit status, with its last lines shown when it failed."""
    packages = sum("==" in line for line in requirements.read_text().splitlines())
    installation = Installation(environment, packages)
    pip = make_environment(environment)
    process = subprocess.Popen(
        [*pip, "install", *OPTIONS, "--requirement", str(requirements)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout
    reader = threading.Thread(target=_read, args=(process.stdout, installation))
    reader.start()
    try:
        watch(process, installation)
    except KeyboardInterrupt:
        process.terminate()
        return 128 + signal.SIGINT
    finally:
        process.wait()
        reader.join()
        (environment / "install.log").write_text("\n".join(installation.said) + "\n")
    if process.returncode:
        print("\n".join(["pip failed:", *installation.said[-LAST_LINES:]]), file=sys.stderr)
    return process.returncode


def make_environment(environment: Path) -> list[str]:
    """Make the environment unless it is there; return how its packages are installed."""
    ours = environment / "bin" / "python"
    if not ours.exists():
        venv.create(environment, with_pip=False, symlinks=True)
    # With the pip of this Python: Debian's may lack what puts another into an environment.
    return [sys.executable, "-m", "pip", f"--python={ours}"]


def watch(
    process: subprocess.Popen[str], installation: Installation, out: IO[str] | None = None
) -> None:
    """Show how far it is: on a terminal one moving line, elsewhere a line now and then."""
    out = out or sys.stdout
    before, after, pause = (ERASE_LINE, "", 0.2) if out.isatty() else ("", "\n", SECONDS_BETWEEN)
    began = time.monotonic()
    while process.poll() is None:
        print(f"{before}{installation.state()}, {_since(began)}", end=after, file=out, flush=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(pause)
    if process.returncode == 0:
        print(f"{before}{installation.packages} packages in {_since(began)}", file=out, flush=True)


def _since(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"


def _read(lines: IO[str], installation: Installation) -> None:
    for line in lines:
        installation.read(line)


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1]), Path(sys.argv[2])))
