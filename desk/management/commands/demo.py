"""Fill an empty registry with an agency that does not exist: `manage.py demo --subjects N`."""

import hashlib
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import date
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, OutputWrapper
from django.utils import timezone

from desk.demo.life import live
from desk.demo.lines import generate
from desk.demo.stream import Stream
from subjects import sharing
from subjects.ingest import ingest
from subjects.models import Dossier, IngestRun

SOURCE = "demo"
# Where no terminal shows a moving line, a new one every so many seconds.
SELDOM = 30
# About how many, for the estimate of how long it may take.
LINES_A_PERSON = 17.9


class Command(BaseCommand):
    help = (
        "Fill an empty registry with made-up people; in demo mode only. Stopped halfway, the same"
        " command goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--subjects", type=int, default=2_000)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--to", type=Path, help="write the lines to this file instead")
        parser.add_argument("--more", action="store_true", help="into a registry that is not empty")

    def handle(self, *, subjects: int, seed: int, to: Path | None, **options: Any) -> None:
        if not settings.DEMO_MODE:
            raise CommandError("Made-up people are for demo mode only.")
        if subjects < 1:
            raise CommandError("--subjects: at least 1.")
        if to is not None:
            self._write(generate(subjects, seed=seed, today=timezone.localdate()), to)
            return
        run = _stopped()
        if run is None and Dossier.objects.exists() and not options["more"]:
            self.stdout.write("The registry is not empty: nothing was added.")
            return
        if run is None:
            run = IngestRun.objects.create(source_system=SOURCE)
            run.content_digest = _digest(subjects, seed, _day(run))
            run.save(update_fields=["content_digest"])
        elif bytes(run.content_digest or b"") != _digest(subjects, seed, _day(run)):
            raise CommandError(
                "An earlier filling was stopped halfway. Give the --subjects and --seed of that one"
                " to go on with it, or begin with empty databases."
            )
        self._fill(run, subjects, seed)

    def _fill(self, run: IngestRun, subjects: int, seed: int) -> None:
        # A chunk goes in whole or not at all, so what is in are the first lines.
        lines = islice(generate(subjects, seed=seed, today=_day(run)), run.lines_done, None)
        answers = _Refusals()
        progress = _Progress(self.stderr, subjects, run.lines_done)
        ingest(Stream(lines), source=SOURCE, results=answers, progress=progress, run=run)
        if answers.first:
            raise CommandError(f"The door refused {run.refused} lines. The first: {answers.first}")
        call_command("demo_accounts", stdout=StringIO())
        live(seed=seed, subjects=subjects, now=timezone.now())
        sharing.count_anew(now=timezone.now())
        self.stdout.write(f"{run.taken:,} lines of {subjects:,} made-up people are in.")

    def _write(self, lines: Iterable[dict[str, Any]], to: Path) -> None:
        with to.open("wb") as file:
            file.writelines(orjson.dumps(line) + b"\n" for line in lines)
        self.stdout.write(f"Written to {to}.")


def _stopped() -> IngestRun | None:
    """Return the filling that was begun and not finished, if any."""
    runs = IngestRun.objects.filter(source_system=SOURCE, finished_at=None, key_id=None)
    return runs.order_by("-pk").first()


def _day(run: IngestRun) -> date:
    """Return the day for which its people are made: the same when it goes on tomorrow."""
    return timezone.localdate(run.started_at)


def _digest(subjects: int, seed: int, day: date) -> bytes:
    """Return what tells one filling from another; the file's own digest replaces it at the end."""
    return hashlib.sha256(f"demo:{subjects}:{seed}:{day}".encode()).digest()


class _Progress:
    """Tells how far it is and how long it may still take."""

    def __init__(self, out: OutputWrapper, subjects: int, lines_before: int) -> None:
        self._out, self._in_all, self._before = out, subjects * LINES_A_PERSON, lines_before
        self._told = self._began = time.monotonic()

    def __call__(self, run: IngestRun) -> None:
        now = time.monotonic()
        terminal = self._out.isatty()
        if not terminal and now - self._told < SELDOM:
            return
        self._told = now
        rate = (run.lines_done - self._before) / (now - self._began)
        self._out.write(self._words(run, rate), ending="" if terminal else "\n")

    def _words(self, run: IngestRun, rate: float) -> str:
        left = max(self._in_all - run.lines_done, 0) / rate / 60 if rate else 0
        start = "\r" if self._out.isatty() else ""
        return (
            f"{start}{run.lines_done:,} lines, {rate:,.0f} a second,"
            f" about {left:,.0f} minutes to go  "
        )


class _Refusals:
    """Keeps the first refusal, which is a fault of the demo data."""

    first = ""

    def write(self, text: str, /) -> int:
        if '"refused"' in text and not self.first:
            self.first = text.strip()
        return len(text)
