"""Fields that many rows of the registry have, and what a seal is bound to."""

from django.db import models

DIGEST_BYTES = 16


def source_digest() -> models.BinaryField:
    """A keyed digest of the id that the source gave: finds the row again, tells nothing."""
    return models.BinaryField(max_length=DIGEST_BYTES, unique=True)


def place_of(model: str, field: str, digest: bytes | memoryview) -> str:
    """Return to which row and field a seal is bound: `subjects.record.content:<digest>`."""
    return f"subjects.{model}.{field}:{digest.hex()}"


def code_of(model: str) -> models.ForeignKey:
    """A code of the statement: few values on many rows, so an index would cost and find nothing."""
    return models.ForeignKey(model, on_delete=models.PROTECT, related_name="+", db_index=False)
