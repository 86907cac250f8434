"""What goes with the dossier of a request or breach: all that belongs to it, and its keys."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

# What belongs to a request, children first. `requests_packdownload` hangs on a pack.
OF_REQUEST = (
    "answerfigure",
    "effect",
    "rectification",
    "review",
    "decision",
    "requestedright",
    "subjectmatch",
    "identitycheck",
    "clockevent",
    "attachment",
    "message",
    "letter",
    "redaction",
    "renewal",
    "handover",
    "emailcode",
    "pagelink",
    "postedcode",
    "reminder",
)
WITH_KEYS = ("outgoingmail", "pack", "portaldraft", "forwarding")
TABLES = frozenset(
    f"requests_{name}"
    for name in (
        *OF_REQUEST,
        *WITH_KEYS,
        "packdownload",
        "draftfile",
        "privacyrequest",
        "incident",
        "representation",
        "mandate",
        "representative",
        "queueexport",
        "queueexportpiece",
    )
)
_IDS = "ARRAY(SELECT id FROM requests_privacyrequest WHERE dossier_id = ANY(%s))"


def erase(dossier_ids: Sequence[int]) -> list[int]:
    """Delete requests and breaches of these dossiers; return the data keys that go with them."""
    dossiers = [list(dossier_ids)]
    keys: list[int] = []
    if not left_behind(dossier_ids):
        # Nearly every slice: dossiers for other purposes than requests.
        return keys
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM requests_packdownload WHERE pack_id = ANY(ARRAY("  # noqa: S608
            f"SELECT id FROM requests_pack WHERE request_id = ANY({_IDS})))",
            dossiers,
        )
        cursor.execute(
            "DELETE FROM requests_draftfile WHERE draft_id = ANY(ARRAY("  # noqa: S608
            f"SELECT id FROM requests_portaldraft WHERE request_id = ANY({_IDS})))",
            dossiers,
        )
        cursor.execute(
            "DELETE FROM requests_representation"  # noqa: S608
            f" WHERE request_id = ANY({_IDS}) RETURNING mandate_id",
            dossiers,
        )
        mandates = [row[0] for row in cursor.fetchall()]
        for name in OF_REQUEST:
            cursor.execute(
                f"DELETE FROM requests_{name} WHERE request_id = ANY({_IDS})",  # noqa: S608
                dossiers,
            )
        for name in WITH_KEYS:
            cursor.execute(
                f"DELETE FROM requests_{name} WHERE request_id = ANY({_IDS})"  # noqa: S608
                " RETURNING key_id",
                dossiers,
            )
            keys += [row[0] for row in cursor.fetchall() if row[0] is not None]
        cursor.execute(
            "DELETE FROM requests_privacyrequest WHERE dossier_id = ANY(%s) RETURNING key_id",
            dossiers,
        )
        keys += [row[0] for row in cursor.fetchall()]
        keys += _representatives(cursor, mandates)
        keys += _exports(cursor)
        cursor.execute(
            "DELETE FROM requests_incident WHERE dossier_id = ANY(%s) RETURNING key_id", dossiers
        )
        keys += [row[0] for row in cursor.fetchall()]
    return keys


def _representatives(cursor: Any, mandates: Sequence[int]) -> list[int]:
    """Delete of these mandates those that no request rests on, and who then has none left.

    So what was seen of a representative's authority stays as long as one request rests on it.
    """
    if not mandates:
        return []
    cursor.execute(
        "DELETE FROM requests_mandate m WHERE id = ANY(%s) AND NOT EXISTS"
        " (SELECT FROM requests_representation r WHERE r.mandate_id = m.id)"
        " RETURNING representative_id",
        [list(mandates)],
    )
    cursor.execute(
        "DELETE FROM requests_representative p WHERE id = ANY(%s) AND NOT EXISTS"
        " (SELECT FROM requests_mandate m WHERE m.representative_id = p.id) RETURNING key_id",
        [[row[0] for row in cursor.fetchall()]],
    )
    return [row[0] for row in cursor.fetchall()]


def _exports(cursor: Any) -> list[int]:
    """Empty the exports of the queue: what is destroyed lives on in no file, for not a day."""
    cursor.execute(
        "WITH held AS (SELECT id, key_id FROM requests_queueexport"
        " WHERE key_id IS NOT NULL OR state IN ('waiting', 'working') FOR UPDATE)"
        " UPDATE requests_queueexport e SET key_id = NULL, run = NULL, state = 'expired'"
        " FROM held WHERE e.id = held.id RETURNING held.key_id"
    )
    keys = [row[0] for row in cursor.fetchall() if row[0] is not None]
    # After the rows: who writes a piece holds its export's row, and is through by now.
    cursor.execute("DELETE FROM requests_queueexportpiece")
    return keys


def left_behind(dossier_ids: Sequence[int]) -> int:
    """Count the requests and breaches of these dossiers that are still there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM requests_privacyrequest WHERE dossier_id = ANY(%(ids)s))"
            " + (SELECT count(*) FROM requests_incident WHERE dossier_id = ANY(%(ids)s))",
            {"ids": list(dossier_ids)},
        )
        return int(cursor.fetchone()[0])
