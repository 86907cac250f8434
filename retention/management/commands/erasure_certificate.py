from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from audit.exceptions import NotYetSealed
from retention.certificates import certificate, certificate_json, certificate_pdf
from retention.exceptions import KeysNotYetGone
from subjects.models import ErasureProof

LANGUAGES = ("nl", "en")


class Command(BaseCommand):
    help = "Write the certificate of an erasure: JSON, and PDF in Dutch and English."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", type=UUID, help="of the dossier, or of a person in one")
        parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")

    def handle(self, *args: Any, **options: Any) -> None:
        reference, out = options["reference"], options["out"]
        try:
            made = certificate(reference)
        except ErasureProof.DoesNotExist:
            raise CommandError(f"Nothing by the reference {reference} was destroyed.") from None
        except KeysNotYetGone:
            raise CommandError("The keys are still being destroyed: try again soon.") from None
        except NotYetSealed:
            raise CommandError("The ledger seals the proof within minutes: try again.") from None
        out.mkdir(parents=True, exist_ok=True)
        files = {f"{reference}.json": certificate_json(made)} | {
            f"{reference}.{language}.pdf": certificate_pdf(made, language) for language in LANGUAGES
        }
        for name, content in files.items():
            (out / name).write_bytes(content)
            self.stdout.write(str(out / name))
