"""Entries and checkpoints outside the database: what shows that nobody rewrote it.

The folder `settings.LEDGER_MIRROR` holds

    entries/000000000000.jsonl                 the exact text of entries, one a line, 65,536 to
                                               a file that is named after its first leaf index
    checkpoints/000000000000/000000000042.txt  the signed note of each checkpoint, by number of
                                               leaves; a folder for each file of entries

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
from audit.exceptions import MirrorAhead, MirrorBroken
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
        end, size = _compared()
        for first, texts in _entries(end, size):
            _append(first, texts)
        _write_checkpoints()
    return size - end


def refuse_if_ahead() -> None:
    """Raise MirrorAhead where the mirror has more entries than the database sealed."""
    _compared()


def _compared() -> tuple[int, int]:
    # The mirror first: while another sealer works, the database is never behind it.
    end, size = position(), sealer.sealed_size()
    if end > size:
        raise MirrorAhead(
            f"the mirror holds {end} entries and the database {size}: the database was restored "
            "from a backup. Run `manage.py replay_erasures` before anything else."
        )
    return end, size


def position() -> int:
    """Return how many whole entries the mirror holds."""
    segments = _segments(folder())
    if not segments:
        return 0
    last = segments[-1]
    return int(last.stem) + _lines_in(last)


def lines(start: int = 0) -> Iterator[str]:
    """Yield the texts of the mirror's entries from leaf index `start`, in order.

    Raises MirrorBroken where a file of entries is missing or cut short.
    """
    expected = 0
    for segment in _segments(folder()):
        first = int(segment.stem)
        if first != expected:
            raise MirrorBroken(f"the mirror lacks the entries from leaf {expected} to {first}")
        expected = first + LINES
        if expected > start:
            yield from _whole_lines(segment, max(start - first, 0))


def _whole_lines(segment: Path, skip: int) -> Iterator[str]:
    number, is_last = 0, segment == _segments(folder())[-1]
    with segment.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            # A line that is being written, or was torn off, is not there yet.
            if line.endswith("\n"):
                number += 1
                if number > skip:
                    yield line[:-1]
    if number < LINES and not is_last:
        raise MirrorBroken(f"the mirror's file {segment.name} has {number} entries, not {LINES}")


def checkpoints(after: int = 0) -> Iterator[tuple[int, str]]:
    """Yield size and signed note of the mirror's checkpoints of more leaves, smallest first."""
    for batch in _folders(folder()):
        if int(batch.name) + LINES > after:
            for path in sorted(batch.glob("*.txt")):
                if int(path.stem) > after:
                    yield int(path.stem), path.read_text(encoding="utf-8")


def newest_checkpoint() -> int:
    """Return the number of leaves of the mirror's last checkpoint; 0 where it has none."""
    for batch in reversed(_folders(folder())):
        if sizes := [int(path.stem) for path in batch.glob("*.txt")]:
            return max(sizes)
    return 0


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
    is_new = not path.exists()
    with path.open("w+b" if is_new else "r+b") as file:
        file.truncate(_whole_bytes(path))
        file.seek(0, os.SEEK_END)
        file.write("".join(f"{text}\n" for text in texts).encode())
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        _keep_names(path.parent)


def _write_checkpoints() -> None:
    rows = Checkpoint.objects.filter(size__gt=newest_checkpoint()).order_by("size")
    written = set()
    for size, note in rows.values_list("size", "note").iterator(chunk_size=1000):
        target = folder() / "checkpoints" / f"{(size - 1) // LINES * LINES:012}"
        target.mkdir(parents=True, exist_ok=True)
        temporary = target / f".{size}.tmp"
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target / f"{size:012}.txt")
        written |= {target, target.parent}
    for target in written:
        _keep_names(target)


def _keep_names(of: Path) -> None:
    """Make the names of new files outlive a power cut, as fsync did their contents."""
    handle = os.open(of, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _folders(where: Path) -> list[Path]:
    return sorted(path for path in (where / "checkpoints").glob("*") if path.is_dir())


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
            sealer.put_back(lines(start), dict(checkpoints(start)), start=start, now=now)
    return start, max(start, end)
