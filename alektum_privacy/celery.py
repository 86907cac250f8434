import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alektum_privacy.settings.production")

app = Celery("alektum_privacy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_before_replay(**kwargs: Any) -> None:
    """Start no worker on a restored database before its erasures are replayed."""
    from django.db import connections

    from retention.exceptions import ReplayNeeded
    from retention.replay import require_replayed

    try:
        require_replayed()
    except ReplayNeeded as needed:
        raise SystemExit(str(needed)) from None
    finally:
        # The pool's processes must not share ours.
        connections.close_all()
