"""Another address or key of an organisation: it waits until a second colleague confirms it."""

import uuid

from django.db import models
from django.db.models import F, Q


class AddressChange(models.Model):
    """To where, or under which key, an organisation is to hear from us; personal data go there.

    `used` tells how it ended: a colleague other than who asked confirmed it, or somebody refused
    it. While it waits, what was there before is used.
    """

    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organisation = models.ForeignKey(
        "subjects.Organisation", on_delete=models.PROTECT, related_name="address_changes"
    )
    privacy_email = models.EmailField(blank=True)
    mail_key = models.TextField(blank=True)
    mail_key_fingerprint = models.CharField(max_length=64, blank=True)
    asked_by = models.BigIntegerField()
    asked_at = models.DateTimeField()
    used = models.BooleanField(null=True, blank=True)
    ended_by = models.BigIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                name="address_change_waits_once",
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(used__isnull=True, ended_by__isnull=True, ended_at__isnull=True)
                | Q(used__isnull=False, ended_by__isnull=False, ended_at__isnull=False),
                name="address_change_ends_whole",
            ),
            models.CheckConstraint(
                condition=~Q(used=True) | ~Q(ended_by=F("asked_by")),
                name="address_change_by_two_people",
            ),
        ]
