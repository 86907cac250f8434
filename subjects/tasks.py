from django.utils import timezone

from alektum_privacy.tasks import task
from subjects import first_contact, instructions, notices, recomputing, sharing, spool


@task
def take_in(run_id: int) -> None:
    """Celery's way in to `spool.take_in`; safe to run twice and in parallel."""
    spool.take_in(run_id)


@task
def resume() -> None:
    """Take in what waits although its task was lost, as while the broker is away."""
    for run_id in spool.waiting():
        take_in.delay(run_id)


@task
def forget_answers() -> None:
    """Celery's way in to `spool.forget`; safe to run twice and in parallel."""
    spool.forget(now=timezone.now())


@task
def compute_dates_anew() -> None:
    """Celery's way in to `recomputing.compute_dates_anew`; safe to run twice and in parallel."""
    recomputing.compute_dates_anew()


@task
def look_who_was_not_told() -> None:
    """Celery's way in to `first_contact.look_again`; safe to run twice and in parallel."""
    first_contact.look_again(timezone.localdate())


@task
def count_disclosures() -> None:
    """Celery's way in to `sharing.count_anew`; safe to run twice and in parallel."""
    sharing.count_anew(now=timezone.now())


@task
def tend_notices() -> None:
    """End what nobody confirmed, and forget what ended long ago; safe to run twice."""
    now = timezone.now()
    notices.end_unanswered(now=now)
    for forget in (instructions.forget, notices.forget):
        while forget(now=now):
            pass
