import structlog
from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from audit import services

log = structlog.get_logger(__name__)


@shared_task(autoretry_for=(OperationalError, InterfaceError), retry_backoff=10, max_retries=5)
def seal() -> None:
    """Celery's way in to `services.seal_and_mirror`; safe to run twice and in parallel."""
    now = timezone.now()
    services.seal_and_mirror(now=now)
    state = services.ledger_state(now=now)
    if state.is_late:
        # A writing transaction, or a forgotten prepared one, holds the sealer up.
        log.warning("ledger.late", minutes=int(state.oldest_unsealed.total_seconds() // 60))
