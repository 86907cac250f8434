"""Look whether the ledger is still what was signed: `manage.py verify_ledger`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.exceptions import LedgerBroken
from audit.verify import verify


class Command(BaseCommand):
    help = "Recompute the ledger's tree and compare it with what was signed and mirrored."

    def handle(self, **options: Any) -> None:
        def progress(done: int) -> None:
            self.stderr.write(f"\r{done:,} entries", ending="")

        try:
            found = verify(progress if self.stderr.isatty() else None)
        except LedgerBroken as error:
            raise CommandError(f"The ledger is not what was signed: {error}.") from error
        self.stdout.write(
            f"{found.entries:,} entries, {found.checkpoints:,} signed checkpoints, "
            f"{found.mirrored:,} entries compared with the mirror: all whole."
        )
