"""Servers that go away in the middle of work and come back; a real worker on its own servers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg2
import pytest
from kombu import Connection

from embedded import templates
from embedded.run import ROOT
from embedded.servers import FAST_AND_FORGETFUL, SUPERUSER, Postgres, Valkey
from embedded.worker import Worker, until
from vault import tasks
from vault.constants import KeyKind

pytestmark = [pytest.mark.worker, pytest.mark.long]


@dataclass
class Site:
    """Servers and a worker that this module may stop."""

    postgres: Postgres
    broker: Valkey
    worker: Worker

    @contextmanager
    def hears(self, words: str) -> Iterator[None]:
        """Leave only after the worker has said these words once more."""
        before = self.worker.said().count(words)
        yield
        until(lambda: self.worker.said().count(words) > before)

    def queue(self, task) -> None:
        with Connection(self.broker.url()) as connection:
            task.apply_async(connection=connection)

    def ask(self, statement: str, database: str = SUPERUSER) -> int:
        """Return the one number that a statement answers."""
        with closing(psycopg2.connect(self.postgres.url(database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                [(answer,)] = cursor.fetchall()
                return int(answer)

    def make_keys(self, *, old: bool = False) -> int:
        """Make a key that no row holds; return its id."""
        age = "2 hours" if old else "0 hours"
        return self.ask(
            "INSERT INTO keystore_datakey (kind, wrapped, kek, created_at)"
            f" VALUES ({KeyKind.INVOLVEMENT:d}, '', 1, now() - interval '{age}') RETURNING id",
            self.keystore,
        )

    def note(self, key_id: int) -> None:
        self.ask(
            "INSERT INTO vault_keyoutbox (key_ids, created_at)"
            f" VALUES (ARRAY[{key_id}], now()) RETURNING id"
        )

    def is_gone(self, key_id: int) -> bool:
        found = f"SELECT count(*) FROM keystore_datakey WHERE id = {key_id}"
        return self.ask(found, self.keystore) == 0

    @property
    def keystore(self) -> str:
        return f"{SUPERUSER}_keystore"

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Queue a drain, and let the worker get stuck in the middle of it until we leave."""
        with closing(psycopg2.connect(self.postgres.url(self.keystore))) as connection:
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE keystore_datakey IN SHARE MODE")
            self.queue(tasks.drain)
            until(lambda: self.ask("SELECT count(*) FROM pg_locks WHERE NOT granted"))
            yield


@pytest.fixture(scope="module")
def site(tmp_path_factory, django_db_blocker: Any) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    postgres = Postgres(folder / "postgres", settings=FAST_AND_FORGETFUL)
    broker = Valkey(folder / "broker")
    try:
        postgres.start()
        broker.start()
        environment = {
            "DJANGO_SETTINGS_MODULE": "alektum_privacy.settings.test",
            "DATABASE_URL": postgres.url(SUPERUSER),
            "KEYSTORE_URL": postgres.url(f"{SUPERUSER}_keystore"),
            "REDIS_URL": broker.url(),
        }
        with django_db_blocker.unblock():
            _fill(environment)
        worker = Worker(folder / "worker.log", environment)
        try:
            worker.start()
            yield Site(postgres, broker, worker)
        finally:
            worker.stop()
    finally:
        broker.stop()
        postgres.stop()


def _fill(environment: dict[str, str]) -> None:
    """Make the tables, by a copy where this run can make one."""
    if templates.are_possible():
        templates.make()
        templates.copy("default", environment["DATABASE_URL"])
        templates.copy("keystore", environment["KEYSTORE_URL"])
        return
    for database in ("default", "keystore"):
        subprocess.run(
            [sys.executable, "manage.py", "migrate", f"--database={database}", "--verbosity=0"],
            cwd=ROOT,
            env=os.environ | environment,
            check=True,
        )


@pytest.fixture(autouse=True)
def _what_the_worker_said(site: Site) -> Iterator[None]:
    before = len(site.worker.said())
    yield
    print(site.worker.said()[before:])


def test_work_is_done_when_the_database_comes_back(site: Site):
    key_id = site.make_keys()
    site.note(key_id)
    with site.at_work():
        assert not site.is_gone(key_id)
        site.postgres.stop()
    site.postgres.start()
    until(lambda: site.is_gone(key_id))
    assert site.ask("SELECT count(*) FROM vault_keyoutbox") == 0


def test_work_queued_while_the_database_is_away_is_done_when_it_is_back(site: Site):
    key_id = site.make_keys(old=True)
    site.postgres.stop()
    with site.hears("Retry in"):
        site.queue(tasks.sweep)
    site.postgres.start()
    until(lambda: site.is_gone(key_id))


def test_work_in_hand_and_work_in_the_queue_outlive_the_broker(site: Site):
    in_hand, queued = site.make_keys(), site.make_keys(old=True)
    site.note(in_hand)
    with site.at_work():
        site.queue(tasks.sweep)
        with site.hears("Cannot connect to"):
            site.broker.stop()
    until(lambda: site.is_gone(in_hand))
    assert not site.is_gone(queued)
    site.broker.start()
    until(lambda: site.is_gone(queued))
    after = site.make_keys(old=True)
    site.queue(tasks.sweep)
    until(lambda: site.is_gone(after))


def test_work_outlives_all_servers_going_away_at_once(site: Site):
    key_id = site.make_keys()
    site.note(key_id)
    with site.at_work():
        site.broker.stop()
        site.postgres.stop()
    site.postgres.start()
    site.broker.start()
    until(lambda: site.is_gone(key_id))
