import base64
from datetime import timedelta

from django.utils import timezone

from vault.constants import GRACE
from vault.keystore.models import DataKey


def kek(number: int) -> str:
    """Return a numbered key-encryption key as the environment gives it."""
    return f"{number}:{base64.b64encode(bytes([number]) * 32).decode()}"


def make_old(*key_ids: int) -> None:
    """Make these keys older than the grace of the sweep."""
    DataKey.objects.filter(pk__in=key_ids).update(
        created_at=timezone.now() - GRACE - timedelta(seconds=1)
    )
