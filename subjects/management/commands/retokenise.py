from typing import Any

from django.core.management.base import BaseCommand

from subjects.retokenising import retokenise


class Command(BaseCommand):
    help = (
        "Make the search tokens anew of everybody who has none of this version of the folding of"
        " names. Stop and resume at will."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        for count in retokenise():
            done += count
            self.stdout.write(f"{done:,} people in their dossiers have new tokens")
        self.stdout.write(f"Done: {done:,}; nobody is left with tokens of another version.")
