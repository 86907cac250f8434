"""What the work queue keeps for colleagues: views that they saved, and exports that they asked for.

All of it is of a colleague, and goes with their account (rule STF-24).
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from subjects.constants import LookPurpose

LONGEST_NAME, LONGEST_QUERY = 40, 500


class QueueView(models.Model):
    """A named set of filters and an order: a colleague's own, or for the whole team."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="queue_views"
    )
    name = models.CharField(max_length=LONGEST_NAME)
    query = models.CharField(max_length=LONGEST_QUERY, help_text="As it stands in the address")
    shared = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="queue_view_once_by_name")
        ]
        indexes = [
            models.Index(fields=["name"], name="queue_view_shared", condition=Q(shared=True))
        ]
        permissions = [("share_queueview", "May share a view of the queue with the team")]

    def __str__(self) -> str:
        return self.name


class ExportState(models.TextChoices):
    """How far an export is."""

    WAITING = "waiting", _("Waiting")
    WORKING = "working", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")


class ExportForm(models.TextChoices):
    """As which kind of file."""

    XLSX = "xlsx", _("Excel (XLSX)")
    CSV = "csv", _("Text (CSV)")


class QueueExport(models.Model):
    """What the queue showed, as a file: made by a worker, sealed in pieces, gone after a day.

    `run` names the worker that is at it; one that went silent loses it to the next. `name_purpose`
    says why names are in it; empty without names.
    """

    reference = models.UUIDField(unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="queue_exports"
    )
    form = models.CharField(max_length=4, choices=ExportForm.choices)
    query = models.CharField(max_length=LONGEST_QUERY)
    language = models.CharField(max_length=2, default="nl")
    name_purpose = models.CharField(max_length=10, choices=LookPurpose.choices, blank=True)
    state = models.CharField(max_length=7, choices=ExportState.choices, default=ExportState.WAITING)
    failure = models.CharField(max_length=20, blank=True)
    run = models.UUIDField(null=True, blank=True)
    key_id = models.BigIntegerField(unique=True, null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)
    restricted = models.PositiveIntegerField(
        default=0, help_text="Left out, for their use is restricted"
    )
    own = models.PositiveIntegerField(default=0, help_text="Left out as the colleague's own file")
    newest_mark = models.BigIntegerField(
        default=0, help_text="The last restriction mark there was when a worker began"
    )
    size = models.PositiveBigIntegerField(default=0)
    asked_at = models.DateTimeField()
    moved_at = models.DateTimeField(help_text="When a worker last got on with it")
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["ready", "working"]) | Q(key_id__isnull=False),
                name="export_made_under_a_key",
            )
        ]
        indexes = [
            models.Index(
                fields=["moved_at"],
                name="export_to_make",
                condition=Q(state__in=["waiting", "working"]),
            ),
            models.Index(
                fields=["expires_at"], name="export_to_erase", condition=Q(key_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.reference)


class QueueExportPiece(models.Model):
    """A piece of an export's file, sealed under the key of the export."""

    export = models.ForeignKey(QueueExport, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    sealed_content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["export", "number"], name="export_piece_once")
        ]

    def __str__(self) -> str:
        return f"{self.export_id}/{self.number}"
