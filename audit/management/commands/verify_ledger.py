"""Look whether the ledger is still what was signed: `manage.py verify_ledger`."""

from argparse import ArgumentTypeError
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from audit.exceptions import LedgerBroken
from audit.verify import verify


class Command(BaseCommand):
    help = "Recompute the ledger's tree and compare it with what was signed and mirrored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--since",
            type=_moment,
            metavar="DAY",
            help="trust the last checkpoint before this day or moment (ISO 8601), look at the rest",
        )

    def handle(self, **options: Any) -> None:
        def progress(done: int) -> None:
            self.stderr.write(f"\r{done:,} entries", ending="")

        try:
            found = verify(progress if self.stderr.isatty() else None, since=options["since"])
        except LedgerBroken as error:
            raise CommandError(f"The ledger is not what was signed: {error}.") from error
        self.stdout.write(
            f"{found.entries:,} entries, {found.checkpoints:,} signed checkpoints, "
            f"{found.mirrored:,} entries compared with the mirror: all whole."
        )


def _moment(text: str) -> datetime:
    """Return the moment, or the beginning of the day, that `text` names."""
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is a day or moment that does not exist") from error
    if day is not None:
        moment = datetime.combine(day, time.min)
    if moment is None:
        raise ArgumentTypeError(f"{text!r} is not a day or moment such as 2026-11-30")
    return moment if moment.tzinfo else timezone.make_aware(moment)
