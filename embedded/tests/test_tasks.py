from alektum_privacy.celery import app
from alektum_privacy.tasks import OUTAGES

# These count their tries, and the beat asks again for what is still to be done.
LOOKED_AFTER = {"requests.tasks.send_mail", "requests.tasks.hand_over"}


def test_every_task_of_ours_outlives_its_worker_and_waits_for_servers():
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if not name.startswith("celery.")]
    assert ours
    for task in ours:
        assert task.acks_late, f"{task.name}: use alektum_privacy.tasks.task"
        assert getattr(task, "autoretry_for", None) == OUTAGES, (
            f"{task.name}: use alektum_privacy.tasks.task"
        )
        assert task.max_retries is None or task.name in LOOKED_AFTER, f"{task.name} gives up"
