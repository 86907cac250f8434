"""What is to go, by which rule, from which day, and who must agree first.

Set-based and idempotent: what stands on a live list is not listed again, and lists are made
by one planner at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from audit import services as audit
from audit.services import Event, Fact
from retention.constants import ABORT_DAYS, AHEAD_DAYS, ListKind
from subjects.models import Unit

# Any number that nothing else locks: one planner at a time.
PLANNER = 7_305_001

ON_LIVE_LIST = """
    EXISTS (SELECT 1 FROM retention_destructionitem x
        JOIN retention_destructionlist l ON l.id = x.list_id
        WHERE x.unit_id = u.id AND x.unit = %(unit)s AND l.status IN ('planned', 'approved'))
"""
HELD = """
    (EXISTS (SELECT 1 FROM retention_helddossier h
         WHERE h.dossier_id = {dossier} AND h.released_on IS NULL)
     OR EXISTS (SELECT 1 FROM subjects_restrictionmark m
         WHERE {mark} AND m.lifted_on IS NULL))
"""
# While the dates of a rule are computed anew (`subjects.recomputing`), nothing goes by them.
STALE = """
    EXISTS (SELECT 1 FROM policy_retentionrule s
        WHERE s.code = {rule} AND s.dates_digest <> s.digest)
"""
# For each unit: where its rows are, how they reach their dossier, and what makes it a right
# that takes effect the same day instead of a date that comes by itself.
UNITS = {
    Unit.DOSSIER: {
        "rows": "subjects_dossier u",
        "dossier": "u.id",
        "mark": "m.dossier_id = u.id",
        "same_day": "u.delete_from = least(u.unsubscribed_on, u.consent_withdrawn_on)",
    },
    Unit.INVOLVEMENT: {
        "rows": "subjects_involvement u",
        "dossier": "u.dossier_id",
        "mark": "m.involvement_id = u.id",
        "same_day": "u.use_ended_at IS NOT NULL",
    },
    Unit.RECORD: {
        "rows": "subjects_record u JOIN subjects_involvement i ON i.id = u.involvement_id"
        " LEFT JOIN subjects_consent c ON c.id = u.consent_id",
        "dossier": "i.dossier_id",
        "mark": "m.involvement_id = i.id",
        "same_day": "(u.rule = 'SPC' OR c.withdrawn_on <= u.delete_from)",
    },
}
KIND = """
    CASE WHEN u.delete_from > %(today)s THEN
            CASE WHEN u.delete_from < %(horizon)s THEN 'late' ELSE 'scheduled' END
        WHEN {same_day} THEN 'same_day'
        WHEN EXISTS (SELECT 1 FROM subjects_restrictionmark m
            WHERE {mark} AND m.lifted_on >= u.delete_from)
          OR EXISTS (SELECT 1 FROM retention_helddossier h
            WHERE h.dossier_id = {dossier} AND h.released_on >= u.delete_from) THEN 'released'
        ELSE 'overdue' END
"""
# One statement: candidates, then a list for each kind, rule and first day, then its items.
PLAN = """
    WITH c AS MATERIALIZED (
        SELECT k.id, k.delete_from, k.rule, k.kind,
            CASE WHEN k.kind IN ('scheduled', 'late') THEN k.delete_from ELSE %(today)s END AS day
        FROM (
            SELECT u.id, u.delete_from, u.rule, {kind} AS kind FROM {rows}
            WHERE u.delete_from <= %(until)s AND NOT {on_live_list}
              AND (u.delete_from > %(today)s OR NOT {held})) k
        WHERE k.kind = ANY (%(kinds)s) AND (k.kind = 'same_day' OR NOT {stale})),
    g AS (
        SELECT c.kind, c.rule, c.day, count(*) AS size, coalesce(max(r.digest), '') AS digest,
            bool_or(v.rule IS NOT NULL) AS review, bool_or(n.digest IS NOT NULL) AS has_run,
            EXISTS (SELECT 1 FROM subjects_recomputation p
                WHERE c.rule = ANY (p.rules) AND p.moved > 0) AS moved
        FROM c LEFT JOIN policy_retentionrule r ON r.code = c.rule
            LEFT JOIN retention_rulereview v ON v.rule = c.rule
            LEFT JOIN retention_rulerun n ON n.digest = r.digest
        GROUP BY c.kind, c.rule, c.day),
    w AS (
        SELECT g.*, CASE WHEN kind IN ('scheduled', 'late') THEN review OR NOT has_run
            WHEN kind = 'overdue' THEN review OR moved AND NOT has_run
            ELSE kind = 'released' AND review END AS waits,
            CASE kind WHEN 'scheduled' THEN day WHEN 'late' THEN greatest(day, %(abortable)s)
                WHEN 'overdue' THEN %(abortable)s ELSE %(today)s END AS runs_from
        FROM g),
    l AS (
        INSERT INTO retention_destructionlist
            (reference, kind, unit, rule, rule_digest, first_day, runs_from, status, size,
             planned_on, approved_on, abort_reason, destroyed, kept)
        SELECT gen_random_uuid(), kind, %(unit)s, rule, digest, day, runs_from,
            CASE WHEN waits THEN 'planned' ELSE 'approved' END, size, %(today)s,
            CASE WHEN waits THEN NULL ELSE %(today)s::date END, '', 0, 0
        FROM w
        RETURNING id, reference, kind, rule, rule_digest, first_day, runs_from, status, size),
    items AS (
        INSERT INTO retention_destructionitem (list_id, position, unit, unit_id)
        SELECT l.id, row_number() OVER (PARTITION BY l.id ORDER BY c.delete_from, c.id),
            %(unit)s, c.id
        FROM c JOIN l ON l.kind = c.kind AND l.rule = c.rule AND l.first_day = c.day)
    SELECT id, reference, kind, rule, rule_digest, first_day, runs_from, status, size
    FROM l ORDER BY id
"""


@dataclass(frozen=True)
class PlannedList:
    """A list just made. `status` says whether it waits for people."""

    id: int
    reference: UUID
    kind: str
    rule: str
    rule_digest: str
    first_day: date
    runs_from: date
    status: str
    size: int


def plan(today: date) -> list[PlannedList]:
    """Make the lists of what goes up to fourteen days from now; return those that are new.

    Daily, safe to run twice and in parallel. What a rule of known content takes is approved by
    itself; the first run of a rule's content, and a rule in review, wait for two people.
    """
    with transaction.atomic():
        one_planner_at_a_time()
        made = _plan(today, list(Unit), list(ListKind), until=today + timedelta(AHEAD_DAYS))
        _no_longer_wait(today)
    return made


def plan_same_day(today: date) -> list[PlannedList]:
    """Make the lists of what may go today with nobody's approval; run it every few minutes."""
    with transaction.atomic():
        one_planner_at_a_time()
        return _plan(today, list(Unit), [ListKind.SAME_DAY, ListKind.RELEASED], until=today)


def plan_decided(
    unit: Unit,
    ids: Sequence[int],
    kind: ListKind,
    *,
    today: date,
    case: UUID,
    people: tuple[int | None, int | None],
) -> list[PlannedList]:
    """List what people decided to erase, one list for each first day; return the lists.

    `people` are the two of the decision or release. Without the second, the list waits for
    another approver. What already stands on another list is moved to this one.
    """
    with transaction.atomic():
        one_planner_at_a_time()
        return _decided(unit, ids, kind, today=today, case=case, people=people)


def one_planner_at_a_time() -> None:
    """Wait until no other transaction makes lists; hold until this one ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PLANNER])


def _plan(
    today: date, units: Sequence[Unit], kinds: Sequence[ListKind], *, until: date
) -> list[PlannedList]:
    made: list[PlannedList] = []
    for unit in units:
        parts = UNITS[unit]
        sql = PLAN.format(
            rows=parts["rows"],
            kind=KIND.format(**parts),
            on_live_list=ON_LIVE_LIST,
            stale=STALE.format(rule="k.rule"),
            held=HELD.format(dossier=parts["dossier"], mark=parts["mark"]),
        )
        made += _made(
            sql,
            {
                "today": today,
                "until": until,
                "horizon": today + timedelta(AHEAD_DAYS),
                "abortable": today + timedelta(ABORT_DAYS),
                "unit": str(unit),
                "kinds": [str(kind) for kind in kinds],
            },
        )
    audit.append_many([_planned(planned) for planned in made])
    return made


def _made(sql: str, parameters: dict[str, Any]) -> list[PlannedList]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [PlannedList(*row) for row in cursor.fetchall()]


def _planned(made: PlannedList, **facts: int | str) -> Event:
    named: dict[str, Fact] = {
        "kind": made.kind,
        "rule": made.rule,
        "rule_digest": made.rule_digest,
        "first_day": made.first_day,
        "runs_from": made.runs_from,
        "status": made.status,
        "size": made.size,
    }
    return Event("list.planned", f"list:{made.reference}", audit.WORKER, facts={**named, **facts})


# People who decided an erasure or released a hold have already looked: no rule run, no waiting.
DECIDED = """
    WITH c AS MATERIALIZED (
        SELECT u.id, u.delete_from, u.rule, greatest(u.delete_from, %(today)s::date) AS day
        FROM {rows}
        WHERE u.id = ANY (%(ids)s) AND u.delete_from IS NOT NULL
          AND (%(kind)s = 'granted' OR u.delete_from <= %(today)s AND NOT {held})),
    l AS (
        INSERT INTO retention_destructionlist
            (reference, kind, unit, rule, rule_digest, first_day, runs_from, status, size, "case",
             planned_on, prepared_by, approved_by, approved_on, abort_reason, destroyed, kept)
        SELECT gen_random_uuid(), %(kind)s, %(unit)s, c.rule, coalesce(max(r.digest), ''), c.day,
            c.day, %(status)s, count(*), %(case)s, %(today)s, %(first)s, %(second)s,
            %(approved_on)s::date, '', 0, 0
        FROM c LEFT JOIN policy_retentionrule r ON r.code = c.rule GROUP BY c.rule, c.day
        RETURNING id, reference, kind, rule, rule_digest, first_day, runs_from, status, size),
    moved AS (
        DELETE FROM retention_destructionitem x USING retention_destructionlist o
        WHERE x.unit_id = ANY (ARRAY(SELECT id FROM c)) AND x.unit = %(unit)s
          AND o.id = x.list_id AND o.status IN ('planned', 'approved')),
    items AS (
        INSERT INTO retention_destructionitem (list_id, position, unit, unit_id)
        SELECT l.id, row_number() OVER (PARTITION BY l.id ORDER BY c.delete_from, c.id),
            %(unit)s, c.id
        FROM c JOIN l ON l.rule = c.rule AND l.first_day = c.day)
    SELECT id, reference, kind, rule, rule_digest, first_day, runs_from, status, size
    FROM l ORDER BY id
"""


def _decided(
    unit: Unit,
    ids: Sequence[int],
    kind: ListKind,
    *,
    today: date,
    case: UUID,
    people: tuple[int | None, int | None],
) -> list[PlannedList]:
    parts = UNITS[unit]
    first, second = people
    agreed = first is not None and second is not None
    made = _made(
        DECIDED.format(
            rows=parts["rows"], held=HELD.format(dossier=parts["dossier"], mark=parts["mark"])
        ),
        {
            "unit": str(unit),
            "ids": list(ids),
            "kind": str(kind),
            "today": today,
            "case": str(case),
            "first": first,
            "second": second,
            "status": "approved" if agreed else "planned",
            "approved_on": today if agreed else None,
        },
    )
    audit.append_many([_planned(planned, case=str(case)) for planned in made])
    return made


# A rule's content that changed since a list was made has not run before: people look again.
# Not before their dates are computed by that content; until then destruction leaves them alone.
CHANGED = """
    UPDATE retention_destructionlist l SET rule_digest = r.digest, prepared_by = NULL,
        approved_by = NULL,
        approved_on = CASE WHEN n.digest IS NULL THEN NULL ELSE l.approved_on END,
        status = CASE WHEN n.digest IS NULL THEN 'planned' ELSE l.status END
    FROM policy_retentionrule r LEFT JOIN retention_rulerun n ON n.digest = r.digest
    WHERE r.code = l.rule AND r.digest <> l.rule_digest AND r.dates_digest = r.digest
      AND l.status IN ('planned', 'approved') AND l.kind IN ('scheduled', 'late', 'overdue')
    RETURNING l.reference, l.status
"""
# What two people released stays released: only its date is asked again as it is destroyed.
STILL_RELEASED = """
    UPDATE retention_destructionlist l SET rule_digest = r.digest FROM policy_retentionrule r
    WHERE r.code = l.rule AND r.digest <> l.rule_digest AND r.dates_digest = r.digest
      AND l.status IN ('planned', 'approved') AND l.kind = 'released'
    RETURNING l.reference, l.status
"""
# The other way round: what waits for a first run that has been meanwhile, waits no longer.
KNOWN = """
    UPDATE retention_destructionlist l SET status = 'approved', approved_on = %(today)s,
        prepared_by = NULL, runs_from = greatest(l.first_day, %(abortable)s)
    FROM retention_rulerun n
    WHERE n.digest = l.rule_digest AND l.status = 'planned' AND l.kind IN ('scheduled', 'late')
      AND NOT EXISTS (SELECT 1 FROM retention_rulereview v WHERE v.rule = l.rule)
    RETURNING l.reference, l.status
"""


def _no_longer_wait(today: date) -> None:
    parameters = {"today": today, "abortable": today + timedelta(ABORT_DAYS)}
    with connection.cursor() as cursor:
        events = []
        for sql, event in (
            (CHANGED, "list.rule_changed"),
            (STILL_RELEASED, "list.rule_changed"),
            (KNOWN, "list.rule_known"),
        ):
            cursor.execute(sql, parameters)
            events += [
                Event(event, f"list:{reference}", audit.WORKER, facts={"status": status})
                for reference, status in cursor.fetchall()
            ]
    audit.append_many(events)
