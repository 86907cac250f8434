# ruff: noqa: S608 - the parts put together here are constants of this module.
"""The one road out: a slice of a list in one transaction, its keys straight after.

Two workers may hold the SHARE lock together, so neither may then write the locked tables: each
would wait for the other. A slice in which a dossier has a mark or hold of the past, whose row
must go too, therefore takes a lock that workers cannot share; other slices leave such
dossiers for it.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from retention.exceptions import ErasureIncomplete
from retention.models import DestructionList, StopSwitch
from vault import services as vault

LOCKED = "retention_helddossier, subjects_restrictionmark"
# What hangs on an involvement, besides the tables that are locked.
CHILDREN = (
    "record",
    "consent",
    "disclosure",
    "contactevent",
    "automateddecision",
    "firstcontactnotice",
)
ANCHORS = (
    "opened_on",
    "closed_on",
    "reopened_on",
    "relation_ended_on",
    "mutual_claims_settled_on",
    "no_longer_relevant_on",
    "relationship_ended_on",
    "transaction_on",
    "unusual_report_on",
    "statutory_period_until",
    "last_contact_on",
    "unsubscribed_on",
    "financial_year_ended_on",
    "request_closed_on",
    "consent_withdrawn_on",
)

SLICE = """
    SELECT unit_id FROM retention_destructionitem
    WHERE list_id = %(list)s AND position > %(after)s AND position <= %(to)s
      AND unit = 'dossier' AND taken_off_at IS NULL
"""
PAST_ROWS = f"""
    SELECT EXISTS (SELECT 1 FROM retention_helddossier WHERE dossier_id = ANY (ARRAY({SLICE})))
        OR EXISTS (SELECT 1 FROM subjects_restrictionmark WHERE dossier_id = ANY (ARRAY({SLICE})))
"""


@dataclass(frozen=True)
class Destroyed:
    """What a slice took. Counts only."""

    dossiers: int = 0
    involvements: int = 0
    subjects: int = 0


def destroy_slice(list_id: int, after: int, to: int, *, today: date) -> Destroyed:
    """Destroy the dossiers at positions after `after` up to `to`, as far as they may go.

    Safe to run twice, in parallel, and to be killed anywhere. What is held, restricted, taken
    off the list, or no longer due, stays.
    """
    where: dict[str, int | str | date] = {"list": list_id, "after": after, "to": to, "today": today}
    # Durable: inside another transaction the keys would go before the deletion is committed.
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(PAST_ROWS, where)
        alone = cursor.fetchone()[0]
        mode = "SHARE ROW EXCLUSIVE" if alone else "SHARE"
        cursor.execute(f"LOCK TABLE {LOCKED} IN {mode} MODE")
        if not _may_run(list_id, today):
            return Destroyed()
        now = timezone.now().isoformat(timespec="microseconds")
        cursor.execute(_statement(alone), where | {"at": now})
        dossiers, involvements, keys, subjects = cursor.fetchone()
        if not dossiers:
            return Destroyed()
        orphans = _destroy_orphans(cursor, subjects)
        _look_again(cursor, dossiers, involvements)
        vault.destroy_keys_later(keys)
    vault.drain_outbox()
    return Destroyed(len(dossiers), len(involvements), orphans)


def _may_run(list_id: int, today: date) -> bool:
    # The share lock makes an abort wait for this slice, and this slice see the abort.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT status, runs_from FROM retention_destructionlist WHERE id = %s FOR SHARE",
            [list_id],
        )
        row = cursor.fetchone()
    approved = row is not None and row[0] == DestructionList.Status.APPROVED and row[1] <= today
    return approved and not StopSwitch.objects.exists()


def _statement(alone: bool) -> str:
    # `= ANY (ARRAY(...))` keeps to the indexes; a join to the CTE scans every child table.
    of_dossier = "dossier_id = ANY (ARRAY(SELECT id FROM d))"
    held = "" if alone else "OR true"
    parts = [
        f"""d AS (
            DELETE FROM subjects_dossier d
            WHERE d.id = ANY (ARRAY({SLICE})) AND d.delete_from <= %(today)s
              AND NOT EXISTS (SELECT 1 FROM retention_helddossier h
                  WHERE h.dossier_id = d.id AND (h.released_on IS NULL {held}))
              AND NOT EXISTS (SELECT 1 FROM subjects_restrictionmark m
                  WHERE m.dossier_id = d.id AND (m.lifted_on IS NULL {held}))
            RETURNING *)""",
        f"""i AS (DELETE FROM subjects_involvement WHERE {of_dossier}
            RETURNING id, dossier_id, subject_id, key_id)""",
    ]
    for child in CHILDREN:
        extra = ", recipient_id" if child == "disclosure" else ""
        parts.append(
            f"{child} AS (DELETE FROM subjects_{child}"
            " WHERE involvement_id = ANY (ARRAY(SELECT id FROM i))"
            f" RETURNING involvement_id{extra})"
        )
    if alone:
        parts += [
            f"{name} AS (DELETE FROM {name} WHERE {of_dossier})" for name in LOCKED.split(", ")
        ]
    each = " UNION ALL ".join(
        f"SELECT i.dossier_id, '{child}' AS kind, count(*) AS n"
        f" FROM {child} c JOIN i ON i.id = c.involvement_id GROUP BY 1"
        for child in CHILDREN
    )
    anchors = ", ".join(f"'{name}', d.{name}" for name in ANCHORS)
    parts += [
        f"n AS ({each})",
        "c AS (SELECT dossier_id, jsonb_object_agg(kind, n) AS counts FROM n GROUP BY 1)",
        "p AS (SELECT dossier_id, count(*) AS people FROM i GROUP BY 1)",
        """r AS (SELECT i.dossier_id, jsonb_agg(DISTINCT x.recipient_id) AS recipients
            FROM disclosure x JOIN i ON i.id = x.involvement_id GROUP BY 1)""",
        f"""e AS (INSERT INTO audit_entry (body) SELECT jsonb_build_object(
            'at', %(at)s::text, 'actor', 'worker', 'event', 'dossier.destroyed',
            'object', 'dossier:' || d.reference, 'purpose', d.purpose_id, 'rule', d.rule,
            'due', d.delete_from, 'done', %(today)s::date, 'list', %(list)s::bigint,
            'digest', encode(d.source_digest, 'hex'), 'involvements', coalesce(p.people, 0),
            'counts', coalesce(c.counts, '{{}}'), 'recipients', coalesce(r.recipients, '[]'),
            'anchors', jsonb_strip_nulls(jsonb_build_object({anchors})))
            FROM d LEFT JOIN c ON c.dossier_id = d.id LEFT JOIN p ON p.dossier_id = d.id
              LEFT JOIN r ON r.dossier_id = d.id
            RETURNING id, body->>'object' AS object)""",
        """proof AS (INSERT INTO subjects_erasureproof
              (source_digest, unit, reference, list_id, entry_id)
            SELECT d.source_digest, 'dossier', d.reference, %(list)s, e.id
            FROM d JOIN e ON e.object = 'dossier:' || d.reference)""",
    ]
    return (
        "WITH "
        + ", ".join(parts)
        + """ SELECT coalesce((SELECT array_agg(id) FROM d), '{}'),
            coalesce(array_agg(id), '{}'), coalesce(array_agg(key_id), '{}'),
            coalesce(array_agg(DISTINCT subject_id), '{}') FROM i"""
    )


def _destroy_orphans(cursor: CursorWrapper, subjects: list[int]) -> int:
    # A statement of its own, to see the first one's work; in id order, so that workers that
    # take the last two involvements of one subject wait for, and then see, each other.
    cursor.execute(
        "SELECT id FROM subjects_subject WHERE id = ANY (%s) ORDER BY id FOR UPDATE", [subjects]
    )
    cursor.execute(
        "DELETE FROM subjects_subject s WHERE id = ANY (%s) AND NOT EXISTS"
        " (SELECT 1 FROM subjects_involvement o WHERE o.subject_id = s.id)",
        [subjects],
    )
    return int(cursor.rowcount)


def _look_again(cursor: CursorWrapper, dossiers: list[int], involvements: list[int]) -> None:
    """Raise ErasureIncomplete where anything that was to go is still there."""
    asked = [("subjects_involvement", "dossier_id", dossiers)] + [
        (f"subjects_{child}", "involvement_id", involvements) for child in CHILDREN
    ]
    for table, column, ids in asked:
        cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {table} WHERE {column} = ANY (%s))", [ids])
        if cursor.fetchone()[0]:
            raise ErasureIncomplete(f"rows are left in {table}")
