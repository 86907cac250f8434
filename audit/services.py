"""The one way in to the ledger, and the questions it answers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from audit.exceptions import NoTransaction, PersonalDataSuspected
from audit.models import Entry

Fact = str | int | bool | None | date | datetime | UUID | Sequence[str | int]

WORKER, SYSTEM, PERSON = "worker", "system", "person"
LONGEST_FACT = 80
# One word of letters, digits and the marks of codes, dates and keys: no spaces, no @.
CODE = re.compile(r"[\w.:/+#()-]*", re.ASCII)


@dataclass(frozen=True)
class Event:
    """What happened to what, by whom, with the facts that matter."""

    event: str
    object: str
    actor: str
    at: datetime | None = None
    facts: dict[str, Fact] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        at = (self.at or timezone.now()).astimezone(UTC).isoformat(timespec="microseconds")
        named = {"at": at, "actor": self.actor, "event": self.event, "object": self.object}
        if taken := named.keys() & self.facts.keys():
            raise ValueError(f"a fact may not be called {', '.join(sorted(taken))}")
        return named | {name: _checked(name, fact) for name, fact in self.facts.items()}


def append(
    event: str, *, object: str, actor: str, at: datetime | None = None, **facts: Fact
) -> int:
    """Write one entry in the caller's transaction; return its id.

    Raises NoTransaction outside one, and PersonalDataSuspected when a fact is more than a key,
    a count, a date or a code.
    """
    return append_many([Event(event, object, actor, at, facts)])[0]


def append_many(events: Sequence[Event]) -> list[int]:
    """Write entries in one statement in the caller's transaction; return their ids."""
    if not connection.in_atomic_block:
        raise NoTransaction("an entry belongs in the transaction of the change it tells of")
    for event in events:
        for name in ("event", "object", "actor"):
            _checked(name, getattr(event, name))
    entries = Entry.objects.bulk_create(Entry(body=event.body()) for event in events)
    return [entry.pk for entry in entries]


def actor_of(user: AbstractBaseUser) -> str:
    """Return how the ledger names a colleague: by number, never by name."""
    return f"user:{user.pk}"


def entries_about(object: str) -> QuerySet[Entry]:
    """Return the entries about an object, oldest first; bound it before reading."""
    return Entry.objects.filter(body__object=object).order_by("id")


def _checked(name: str, fact: Fact) -> Any:
    if fact is None or isinstance(fact, bool | int):
        return fact
    if isinstance(fact, date | UUID):
        return fact.isoformat() if isinstance(fact, date) else str(fact)
    if isinstance(fact, str):
        if len(fact) > LONGEST_FACT or not CODE.fullmatch(fact):
            raise PersonalDataSuspected(f"the fact {name!r} is not a key, count, date or code")
        return fact
    return [_checked(name, part) for part in fact]
