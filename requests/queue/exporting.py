"""The queue as a file: asked for by a colleague, made by a worker, taken, and erased after a day.

A run writes batch by batch, each in a transaction of its own that looks whether the run is still
the one that counts. A worker that dies leaves a run that went silent: the next begins anew, under
a new key, and what the dead one left goes. So nothing of two runs is ever mixed.
"""

from array import array
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.http import urlencode

from audit import services as audit
from requests.exceptions import Gone, RuleBroken
from requests.models import PrivacyRequest
from requests.officer.seeing import HANDLE
from requests.queue.export_rows import Batch, batches, headings, restricted_since
from requests.queue.filters import Filters, filters_of
from requests.queue.models import ExportForm, ExportState, QueueExport, QueueExportPiece
from requests.queue.spreadsheets import CsvFile, Pieces, XlsxFile
from subjects.models import RestrictionMark
from vault import services as vault
from vault.constants import KeyKind

EXPORT = "requests.export_privacyrequest"
KEPT = timedelta(days=1)
REMEMBERED = timedelta(days=30)
# A run that did nothing for so long is taken for dead.
SILENT = timedelta(minutes=2)
UNQUEUED = timedelta(seconds=30)
AT_ONCE = 3
MOST_ROWS, MOST_NAMES = 200_000, 5_000
AT_A_TIME = 100
# Of the piece that holds, sealed, which requests are in the file: before the file's own.
REQUESTS, WIDE = 0, "q"
# So many requests that were restricted since are looked up in a file.
MOST_SINCE = 10_000
TO_MAKE = (ExportState.WAITING, ExportState.WORKING)


class TooManyExports(RuleBroken):
    """As many exports are being made for the colleague as may be at once."""


class TooManyRows(RuleBroken):
    """More rows than an export may hold."""


class Overtaken(RuleBroken):
    """Use of somebody's data was restricted since the file was made."""


class Superseded(Exception):
    """Another run took over, or the export ended meanwhile."""


# --- asking --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """What a colleague asks; `token` makes a second click find the first export."""

    token: UUID
    filters: Filters
    form: str
    name_purpose: str = ""
    language: str = "nl"


@transaction.atomic
def ask_export(wish: Wish, *, user: User, now: datetime) -> QueueExport:
    """Note what a colleague wants as a file; the caller queues `tasks.make_export`.

    Raises TooManyExports, and Gone for a token that is somebody else's.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if (there := QueueExport.objects.filter(reference=wish.token).first()) is not None:
        if there.owner_id != user.pk:
            raise Gone("this is somebody else's export")
        return there
    going = QueueExport.objects.filter(owner=user, state__in=TO_MAKE)
    if going.count() >= AT_ONCE:
        raise TooManyExports("three exports are being made already")
    named = wish.name_purpose if user.has_perm(HANDLE) else ""
    try:
        with transaction.atomic():
            export = QueueExport.objects.create(
                reference=wish.token,
                owner=user,
                form=wish.form,
                query=urlencode(wish.filters.pairs()),
                language=wish.language,
                name_purpose=named,
                asked_at=now,
                moved_at=now,
            )
    except IntegrityError:
        raise Gone("this is somebody else's export") from None
    facts: dict[str, audit.Fact] = {"form": wish.form, "names": bool(named)}
    facts |= {"purpose": named} if named else {}
    asked = audit.Event("queue.export_asked", about(export), audit.actor_of(user), facts=facts)
    audit.append_many([asked])
    return export


def about(export: QueueExport) -> str:
    """Return how the ledger names an export."""
    return f"queueexport:{export.reference}"


# --- making --------------------------------------------------------------------------------


@dataclass
class Run:
    """One attempt at an export: what it has made so far."""

    export: QueueExport
    key: vault.OpenKey
    number: int = 0
    named: list[UUID] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)


def make_export(pk: int, *, now: datetime | None = None) -> None:
    """Make the file of an export. Safe to run twice, in parallel, and to be killed."""
    run = _begin(pk, now or timezone.now())
    if run is None:
        return
    try:
        with translation.override(run.export.language):
            _write(run)
    except Superseded:
        return
    except TooManyRows:
        _fail(run, "too_many")


def _begin(pk: int, now: datetime) -> Run | None:
    """Take an export in hand that nobody is at; None where there is nothing to do."""
    if not _free(QueueExport.objects.filter(pk=pk).first(), now):
        return None
    key = vault.create_key(KeyKind.EXPORT)
    with transaction.atomic():
        export = QueueExport.objects.select_for_update(of=("self",)).get(pk=pk)
        if not _free(export, now):
            return None
        _empty(export)
        export.run, export.key_id, export.state = uuid4(), key.id, ExportState.WORKING
        export.rows = export.restricted = export.own = 0
        export.newest_mark = _newest_mark()
        export.moved_at = now
        export.save()
        vault.require_fresh([key])
    return Run(export, key)


def _newest_mark() -> int:
    """Return the last restriction mark, once nobody is placing one: theirs come after it."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE subjects_restrictionmark IN SHARE MODE")
    return RestrictionMark.objects.aggregate(newest=Max("pk"))["newest"] or 0


def overtaken(export: QueueExport) -> bool:
    """Tell whether use of data of anybody in this file was restricted since a worker began on it.

    Restricted data are not exported. Where nobody can tell who is in it, whoever was restricted
    may be. Source: GDPR Article 18(2).
    """
    if export.state != ExportState.READY:
        return False
    since = restricted_since(export.newest_mark, limit=MOST_SINCE + 1)
    if not since or len(since) > MOST_SINCE:
        return bool(since)
    return not since.isdisjoint(held) if (held := _held_by(export)) is not None else True


def _held_by(export: QueueExport) -> Sequence[int] | None:
    """Return the keys of the requests in a file; None where that was not kept, or is gone."""
    key = vault.open_keys([export.key_id] if export.key_id else []).get(export.key_id or 0)
    piece = QueueExportPiece.objects.filter(export=export, number=REQUESTS).first()
    if key is None or piece is None:
        return None
    held = array(WIDE)
    held.frombytes(key.unseal_bytes(piece.sealed_content, place=_place(export, REQUESTS)))
    return held


def _free(export: QueueExport | None, now: datetime) -> bool:
    if export is None or export.state not in TO_MAKE:
        return False
    return export.state == ExportState.WAITING or export.moved_at < now - SILENT


def _empty(export: QueueExport) -> None:
    """Delete what there is of the file, and its key."""
    QueueExportPiece.objects.filter(export=export).delete()
    if export.key_id is not None:
        vault.destroy_keys_later([export.key_id])
    export.key_id = None


def _write(run: Run) -> None:
    export, owner = run.export, run.export.owner
    if not allowed(export, owner):
        _fail(run, "not_allowed")
        return
    pieces, named = Pieces(), bool(export.name_purpose)
    kind = XlsxFile if export.form == ExportForm.XLSX else CsvFile
    file = kind(pieces, headings(named=named))
    visible = PrivacyRequest.objects.visible_to(owner)
    most = MOST_NAMES if named else MOST_ROWS
    # Closed also where it ends early: a zip file that is left open complains when it is forgotten.
    with closing(file):
        for batch in batches(visible, filters_of(export.query), owner=owner, named=named):
            file.add(batch.rows)
            run.named += batch.named
            run.requests.extend(batch.requests)
            if run.export.rows + len(batch.rows) > most:
                raise TooManyRows(f"more than {most} rows")
            _keep(run, pieces.take(), batch)
    _finish(run, pieces.take(all_of_it=True), pieces.written)


def allowed(export: QueueExport, user: User) -> bool:
    """Tell whether a colleague may have an export, as their role is now."""
    names = not export.name_purpose or user.has_perm(HANDLE)
    return user.is_active and user.has_perm(EXPORT) and names


def _locked(run: Run) -> QueueExport:
    there = QueueExport.objects.select_for_update(of=("self",)).filter(pk=run.export.pk).first()
    if there is None or there.run != run.export.run or there.state != ExportState.WORKING:
        raise Superseded
    return there


@transaction.atomic
def _keep(run: Run, pieces: Sequence[bytes], batch: Batch) -> None:
    """Keep a batch: its pieces sealed, how far we are, and how many were left out."""
    export = _locked(run)
    _seal(run, pieces)
    export.rows += len(batch.rows)
    export.restricted += batch.restricted
    export.own += batch.own
    export.moved_at = timezone.now()
    export.save(update_fields=["rows", "restricted", "own", "moved_at"])
    run.export = export


def _seal(run: Run, pieces: Sequence[bytes]) -> None:
    made = []
    for content in pieces:
        run.number += 1
        sealed = run.key.seal_bytes(content, place=_place(run.export, run.number))
        made.append(QueueExportPiece(export=run.export, number=run.number, sealed_content=sealed))
    QueueExportPiece.objects.bulk_create(made)


def _place(export: QueueExport, number: int) -> str:
    return f"requests.queueexport:{export.reference}:{number}"


@transaction.atomic
def _finish(run: Run, pieces: Sequence[bytes], size: int) -> None:
    export = _locked(run)
    _seal(run, pieces)
    sealed = run.key.seal_bytes(array(WIDE, run.requests).tobytes(), place=_place(export, REQUESTS))
    QueueExportPiece.objects.create(export=export, number=REQUESTS, sealed_content=sealed)
    now = timezone.now()
    export.state, export.size, export.moved_at = ExportState.READY, size, now
    export.expires_at = now + KEPT
    export.save()
    actor = f"user:{export.owner_id}"
    counts: dict[str, audit.Fact] = {
        "rows": export.rows,
        "restricted": export.restricted,
        "own": export.own,
    }
    events = [audit.Event("queue.exported", about(export), actor, facts=counts)]
    events += [
        audit.Event(
            "request.name_exported",
            f"request:{reference}",
            actor,
            facts={"purpose": export.name_purpose, "export": export.reference},
        )
        for reference in run.named
    ]
    audit.append_many(events)


@transaction.atomic
def _fail(run: Run, why: str) -> None:
    try:
        export = _locked(run)
    except Superseded:
        return
    _empty(export)
    export.state, export.failure, export.moved_at = ExportState.FAILED, why, timezone.now()
    export.save()
    audit.append("queue.export_failed", object=about(export), actor=audit.WORKER, why=why)


def waiting(*, now: datetime) -> list[int]:
    """Return exports that nobody makes: never queued, or in the hands of who went silent."""
    lost = QueueExport.objects.filter(state=ExportState.WAITING, moved_at__lt=now - UNQUEUED)
    dead = QueueExport.objects.filter(state=ExportState.WORKING, moved_at__lt=now - SILENT)
    found = [*lost.values_list("pk", flat=True), *dead.values_list("pk", flat=True)]
    return sorted(found)[:AT_A_TIME]


# --- taking --------------------------------------------------------------------------------


def open_export(export: QueueExport, *, user: User, now: datetime) -> Iterator[bytes]:
    """Return the file, piece by piece, and note that it is taken.

    Raises Gone where it is not ready, has expired, or may not be had any more, and Overtaken where
    use of somebody's data was restricted since.
    """
    if export.state != ExportState.READY or not export.expires_at or export.expires_at <= now:
        raise Gone("the export is not there")
    if export.owner_id != user.pk or not allowed(export, user):
        raise Gone("the export is not for this colleague")
    if overtaken(export):
        raise Overtaken("use of somebody's data was restricted since")
    key = vault.open_keys([export.key_id] if export.key_id else []).get(export.key_id or 0)
    if key is None:
        raise Gone("the export has expired")
    with transaction.atomic():
        audit.append("queue.export_downloaded", object=about(export), actor=audit.actor_of(user))
    return _pieces(export, key)


def _pieces(export: QueueExport, key: vault.OpenKey) -> Iterator[bytes]:
    size, number = 0, 0
    while size < export.size:
        number += 1
        # One at a time: a file may be larger than what a page should hold in memory.
        piece = QueueExportPiece.objects.get(export=export, number=number)
        content = key.unseal_bytes(piece.sealed_content, place=_place(export, number))
        size += len(content)
        yield content


# --- erasing -------------------------------------------------------------------------------


def erase_expired(*, now: datetime) -> int:
    """Erase files past their day and destroy their keys; return how many. Safe to run twice."""
    erased = 0
    while taken := _erase_some(now):
        erased += taken
    QueueExport.objects.filter(
        state__in=(ExportState.EXPIRED, ExportState.FAILED), moved_at__lt=now - REMEMBERED
    ).delete()
    return erased


@transaction.atomic
def _erase_some(now: datetime) -> int:
    due = QueueExport.objects.filter(expires_at__lte=now, key_id__isnull=False).order_by("pk")
    exports = list(due.select_for_update(skip_locked=True, of=("self",))[:AT_A_TIME])
    for export in exports:
        _empty(export)
        export.state, export.moved_at = ExportState.EXPIRED, now
        export.save(update_fields=["state", "key_id", "moved_at"])
    if exports:
        audit.append_many(
            [audit.Event("queue.export_erased", about(one), audit.WORKER) for one in exports]
        )
    return len(exports)
