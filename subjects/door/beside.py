"""What goes on beside the door's writing: a thread with connections of its own, and garbage."""

import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from django.db import connections


@contextmanager
def collecting_seldom() -> Iterator[Callable[[], object]]:
    """Let Python look for garbage only when told so: a chunk is many objects, and hardly a cycle.

    Looking on its own took a fifth of the time. Gives the function that looks among what is young.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield lambda: gc.collect(1)
    finally:
        if was_on:
            gc.enable()


class Beside:
    """Does one thing beside another, in a thread; the first time, and without one, before it.

    A thread waits for the database while this one works, and the other way round: worth its
    connections for files of more than one chunk. It sees only what is committed, so it is not
    for whoever is inside a transaction of the keystore.
    """

    def __init__(self, *, thread: bool) -> None:
        self._first, self._used = True, False
        self._thread = ThreadPoolExecutor(1, "door") if thread else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._thread is not None:
            if self._used:
                self._thread.submit(connections.close_all).result()
            self._thread.shutdown()

    @contextmanager
    def doing(self, deed: Callable[[], None]) -> Iterator[None]:
        """Do the deed while the block runs; when it ends both are done, or one has raised."""
        first, self._first = self._first, False
        if self._thread is None or first:
            deed()
            yield
            return
        self._used = True
        done = self._thread.submit(deed)
        try:
            yield
        finally:
            # Also when the block failed: nothing may go on behind a retry's back.
            done.exception()
        done.result()
