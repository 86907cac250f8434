from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from subjects import spool


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=10, max_retries=None)
def take_in(run_id: int) -> None:
    """Celery's way in to `spool.take_in`; safe to run twice and in parallel."""
    spool.take_in(run_id)


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=10, max_retries=5)
def forget_answers() -> None:
    """Celery's way in to `spool.forget`; safe to run twice and in parallel."""
    spool.forget(now=timezone.now())
