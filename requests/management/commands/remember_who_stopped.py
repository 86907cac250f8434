"""Recognise who stopped marketing before names at addresses were kept: once, after an upgrade."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from requests import services

BATCH = 200


class Command(BaseCommand):
    help = "Keep the name at an address of who stopped marketing, from requests that are kept."

    def handle(self, **options: Any) -> None:
        after, marks = 0, 0
        while found := services.stopped_before(after=after, limit=BATCH):
            marks += sum(services.remember_home(pk, now=timezone.now()) for pk in found)
            after = found[-1]
        self.stdout.write(f"{marks} marks kept")
