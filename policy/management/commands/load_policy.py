"""`manage.py load_policy [FILE]`: publish a statement file; safe to run again."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from policy import services
from policy.exceptions import BadStatement, PublishedVersionChanged


class Command(BaseCommand):
    help = "Publish a statement file (the newest one unless FILE is given)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            version, new = services.load(options["file"], today=timezone.localdate())
        except PublishedVersionChanged as error:
            raise CommandError(
                f"Version {error} is published with other content and never changes. "
                "Give the changed statement a new version."
            ) from error
        except BadStatement as error:
            raise CommandError(str(error)) from error
        said = "published" if new else "was already published; nothing changed"
        self.stdout.write(f"Statement {version.version} {said}.")
