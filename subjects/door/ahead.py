"""Lines read, checked and prepared ahead by a second process, while this one writes.

Small files are read here. For a larger one `python -m subjects.door.helper` is started: it gets
the bytes of the file and gives back chunks in their order. It knows no database, and ends when
this process does. Memory stays bounded: a few pieces of the file wait for it, and one chunk of
its waits for us.
"""

import io
import os
import pickle
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import Queue
from threading import Thread
from typing import Protocol

from django.conf import settings

from subjects.door.chunks import Prepared, Terms, prepared_chunks

PIECE = 256 * 1024
PIECES_WAITING = 8
# From so many bytes on a second process saves more than it costs to start.
LARGE = 4 * 1024 * 1024
LOOK_AGAIN = 0.05


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class HelperEnded(Exception):
    """The process that reads ahead ended before the file did."""


class Pieces(io.RawIOBase):
    """A stream of what `read` gives, piece by piece; buffer it to read lines."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._stream.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


def lines_of(stream: Readable) -> io.BufferedReader:
    return io.BufferedReader(Pieces(stream), PIECE)


def read_ahead(stream: Readable, terms: Terms, *, alone: bool = False) -> Generator[Prepared]:
    """Yield the chunks of a file in order; `alone` reads every file here.

    Raises HelperEnded when the second process is killed: run the file again.
    """
    first = b""
    while len(first) < LARGE and (piece := stream.read(LARGE - len(first))):
        first += piece
    whole = _Joined(first, stream)
    if alone or len(first) < LARGE or len(os.sched_getaffinity(0)) < 2:
        yield from prepared_chunks(lines_of(whole), terms)
        return
    helper = _Helper(whole, terms)
    try:
        yield from helper.chunks()
    finally:
        helper.end()


class _Joined:
    """What was read already, and then the rest."""

    def __init__(self, first: bytes, rest: Readable) -> None:
        self._first, self._rest = io.BytesIO(first), rest

    def read(self, size: int, /) -> bytes:
        return self._first.read(size) or self._rest.read(size)


class _Helper:
    """The second process: fed from a thread, so that neither waits for the other for ever."""

    def __init__(self, stream: Readable, terms: Terms) -> None:
        self._stream = stream
        self._ended = False
        self._connection, theirs = Pipe()
        # Fed by this thread only, and read by the caller's only.
        self._waiting: Queue[bytes | None] = Queue(PIECES_WAITING)
        self._process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", "subjects.door.helper", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            cwd=settings.BASE_DIR,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE},
        )
        theirs.close()
        self._waiting.put(pickle.dumps(terms))
        self._feeder = Thread(target=self._feed, name="door-feeder", daemon=True)
        self._feeder.start()

    def chunks(self) -> Iterator[Prepared]:
        try:
            while (chunk := self._next()) is not None:
                yield chunk
        except (EOFError, ConnectionError) as error:
            raise HelperEnded(
                "The process that reads ahead was ended from outside. What came in stays:"
                " take the file in again."
            ) from error

    def _next(self) -> Prepared | None:
        while not self._connection.poll(0 if self._read_on() else LOOK_AGAIN):
            pass
        chunk: Prepared | None = pickle.loads(self._connection.recv_bytes())  # noqa: S301 - our own
        return chunk

    def _read_on(self) -> bool:
        """Put one more piece of the file before the helper, if it has room for it."""
        if self._ended or self._waiting.full():
            return False
        piece = self._stream.read(PIECE)
        # No bytes tell the helper that the file has ended.
        self._waiting.put(piece)
        self._ended = not piece
        return True

    def _feed(self) -> None:
        with suppress(OSError):
            while (piece := self._waiting.get()) is not None:
                self._connection.send_bytes(piece)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        while not self._waiting.empty():
            self._waiting.get()
        self._waiting.put(None)
        self._feeder.join()
        self._connection.close()


class Given:
    """The pieces that come through a connection, as a stream that is read."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._rest = connection, io.BytesIO()
        self._ended = False

    def read(self, size: int, /) -> bytes:
        if not (part := self._rest.read(size)) and not self._ended:
            self._rest = io.BytesIO(self._connection.recv_bytes())
            part = self._rest.read(size)
            self._ended = not part
        return part
