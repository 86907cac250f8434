"""Say who hears that a system left instructions open: `manage.py source_contact SYSTEM ADDRESS`."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from audit import services as audit
from subjects.models import SourceSystem


class Command(BaseCommand):
    help = "Set the address to which reminders of open instructions go; none without ADDRESS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("system", help="code of the source system")
        parser.add_argument("address", nargs="?", default="", help="of whoever runs it")

    def handle(self, *, system: str, address: str, **options: Any) -> None:
        try:
            if address:
                validate_email(address)
        except ValidationError:
            raise CommandError("That is no e-mail address.") from None
        with transaction.atomic():
            found = SourceSystem.objects.filter(code=system).update(contact_email=address)
            if not found:
                raise CommandError("This system has no token yet: first `source_token SYSTEM`.")
            audit.append("source.contact_set", object=f"source:{system}", actor=audit.SYSTEM)
        self.stdout.write("Set." if address else "Taken away.")
