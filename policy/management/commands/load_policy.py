"""`manage.py load_policy [FILE]`: publish a statement file; safe to run again."""

from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerGone

from policy import files, services
from policy.difference import difference
from policy.exceptions import BadStatement, PublishedVersionChanged
from policy.models import PolicyVersion


class Command(BaseCommand):
    help = "Publish a statement file (the newest one unless FILE is given)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path)
        parser.add_argument(
            "--draft",
            action="store_true",
            help="Keep FILE as a draft, to see at the desk what it would do; publish nothing.",
        )
        parser.add_argument(
            "--diff",
            nargs=2,
            metavar=("OLD", "NEW"),
            help="Print the difference between two statement files or published versions.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["diff"]:
                old, changed = (_content(name) for name in options["diff"])
                self.stdout.write("\n".join(difference(old, changed)) or "No difference.")
                return
            if options["draft"]:
                kept = services.load_draft(options["file"] or services.newest_file())
                self.stdout.write(f"Statement {kept.version} is kept as a draft.")
                return
            former = services.newest_version()
            version, new = services.load(options["file"], today=timezone.localdate())
        except PublishedVersionChanged as error:
            begin_anew = " In a demo: begin anew, with .data removed." if settings.DEMO_MODE else ""
            raise CommandError(
                f"Version {error} is published with other content and never changes. "
                f"Give the changed statement a new version.{begin_anew}"
            ) from error
        except BadStatement as error:
            raise CommandError(str(error)) from error
        if new and former:
            self.stdout.write(f"What changes from {former.version} to {version.version}:")
            self.stdout.write("\n".join(difference(former.document, version.document)))
        if new and former:
            _compute_dates_anew(self)
        said = "published" if new else "was already published; nothing changed"
        self.stdout.write(f"Statement {version.version} {said}.")


def _compute_dates_anew(command: BaseCommand) -> None:
    """Let a worker compute the stored dates by the new periods; the beat does it otherwise."""
    if not services.stale_rules().exists():
        return
    try:
        current_app.send_task("subjects.tasks.compute_dates_anew")
        command.stdout.write("The stored dates are being computed anew; see /desk/retention/.")
    except BrokerGone:
        command.stdout.write("No broker answers: the dates are computed anew when a worker runs.")


def _content(name: str) -> dict[str, Any]:
    """Return the content of a file, or else of a published version, of that name."""
    if Path(name).is_file():
        return files.load(Path(name))
    version = PolicyVersion.objects.filter(pk=name).first()
    if version is None:
        raise CommandError(f"{name} is neither a file nor a published version.")
    return version.document
