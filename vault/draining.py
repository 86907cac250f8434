"""Keys destroyed beside the work that notes them, so that neither waits for the other."""

import threading
from types import TracebackType
from typing import Self

from django.db import connections

from vault.services import drain_outbox


class DrainBeside:
    """Drains the outbox in a thread of this process, on connections of its own.

        with DrainBeside() as drain:
            for each batch:
                ...  # one transaction, which notes keys
                drain.wake()

    At the end of the block all that was noted before is destroyed, or in the hands of another
    drain. Nothing depends on the thread: what it leaves when the process dies stands in the
    outbox, and the next drain takes it. An error of the thread is raised by the next `wake`, or
    at the end, so that work does not run far ahead of a keystore that is away.
    """

    def __init__(self) -> None:
        self._woken = threading.Event()
        self._ended = False
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="drain", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def wake(self) -> None:
        """Let the keys that are noted and committed be destroyed now."""
        self._woken.set()
        self._raise()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended = True
        self._woken.set()
        self._thread.join()
        if error is None:
            self._raise()

    def _run(self) -> None:
        try:
            ended = False
            while not ended:
                self._woken.wait()
                # Before the outbox is read: what is noted later wakes us once more.
                self._woken.clear()
                ended = self._ended
                drain_outbox()
        except Exception as error:
            self._error = error
        finally:
            connections.close_all()

    def _raise(self) -> None:
        if self._error:
            raise self._error
