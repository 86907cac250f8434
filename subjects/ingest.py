"""The door for data: JSON Lines in, an answer for each line out, in bounded memory.

Safe to run twice and to be cut short: lines are known again by their source's ids, so a second
run answers `unchanged` for what the first one took.
"""

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson
from django.db import IntegrityError, OperationalError, connections, transaction
from django.utils import timezone

from audit import services as audit
from subjects.door.ahead import Readable, read_ahead
from subjects.door.beside import Beside, collecting_seldom
from subjects.door.chunks import Prepared, Terms, prepare
from subjects.door.codes import Codes, load_codes
from subjects.door.outcome import DESTROYED, REFUSED, TAKEN, UNCHANGED, UPDATED, Outcome
from subjects.door.writing import Chunk
from subjects.models import IngestRun
from vault import services as vault

CHUNK_LINES = 4_000
# What an instruction may be about by itself.
PARTS = frozenset(["record", "consent", "automated_decision"])
ATTEMPTS = 3
# PostgreSQL's code for a deadlock, which the one who lost may simply try again.
DEADLOCK = "40P01"


class Writable(Protocol):
    def write(self, text: str, /) -> int: ...


def ingest(
    lines: Readable,
    *,
    source: str,
    results: Writable | None = None,
    progress: Callable[[IngestRun], None] | None = None,
    run: IngestRun | None = None,
    every_line: bool = False,
) -> IngestRun:
    """Take in a file of one source system; return the run with its counts.

    Each chunk is one transaction. `results` gets a JSON line, in the order of the file, for every
    line that was refused or destroyed, or of which a right kept something out (with `every_line`
    for all); `progress` is called after each chunk. Raises OperationalError when the database goes
    away: run the file again.
    """
    now = timezone.localtime()
    codes = load_codes()
    run = run or IngestRun.objects.create(source_system=source)
    hashed = _Hashed(lines)
    # Inside a transaction of the keystore a thread would not see the keys.
    alone = connections["keystore"].in_atomic_block
    terms = Terms(codes, source, now.date(), CHUNK_LINES)
    ahead = read_ahead(hashed, terms, alone=alone)
    with closing(ahead), Beside(thread=not alone) as beside, collecting_seldom() as collect:
        door = _Door(run, codes, now, beside)
        for chunk in ahead:
            outcomes = door.write(chunk)
            if results is not None:
                for outcome in outcomes:
                    if every_line or outcome.reason or outcome.outcome == DESTROYED:
                        results.write(_answer(outcome, source))
            if progress is not None:
                progress(run)
            collect()
    run.content_digest = hashed.digest()
    run.finished_at = timezone.now()
    with transaction.atomic():
        run.save(update_fields=["content_digest", "finished_at"])
        audit.append("ingest.finished", object=f"ingest:{run.reference}", actor=audit.SYSTEM)
    return run


@dataclass(frozen=True)
class _Door:
    """Where chunks go in, one transaction each."""

    run: IngestRun
    codes: Codes
    now: datetime
    beside: Beside

    def write(self, chunk: Prepared) -> list[Outcome]:
        """Write a chunk; where the database refuses it, block by block, to find which one."""
        try:
            return self._write_once(chunk)
        except IntegrityError:
            if len(chunk.blocks) == 1:
                reason = "The database refuses this dossier: its lines contradict each other."
                outcomes = [Outcome(line, REFUSED, reason) for line in chunk.blocks[0].lines]
                with transaction.atomic():
                    _count(self.run, outcomes)
                return outcomes
        return [
            outcome
            for block in chunk.blocks
            for outcome in self.write(prepare([block], self.run.source_system))
        ]

    def _write_once(self, chunk: Prepared) -> list[Outcome]:
        run = self.run
        for attempt in range(ATTEMPTS):
            writer = Chunk(
                chunk,
                source=run.source_system,
                codes=self.codes,
                now=self.now,
                beside=self.beside,
            )
            try:
                with transaction.atomic():
                    outcomes = writer.write()
                    _count(run, outcomes)
            except OperationalError as error:
                run.refresh_from_db()
                if getattr(error.__cause__, "pgcode", None) != DEADLOCK or attempt + 1 == ATTEMPTS:
                    raise
            except IntegrityError:
                run.refresh_from_db()
                raise
            else:
                writer.trim()
                return outcomes
        raise AssertionError("unreachable")


def _count(run: IngestRun, outcomes: list[Outcome]) -> None:
    """Add a chunk to the run and to the ledger, in the chunk's transaction."""
    counts = dict.fromkeys((TAKEN, UPDATED, UNCHANGED, DESTROYED, REFUSED), 0)
    for outcome in outcomes:
        counts[outcome.outcome] += 1
    for name, count in counts.items():
        setattr(run, name, getattr(run, name) + count)
    run.lines_done += len(outcomes)
    run.save(update_fields=["lines_done", *counts])
    facts: dict[str, audit.Fact] = {"source": run.source_system, "lines": len(outcomes), **counts}
    audit.append_many(
        [audit.Event("ingest.chunk", f"ingest:{run.reference}", audit.SYSTEM, facts=facts)]
    )


def _answer(outcome: Outcome, source: str) -> str:
    line = outcome.line
    answer: dict[str, Any] = {
        "line": line.number,
        "type": line.type,
        "id": line.id,
        "outcome": outcome.outcome,
    }
    if outcome.reason:
        answer["reason"] = outcome.reason
    if outcome.reference:
        answer["reference"] = outcome.reference
    if line.type in PARTS and outcome.outcome != REFUSED:
        # How an instruction names one piece of what hangs on an involvement.
        answer["digest"] = vault.digest(source, line.type, line.id).hex()
    return orjson.dumps(answer).decode() + "\n"


class _Hashed:
    """A stream that digests what is read through it."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        raw = self._stream.read(size)
        self._hash.update(raw)
        return raw

    def digest(self) -> bytes:
        return self._hash.digest()
