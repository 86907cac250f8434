from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from vault import services


@shared_task(autoretry_for=(OperationalError,), retry_backoff=10, max_retries=5)
def sweep() -> None:
    """Celery's way in to `services.sweep`; safe to run twice and in parallel."""
    services.sweep(timezone.now())
