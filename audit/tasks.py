import structlog
from django.utils import timezone

from alektum_privacy.tasks import task
from audit import services, verifying

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


@task
def verify(verification_id: int) -> None:
    """Celery's way in to `verifying.run`; safe to run twice and in parallel."""
    verifying.run(verification_id, clock=timezone.now)


@task
def resume_verifications() -> None:
    """Take up verifications whose task was lost, or whose worker died."""
    for verification_id in verifying.waiting(now=timezone.now()):
        verify.delay(verification_id)
