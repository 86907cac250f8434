"""What the two calculator commands share: lines from stdin to stdout, 1 where one was bad."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from policy.explain import LANGUAGES
from policy.jsonlines import Answer, answer_all


class CalculatorCommand(BaseCommand):
    """Answers JSON Lines without a database; exit status 1 if a line was not understood."""

    requires_system_checks = []
    answer: Answer

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--language", choices=LANGUAGES, default="nl")

    def handle(self, *args: Any, **options: Any) -> None:
        lines, out = sys.stdin.buffer, sys.stdout.buffer
        if not answer_all(lines, out, type(self).answer, options["language"]):
            sys.exit(1)
