"""Verification that somebody asks for at the desk: one at a time, by a worker, with its progress.

A worker that falls silent loses it to the next, which begins again: verifying changes nothing, so
it may be done twice. What was found stands in the row, and that it was done in the ledger.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q

from audit import sealer, services
from audit.exceptions import LedgerBroken, NoSuchCheckpoint, VerificationRuns
from audit.models import Checkpoint, Verification
from audit.verify import Verified, verify

# Longer than any part of the work that says nothing.
SILENT = timedelta(minutes=10)
UNSEEN = timedelta(minutes=1)

Outcome = Verification.Outcome


class _Superseded(Exception):
    """Another worker took over."""


def ask(*, actor_id: int, after: int, now: datetime) -> Verification:
    """Ask for a verification from the checkpoint of `after` leaves on, or of all where it is 0.

    Raises VerificationRuns while one is under way, NoSuchCheckpoint where none has that size.
    """
    if after and not Checkpoint.objects.filter(size=after).exists():
        raise NoSuchCheckpoint(after)
    try:
        with transaction.atomic():
            made = Verification.objects.create(
                asked_by=actor_id, asked_at=now, heard_at=now, after=after, done=after
            )
            services.append(
                "ledger.verification_asked",
                object=f"verification:{made.reference}",
                actor=f"user:{actor_id}",
                after=after,
            )
    except IntegrityError as error:
        raise VerificationRuns from error
    return made


def checkpoint_before(moment: datetime) -> int:
    """Return the size of the last checkpoint of that moment. Raises NoSuchCheckpoint."""
    found = Checkpoint.objects.filter(sealed_at__lte=moment).order_by("-size").first()
    if found is None:
        raise NoSuchCheckpoint(moment)
    return found.size


def run(pk: int, *, clock: Callable[[], datetime]) -> None:
    """Carry a verification out, unless it has ended or a worker that is not silent has it."""
    runner = uuid4()
    now = clock()
    free = Q(runner__isnull=True) | Q(heard_at__lte=now - SILENT)
    mine = Verification.objects.filter(pk=pk, outcome=Outcome.RUNNING)
    size = sealer.sealed_size()
    if not mine.filter(free).update(runner=runner, heard_at=now, size=size):
        return
    asked = Verification.objects.get(pk=pk)
    mine = mine.filter(runner=runner)

    def progress(done: int) -> None:
        if not mine.update(done=done, heard_at=clock()):
            raise _Superseded

    progress(asked.after)
    try:
        found = verify(progress, after=asked.after)
    except LedgerBroken as error:
        _end(asked, runner, Outcome.BROKEN, clock(), wrong=str(error))
    except _Superseded:
        return
    else:
        _end(asked, runner, Outcome.WHOLE, clock(), found=found)


def _end(
    asked: Verification,
    runner: UUID,
    outcome: Outcome,
    now: datetime,
    *,
    found: Verified | None = None,
    wrong: str = "",
) -> None:
    """Write down what was found, once."""
    facts: dict[str, int] = {
        "entries": found.entries if found else 0,
        "checkpoints": found.checkpoints if found else 0,
        "mirrored": found.mirrored if found else 0,
    }
    with transaction.atomic():
        mine = Verification.objects.filter(pk=asked.pk, runner=runner, outcome=Outcome.RUNNING)
        if mine.update(outcome=outcome, ended_at=now, wrong=wrong, **facts):
            services.append(
                "ledger.verified",
                object=f"verification:{asked.reference}",
                actor=services.WORKER,
                outcome=str(outcome),
                after=asked.after,
                entries=facts["entries"],
                checkpoints=facts["checkpoints"],
                mirrored=facts["mirrored"],
            )


def waiting(*, now: datetime) -> list[int]:
    """Return verifications that no worker has: asked for in vain, or left by one that died."""
    lost = Q(runner__isnull=True, asked_at__lte=now - UNSEEN) | Q(heard_at__lte=now - SILENT)
    found = Verification.objects.filter(lost, outcome=Outcome.RUNNING)
    return list(found.values_list("pk", flat=True))


def silent(asked: Verification, *, now: datetime) -> bool:
    """Tell whether the worker that has it has said nothing for long."""
    return asked.outcome == Outcome.RUNNING and asked.heard_at <= now - SILENT
