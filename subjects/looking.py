"""Who looked for and at whom, and why: every look is in the ledger, its words never.

Source: GDPR Articles 5(1)(f) and 32; Court of Justice, C-579/21: a person may learn when their
data were looked at and for what purpose, not by which colleague.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from audit import services as audit
from audit.models import Entry
from audit.services import Event, Fact
from subjects.constants import LookPurpose
from subjects.matching import Typed
from subjects.search import LIMIT, Found, Hidden, PersonQuery, find

VIEWED = "person.viewed"
REVEALED = "person.content_revealed"
SEARCHED = "person.searched"
# Within which one look is logged of all people on a page.
AT_ONCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a person's data. `actor` is for colleagues, never for the person.

    `dossier` is the one whose page it was, `group` what was unsealed, of which category `data`.
    """

    entry_id: int
    at: datetime
    actor: str
    purpose: str
    event: str
    dossier: str = ""
    group: str = ""
    data: str = ""


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


@transaction.atomic
def note_looks(
    by_dossier: Mapping[str, Iterable[UUID]],
    *,
    actor: str,
    purpose: LookPurpose,
    event: str = VIEWED,
    **facts: str,
) -> None:
    """Log looks at people in several dossiers, in one statement; called before the page is made."""
    told: dict[str, Fact] = {"purpose": str(LookPurpose(purpose)), **facts}
    audit.append_many(
        [
            Event(event, f"subject:{reference}", actor, facts=told | {"dossier": dossier})
            for dossier, people in by_dossier.items()
            for reference in people
        ]
    )


def looks_at(subject: UUID, *, before: int | None = None, limit: int = 50) -> list[Look]:
    """Return who looked at a person and why, newest first, by key of the entry."""
    entries = audit.entries_about(f"subject:{subject}").filter(body__event__in=[VIEWED, REVEALED])
    if before is not None:
        entries = entries.filter(pk__lt=before)
    return [_look(entry) for entry in entries.order_by("-pk")[:limit]]


def entries_of_looks(dossier: UUID, subjects: Iterable[UUID]) -> QuerySet[Entry]:
    """Return what the ledger holds of looks at a dossier's page and at what it holds of these."""
    return Entry.objects.filter(
        body__object__in=[f"subject:{reference}" for reference in subjects],
        body__event__in=[VIEWED, REVEALED],
        body__dossier=str(dossier),
    )


def looks_in(entries: Iterable[Entry]) -> list[Look]:
    """Return looks, newest first as the entries are.

    A look at a page is logged of each person on it, at about the same moment: it is one here.
    """
    looks: dict[tuple[str, ...], Look] = {}
    found = []
    for entry in entries:
        look = _look(entry)
        key = (look.actor, look.event, look.group, look.data)
        same = looks.get(key)
        looks[key] = look
        if same is None or same.at - look.at > AT_ONCE:
            found.append(look)
    return found


def _look(entry: Entry) -> Look:
    body = entry.body
    return Look(
        entry_id=entry.pk,
        at=datetime.fromisoformat(body["at"]),
        actor=body["actor"],
        purpose=body["purpose"],
        event=body["event"],
        dossier=body.get("dossier", ""),
        group=body.get("group", ""),
        data=body.get("data", ""),
    )
