"""`@task`: the kind of Celery task that every app uses."""

from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerGone

# What passes by itself: a server that is away, a deadlock, a transaction that took too long.
OUTAGES = (OperationalError, InterfaceError, BrokerGone)


def task(work: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Make a task that outlives its worker and waits for servers that are away.

    It is acknowledged when done, so a killed worker's task goes to another; after an outage
    it is tried again, soon at first and then every minute, until the servers are back. It
    must therefore be safe to run twice and in parallel. Any other error ends it.
    """
    settings: dict[str, Any] = {
        "acks_late": True,
        "reject_on_worker_lost": True,
        "autoretry_for": OUTAGES,
        "retry_backoff": 2,
        "retry_backoff_max": 60,
        "max_retries": None,
    }
    decorate = shared_task(**settings | options)
    return decorate if work is None else decorate(work)
