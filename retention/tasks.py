"""Celery's way in. All are safe to run twice, in parallel, and to be killed anywhere."""

from collections.abc import Iterable

from django.utils import timezone

from alektum_privacy.tasks import task
from retention import (
    client_instructions,
    followup,
    forecast,
    holds,
    planning,
    running,
    simulating,
    staff,
)
from retention.constants import AT_ONCE, ListKind
from retention.models import DestructionList, StopSwitch

# One more worker for each so many units of a list, up to so many that share it.
ANOTHER_FOR = 4 * running.FIRST_WIDTH
MOST_WORKERS = 4


def workers_for(size: int) -> int:
    """Return how many workers are asked to share a list of so many units.

    One that finds all taken ends at once, so it does no harm to ask more than there are.
    """
    return min(1 + size // ANOTHER_FOR, MOST_WORKERS)


@task
def destroy_list(list_id: int) -> None:
    """Destroy what a list may destroy today, together with whoever else has it in hand."""
    running.destroy_list(list_id, today=timezone.localdate())


@task
def tell_of_lists() -> None:
    """Tell systems and recipients what went with the lists that have ended."""
    for list_id in followup.lists_to_follow():
        tell_of_list.delay(list_id)


@task
def tell_of_list(list_id: int) -> None:
    """Celery's way in to `followup.follow_up`."""
    followup.follow_up(list_id, now=timezone.now())


@task
def plan() -> None:
    """The daily plan; early, so that the first deletion day of a late list is not lost.

    First the proposals of a hold that nobody approved: what they kept may go.
    """
    today = timezone.localdate()
    holds.lapse(today)
    planning.plan(today)


@task
def look_at_holds() -> None:
    """Mark the holds to be looked at again, and erase the words of those that held the last."""
    holds.mark_reviews(timezone.localdate())
    holds.erase_words()


@task
def carry_out_instructions() -> None:
    """List what clients instructed us to delete, as two people confirmed, and start it."""
    client_instructions.carry_out_confirmed(timezone.localdate())
    _start([ListKind.GRANTED])


@task
def simulate(simulation_id: int) -> None:
    """Celery's way in to `simulating.count`; safe to run twice and in parallel."""
    simulating.count(simulation_id)


@task
def tend_simulations() -> None:
    """Count what waits although its task was lost, and forget old results."""
    for simulation_id in simulating.waiting().values_list("pk", flat=True):
        simulate.delay(simulation_id)
    simulating.forget(now=timezone.now())


@task
def forget_staff() -> None:
    """Erase old sign-ins, logs and sessions, and close accounts that nobody uses."""
    staff.forget(timezone.localdate())


@task
def destroy_due() -> None:
    """Start each list whose day has come."""
    _start(list(ListKind))


@task
def tend_rights() -> None:
    """List and start what goes the day it is asked: nobody has to agree."""
    planning.plan_same_day(timezone.localdate())
    _start(AT_ONCE)


def _start(kinds: Iterable[ListKind]) -> None:
    if StopSwitch.objects.exists():
        return
    due = DestructionList.objects.filter(
        kind__in=[str(kind) for kind in kinds],
        status=DestructionList.Status.APPROVED,
        runs_from__lte=timezone.localdate(),
    )
    for list_id, size in due.order_by("runs_from", "pk").values_list("pk", "size"):
        for _ in range(workers_for(size)):
            destroy_list.delay(list_id)


@task
def count_forecast() -> None:
    """Celery's way in to `forecast.count`: what the overview shows of the months to come."""
    forecast.count(timezone.now())
