"""Real servers for every test: PostgreSQL with two databases, and a Redis-compatible broker.

Named with `-p` in pytest.ini, so that it is imported before Django reads its settings.
With DATABASE_URL, KEYSTORE_URL and REDIS_URL set those are used; otherwise both start here,
once, before Django reads its settings, in a folder that goes when the tests end
(`embedded/scratch.py`). Each parallel test process gets databases and a broker database of
its own.
"""

import atexit
import os
from pathlib import Path

import pytest

from embedded.messages import compile_messages
from embedded.scratch import NAME, Scratch
from embedded.servers import FAST_AND_FORGETFUL, Postgres, ServerFailed, Valkey

URLS = ("DATABASE_URL", "KEYSTORE_URL", "REDIS_URL")
BROKER_DATABASES = 32


def _start_servers(folder: Path) -> None:
    if all(os.environ.get(name) for name in URLS):
        return
    if any(os.environ.get(name) for name in URLS):
        raise pytest.UsageError(f"Set all of {', '.join(URLS)}, or none.")
    postgres = Postgres(folder / "postgres", settings=FAST_AND_FORGETFUL)
    valkey = Valkey(folder / "valkey", keep=False)
    for server in (valkey, postgres):
        atexit.register(server.stop)
    try:
        postgres.start()
        valkey.start()
    except ServerFailed as error:
        raise pytest.UsageError(str(error)) from error
    os.environ["DATABASE_URL"] = postgres.url("alektum")
    os.environ["KEYSTORE_URL"] = postgres.url("alektum_keystore")
    os.environ["REDIS_URL"] = valkey.url()


# Before Django starts: it reads each translation once, also while it is being set up.
compile_messages()

# Parallel test processes inherit folder and addresses from the one that started them.
if NAME not in os.environ:
    _scratch = Scratch()
    os.environ[NAME] = str(_scratch.path)
    # Last of all; also where pytest stops before it began, or at Ctrl-C.
    atexit.register(_scratch.remove)
    _start_servers(_scratch.path)

if worker := os.environ.get("PYTEST_XDIST_WORKER"):
    base, _, database = os.environ["REDIS_URL"].rpartition("/")
    number = int(worker.removeprefix("gw")) + 1 + int(database or 0)
    os.environ["REDIS_URL"] = f"{base}/{number % BROKER_DATABASES}"
