"""After a list: its source systems and recipients are told what went, exactly once.

The statement that destroys does nothing of this. The proofs of a list that has ended, with their
ledger entries, are walked in windows by entry; each window is one transaction that also moves
the list's mark. Killed anywhere, the next run goes on from the mark.
"""

from datetime import datetime

from django.db import connection, transaction

from audit import services as audit
from retention.models import DestructionList
from subjects.constants import OWN_SYSTEMS

WINDOW = 20_000
ENDED = (DestructionList.Status.DONE, DestructionList.Status.ABORTED)

_WENT = """
    SELECT p.entry_id, p.unit, p.reference, p.source_digest, e.body
    FROM subjects_erasureproof p JOIN audit_entry e ON e.id = p.entry_id
    WHERE p.list_id = %(list)s AND p.entry_id > %(after)s AND p.entry_id <= %(to)s
"""
_DOSSIER = "CASE w.unit WHEN 'dossier' THEN w.reference ELSE (w.body->>'dossier')::uuid END"
_PERSON = """CASE w.unit WHEN 'dossier' THEN NULL WHEN 'involvement' THEN w.reference
    ELSE (w.body->>'involvement')::uuid END"""
INSTRUCT = f"""
    INSERT INTO subjects_instruction (reference, kind, source_system, dossier_reference,
        involvement_reference, purpose, part, part_digest, data_category, "case", state, refusal,
        entry_id, created_at)
    SELECT gen_random_uuid(), 'erase', w.body->>'system', {_DOSSIER}, {_PERSON},
        w.body->>'purpose', CASE w.unit WHEN 'record' THEN 'record' ELSE '' END,
        CASE w.unit WHEN 'record' THEN w.source_digest END,
        coalesce(w.body->>'data_category', ''), %(case)s, 'open', '', w.entry_id, %(now)s
    FROM ({_WENT}) w
    WHERE w.body->>'system' <> ALL(%(own)s)
    ORDER BY w.entry_id
    ON CONFLICT (entry_id) DO NOTHING
"""  # noqa: S608 - constants of this module
# Notices that were made while we still knew whom they are about: now they may be sent.
RELEASE = f"""
    UPDATE subjects_recipientnotice n
    SET state = 'to_send', ready_at = %(now)s,
        entry_id = CASE WHEN n.involvement_reference IS NOT DISTINCT FROM {_PERSON}
            THEN w.entry_id END
    FROM ({_WENT}) w
    WHERE n.dossier_reference = {_DOSSIER}
      AND (w.unit = 'dossier' OR n.involvement_reference IS NOT DISTINCT FROM {_PERSON})
      AND n.event = 'erasure' AND n.state = 'waiting' AND w.unit <> 'record'
"""  # noqa: S608
NOTIFY = f"""
    INSERT INTO subjects_recipientnotice (reference, recipient_id, event, channel, state, reason,
        dossier_reference, involvement_reference, purpose, "case", entry_id, created_at, ready_at)
    SELECT gen_random_uuid(), r.id, 'erasure', o.notice_channel, 'to_send', '', {_DOSSIER},
        {_PERSON}, w.body->>'purpose', %(case)s, w.entry_id, %(now)s, %(now)s
    FROM ({_WENT}) w
    CROSS JOIN LATERAL jsonb_array_elements_text(w.body->'recipients') x(recipient)
    JOIN subjects_recipient r ON r.id = x.recipient::bigint
    JOIN subjects_organisation o ON o.id = r.organisation_id
    WHERE w.unit = 'record' OR NOT EXISTS (SELECT 1 FROM subjects_recipientnotice k
        WHERE k.dossier_reference = {_DOSSIER} AND k.recipient_id = r.id
          AND k.involvement_reference IS NOT DISTINCT FROM {_PERSON}
          AND k.event = 'erasure' AND k.state = 'impossible' AND k."case" = %(case)s)
    ON CONFLICT (entry_id, recipient_id) DO NOTHING
"""  # noqa: S608


def follow_up(list_id: int, *, now: datetime) -> bool:
    """Tell of all that went with a list that has ended; tell whether all is told.

    Safe to run twice, in parallel and to be killed anywhere.
    """
    while (more := _window(list_id, now)) is True:
        pass
    return more is None


def lists_to_follow(*, limit: int = 1_000) -> list[int]:
    """Return the lists that have ended and of which not all is told, oldest first."""
    found = DestructionList.objects.filter(told_at=None, status__in=ENDED)
    return list(found.order_by("pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def _window(list_id: int, now: datetime) -> bool | None:
    """Tell of the next proofs; None when there are no more, False where another is at it."""
    ended = DestructionList.objects.filter(pk=list_id, status__in=ENDED)
    listed = ended.select_for_update(skip_locked=True).first()
    if listed is None:
        return False
    if listed.told_at is not None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(entry_id) FROM (SELECT entry_id FROM subjects_erasureproof"
            " WHERE list_id = %s AND entry_id > %s ORDER BY entry_id LIMIT %s) p",
            [list_id, listed.told_entry, WINDOW],
        )
        to = cursor.fetchone()[0]
        if to is None:
            listed.told_at = now
            listed.save(update_fields=["told_at"])
            return None
        where = {
            "list": list_id,
            "after": listed.told_entry,
            "to": to,
            "case": listed.case,
            "now": now,
            "own": sorted(OWN_SYSTEMS),
        }
        counts = []
        for statement in (INSTRUCT, RELEASE, NOTIFY):
            cursor.execute(statement, where)
            counts.append(cursor.rowcount)
    listed.told_entry = to
    listed.save(update_fields=["told_entry"])
    audit.append(
        "list.told",
        object=f"list:{listed.reference}",
        actor=audit.WORKER,
        instructions=counts[0],
        notices=counts[1] + counts[2],
        last_entry=to,
    )
    return True
