"""Who may send data in, and how far each file or call has come."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class SourceSystem(models.Model):
    """A system that may send data in, known by a token of which only the digest stands here."""

    code = models.SlugField(max_length=40, primary_key=True)
    token_digest = models.BinaryField(max_length=32)
    contact_email = models.EmailField(
        blank=True, help_text=_("Who hears that instructions stay open")
    )
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.code


class IngestRun(models.Model):
    """One file or call at the door: how far it came and what became of its lines."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source_system = models.SlugField(max_length=40)
    content_digest = models.BinaryField(
        max_length=32, null=True, blank=True, help_text=_("SHA-256 of the file, once read")
    )
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lines_done = models.PositiveBigIntegerField(default=0)
    taken = models.PositiveBigIntegerField(default=0)
    updated = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    destroyed = models.PositiveBigIntegerField(default=0)
    every_line = models.BooleanField(
        default=False, help_text=_("Whether lines that came in are answered too")
    )
    key_id = models.BigIntegerField(
        null=True, blank=True, unique=True, help_text=_("Seals its parts, while it has any")
    )


class IngestPart(models.Model):
    """A piece of a file that waits to be taken in, or of its answers; goes within a week."""

    class Kind(models.TextChoices):
        BODY = "body", _("What was sent")
        ANSWERS = "answers", _("What was answered")

    run = models.ForeignKey(IngestRun, on_delete=models.PROTECT, related_name="parts")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    position = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "position"], name="part_once")
        ]

    @property
    def place(self) -> str:
        return f"subjects.ingestpart.{self.kind}:{self.run_id}:{self.position}"
