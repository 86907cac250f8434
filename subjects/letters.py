"""Who is told of a changed statement with the next letter: the source system prints those."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction

from audit import services as audit
from subjects.models import StatementRun

# Restricted people too: telling them of the processing is a duty to them (GDPR Articles 12 to 14),
# no use for the purpose that is restricted, and the letter goes out for a reason of its own. Only
# where we write ourselves, by mail, restricted data stay unused (`requests/mail/statement.py`).
LETTER_OF = """
    SELECT t.id, x.involvement, x.dossier FROM subjects_statementtold t
    JOIN LATERAL (
        SELECT i.reference AS involvement, d.reference AS dossier
        FROM subjects_involvement i JOIN subjects_dossier d ON d.id = i.dossier_id
        WHERE i.subject_id = t.subject_id AND d.source_system = %(system)s
          AND d.phase <> 'invoice'
        ORDER BY i.id DESC LIMIT 1
    ) x ON true
    WHERE t.version = %(version)s AND t.how = 'letter' AND t.told_at IS NULL AND t.id > %(after)s
    ORDER BY t.id LIMIT %(limit)s
"""
TOLD = """
    UPDATE subjects_statementtold t SET told_at = %(now)s
    FROM subjects_involvement i JOIN subjects_dossier d ON d.id = i.dossier_id
    WHERE i.reference = ANY(%(references)s) AND d.source_system = %(system)s
      AND t.subject_id = i.subject_id AND t.version = %(version)s
      AND t.how = 'letter' AND t.told_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class ToTell:
    """A person of a system to be told with its next letter, once, in one of their dossiers."""

    pk: int
    involvement: UUID
    dossier: UUID


def version_to_tell() -> str | None:
    """Return the newest version that people are told of."""
    run = StatementRun.objects.order_by("-started_at").first()
    return run.version if run else None


def to_tell(version: str, *, system: str, after: int = 0, limit: int = 500) -> list[ToTell]:
    """Return the people of a system to be told with its next letter, by key."""
    with connection.cursor() as cursor:
        cursor.execute(
            LETTER_OF, {"version": version, "system": system, "after": after, "limit": limit}
        )
        return [ToTell(*row) for row in cursor.fetchall()]


@transaction.atomic
def note_told(
    version: str, references: Sequence[UUID], *, system: str, sent_on: date, now: datetime
) -> int:
    """Note that letters with the change were sent to these people; return to how many.

    Only a system's own people, each once. Safe to run twice.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            TOLD,
            {"version": version, "system": system, "references": list(references), "now": now},
        )
        told = int(cursor.rowcount)
    if told:
        audit.append(
            "statement.letters_sent",
            object=f"policy:{version}",
            actor=f"system:{system}",
            letters=told,
            sent_on=sent_on,
        )
    return told
