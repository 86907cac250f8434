"""What is due, destroyed in four ways: (a) raw, (b) b2, (c) this product, (d) querysets."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bench.filling import make_due
from bench.results import Results, middle
from bench.stage import WORK, Stage

CHILDREN = (
    "record",
    "consent",
    "disclosure",
    "contactevent",
    "automateddecision",
    "firstcontactnotice",
)
TABLES = ("subject", "dossier", "involvement", *CHILDREN)
FREE = """AND NOT EXISTS (SELECT 1 FROM retention_helddossier h
    WHERE h.dossier_id = d.id AND h.released_on IS NULL)"""
DUE = f"SELECT id FROM subjects_dossier d WHERE delete_from <= current_date {FREE}"
TOMBSTONE = (
    "CREATE TABLE tombstone (id bigint PRIMARY KEY, reference uuid, purpose text, due date,"
    " at timestamptz)"
)
RAW = (
    *(
        f"DELETE FROM subjects_{child} WHERE involvement_id IN (SELECT id FROM going_involvement)"
        for child in CHILDREN
    ),
    "DELETE FROM subjects_involvement WHERE id IN (SELECT id FROM going_involvement)",
    "DELETE FROM subjects_dossier WHERE id IN (SELECT id FROM going)",
    "DELETE FROM subjects_subject s WHERE id IN (SELECT subject_id FROM going_involvement)"
    " AND NOT EXISTS (SELECT 1 FROM subjects_involvement v WHERE v.subject_id = s.id)",
)
# One statement: dossiers, involvements, their rows, orphaned subjects, a tombstone per dossier.
_PARTS = {
    "join": (
        "DELETE FROM subjects_involvement x USING d WHERE x.dossier_id = d.id",
        "DELETE FROM subjects_{child} x USING i WHERE x.involvement_id = i.id",
    ),
    "index": (
        "DELETE FROM subjects_involvement x WHERE dossier_id = ANY (ARRAY(SELECT id FROM d))",
        "DELETE FROM subjects_{child} x WHERE involvement_id = ANY (ARRAY(SELECT id FROM i))",
    ),
}


def b2(form: str) -> str:
    """Return the limit with evidence; `form` is how rows of dossiers are found."""
    involvements, children = _PARTS[form]
    each = ", ".join(f"{child} AS ({children.format(child=child)})" for child in CHILDREN)
    return f"""WITH d AS (DELETE FROM subjects_dossier d WHERE delete_from <= current_date {FREE}
            RETURNING id, reference, purpose_id, delete_from),
        i AS ({involvements} RETURNING x.id, x.subject_id), {each},
        s AS (DELETE FROM subjects_subject s USING (SELECT DISTINCT subject_id FROM i) o
            WHERE s.id = o.subject_id AND NOT EXISTS (SELECT 1 FROM subjects_involvement v
                WHERE v.subject_id = s.id AND v.id NOT IN (SELECT id FROM i)))
        INSERT INTO tombstone SELECT id, reference, purpose_id, delete_from, now() FROM d"""


def measure(stage: Stage, results: Results) -> None:
    for percent in (3, 20):
        template = make_due(stage, percent)
        results.attempt(
            f"Destruction, {percent} % of the dossiers due, 1 % held",
            _share,
            stage,
            results,
            template,
            percent,
        )
        if percent == 20:
            results.attempt("Holds placed while destruction runs", _holds, stage, results, template)
            results.attempt("Querysets on a sample", _querysets, stage, results, template)
        stage.execute(
            "postgres",
            f"DROP DATABASE {template} WITH (FORCE)",
            f"DROP DATABASE {template}_keystore WITH (FORCE)",
        )


def _share(stage: Stage, results: Results, template: str, percent: int) -> None:
    seconds: dict[str, list[float]] = defaultdict(list)
    work: dict[str, list[float]] = defaultdict(list)
    sealing: list[float] = []
    before = _rows(stage, template)
    for _ in range(results.repetitions):
        _note("a", _raw(stage, template), seconds, work)
        for form in _PARTS:
            _note(f"b2 {form}", _b2(stage, template, form), seconds, work)
        left = _rows(stage, WORK)
        for workers in (1, 2):
            run, sealed = _product(stage, template, workers)
            _note(f"c{workers}", run, seconds, work)
            sealing.append(sealed)
            _same(left, _rows(stage, WORK))
    rows = sum(before.values()) - sum(left.values())
    dossiers = before["dossier"] - left["dossier"]
    form = min(_PARTS, key=lambda form: middle(seconds[f"b2 {form}"]))
    seconds["b2"], work["b2"] = seconds[f"b2 {form}"], work[f"b2 {form}"]
    results.raw[f"destruction {percent} %"] = dict(seconds) | {
        "processor": dict(work),
        "sealing": sealing,
        "rows": rows,
    }
    results.sizes[f"due {percent} %"] = {"dossiers": dossiers, "rows": rows}
    note = f"{dossiers:,} dossiers, {rows:,} rows"
    told = {"a": "(a) raw DELETE", "b2": f"(b) b2, by {form}"}
    for way in ("a", "b2"):
        results.add(f"{percent} %: {told[way]}", rows / middle(seconds[way]), "rows/s", note=note)
    targets = {(3, 1): 0.8, (20, 1): 0.5, (20, 2): 0.7}
    for workers in (1, 2):
        own = seconds[f"c{workers}"]
        name = f"{percent} %: (c) this product, {workers} worker{'s' * (workers > 1)}"
        results.add(name, rows / middle(own), "rows/s")
        ratios = [limit / mine for limit, mine in zip(seconds["b2"], own, strict=True)]
        results.add(
            f"{name}, against b2", middle(ratios), "ratio", at_least=targets.get((percent, workers))
        )
        less = [limit / mine for limit, mine in zip(work["b2"], work[f"c{workers}"], strict=True)]
        results.add(f"{name}, against b2, in processor time", middle(less), "ratio")
    results.add(f"{percent} %: of which sealing and mirroring", middle(sealing), "s")


@dataclass(frozen=True)
class Run:
    """How long a run took, and how much of the processors."""

    seconds: float
    processor: float


@contextmanager
def _running(stage: Stage) -> Iterator[list[Run]]:
    runs: list[Run] = []
    before, began = stage.processor_seconds(), time.perf_counter()
    yield runs
    took = time.perf_counter() - began
    runs.append(Run(took, stage.processor_seconds() - before))


def _note(
    way: str, run: Run, seconds: dict[str, list[float]], work: dict[str, list[float]]
) -> None:
    seconds[way].append(run.seconds)
    work[way].append(run.processor)


def _rows(stage: Stage, name: str) -> dict[str, int]:
    return {table: stage.ask(name, f"SELECT count(*) FROM subjects_{table}") for table in TABLES}


def _same(limit: dict[str, int], own: dict[str, int]) -> None:
    """All ways must leave the same rows, or the comparison is worth nothing."""
    if limit != own:
        differ = {
            table: (limit[table], own[table]) for table in limit if limit[table] != own[table]
        }
        raise RuntimeError(f"b2 and the product left different rows: {differ}")


def _raw(stage: Stage, template: str) -> Run:
    stage.copy(template, WORK, keystore=False)
    with stage.connection(WORK) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE going AS {DUE}")
        cursor.execute(
            "CREATE TABLE going_involvement AS SELECT id, subject_id FROM subjects_involvement"
            " WHERE dossier_id IN (SELECT id FROM going)"
        )
        cursor.execute("ANALYZE going")
        cursor.execute("ANALYZE going_involvement")
        with _running(stage) as runs:
            cursor.execute("BEGIN")
            for statement in RAW:
                cursor.execute(statement)
            cursor.execute("COMMIT")
    return runs[0]


def _b2(stage: Stage, template: str, form: str) -> Run:
    stage.copy(template, WORK, keystore=False)
    with stage.connection(WORK) as connection, connection.cursor() as cursor:
        cursor.execute(TOMBSTONE)
        with _running(stage) as runs:
            cursor.execute(b2(form))
    return runs[0]


# --- this product -------------------------------------------------------------------------


def _approved_list(stage: Stage, template: str) -> Any:
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


def _product(stage: Stage, template: str, workers: int) -> tuple[Run, float]:
    """Return the run from the task to the sealed end, and the seconds of sealing in it."""
    from django.utils import timezone

    from audit.services import seal_and_mirror

    listed = _approved_list(stage, template)
    with stage.workers(workers), _running(stage) as runs:
        _run(listed)
        began = time.perf_counter()
        seal_and_mirror(now=timezone.now())
        sealed = time.perf_counter() - began
    _prove(stage, listed)
    return runs[0], sealed


def _run(listed: Any) -> None:
    from retention.tasks import destroy_due

    began = time.perf_counter()
    destroy_due.delay()
    while listed.status != "done":
        if time.perf_counter() - began > 3600:
            raise RuntimeError("the list is not done after an hour")
        time.sleep(0.05)
        listed.refresh_from_db()


def _prove(stage: Stage, listed: Any) -> None:
    """What the product promises is also true of this run, or its speed is worth nothing."""
    from audit.sealer import sealed_size

    keys = stage.ask(f"{WORK}_keystore", "SELECT count(*) FROM keystore_datakey WHERE kind = 1")
    tokens = stage.ask(f"{WORK}_keystore", "SELECT count(*) FROM keystore_searchtokens")
    found = {
        "keys left": keys - stage.ask(WORK, "SELECT count(*) FROM subjects_involvement"),
        "tokens left": tokens - stage.ask(WORK, "SELECT count(*) FROM subjects_involvement"),
        "unproven": listed.destroyed
        - stage.ask(WORK, "SELECT count(*) FROM subjects_erasureproof"),
        "of another list": stage.ask(
            WORK, f"SELECT count(*) FROM subjects_erasureproof WHERE list_id <> {listed.pk}"
        ),
        "unsealed": stage.ask(WORK, "SELECT count(*) FROM audit_entry") - sealed_size(),
        "held and gone": stage.ask(
            WORK,
            "SELECT count(*) FROM retention_helddossier h WHERE NOT EXISTS"
            " (SELECT 1 FROM subjects_dossier d WHERE d.id = h.dossier_id)",
        ),
    }
    if any(found.values()):
        raise RuntimeError(f"the run is not sound: {found}")


def _holds(stage: Stage, results: Results, template: str) -> None:
    from uuid import uuid4

    from django.db import connections
    from django.utils import timezone

    from retention.models import HoldKind
    from retention.services import place_hold

    listed = _approved_list(stage, template)
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
            _run(listed)
        finally:
            ended.set()
            thread.join()
    results.add(
        "a hold placed meanwhile, median", middle(waits) * 1000, "ms", note=f"{len(waits)} holds"
    )
    results.add("a hold placed meanwhile, longest", max(waits) * 1000, "ms", below=1000)


def _querysets(stage: Stage, results: Results, template: str, sample: int = 2_000) -> None:
    """Delete a sample by querysets: as Django cascades, and by hand with children first."""
    speeds = {}
    for way, delete in (("cascading", _cascading), ("children first", _children_first)):
        stage.copy(template, WORK, keystore=False)
        stage.use(WORK)
        due = stage.ask(WORK, f"SELECT array_agg(id) FROM ({DUE} ORDER BY id LIMIT {sample}) x")
        before = sum(_rows(stage, WORK).values())
        began = time.perf_counter()
        delete(due)
        took = time.perf_counter() - began
        speeds[way] = (before - sum(_rows(stage, WORK).values())) / took
        results.add(
            f"(d) queryset.delete(), {way}",
            speeds[way],
            "rows/s",
            note=f"{len(due):,} dossiers; no evidence, keys left",
        )
    if own := results.raw.get("destruction 20 %"):
        ratio = own["rows"] / middle(own["c1"]) / speeds["cascading"]
        results.add("20 %: (c) one worker against (d), cascading", ratio, "ratio", at_least=10)


def _cascading(due: list[int]) -> None:
    """Delete dossiers with all that refers to them, as keys that cascade would let Django do."""
    from django.apps import apps
    from django.db import models, transaction

    from subjects.models import Dossier, Involvement, Subject

    fields = [
        field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is models.PROTECT
    ]
    for field in fields:
        field.remote_field.on_delete = models.CASCADE
    try:
        with transaction.atomic():
            involvements = Involvement.objects.filter(dossier__in=due)
            subjects = list(involvements.values_list("subject_id", flat=True))
            Dossier.objects.filter(pk__in=due).delete()
            Subject.objects.filter(pk__in=subjects, involvements=None).delete()
    finally:
        for field in fields:
            field.remote_field.on_delete = models.PROTECT


def _children_first(due: list[int]) -> None:
    from django.db import transaction

    from subjects import models

    children = (
        models.Record,
        models.Consent,
        models.Disclosure,
        models.ContactEvent,
        models.AutomatedDecision,
        models.FirstContactNotice,
    )
    with transaction.atomic():
        involvements = models.Involvement.objects.filter(dossier__in=due)
        subjects = list(involvements.values_list("subject_id", flat=True))
        for child in children:
            child._default_manager.filter(involvement__dossier__in=due).delete()
        involvements.delete()
        models.Dossier.objects.filter(pk__in=due).delete()
        models.Subject.objects.filter(pk__in=subjects, involvements=None).delete()
