from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vault import services
from vault.exceptions import TooManyOrphans


class Command(BaseCommand):
    help = (
        "Destroy the keys that no row holds. Run it after a restore of either database, "
        "before anything is served."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--most",
            type=int,
            default=services.MOST_ORPHANS,
            help="refuse when more keys than this have no row (%(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        services.pass_used_numbers()
        drained = services.drain_outbox()
        try:
            swept = services.sweep(most=options["most"])
        except TooManyOrphans as error:
            raise CommandError(str(error)) from None
        services.vacuum()
        self.stdout.write(f"{drained} keys destroyed from the outbox, {swept} that no row held.")
