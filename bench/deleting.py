"""What is due, destroyed in four ways: (a) raw, (b) b2, (c) this product, (d) querysets.

Each way works on a fresh copy of one template, one after the other in each repetition, so that what
else the machine does falls on all of them. All must leave the same rows.
"""

from collections import defaultdict

from bench import product
from bench.filling import make_due
from bench.product import FREE
from bench.results import Results, middle
from bench.stage import WORK, Run, Stage
from retention.destruction import CHILDREN

TABLES = ("subject", "dossier", "involvement", *CHILDREN)
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
    from bench import killing, querysets

    for percent in (3, 20):
        template = make_due(stage, percent)
        given = (stage, results, template)
        title = f"Destruction, {percent} % of the dossiers due, 1 % held"
        results.attempt(title, _share, *given, percent)
        if percent == 3:
            results.attempt("What each list costs", product.measure_lists, *given)
        else:
            results.attempt("Holds placed while destruction runs", product.measure_holds, *given)
            results.attempt("Workers killed while they destroy", killing.measure, *given)
            results.attempt("Querysets on a sample", querysets.measure, *given)
        for name in (template, f"{template}_keystore"):
            stage.execute("postgres", f"DROP DATABASE {name} WITH (FORCE)")


class Taken:
    """What runs took, by the way they went: seconds, processor seconds, and of sealing."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.processor: dict[str, list[float]] = defaultdict(list)
        self.sealing: dict[str, list[float]] = defaultdict(list)

    def note(self, way: str, run: Run, sealing: float = 0.0) -> None:
        self.seconds[way].append(run.seconds)
        self.processor[way].append(run.processor)
        self.sealing[way].append(sealing)


def _share(stage: Stage, results: Results, template: str, percent: int) -> None:
    taken = Taken()
    before = rows_of(stage, template)
    for _ in range(results.repetitions):
        taken.note("a", _raw(stage, template))
        for form in _PARTS:
            taken.note(f"b2 {form}", _b2(stage, template, form))
        left = rows_of(stage, WORK)
        for workers in (1, 2):
            own = product.destroy(stage, template, workers)
            taken.note(f"c{workers}", own.run, own.sealing)
            _same(left, rows_of(stage, WORK))
    # The limit is the faster of its two forms.
    form = min(_PARTS, key=lambda form: middle(taken.seconds[f"b2 {form}"]))
    for kept in (taken.seconds, taken.processor):
        kept["b2"] = kept[f"b2 {form}"]
    rows = sum(before.values()) - sum(left.values())
    dossiers = before["dossier"] - left["dossier"]
    results.raw[f"destruction {percent} %"] = dict(taken.seconds) | {
        "processor": dict(taken.processor),
        "sealing": dict(taken.sealing),
        "rows": rows,
    }
    results.sizes[f"due {percent} %"] = {"dossiers": dossiers, "rows": rows}
    note = f"{dossiers:,} dossiers, {rows:,} rows"
    told = {"a": "(a) raw DELETE"} | {f"b2 {form}": f"(b) b2, by {form}" for form in _PARTS}
    for way, name in told.items():
        results.add(f"{percent} %: {name}", rows / middle(taken.seconds[way]), "rows/s", note=note)
    for workers in (1, 2):
        _tell(results, taken, percent, workers, rows)


TARGETS = {(3, 1): 0.8, (20, 1): 0.5, (20, 2): 0.7}


def _tell(results: Results, taken: Taken, percent: int, workers: int, rows: int) -> None:
    way = f"c{workers}"
    own, sealing = taken.seconds[way], taken.sealing[way]
    name = f"{percent} %: (c) this product, {workers} worker{'s' * (workers > 1)}"
    results.add(name, rows / middle(own), "rows/s")
    target = TARGETS.get((percent, workers))
    limit = taken.seconds["b2"]
    results.add(f"{name}, against b2", _ratio(limit, own), "ratio", at_least=target)
    by_join = _ratio(taken.seconds["b2 join"], own)
    results.add(f"{name}, against b2 by join", by_join, "ratio")
    unsealed = [all_ - sealed for all_, sealed in zip(own, sealing, strict=True)]
    results.add(f"{name}, sealing not counted", _ratio(limit, unsealed), "ratio")
    less = _ratio(taken.processor["b2"], taken.processor[way])
    results.add(f"{name}, against b2, in processor time", less, "ratio")


def _ratio(limit: list[float], own: list[float]) -> float:
    """Return the median of the ratios within each repetition."""
    return middle([ours / mine for ours, mine in zip(limit, own, strict=True)])


def rows_of(stage: Stage, name: str) -> dict[str, int]:
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
        with stage.running() as runs:
            cursor.execute("BEGIN")
            for statement in RAW:
                cursor.execute(statement)
            cursor.execute("COMMIT")
    return runs[0]


def _b2(stage: Stage, template: str, form: str) -> Run:
    stage.copy(template, WORK, keystore=False)
    with stage.connection(WORK) as connection, connection.cursor() as cursor:
        cursor.execute(TOMBSTONE)
        with stage.running() as runs:
            cursor.execute(b2(form))
    return runs[0]
