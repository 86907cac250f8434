"""This product's destruction, through Celery, with everything; and what must be true afterwards."""

import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from bench.results import Results, middle
from bench.stage import WORK, Run, Stage

FREE = """AND NOT EXISTS (SELECT 1 FROM retention_helddossier h
    WHERE h.dossier_id = d.id AND h.released_on IS NULL)"""
STILL_DUE = f"SELECT count(*) FROM subjects_dossier d WHERE delete_from <= current_date {FREE}"
# Lists of a single dossier: what each list costs, whatever its size.
SHORT_LISTS = 9
PATIENCE = 30


@dataclass(frozen=True)
class Destruction:
    """A run from the task to the sealed end, and the seconds of sealing in it."""

    run: Run
    sealing: float


def destroy(stage: Stage, template: str, workers: int) -> Destruction:
    """Destroy what is due in a copy of `template`; raise RuntimeError unless all is sound."""
    from django.utils import timezone

    from audit.services import seal_and_mirror

    listed = approved_list(stage, template)
    with stage.workers(workers), stage.running() as runs:
        run(stage, listed)
        began = time.perf_counter()
        seal_and_mirror(now=timezone.now())
        # The database's own upkeep may be writing here still, and who writes last is sealed later.
        while unsealed(stage) and time.perf_counter() - began < PATIENCE:
            time.sleep(0.05)
            seal_and_mirror(now=timezone.now())
        sealed = time.perf_counter() - began
    prove(stage, listed)
    return Destruction(runs[0], sealed)


def approved_list(stage: Stage, template: str) -> Any:
    """Plan a fortnight ago what is due today, and have two people approve it; return the list."""
    from django.utils import timezone

    from retention import planning, services
    from retention.models import DestructionList

    stage.copy(template, WORK)
    stage.use(WORK)
    today = timezone.localdate()
    planned_on = today - timedelta(days=14)
    planning.plan(planned_on)
    waiting = DestructionList.objects.filter(status="planned", first_day=today)
    for listed in waiting:
        services.prepare(listed.pk, actor_id=1)
        services.approve(listed.pk, actor_id=2, today=planned_on)
    stage.execute(WORK, "ANALYZE retention_destructionitem", "ANALYZE retention_destructionlist")
    return DestructionList.objects.get(status="approved", runs_from=today, unit="dossier")


def run(stage: Stage, listed: Any, *, again_every: float = 3600) -> None:
    """Queue what is due and wait until this list has ended; queue it again as the beat would."""
    from retention.tasks import destroy_due

    began = queued = time.perf_counter()
    with stage.connection(WORK) as connection, connection.cursor() as cursor:
        destroy_due.delay()
        while True:
            cursor.execute(
                "SELECT status FROM retention_destructionlist WHERE id = %s", [listed.pk]
            )
            if cursor.fetchone()[0] == "done":
                break
            now = time.perf_counter()
            if now - began > 3600:
                raise RuntimeError("the list is not done after an hour")
            if now - queued > again_every:
                destroy_due.delay()
                queued = now
            time.sleep(0.01)
    listed.refresh_from_db()


def prove(stage: Stage, listed: Any) -> None:
    """What the product promises is also true of this run, or its speed is worth nothing."""
    keys = _ids(stage, f"{WORK}_keystore", "id FROM keystore_datakey WHERE kind = 1")
    tokens = _ids(stage, f"{WORK}_keystore", "key_id FROM keystore_searchtokens")
    held = _ids(stage, WORK, "key_id FROM subjects_involvement")
    proofs = "SELECT count(*) FROM subjects_erasureproof"
    entries = "FROM audit_entry WHERE body->>'event' = 'dossier.destroyed'"
    proven = stage.ask(WORK, f"{proofs} WHERE list_id = {listed.pk}")
    found = {
        "keys left": len(keys - held),
        "keys lost": len(held - keys),
        "tokens left or lost": len(tokens ^ held),
        "unproven": listed.destroyed - proven,
        "still due": stage.ask(WORK, STILL_DUE),
        "of another list": stage.ask(WORK, proofs) - proven,
        "not in the ledger, or twice": proven
        - stage.ask(WORK, f"SELECT count(DISTINCT body->>'object') {entries}"),
        "entries too many": stage.ask(WORK, f"SELECT count(*) {entries}") - proven,
        "unsealed": unsealed(stage),
        "held and gone": stage.ask(
            WORK,
            "SELECT count(*) FROM retention_helddossier h WHERE NOT EXISTS"
            " (SELECT 1 FROM subjects_dossier d WHERE d.id = h.dossier_id)",
        ),
        "subjects without a dossier": stage.ask(
            WORK,
            "SELECT count(*) FROM subjects_subject s WHERE NOT EXISTS"
            " (SELECT 1 FROM subjects_involvement v WHERE v.subject_id = s.id)",
        ),
    }
    if wrong := {what: count for what, count in found.items() if count}:
        raise RuntimeError(f"the run is not sound: {wrong}")


def unsealed(stage: Stage) -> int:
    """Return how many entries of the ledger are not in the tree yet."""
    from audit.sealer import sealed_size

    entries: int = stage.ask(WORK, "SELECT count(*) FROM audit_entry")
    return entries - sealed_size()


def _ids(stage: Stage, name: str, what: str) -> set[int]:
    return set(stage.ask(name, f"SELECT array_agg(x) FROM (SELECT {what}) y (x)") or [])


def measure_lists(stage: Stage, results: Results, template: str) -> None:
    """Tell what a list costs before its first dossier and after its last: one of one dossier."""
    from django.utils import timezone

    from audit.services import seal_and_mirror
    from retention import planning
    from retention.constants import ListKind
    from retention.models import DestructionList
    from subjects.models import Unit

    stage.copy(template, WORK)
    stage.use(WORK)
    seconds: list[float] = []
    due = stage.ask(
        WORK,
        "SELECT array_agg(id) FROM (SELECT id FROM subjects_dossier d"
        f" WHERE delete_from <= current_date {FREE} ORDER BY id LIMIT {SHORT_LISTS}) x",
    )
    with stage.workers(1):
        for pk in due:
            [made] = planning.plan_decided(
                Unit.DOSSIER,
                [pk],
                ListKind.GRANTED,
                today=timezone.localdate(),
                case=uuid4(),
                people=(1, 2),
            )
            began = time.perf_counter()
            run(stage, DestructionList.objects.get(pk=made.id))
            seal_and_mirror(now=timezone.now())
            seconds.append(time.perf_counter() - began)
    results.raw["list of one dossier"] = seconds
    results.add("a list of one dossier, from the task to the seal", middle(seconds) * 1000, "ms")


def measure_holds(stage: Stage, results: Results, template: str) -> None:
    """Place holds all the while that two workers destroy; tell how long each had to wait."""
    from django.db import connections
    from django.utils import timezone

    from retention.models import HoldKind
    from retention.services import place_hold

    listed = approved_list(stage, template)
    today = timezone.localdate()
    later = stage.ask(
        WORK,
        "SELECT array_agg(id) FROM (SELECT id FROM subjects_dossier WHERE"
        " delete_from IS NULL ORDER BY random() LIMIT 2000) x",
    )
    waits: list[float] = []
    ended = threading.Event()

    def place() -> None:
        for pk in later:
            if ended.is_set():
                break
            began = time.perf_counter()
            place_hold(HoldKind.ACCESS, uuid4(), [pk], today=today, actor="user:1")
            waits.append(time.perf_counter() - began)
            time.sleep(0.1)
        connections.close_all()

    thread = threading.Thread(target=place)
    with stage.workers(2):
        thread.start()
        try:
            run(stage, listed)
        finally:
            ended.set()
            thread.join()
    results.raw["holds placed meanwhile"] = waits
    results.add(
        "a hold placed meanwhile, median", middle(waits) * 1000, "ms", note=f"{len(waits)} holds"
    )
    results.add("a hold placed meanwhile, longest", max(waits) * 1000, "ms", below=1000)
