"""Kill a piece of work between any two of its statements, in tests.

    for step in itertools.count(1):
        arrange()
        if not killed_before(step, work):
            break
        look_what_is_left()

The work runs in a child process, on connections of its own. Every statement and every commit
that it sends to any database is a step, from whichever of its threads; so are those of COPY and
of raw cursors.
"""

import itertools
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connections
from psycopg2 import extensions

from embedded.worker import until

DONE, FAILED = 0, 1


class WorkFailed(AssertionError):
    """The work itself raised, in the child process; its traceback is the message."""


def killed_before(step: int, work: Callable[[], object]) -> bool:
    """Kill `work` by SIGKILL just before its statement or commit number `step`, from 1.

    Tells whether it came that far; False means that it reached its end first. The databases
    have forgotten the child when this returns. The test needs `transaction=True`: a child
    does not see what the test has not committed. Raises WorkFailed when the work raises.
    """
    reading, writing = os.pipe()
    name = f"killed-{os.getpid()}-{next(_numbers)}"
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _run_and_die(step, work, name, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    until(lambda: not _is_connected(name))
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if os.waitstatus_to_exitcode(status) != DONE:
        raise WorkFailed(said or f"the child ended with status {status}")
    return False


def somebody_waits(alias: str = "default") -> bool:
    """Tell whether anybody waits for a lock, of a table or a row, in this database."""
    with connections[alias].cursor() as cursor:
        # Not pg_stat_activity, which inside a transaction keeps showing the same.
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks wanted JOIN pg_locks held USING (pid)"
            " JOIN pg_database d ON d.oid = held.database"
            " WHERE NOT wanted.granted AND d.datname = current_database())"
        )
        return bool(cursor.fetchone()[0])


_numbers = itertools.count(1)


def _run_and_die(step: int, work: Callable[[], object], name: str, writing: int) -> None:
    try:
        _connect_anew(step, name)
        work()
    except BaseException:
        os.write(writing, traceback.format_exc()[-8000:].encode())
        os._exit(FAILED)
    # No clean-up: nothing of the parent, such as its connections, is ours to end.
    os._exit(DONE)


def _connect_anew(step: int, name: str) -> None:
    left = itertools.count(step - 1, -1)

    def count() -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    class Cursor(extensions.cursor):
        def execute(self, *args: Any, **kwargs: Any) -> None:
            count()
            super().execute(*args, **kwargs)

        def executemany(self, *args: Any, **kwargs: Any) -> None:
            count()
            super().executemany(*args, **kwargs)

        def copy_expert(self, *args: Any, **kwargs: Any) -> None:
            count()
            super().copy_expert(*args, **kwargs)

    class Connection(extensions.connection):
        def cursor(self, *args: Any, **kwargs: Any) -> Any:
            return super().cursor(*args, **{"cursor_factory": Cursor, **kwargs})

        def commit(self) -> None:
            count()
            super().commit()

    for alias in settings.DATABASES:
        # Threads of the work make theirs from these settings too.
        known = connections.settings[alias]
        counted = {"connection_factory": Connection, "application_name": name}
        connections.settings[alias] = known | {"OPTIONS": known["OPTIONS"] | counted}
        # psycopg2 leaves a connection that another process made alone. Nor is there always one to
        # take away: those of a thread in which a browser is driven are not found in its child.
        connections[alias] = connections.create_connection(alias)


def _is_connected(name: str) -> bool:
    found = False
    for alias in settings.DATABASES:
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE application_name = %s)",
                [name],
            )
            found = found or cursor.fetchone()[0]
    return found
