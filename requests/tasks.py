"""Celery's way in to the services of requests."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from requests import packs


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=60, max_retries=5)
def build_pack(pk: int) -> None:
    """Celery's way in to `packs.build_pack`; safe to run twice and in parallel."""
    packs.build_pack(pk, now=timezone.now())


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=60, max_retries=5)
def build_waiting_packs() -> None:
    """Ask again for what was approved and not answered: a broker may forget, we may not."""
    for pk in packs.waiting():
        build_pack.delay(pk)


@shared_task(acks_late=True, autoretry_for=(OperationalError,), retry_backoff=60, max_retries=5)
def empty_expired_packs() -> None:
    """Celery's way in to `packs.empty_expired`."""
    packs.empty_expired(now=timezone.now())
