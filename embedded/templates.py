"""Databases are migrated once for a run of the tests; every test process copies them.

Migrating both takes some twenty seconds of a processor, copying a fraction of one. What is copied
lives in the run's own server and ends with it: no other run meets it, and none finds it stale.
With servers that were named (DATABASE_URL) each test process migrates databases of its own.
"""

import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connections

from embedded.scratch import NAME
from embedded.servers import postgres_program
from embedded.worker import database_url

PREFIX = "migrated_"


def are_possible() -> bool:
    """Tell whether this run has a server of its own."""
    return (Path(os.environ[NAME]) / "postgres").exists()


def make() -> dict[str, str]:
    """Return the name of the migrated database for each alias; make those that lack.

    Several processes may call this at once: each makes what nobody else is making, and waits for
    the others.
    """
    aliases = list(connections)
    made = dict.fromkeys(aliases, False)
    for wait in (False, True):
        for alias in aliases:
            if not made[alias]:
                with _alone_with(alias, wait=wait) as alone:
                    made[alias] = alone
                    if alone and not _exists(alias):
                        _make(alias)
    return {alias: name_of(alias) for alias in aliases}


def name_of(alias: str) -> str:
    return f"{PREFIX}{alias}"


def copy(alias: str, address: str) -> None:
    """Fill an empty database of another server with what migrating this one makes."""
    dump = [str(postgres_program("pg_dump")), f"--dbname={address_of(alias)}"]
    fill = [
        str(postgres_program("psql")),
        "--quiet",
        "--set=ON_ERROR_STOP=1",
        f"--dbname={address}",
    ]
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as dumping:
        subprocess.run(fill, stdin=dumping.stdout, stdout=subprocess.DEVNULL, check=True)
    if dumping.returncode:
        raise subprocess.CalledProcessError(dumping.returncode, dump)


def address_of(alias: str) -> str:
    return database_url(connections[alias].settings_dict | {"NAME": name_of(alias)})


@contextmanager
def _alone_with(alias: str, *, wait: bool) -> Iterator[bool]:
    """Keep other processes from making the same; False where one is at it and we do not wait."""
    with (Path(os.environ[NAME]) / f"{name_of(alias)}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True


def _exists(alias: str) -> bool:
    with connections[alias]._nodb_cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", [name_of(alias)]
        )
        return bool(cursor.fetchone()[0])


def _make(alias: str) -> None:
    connection = connections[alias]
    half_made, usual = f"{name_of(alias)}_half", connection.settings_dict["NAME"]
    with connection._nodb_cursor() as cursor:
        # Of a process that died over it.
        cursor.execute(f"DROP DATABASE IF EXISTS {half_made}")
        cursor.execute(f"CREATE DATABASE {half_made}")
    connection.close()
    connection.settings_dict["NAME"] = half_made
    try:
        call_command("migrate", database=alias, verbosity=0, interactive=False, run_syncdb=True)
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {half_made} RENAME TO {name_of(alias)}")
