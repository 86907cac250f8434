"""Take a file of JSON Lines into the registry: `manage.py ingest FILE --source SYSTEM`."""

import time
from argparse import ArgumentParser
from pathlib import Path
from sys import stdin
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug

from policy.models import PolicyVersion
from subjects.door.ahead import HelperEnded
from subjects.ingest import ingest
from subjects.models import IngestRun


class Command(BaseCommand):
    help = "Take in JSON Lines of one source system; docs/door.md tells their form."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a file, or - for standard input")
        parser.add_argument("--source", required=True, help="code of the source system")
        parser.add_argument("--results", type=Path, help="where the answers go; FILE.results.jsonl")
        parser.add_argument("--all", action="store_true", help="answer for every line")

    def handle(self, *, file: str, source: str, results: Path | None, **options: Any) -> None:
        try:
            validate_slug(source)
        except ValidationError:
            raise CommandError("--source: letters, digits, hyphens and underscores only.") from None
        out = results or Path("ingest" if file == "-" else file).with_suffix(".results.jsonl")
        started = time.monotonic()

        def progress(run: IngestRun) -> None:
            rate = run.lines_done / (time.monotonic() - started)
            self.stderr.write(f"\r{run.lines_done:,} lines, {rate:,.0f} a second", ending="")

        try:
            lines = stdin.buffer if file == "-" else open(file, "rb")  # noqa: SIM115 - closed below
            answers = out.open("w", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.") from None
        with lines, answers:
            try:
                run = ingest(
                    lines,
                    source=source,
                    results=answers,
                    progress=progress,
                    every_line=options["all"],
                )
            except (PolicyVersion.DoesNotExist, HelperEnded) as error:
                raise CommandError(str(error)) from None
        self.stderr.write("")
        counts = ("taken", "updated", "unchanged", "destroyed", "refused")
        self.stdout.write(", ".join(f"{getattr(run, name):,} {name}" for name in counts))
        if run.refused or run.destroyed:
            self.stdout.write(f"What was refused or destroyed, and why: {out}")
