from typing import Any

from django.core.management.base import BaseCommand

from vault import services


class Command(BaseCommand):
    help = "Wrap every data key under the newest key-encryption key. Stop and resume at will."

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        while services.keys_to_rotate():
            done += services.rotate()
            self.stdout.write(f"{done} keys wrapped anew")
        self.stdout.write(f"Done: {done} keys wrapped anew, none left under an older key.")
