"""What the rows share that belong to a request."""

import uuid

from django.db import models

DIGEST_BYTES = 16
REQUEST = "requests.PrivacyRequest"


def a_reference() -> models.UUIDField:
    return models.UUIDField(default=uuid.uuid4, unique=True, editable=False)


class OfRequest(models.Model):
    """What belongs to a request and goes with it."""

    request = models.ForeignKey(REQUEST, on_delete=models.PROTECT, related_name="%(class)ss")

    class Meta:
        abstract = True
