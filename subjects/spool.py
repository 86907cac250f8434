"""Large files at the door: kept sealed until a worker has taken them in, and answered sealed."""

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Protocol

from django.db import connection, transaction
from django.db.models import Max

from audit import services as audit
from subjects.ingest import ingest
from subjects.models import IngestPart, IngestRun
from vault import services as vault
from vault.constants import KeyKind
from vault.services import OpenKey

PART = 1024 * 1024
# As long as the sender may come and read what was answered.
ANSWERS_STAY = timedelta(days=7)
COUNTS = ("lines_done", "taken", "updated", "unchanged", "refused", "destroyed")


class BodyTooLarge(Exception):
    """More was sent than one call may bring."""


class Body(Protocol):
    def read(self, size: int, /) -> bytes: ...


def keep(body: Body, *, source: str, most: int, every_line: bool = False) -> IngestRun:
    """Seal what was sent, in parts, for a worker to take in; return its run.

    Raises BodyTooLarge, and keeps nothing, above `most` bytes.
    """
    key = vault.create_key(KeyKind.INGEST)
    with transaction.atomic():
        run = IngestRun.objects.create(source_system=source, key_id=key.id, every_line=every_line)
        total = 0
        for position, part in enumerate(iter(lambda: body.read(PART), b"")):
            total += len(part)
            if total > most:
                raise BodyTooLarge
            _keep_part(run, IngestPart.Kind.BODY, position, part, key)
        audit.append(
            "ingest.received",
            object=f"ingest:{run.reference}",
            actor=audit.SYSTEM,
            source=source,
            bytes=total,
        )
        vault.require_fresh([key])
    return run


def _keep_part(
    run: IngestRun, kind: IngestPart.Kind, position: int, plain: bytes, key: OpenKey
) -> None:
    part = IngestPart(run=run, kind=kind, position=position)
    part.sealed = key.seal_bytes(plain, place=part.place)
    part.save(force_insert=True)


def take_in(run_id: int) -> None:
    """Take in a file that was kept; safe to run twice, in parallel, and to be killed.

    Whoever comes second finds it done, or leaves it to the one at work.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [f"run:{run_id}"])
        if not cursor.fetchone()[0]:
            return
        try:
            run = IngestRun.objects.get(pk=run_id)
            if run.finished_at is None and run.key_id is not None:
                _take_in(run, vault.open_key(run.key_id))
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [f"run:{run_id}"])


def waiting(*, limit: int = 100) -> list[int]:
    """Return files that nobody has taken in yet, oldest first: their task may be lost."""
    runs = IngestRun.objects.filter(finished_at=None, key_id__isnull=False)
    return list(runs.order_by("pk").values_list("pk", flat=True)[:limit])


def _take_in(run: IngestRun, key: OpenKey) -> None:
    # Cut short, it begins again: what was taken is then known, and answered `unchanged`.
    run.parts.filter(kind=IngestPart.Kind.ANSWERS).delete()
    for name in COUNTS:
        setattr(run, name, 0)
    answers = _Answers(run, key)
    ingest(
        _Body(run, key),
        source=run.source_system,
        results=answers,
        run=run,
        every_line=run.every_line,
    )
    answers.flush()
    run.parts.filter(kind=IngestPart.Kind.BODY).delete()


def read_answers(run: IngestRun) -> Iterator[bytes]:
    """Yield what was answered, JSON lines in parts; nothing once it was forgotten."""
    if run.key_id is None:
        return
    key = vault.open_key(run.key_id)
    parts = run.parts.filter(kind=IngestPart.Kind.ANSWERS).order_by("position")
    for part in parts.iterator(chunk_size=4):
        yield key.unseal_bytes(part.sealed, place=part.place)


def forget(*, now: datetime) -> int:
    """Delete the parts and keys of runs that began a week ago; return how many runs.

    Also of those that never ended: what nobody could take in is not kept for that.
    """
    with transaction.atomic():
        runs = IngestRun.objects.select_for_update(skip_locked=True).filter(
            key_id__isnull=False, started_at__lt=now - ANSWERS_STAY
        )[:1000]
        keys = {run.pk: run.key_id for run in runs if run.key_id}
        IngestPart.objects.filter(run__in=keys).delete()
        IngestRun.objects.filter(pk__in=keys).update(key_id=None)
        vault.destroy_keys_later(list(keys.values()))
        if keys:
            audit.append(
                "ingest.forgotten", object="ingest:parts", actor=audit.WORKER, runs=len(keys)
            )
    return len(keys)


class _Body:
    """The parts of a body, read one after the other, one in memory at a time."""

    def __init__(self, run: IngestRun, key: OpenKey) -> None:
        self._run, self._key = run, key
        self._next, self._part = 0, io.BytesIO()
        parts = run.parts.filter(kind=IngestPart.Kind.BODY)
        self._count = (parts.aggregate(last=Max("position"))["last"] or 0) + 1

    def read(self, size: int, /) -> bytes:
        while not (read := self._part.read(size)) and self._next < self._count:
            part = self._run.parts.filter(kind=IngestPart.Kind.BODY, position=self._next).first()
            self._next += 1
            if part is not None:
                self._part = io.BytesIO(self._key.unseal_bytes(part.sealed, place=part.place))
        return read


class _Answers:
    """Answers as they come, kept sealed in parts."""

    def __init__(self, run: IngestRun, key: OpenKey) -> None:
        self._run, self._key = run, key
        self._position, self._held = 0, io.StringIO()

    def write(self, text: str, /) -> int:
        self._held.write(text)
        if self._held.tell() >= PART:
            self.flush()
        return len(text)

    def flush(self) -> None:
        if text := self._held.getvalue():
            _keep_part(self._run, IngestPart.Kind.ANSWERS, self._position, text.encode(), self._key)
            self._position += 1
            self._held = io.StringIO()
