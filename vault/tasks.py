from alektum_privacy.tasks import task
from vault import services


@task
def drain() -> None:
    """Celery's way in to `services.drain_outbox`; safe to run twice and in parallel."""
    services.drain_outbox()


@task
def sweep() -> None:
    """The night's round: drain, sweep, vacuum. Safe to run twice and in parallel."""
    services.drain_outbox()
    services.sweep()
    services.vacuum()
