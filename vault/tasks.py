from celery import shared_task
from django.db import OperationalError

from vault import services


@shared_task(autoretry_for=(OperationalError,), retry_backoff=10, max_retries=5)
def drain() -> None:
    """Celery's way in to `services.drain_outbox`; safe to run twice and in parallel."""
    services.drain_outbox()


@shared_task(autoretry_for=(OperationalError,), retry_backoff=10, max_retries=5)
def sweep() -> None:
    """The night's round: drain, sweep, vacuum. Safe to run twice and in parallel."""
    services.drain_outbox()
    services.sweep()
    services.vacuum()
