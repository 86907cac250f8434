"""Workers killed at any moment while they destroy: what must be so afterwards all the same."""

import os
import random
import signal
import threading
import time
from pathlib import Path

from bench import product
from bench.results import Results
from bench.stage import Stage

# Seconds from one kill to the next, by chance; in the end the list must get done.
BETWEEN = (0.1, 0.6)
MOST = 40


def measure(stage: Stage, results: Results, template: str) -> None:
    """Destroy a list with two workers whose processes are killed again and again."""
    from django.utils import timezone

    from audit.services import seal_and_mirror
    from vault.services import drain_outbox

    listed = product.approved_list(stage, template)
    ended = threading.Event()
    kills: list[int] = []
    with stage.workers(2):
        killer = threading.Thread(target=_kill, args=(stage, ended, kills))
        killer.start()
        try:
            product.run(stage, listed, again_every=2)
        finally:
            ended.set()
            killer.join()
    # As the beat does each minute.
    drain_outbox()
    seal_and_mirror(now=timezone.now())
    product.prove(stage, listed)
    results.raw["kills"] = {"kills": len(kills), "dossiers": listed.destroyed}
    results.add(
        "lost, double, unproven, under hold, keys left or lost",
        0,
        "",
        below=1,
        note=f"{len(kills)} kills, {listed.destroyed:,} dossiers",
    )


def _kill(stage: Stage, ended: threading.Event, kills: list[int]) -> None:
    chance = random.Random(7)
    while not ended.is_set() and len(kills) < MOST:
        time.sleep(chance.uniform(*BETWEEN))
        pool = [child for worker in stage.started for child in _children(worker.pid)]
        if pool and not ended.is_set():
            victim = chance.choice(pool)
            os.kill(victim, signal.SIGKILL)
            kills.append(victim)


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
