"""Servers and databases of the benchmark's own, durable as in production."""

import base64
import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from bench.processors import seconds_of
from embedded.servers import SUPERUSER, Postgres, Valkey, start, stop

MEMORY_GB = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
# fsync stays on. Checkpoints far apart, as on a server made for this work. What is due by its
# current_date is due by the product's calendar, also late in the evening.
SETTINGS = (
    "timezone=Europe/Amsterdam",
    f"shared_buffers={max(1, min(8, int(MEMORY_GB / 4)))}GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=30min",
    "maintenance_work_mem=512MB",
    "effective_cache_size=8GB",
)
# A template and what is filled into it; what runs are made on.
FULL, WORK = "people", "work"


@dataclass(frozen=True)
class Run:
    """How long a run took, and how much of the processors."""

    seconds: float
    processor: float


@dataclass
class Stage:
    """Where runs are made: always in the databases `work` and `work_keystore`."""

    folder: Path
    postgres: Postgres
    valkey: Valkey
    environment: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def url(self, name: str) -> str:
        return self.postgres.url(name)

    @contextlib.contextmanager
    def connection(self, name: str) -> Iterator[Any]:
        """Give a connection that commits each statement."""
        connection = psycopg2.connect(self.url(name))
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    def execute(self, name: str, *statements: str) -> None:
        with self.connection(name) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def ask(self, name: str, question: str) -> Any:
        """Return the first column of the first row."""
        with self.connection(name) as connection, connection.cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0]

    def copy(self, source: str, target: str, *, keystore: bool = True) -> None:
        """Make `target` and its keystore anew from `source`, all of it in memory."""
        from django.db import connections

        connections.close_all()
        names = [("", ""), ("_keystore", "_keystore")] if keystore else [("", "")]
        for ending, _ in names:
            self.execute(
                "postgres",
                f"DROP DATABASE IF EXISTS {target}{ending} WITH (FORCE)",
                f"CREATE DATABASE {target}{ending} TEMPLATE {source}{ending} STRATEGY file_copy",
            )
        self.execute("postgres", "CHECKPOINT")
        for ending, _ in names:
            self.warm(target + ending)
        shutil.rmtree(self.folder / "mirror", ignore_errors=True)

    def warm(self, name: str) -> None:
        """Read tables and indexes into memory: runs measure work, not a cold disk."""
        self.execute(
            name,
            "CREATE EXTENSION IF NOT EXISTS pg_prewarm",
            "SELECT sum(pg_prewarm(c.oid)) FROM pg_class c JOIN pg_namespace n"
            " ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'i')"
            " AND c.relname !~ '_like$|_gin$'",
        )

    def make(self, name: str) -> None:
        """Make empty databases of this name, with tables and the statement, used from now on."""
        from django.core.management import call_command
        from django.db import connections

        self.use(name)
        for ending in ("", "_keystore"):
            self.execute(
                "postgres",
                f"DROP DATABASE IF EXISTS {name}{ending} WITH (FORCE)",
                f"CREATE DATABASE {name}{ending}",
            )
        connections.close_all()
        self.migrate(name)
        call_command("load_policy", stdout=_Nowhere())

    def migrate(self, name: str) -> None:
        """Give the databases of this name, used from now on, the tables of today."""
        from django.core.management import call_command

        self.use(name)
        call_command("migrate", verbosity=0)
        call_command("migrate", database="keystore", verbosity=0)

    def use(self, name: str) -> None:
        """Let Django, and the processes it starts, work in these databases."""
        from django.db import connections

        connections.close_all()
        for alias, ending in (("default", ""), ("keystore", "_keystore")):
            connections[alias].settings_dict["NAME"] = name + ending
        self.environment |= {
            "DATABASE_URL": self.url(name),
            "KEYSTORE_URL": self.url(f"{name}_keystore"),
        }

    @contextlib.contextmanager
    def workers(self, count: int) -> Iterator[None]:
        """Run Celery workers, each a process that takes one task at a time."""
        from alektum_privacy.celery import app

        # What a former run left would begin before this one is measured.
        app.control.purge()
        command = [sys.executable, "-m", "celery", "--app=alektum_privacy", "--quiet", "worker"]
        with (self.folder / "worker.log").open("ab") as log:
            try:
                for number in range(count):
                    name = f"--hostname=bench{number}@%h"
                    self.started.append(
                        start(
                            [*command, "--concurrency=1", "--loglevel=WARNING", name],
                            env=os.environ | self.environment,
                            stdout=log,
                            stderr=log,
                        )
                    )
                self._wait_for(count)
                self._warm_up(count)
                yield
            finally:
                while self.started:
                    stop(self.started.pop(), signal.SIGTERM)

    @contextlib.contextmanager
    def running(self) -> Iterator[list[Run]]:
        """Measure the block: the list that it gives has one run when the block has ended."""
        runs: list[Run] = []
        before, began = self.processor_seconds(), time.perf_counter()
        yield runs
        took = time.perf_counter() - began
        runs.append(Run(took, self.processor_seconds() - before))

    def processor_seconds(self) -> float:
        """Return what database, workers and this process have used so far."""
        others = [self.postgres.process, *self.started]
        times = os.times()
        return times.user + times.system + sum(seconds_of(one.pid) for one in others if one)

    def _warm_up(self, count: int) -> None:
        """Let each worker do what the beat asks every minute: it is then as on any other day."""
        from alektum_privacy.celery import app
        from vault.tasks import drain

        until = time.monotonic() + 120
        while time.monotonic() < until:
            for _ in range(count):
                drain.delay()
            told = (app.control.inspect(timeout=2).stats() or {}).values()
            if sum(one["total"].get(drain.name, 0) > 0 for one in told) == count:
                return
        raise RuntimeError(f"the workers do nothing: see {self.folder / 'worker.log'}")

    def _wait_for(self, count: int) -> None:
        from alektum_privacy.celery import app

        until = time.monotonic() + 120
        while len(app.control.ping(timeout=1) or []) < count:
            if time.monotonic() > until:
                raise RuntimeError(f"the workers do not start: see {self.folder / 'worker.log'}")


class _Nowhere:
    def write(self, text: str, /) -> int:
        return len(text)


@contextlib.contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Give servers of our own in `folder`, and Django set up to use them."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    postgres = Postgres(folder / "postgres", settings=SETTINGS)
    valkey = Valkey(folder / "valkey", keep=False)
    try:
        postgres.start()
        valkey.start()
        made = Stage(folder, postgres, valkey)
        made.environment = {
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "BENCH_FOLDER": str(folder),
            "DATABASE_URL": postgres.url(SUPERUSER),
            "KEYSTORE_URL": postgres.url(f"{SUPERUSER}_keystore"),
            "REDIS_URL": valkey.url(),
            **_secrets(folder / "secrets.json"),
        }
        os.environ.update(made.environment)
        import django

        django.setup()
        yield made
    finally:
        valkey.stop()
        postgres.stop()


def _secrets(file: Path) -> dict[str, str]:
    """Return the secrets of these databases: a cluster that is used again needs its own."""
    if not file.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "VAULT_KEY_ENCRYPTION_KEYS": "1:" + _thirty_two_bytes(),
            "VAULT_TOKEN_KEY": _thirty_two_bytes(),
            "LEDGER_SIGNING_KEY": _thirty_two_bytes(),
        }
        file.touch(mode=0o600)
        file.write_text(json.dumps(made))
    known: dict[str, str] = json.loads(file.read_text())
    return known


def _thirty_two_bytes() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
