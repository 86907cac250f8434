"""Fill an empty registry with an agency that does not exist: `manage.py demo --subjects N`."""

import time
from argparse import ArgumentParser
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from desk.demo.life import live
from desk.demo.lines import generate
from desk.demo.stream import Stream
from subjects.ingest import ingest
from subjects.models import Dossier, IngestRun

SOURCE = "demo"


class Command(BaseCommand):
    help = "Fill an empty registry with made-up people; in demo mode only."

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
        lines = generate(subjects, seed=seed, today=timezone.localdate())
        if to is not None:
            self._write(lines, to)
            return
        if Dossier.objects.exists() and not options["more"]:
            self.stdout.write("The registry is not empty: nothing was added.")
            return
        started = time.monotonic()

        def progress(run: IngestRun) -> None:
            rate = run.lines_done / (time.monotonic() - started)
            self.stderr.write(f"\r{run.lines_done:,} lines, {rate:,.0f} a second", ending="")

        answers = _Refusals()
        run = ingest(
            Stream(lines),
            source=SOURCE,
            results=answers,
            progress=progress if self.stderr.isatty() else None,
        )
        if answers.first:
            raise CommandError(f"The door refused {run.refused} lines. The first: {answers.first}")
        call_command("demo_accounts", stdout=StringIO())
        live(seed=seed, subjects=subjects, now=timezone.now())
        self.stdout.write(f"{run.taken:,} lines of {subjects:,} made-up people are in.")

    def _write(self, lines: Iterable[dict[str, Any]], to: Path) -> None:
        with to.open("wb") as file:
            file.writelines(orjson.dumps(line) + b"\n" for line in lines)
        self.stdout.write(f"Written to {to}.")


class _Refusals:
    """Keeps the first refusal, which is a fault of the demo data."""

    first = ""

    def write(self, text: str, /) -> int:
        if '"refused"' in text and not self.first:
            self.first = text.strip()
        return len(text)
