import structlog
from django.utils import timezone

from alektum_privacy.tasks import task
from audit import services

log = structlog.get_logger(__name__)


@task
def seal() -> None:
    """Celery's way in to `services.seal_and_mirror`; safe to run twice and in parallel."""
    now = timezone.now()
    services.seal_and_mirror(now=now)
    state = services.ledger_state(now=now)
    if state.is_late:
        # A writing transaction, or a forgotten prepared one, holds the sealer up.
        log.warning("ledger.late", minutes=state.minutes_late)
