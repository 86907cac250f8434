"""Change the key that signs the ledger: `manage.py hand_over_ledger PUBLIC_KEY`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import certificate, services


class Command(BaseCommand):
    help = (
        "Let the key that signs now name the next one in the ledger. Run it with the old key still "
        "in the environment; the new one is given as its public key in base64."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("public_key", help="the next public key, base64 of 32 bytes")

    def handle(self, **options: Any) -> None:
        old = certificate.public_key()
        try:
            services.hand_over(options["public_key"], actor=services.SYSTEM, now=timezone.now())
        except ValueError as error:
            raise CommandError(f"The public key {error}.") from error
        self.stdout.write(
            "Handed over. Now set LEDGER_SIGNING_KEY to the new seed, put the old public key at "
            f"the end of LEDGER_OLD_PUBLIC_KEYS ({old}), and restart web server and workers."
        )
