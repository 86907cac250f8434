from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from retention import replay
from retention.exceptions import ReplayNeeded


class Command(BaseCommand):
    help = (
        "After a restore: destroy again what the mirror of the ledger says was destroyed, and put"
        " its entries back. Run it before anything else."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; end with 1 where it is needed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            return self.check_only()
        done = replay.replay(today=timezone.localdate(), now=timezone.now())
        self.stdout.write(
            f"Destroyed again: {done.destroyed}. Proofs taken over: {done.proofs}."
            f" Entries put back: {done.entries}."
        )
        return None

    def check_only(self) -> None:
        try:
            replay.require_replayed()
        except ReplayNeeded as needed:
            raise CommandError(f"{needed} Still here: {replay.still_here()}.") from None
        self.stdout.write("Nothing to replay.")
