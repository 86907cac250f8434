"""Give a source system its token: `manage.py source_token SYSTEM`, or take it away."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils import timezone

from audit import services as audit
from subjects.api.authentication import new_token
from subjects.models import SourceSystem


class Command(BaseCommand):
    help = "Print a new token for a source system, shown only now; the former one ends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("system", help="code of the source system")
        parser.add_argument("--revoke", action="store_true", help="end its token, give no new one")

    def handle(self, *, system: str, revoke: bool, **options: Any) -> None:
        try:
            validate_slug(system)
        except ValidationError:
            raise CommandError("Letters, digits, hyphens and underscores only.") from None
        token, digest = new_token(system)
        with transaction.atomic():
            row, _ = SourceSystem.objects.update_or_create(
                code=system,
                defaults={
                    "token_digest": digest,
                    "revoked_at": timezone.now() if revoke else None,
                },
            )
            event = "source.revoked" if revoke else "source.token_given"
            audit.append(event, object=f"source:{row.code}", actor=audit.SYSTEM)
        self.stdout.write("Revoked." if revoke else token)
