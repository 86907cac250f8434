# ruff: noqa: S608 - the parts put together here are constants of this module.
"""The one road out: a slice of a list in one transaction, its keys straight after.

Workers hold the SHARE lock on holds and restrictions together, so none of them may write those
tables: each would wait for the other. A slice therefore leaves whatever has a mark or hold, even
of the past, whose row must go too; at the end of a list one pass under a lock that workers
cannot share takes those few (`past=True`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField
from django.utils import timezone

from policy.periods import Anchors
from retention.constants import BY_DATE, ListKind
from retention.erasers import Gone, registry
from retention.exceptions import ErasureIncomplete
from retention.models import DestructionList
from subjects.anchors import UNTOLD
from subjects.models import Dossier, Unit
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
ANCHORS = [
    field.name
    for field in Dossier._meta.concrete_fields
    if field.name in {anchor.name for anchor in fields(Anchors)} - UNTOLD
]

BOOLEANS = {
    field.name for field in Dossier._meta.concrete_fields if isinstance(field, BooleanField)
}

ITEMS = """
    SELECT unit_id FROM retention_destructionitem
    WHERE list_id = %(list)s AND taken_off_at IS NULL AND position
"""
SLICE = f"{ITEMS} > %(after)s AND position <= %(to)s"
PICKED = f"{ITEMS} = ANY (%(positions)s)"


@dataclass(frozen=True)
class Destroyed:
    """What a slice took. Counts only."""

    dossiers: int = 0
    involvements: int = 0
    records: int = 0
    subjects: int = 0


def destroy_slice(
    list_id: int,
    after: int,
    to: int,
    *,
    today: date,
    window_id: int | None = None,
    drain: Callable[[], object] = vault.drain_outbox,
) -> Destroyed | None:
    """Destroy what stands at positions after `after` up to `to`, as far as it may go.

    Safe to run twice, in parallel, and to be killed anywhere. What is or was held or
    restricted, is taken off the list, or is no longer due, stays. `window_id` names the row
    that is marked done in the same transaction. `drain` is called after the commit, to see to it
    that the keys go.

    Returns None where nothing was tried: the list may not run, or another has the window.
    """
    where = {"list": list_id, "after": after, "to": to, "today": today}
    # Durable: inside another transaction the keys would go before the deletion is committed.
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        # First of all: what is committed before this lock is ours is seen by what follows it.
        cursor.execute(f"LOCK TABLE {LOCKED} IN SHARE MODE")
        if window_id is not None and not _take_window(cursor, window_id):
            return None
        unit = _unit_that_may_go(cursor, list_id, today)
        if unit is None:
            return None
        done = _destroy(cursor, _statement(unit, past=False), where)
        if window_id is not None:
            _end_window(cursor, window_id)
    drain()
    return done


def destroy_picked(list_id: int, positions: Sequence[int], *, today: date) -> Destroyed | None:
    """Destroy these positions, and with them the rows of holds and restrictions of the past.

    For the few that slices leave: no other slice runs meanwhile, and no hold is placed.
    """
    where = {"list": list_id, "positions": list(positions), "today": today}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {LOCKED} IN SHARE ROW EXCLUSIVE MODE")
        unit = _unit_that_may_go(cursor, list_id, today)
        if unit is None:
            return None
        done = _destroy(cursor, _statement(unit, past=True), where)
    vault.drain_outbox()
    return done


def destroy_again(unit: Unit, ids: Sequence[int], *, today: date) -> Destroyed:
    """Destroy what a restored database has again although it was destroyed before.

    No list, date, hold or restriction is asked: all were asked the first time. The proof is not
    written here; `replay` takes it over from the mirror.
    """
    where = {"ids": list(ids), "list": 0, "today": today}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {LOCKED} IN SHARE ROW EXCLUSIVE MODE")
        done = _destroy(cursor, _statement(unit, past=True, again=True), where)
    vault.drain_outbox()
    return done


def _take_window(cursor: CursorWrapper, window_id: int) -> bool:
    cursor.execute(
        "SELECT 1 FROM retention_window WHERE id = %s AND done_at IS NULL FOR UPDATE SKIP LOCKED",
        [window_id],
    )
    return cursor.fetchone() is not None


def _end_window(cursor: CursorWrapper, window_id: int) -> None:
    cursor.execute(
        "UPDATE retention_window SET done_at = %s WHERE id = %s", [timezone.now(), window_id]
    )


def _unit_that_may_go(cursor: CursorWrapper, list_id: int, today: date) -> Unit | None:
    # The share lock makes an abort wait for this slice, and this slice see the abort. The
    # content of a rule that changed since its list was made is looked at by people first; and
    # until dates are computed by that content, nothing goes by them.
    cursor.execute(
        """SELECT l.status, l.runs_from, l.unit,
            EXISTS (SELECT 1 FROM retention_stopswitch),
            l.kind = ANY (%s) AND EXISTS (SELECT 1 FROM policy_retentionrule r
                WHERE r.code = l.rule AND (r.digest <> l.rule_digest OR r.dates_digest <> r.digest))
        FROM retention_destructionlist l WHERE l.id = %s FOR SHARE OF l""",
        [[str(kind) for kind in (*BY_DATE, ListKind.RELEASED)], list_id],
    )
    row = cursor.fetchone()
    if row is None:
        return None
    status, runs_from, unit, stopped, rule_changed = row
    approved = status == DestructionList.Status.APPROVED and runs_from <= today
    return Unit(unit) if approved and not stopped and not rule_changed else None


def _destroy(cursor: CursorWrapper, statement: str, where: dict[str, Any]) -> Destroyed:
    now = timezone.now().isoformat(timespec="microseconds")
    cursor.execute(statement, where | {"at": now})
    dossiers, involvements, records, keys, subjects = cursor.fetchone()
    gone = Gone(dossiers, involvements, records)
    if not (dossiers or involvements or records):
        return Destroyed()
    orphans = _destroy_orphans(cursor, subjects)
    for eraser in registry.erasers.values():
        keys += eraser.erase(gone)
    _look_again(cursor, gone)
    vault.destroy_keys_later(keys)
    return Destroyed(len(dossiers), len(involvements), len(records), orphans)


# --- the statement ------------------------------------------------------------------------------


def _free(unit: Unit, *, past: bool) -> str:
    """Neither held nor restricted; and, but in the last pass, never was."""
    held = "SELECT 1 FROM retention_helddossier h WHERE h.dossier_id = {} {}"
    mark = "SELECT 1 FROM subjects_restrictionmark m WHERE m.{} {}"
    now, lifted = "AND h.released_on IS NULL", "AND m.lifted_on IS NULL"
    of_record = "(SELECT v.dossier_id FROM subjects_involvement v WHERE v.id = u.involvement_id)"
    asked = {
        Unit.DOSSIER: (
            held.format("u.id", now if past else ""),
            mark.format("dossier_id = u.id", lifted if past else ""),
        ),
        # A hold is the dossier's, and the dossier stays.
        Unit.INVOLVEMENT: (
            held.format("u.dossier_id", now),
            mark.format("involvement_id = u.id", lifted if past else ""),
        ),
        Unit.RECORD: (
            held.format(of_record, now),
            mark.format("involvement_id = u.involvement_id", lifted),
        ),
    }[unit]
    return " AND ".join(f"NOT EXISTS ({question})" for question in asked)


def _statement(unit: Unit, past: bool, *, again: bool = False) -> str:
    """The whole of a slice: what goes, its children, its entry and its proof."""
    # `= ANY (ARRAY(...))` keeps to the indexes; a join to the CTE scans every child table.
    due = f"""DELETE FROM subjects_{unit} u
        WHERE u.id = ANY (ARRAY({PICKED if past else SLICE}))
          AND u.delete_from <= %(today)s AND {_free(unit, past=past)} {_NUMBERED}"""
    if again:
        due = f"DELETE FROM subjects_{unit} u WHERE u.id = ANY (%(ids)s) {_NUMBERED}"
    entries = _entries(unit, again=again)
    if unit == Unit.RECORD:
        return f"WITH u AS ({due}), {entries} {TAKEN_RECORDS}"
    parts = [f"u AS ({due})"]
    if unit == Unit.DOSSIER:
        parts.append(
            f"i AS (DELETE FROM subjects_involvement WHERE {OF_DOSSIER}"
            " RETURNING id, dossier_id AS unit_id, subject_id, key_id)"
        )
    else:
        parts.append("i AS (SELECT id, id AS unit_id, subject_id, key_id FROM u)")
    for child in CHILDREN:
        extra = ", recipient_id" if child == "disclosure" else ""
        parts.append(
            f"{child} AS (DELETE FROM subjects_{child} WHERE {OF_INVOLVEMENT}"
            f" RETURNING involvement_id{extra})"
        )
    if past:
        parts.append(f"m AS (DELETE FROM subjects_restrictionmark WHERE {OF_INVOLVEMENT})")
        if unit == Unit.DOSSIER:
            parts.append(f"h AS (DELETE FROM retention_helddossier WHERE {OF_DOSSIER})")
    rows = " UNION ALL ".join(
        f"SELECT involvement_id, '{child}' FROM {child}" for child in CHILDREN
    )
    parts += [
        f"""c AS (SELECT i.unit_id, {_COUNTED} FROM i
            JOIN (SELECT id, 'people' FROM i UNION ALL {rows}) x (id, kind) USING (id)
            GROUP BY 1)""",
        """r AS (SELECT i.unit_id, jsonb_agg(DISTINCT x.recipient_id) AS recipients
            FROM disclosure x JOIN i ON i.id = x.involvement_id GROUP BY 1)""",
        entries,
    ]
    return f"WITH {', '.join(parts)} {TAKEN[unit]}"


# The entry's number is drawn here: a join of proofs to entries would compare all with all.
_NUMBERED = """RETURNING u.*,
    nextval((SELECT pg_get_serial_sequence('audit_entry', 'id')::regclass)) AS entry"""
OF_DOSSIER = "dossier_id = ANY (ARRAY(SELECT id FROM u))"
OF_INVOLVEMENT = "involvement_id = ANY (ARRAY(SELECT id FROM i))"


def _object(values: Mapping[str, str]) -> str:
    """Return SQL for an object of values that need no quoting, without what is null.

    As text: to build it with jsonb_build_object takes four times as long, for each dossier.
    """
    each = ", ".join(f"""'"{name}": ' || {value}""" for name, value in values.items())
    return f"('{{' || concat_ws(', ', {each}) || '}}')::jsonb"


_ANCHORS = _object(
    {name: f"u.{name}" if name in BOOLEANS else f"""'"' || u.{name} || '"'""" for name in ANCHORS}
)
_COUNTED = ", ".join(
    f"count(*) FILTER (WHERE kind = '{kind}') AS {kind}" for kind in ("people", *CHILDREN)
)
_COUNTS = _object({child: f"nullif(c.{child}, 0)" for child in CHILDREN})
# What an entry says besides what all say: by what name, and what went with it.
_OBJECT = {
    Unit.DOSSIER: "'dossier:' || u.reference",
    Unit.INVOLVEMENT: "'involvement:' || u.reference",
    Unit.RECORD: "'record:' || encode(u.source_digest, 'hex')",
}
_WENT = f"'counts', {_COUNTS}, 'recipients', coalesce(r.recipients, '[]')"
_WITH = "LEFT JOIN c ON c.unit_id = u.id LEFT JOIN r ON r.unit_id = u.id"
_OF = "(SELECT {} FROM subjects_involvement v JOIN subjects_dossier o ON o.id = v.dossier_id"
_OF += " WHERE v.id = u.involvement_id)"
_FACTS = {
    Unit.DOSSIER: f"""'system', u.source_system, 'purpose', u.purpose_id,
        'involvements', coalesce(c.people, 0), {_WENT}, 'anchors', {_ANCHORS}""",
    Unit.INVOLVEMENT: f"""'system', (SELECT o.source_system FROM subjects_dossier o
        WHERE o.id = u.dossier_id), 'purpose', (SELECT o.purpose_id FROM subjects_dossier o
        WHERE o.id = u.dossier_id), 'dossier', (SELECT o.reference FROM subjects_dossier o
        WHERE o.id = u.dossier_id), {_WENT}""",
    Unit.RECORD: f"""'system', {_OF.format("o.source_system")},
        'purpose', {_OF.format("o.purpose_id")}, 'involvement', {_OF.format("v.reference")},
        'dossier', {_OF.format("o.reference")}, 'data_category', u.data_category_id,
        'recipients', (SELECT coalesce(jsonb_agg(DISTINCT x.recipient_id), '[]')
            FROM subjects_disclosure x WHERE x.involvement_id = u.involvement_id
              AND u.data_category_id = ANY (x.data_categories))""",
}
_JOINED = {
    Unit.DOSSIER: _WITH,
    Unit.INVOLVEMENT: _WITH,
    Unit.RECORD: "",
}
_REFERENCE = {Unit.RECORD: "NULL::uuid"}


def _entries(unit: Unit, *, again: bool) -> str:
    event = f"{unit}.destroyed_again" if again else f"{unit}.destroyed"
    entry = f"""e AS (INSERT INTO audit_entry (id, body) SELECT u.entry, jsonb_build_object(
            'at', %(at)s::text, 'actor', 'worker', 'event', '{event}',
            'object', {_OBJECT[unit]}, 'rule', u.rule, 'due', u.delete_from,
            'done', %(today)s::date, 'list', %(list)s::bigint,
            'digest', encode(u.source_digest, 'hex'), {_FACTS[unit]})
            FROM u {_JOINED[unit]})"""
    proof = f"""proof AS (INSERT INTO subjects_erasureproof
              (source_digest, unit, reference, list_id, entry_id)
            SELECT u.source_digest, '{unit}', {_REFERENCE.get(unit, "u.reference")},
                %(list)s, u.entry FROM u)"""
    return entry if again else f"{entry}, {proof}"


_NONE = "'{}'::bigint[]"
_FROM_I = f"""coalesce(array_agg(id), {_NONE}), {_NONE}, coalesce(array_agg(key_id), {_NONE}),
    coalesce(array_agg(DISTINCT subject_id), {_NONE}) FROM i"""
TAKEN = {
    Unit.DOSSIER: f"SELECT coalesce((SELECT array_agg(id) FROM u), {_NONE}), {_FROM_I}",
    Unit.INVOLVEMENT: f"SELECT {_NONE}, {_FROM_I}",
}
TAKEN_RECORDS = (
    f"SELECT {_NONE}, {_NONE}, coalesce(array_agg(id), {_NONE}), {_NONE}, {_NONE} FROM u"
)


def _destroy_orphans(cursor: CursorWrapper, subjects: list[int]) -> int:
    ids = [vault.array_text(subjects)]
    # A statement of its own, to see the first one's work; in id order, so that workers that
    # take the last two involvements of one subject wait for, and then see, each other.
    cursor.execute(
        "SELECT 1 FROM subjects_subject WHERE id = ANY (%s::bigint[]) ORDER BY id FOR UPDATE", ids
    )
    cursor.execute(
        "DELETE FROM subjects_subject s WHERE id = ANY (%s::bigint[]) AND NOT EXISTS"
        " (SELECT 1 FROM subjects_involvement o WHERE o.subject_id = s.id)",
        ids,
    )
    return int(cursor.rowcount)


def _look_again(cursor: CursorWrapper, gone: Gone) -> None:
    """Raise ErasureIncomplete where anything that was to go is still there.

    Whatever still points at what was deleted, of all tables there are, is found by the foreign
    keys, which are asked here instead of at the commit; erasers look at what has none.
    """
    try:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError as error:
        raise ErasureIncomplete("rows are left that point at what was deleted") from error
    left = [name for name, eraser in registry.erasers.items() if eraser.left_behind(gone)]
    if left:
        raise ErasureIncomplete(f"rows are left in {', '.join(left)}")
