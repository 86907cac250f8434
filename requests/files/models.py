"""Files that come with a letter or a message; everything of them is sealed."""

import uuid

from django.db import models
from django.db.models import Q

from requests.constants import MOST_FILE_BYTES, Direction


class Attachment(models.Model):
    """A file that came with a request or a message, or went with one; sealed under its key.

    Name and content are sealed; the type is what the content shows, never what the name says.
    Both go at once where it is a copy of an identity document; the row stays, to tell of it.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(
        "requests.PrivacyRequest", on_delete=models.PROTECT, related_name="attachments"
    )
    message = models.ForeignKey(
        "requests.Message",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="attachments",
    )
    direction = models.CharField(max_length=3, choices=Direction.choices)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sealed_name = models.BinaryField(null=True)
    sealed_content = models.BinaryField(null=True)
    added_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True, blank=True)
    destroyed_by = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gt=0, size__lte=MOST_FILE_BYTES), name="attachment_size"
            ),
            # Whole, or destroyed by somebody: nothing in between.
            models.CheckConstraint(
                condition=Q(
                    destroyed_at=None,
                    destroyed_by=None,
                    sealed_name__isnull=False,
                    sealed_content__isnull=False,
                )
                | Q(
                    destroyed_at__isnull=False,
                    destroyed_by__isnull=False,
                    sealed_name=None,
                    sealed_content=None,
                ),
                name="attachment_whole_or_destroyed",
            ),
        ]

    @property
    def name_place(self) -> str:
        return f"requests.attachment.name:{self.reference}"

    @property
    def content_place(self) -> str:
        return f"requests.attachment.content:{self.reference}"


class DraftFile(models.Model):
    """A file of a draft, sealed under the draft's key until it is sent."""

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    draft = models.ForeignKey(
        "requests.PortalDraft", on_delete=models.CASCADE, related_name="files"
    )
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sealed_name = models.BinaryField()
    sealed_content = models.BinaryField()

    @property
    def name_place(self) -> str:
        return f"requests.draftfile.name:{self.reference}"

    @property
    def content_place(self) -> str:
        return f"requests.draftfile.content:{self.reference}"
