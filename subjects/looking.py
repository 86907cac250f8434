"""Who looked for and at whom, and why: every look is in the ledger, its words never.

Source: GDPR Articles 5(1)(f) and 32; Court of Justice, C-579/21: a person may learn when their
data were looked at and for what purpose, not by which colleague.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import services as audit
from audit.services import Event, Fact
from subjects.constants import LookPurpose
from subjects.matching import Typed
from subjects.search import LIMIT, Found, Hidden, PersonQuery, find

VIEWED = "person.viewed"
REVEALED = "person.content_revealed"
SEARCHED = "person.searched"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a person's data. `actor` is for colleagues, never for the person."""

    entry_id: int
    at: datetime
    actor: str
    purpose: str
    event: str
    dossier: str = ""
    group: str = ""


@transaction.atomic
def search_for(
    actor: str,
    purpose: LookPurpose,
    query: PersonQuery,
    *,
    limit: int = LIMIT,
    hidden: Hidden | None = None,
) -> Found:
    """Return the people who fit, and log which fields were typed and how many were shown.

    Nobody is found by an involvement that `hidden` names.
    """
    found = find(query, limit, hidden=hidden)
    audit.append(
        SEARCHED,
        object="register:people",
        actor=actor,
        purpose=str(LookPurpose(purpose)),
        fields=[str(name) for name in Typed(query).fields],
        found=len(found.matches),
        more=found.more,
    )
    return found


@transaction.atomic
def note_look(
    subjects: Iterable[UUID], *, actor: str, purpose: LookPurpose, event: str = VIEWED, **facts: str
) -> None:
    """Log that a colleague sees these people's data; called before the page is made."""
    told: dict[str, Fact] = {"purpose": str(LookPurpose(purpose)), **facts}
    audit.append_many(
        [Event(event, f"subject:{reference}", actor, facts=told) for reference in subjects]
    )


def looks_at(subject: UUID, *, before: int | None = None, limit: int = 50) -> list[Look]:
    """Return who looked at a person and why, newest first, by key of the entry."""
    entries = audit.entries_about(f"subject:{subject}").filter(body__event__in=[VIEWED, REVEALED])
    if before is not None:
        entries = entries.filter(pk__lt=before)
    return [
        Look(
            entry_id=entry.pk,
            at=datetime.fromisoformat(entry.body["at"]),
            actor=entry.body["actor"],
            purpose=entry.body["purpose"],
            event=entry.body["event"],
            dossier=entry.body.get("dossier", ""),
            group=entry.body.get("group", ""),
        )
        for entry in entries.order_by("-pk")[:limit]
    ]
