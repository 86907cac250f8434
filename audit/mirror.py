"""Entries and checkpoints outside the database: what shows that nobody rewrote it.

The folder `settings.LEDGER_MIRROR` holds

    entries/000000000000.jsonl    the exact text of entries, one a line, 65,536 to a file;
                                  the file's name is the leaf index of its first line
    checkpoints/000000000042.txt  the signed note of each checkpoint, by number of leaves

Nothing in it is ever changed. It is completed from the database after each sealing, from its own
end: killed anywhere, it goes on there, and a line that was torn off is written again.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from audit import sealer
from audit.exceptions import MirrorAhead
from audit.models import Checkpoint

LINES = 65_536
BATCH = 5_000


def folder() -> Path:
    return Path(settings.LEDGER_MIRROR)


def complete() -> int:
    """Write what the mirror lacks of the sealed ledger; return how many entries.

    Raises MirrorAhead where it holds more than the database, which was then restored.
    """
    with _locked(folder()):
        end, size = position(), sealer.sealed_size()
        refuse_if_ahead(size)
        for first, texts in _entries(end, size):
            _append(first, texts)
        _write_checkpoints()
    return size - end


def refuse_if_ahead(size: int) -> None:
    """Raise MirrorAhead where the mirror has more than `size` entries."""
    if (end := position()) > size:
        raise MirrorAhead(
            f"the mirror holds {end} entries and the database {size}: the database was restored "
            "from a backup. Run `manage.py replay_erasures` before anything else."
        )


def position() -> int:
    """Return how many whole entries the mirror holds."""
    segments = _segments(folder())
    if not segments:
        return 0
    last = segments[-1]
    return int(last.stem) + _lines_in(last)


def lines(start: int = 0) -> Iterator[str]:
    """Yield the texts of the mirror's entries from leaf index `start`, in order."""
    for segment in _segments(folder()):
        first = int(segment.stem)
        if first + LINES <= start:
            continue
        with segment.open(encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(file, start=first):
                if number >= start and line.endswith("\n"):
                    yield line[:-1]


def checkpoints() -> Iterator[tuple[int, str]]:
    """Yield size and signed note of the mirror's checkpoints, smallest first."""
    for path in sorted((folder() / "checkpoints").glob("*.txt")):
        yield int(path.stem), path.read_text(encoding="utf-8")


# --- writing --------------------------------------------------------------------------------


def _entries(start: int, end: int) -> Iterator[tuple[int, list[str]]]:
    """Yield batches of entry texts by leaf index, none of which crosses the end of a file."""
    while start < end:
        stop = min(start + BATCH, end, (start // LINES + 1) * LINES)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT e.body::text FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry_id"
                " WHERE l.leaf_index >= %s AND l.leaf_index < %s ORDER BY l.leaf_index",
                [start, stop],
            )
            texts = [row[0] for row in cursor.fetchall()]
        if len(texts) != stop - start:
            raise RuntimeError(f"leaves {start} to {stop} lack entries: run verify_ledger")
        yield start, texts
        start = stop


def _append(first: int, texts: list[str]) -> None:
    path = folder() / "entries" / f"{first // LINES * LINES:012}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.truncate(_whole_bytes(path))
        file.seek(0, os.SEEK_END)
        file.write("".join(f"{text}\n" for text in texts).encode())
        file.flush()
        os.fsync(file.fileno())


def _write_checkpoints() -> None:
    target = folder() / "checkpoints"
    target.mkdir(parents=True, exist_ok=True)
    newest = max((int(path.stem) for path in target.glob("*.txt")), default=-1)
    rows = Checkpoint.objects.filter(size__gt=newest).order_by("size")
    for size, note in rows.values_list("size", "note").iterator(chunk_size=1000):
        temporary = target / f".{size}.tmp"
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target / f"{size:012}.txt")


def _segments(where: Path) -> list[Path]:
    return sorted((where / "entries").glob("*.jsonl"))


def _lines_in(path: Path) -> int:
    count = 0
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            count += part.count(b"\n")
    return count


def _whole_bytes(path: Path) -> int:
    """Return the length of a file without the line that a kill tore off."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - 65_536)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                return start + newline + 1
            end = start
    return 0


@contextmanager
def _locked(where: Path) -> Iterator[None]:
    """Let one process at a time write, on this machine and on others of this database."""
    where.mkdir(parents=True, exist_ok=True)
    with (where / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- after a restore ------------------------------------------------------------------------


def restore_entries(*, now: datetime) -> tuple[int, int]:
    """Put back the entries that the mirror has and a restored database lacks.

    Returns the leaf indexes from and to which they stand. They take their old places in the
    tree, so that every checkpoint ever signed stays true. An entry that the backup held
    without its place gets that place. Safe to run twice.
    """
    with _locked(folder()):
        start, end = sealer.sealed_size(), position()
        if start < end:
            sealer.put_back(lines(start), dict(checkpoints()), now=now)
    return start, max(start, end)
