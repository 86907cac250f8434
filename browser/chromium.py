"""Debian's Chromium, which the tests of pages drive: where it is, and how it comes.

python -m browser.chromium       says in one line when it is missing and cannot be installed
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

# The first has no windows at all: a page takes it a fifth of a processor's time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium-headless-shell", "chromium")
# Nothing of what a browser does by itself: no look-up, no update, no first run.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# In milliseconds, for a machine that many others use: who waits longer waits for what never comes.
PATIENCE = 120_000
MISSING = (
    "Chromium is not installed, so the tests in a browser are skipped: install Debian's package "
    f"“{PACKAGES[0]}” or “{PACKAGES[1]}”. Everything else is tested."
)


def path() -> str | None:
    """Return where Chromium is; None where it is not installed."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def started() -> Iterator[Browser]:
    """Give a browser without a window; it ends with the block."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path(), args=list(QUIET), timeout=PATIENCE)
        try:
            yield browser
        finally:
            browser.close()


def install() -> bool:
    """Install Chromium where that is allowed: as root, with Debian's package manager."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    print("Installing Chromium for the tests in a browser …", flush=True)
    get = ["apt-get", "install", "--yes", "--no-install-recommends"]
    for command in (["apt-get", "update"], *([*get, package] for package in PACKAGES)):
        subprocess.run(command, env=environment, capture_output=True, check=False)
        if path() is not None:
            return True
    return False


def main() -> int:
    """See to it that Chromium is there, as far as possible; never stops the other tests."""
    if path() is None and not install():
        print(MISSING, file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
