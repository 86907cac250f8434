"""The stored dates computed anew, after a statement with other periods was published.

Publishing marks the rules whose dates no longer hold (`policy.services.stale_rules`); until
this is done nothing is planned or destroyed by those dates. Batch by batch, each in a
transaction of its own with its entry in the ledger: safe to kill anywhere, to run again, and to
run twice. `Recomputation` says how far it is.
"""

from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F, Max
from django.utils import timezone

from audit import services as audit
from policy import services as policy
from policy.models import Purpose, RetentionRule
from policy.periods import Anchors
from policy.statement import Rules
from subjects.anchors import ANCHORS, End, end_of
from subjects.models import Dossier, Recomputation

# As many dossiers, of whatever purpose, as one transaction looks at.
BATCH = 5_000
# Any number that nothing else locks. Who adds dossiers shares it; who begins has it alone.
RULES = 7_305_002


def wait_for_no_new_rules(cursor: CursorWrapper) -> None:
    """To be called by who adds dossiers, before reading the rules they are computed by.

    Dates are computed anew only after the caller's transaction has ended: what it adds by the
    former rules is then seen.
    """
    cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [RULES])


def compute_dates_anew() -> int:
    """Compute anew when dossiers go whose rules changed; return how many moved.

    Where another worker is at it, it is left to them.
    """
    moved = 0
    while (found := _next_batch()) is not None:
        moved += found
    return moved


def progress() -> Recomputation | None:
    """Return how far the computation is that has to be done now; None where nothing is stale."""
    stale = _stale()
    if not stale:
        return None
    key = _key(policy.current().version, stale)
    begun = Recomputation.objects.filter(pk=key).first()
    return begun or Recomputation(key=key, rules=[rule.code for rule in stale], last=1)


def _stale() -> list[RetentionRule]:
    return list(policy.stale_rules().order_by("code"))


def _key(version: str, stale: list[RetentionRule]) -> str:
    return policy.digest_of([version, *([rule.code, rule.digest] for rule in stale)])


@transaction.atomic
def _next_batch() -> int | None:
    stale = _stale()
    if not stale:
        return None
    # Read after the rows: a statement that is published in between makes another key, and the
    # dates are computed once more.
    statement = policy.current()
    run = _run(statement.version, stale)
    if run is None:
        return None
    ids = Dossier.objects.filter(pk__gt=run.after).order_by("pk").values_list("pk", flat=True)
    upto = ids[:BATCH].aggregate(last=Max("pk"))["last"]
    if upto is None:
        _finish(run, stale)
        return None
    rows = _locked(run, upto)
    moved = _write(rows, statement.rules, run)
    run.after, run.looked_at, run.moved = upto, run.looked_at + len(rows), run.moved + moved
    run.save(update_fields=["after", "looked_at", "moved"])
    return moved


def _run(version: str, stale: list[RetentionRule]) -> Recomputation | None:
    """Return the row of this publication, locked; None while another worker has it."""
    key = _key(version, stale)
    if not Recomputation.objects.filter(pk=key).exists():
        with connection.cursor() as cursor:
            # What is being added by the former rules is committed, and seen, after this.
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RULES])
        purposes = Purpose.objects.filter(rules__in=stale).distinct().order_by("pk")
        run = Recomputation(
            key=key,
            version=version,
            rules=[rule.code for rule in stale],
            purposes=list(purposes.values_list("pk", flat=True)),
            last=Dossier.objects.aggregate(last=Max("pk"))["last"] or 0,
        )
        Recomputation.objects.bulk_create([run], ignore_conflicts=True)
    return Recomputation.objects.select_for_update(skip_locked=True).filter(pk=key).first()


# Plain tuples: a model for each of twenty million rows costs more than all the rest.
ROWS = f"""
    SELECT id, reference, rule, delete_from, missing_anchor, purpose_id, {", ".join(ANCHORS)}
    FROM subjects_dossier
    WHERE id > %s AND id <= %s AND purpose_id = ANY (%s) ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 - names of columns
Row = tuple[Any, ...]


def _locked(run: Recomputation, upto: int) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [run.after, upto, run.purposes])
        return list(cursor.fetchall())


def _write(rows: list[Row], rules: Rules, run: Recomputation) -> int:
    moved: list[tuple[int, UUID, End]] = []
    ends: dict[Row, End] = {}
    for pk, reference, rule, delete_from, missing, *counted in rows:
        key = tuple(counted)
        end = ends.get(key)
        if end is None:
            purpose, *days = counted
            anchors = Anchors(**dict(zip(ANCHORS, days, strict=True)))
            end = ends[key] = end_of(purpose, anchors, rules)
        if (end.rule, end.delete_from, end.missing_anchor) != (rule, delete_from, missing):
            moved.append((pk, reference, end))
    if not moved:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE subjects_dossier d SET rule = v.rule, delete_from = v.day,
                missing_anchor = v.missing
            FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::text[])
                AS v(id, rule, day, missing)
            WHERE d.id = v.id""",
            [
                [pk for pk, _, _ in moved],
                [end.rule for _, _, end in moved],
                [end.delete_from for _, _, end in moved],
                [end.missing_anchor for _, _, end in moved],
            ],
        )
    audit.append(
        "dates.computed_anew",
        object=f"policy:{run.version}",
        actor=audit.SYSTEM,
        dossiers=len(moved),
        first=moved[0][1],
        last=moved[-1][1],
    )
    return len(moved)


def _finish(run: Recomputation, stale: list[RetentionRule]) -> None:
    for rule in stale:
        RetentionRule.objects.filter(pk=rule.pk, digest=rule.digest).update(
            dates_digest=F("digest")
        )
    run.finished_at = timezone.now()
    run.save(update_fields=["finished_at"])
    audit.append(
        "dates.all_computed_anew",
        object=f"policy:{run.version}",
        actor=audit.SYSTEM,
        rules=run.rules,
        dossiers=run.looked_at,
        moved=run.moved,
    )
