"""Print the matrix of roles as a table for docs/access.md, or write it there."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from desk import role_words

BEGIN, END = "<!-- roles: written by manage.py access_table -->", "<!-- end of roles -->"
PAGE: Path = settings.BASE_DIR / "docs" / "access.md"


def table() -> str:
    """Return the matrix in English, as Markdown."""
    with translation.override("en"):
        heads = [str(head) for head in role_words.heads()]
        rows = ["| may | " + " | ".join(heads) + " |", "| --- |" + " :-: |" * len(heads)]
        for heading, lines in role_words.matrix():
            rows.append(f"| **{heading}** |" + " |" * len(heads))
            for line in lines:
                marks = " | ".join("yes" if may else "·" for may in line.roles)
                rows.append(f"| {line.words} | {marks} |")
    return "\n".join(rows)


def page_with_table(text: str) -> str:
    """Return the page with today's table in its place. Raises CommandError without a place."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise CommandError(f"{PAGE.name} has no place for the table")
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


class Command(BaseCommand):
    help = "Print which role may do what; with --write, put it in docs/access.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="write it in docs/access.md")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            PAGE.write_text(page_with_table(PAGE.read_text("utf-8")), "utf-8")
        else:
            self.stdout.write(table())
