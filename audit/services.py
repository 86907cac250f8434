"""The one way in to the ledger, and the questions it answers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.fields.json import KT
from django.utils import timezone

from audit import checkpoint, keys, merkle, mirror, sealer, tiles
from audit.exceptions import (
    LedgerBroken,
    NoTransaction,
    NotYetSealed,
    PersonalDataSuspected,
)
from audit.models import BY_ITSELF, Checkpoint, Entry

Fact = str | int | bool | None | date | datetime | UUID | Sequence[str | int]

WORKER, SYSTEM, PERSON = "worker", "system", "person"
PRODUCT = "product"
LONGEST_FACT = 80
LATE = timedelta(minutes=15)
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
        at = _written(self.at or timezone.now())
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


def hand_over(new: str, *, actor: str, now: datetime) -> None:
    """Let today's key name the next one in the ledger, and sign that.

    `new` is the next public key in base64. From the next checkpoint on it may sign. Raises
    ValueError where it is no key, or today's own.
    """
    ours, following = keys.code(keys.signing_key().public_key()), keys.code(keys.read_public(new))
    if ours == following:
        raise ValueError("is the key that signs already")
    with transaction.atomic():
        append(keys.HANDED_OVER, object="ledger", actor=actor, old=ours, new=following)
    seal_and_mirror(now=now)


def seal_and_mirror(*, now: datetime) -> int:
    """Seal what is committed, and copy it out of the database; return how many were sealed.

    Raises MirrorAhead after a restore, before anything is sealed that would contradict it.
    """
    mirror.refuse_if_ahead()
    sealed = sealer.seal(now=now)
    mirror.complete()
    return sealed


@dataclass(frozen=True)
class Proof:
    """What shows, with the signed note alone, that an entry is in the ledger."""

    text: str
    leaf_index: int
    path: list[bytes]
    note: str
    size: int


def prove(entry_id: int) -> Proof:
    """Return the proof that an entry is in the newest checkpoint.

    Raises NotYetSealed, and LedgerBroken where what is stored proves nothing: no proof that
    would fail is ever handed out.
    """
    index, text = _leaf_and_text(entry_id)
    newest = Checkpoint.objects.order_by("-size").first()
    if index is None or newest is None or index >= newest.size:
        raise NotYetSealed(f"entry {entry_id} is not sealed yet")
    if text is None:
        raise LedgerBroken(f"entry {entry_id}, leaf {index}, is gone")
    stored = sealer.read_tiles(tiles.tiles_of_path(index, newest.size))
    path = tiles.inclusion_path(index, newest.size, lambda *tile: stored.get(tile, b""))
    proof = Proof(text, index, path, newest.note, newest.size)
    _check(proof, entry_id)
    return proof


def _leaf_and_text(entry_id: int) -> tuple[int | None, str | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT leaf_index FROM audit_leaf WHERE entry_id = %(id)s),"
            " (SELECT body::text FROM audit_entry WHERE id = %(id)s)",
            {"id": entry_id},
        )
        index, text = cursor.fetchone()
        return index, text


def _check(proof: Proof, entry_id: int) -> None:
    try:
        head, _key = keys.read_note(proof.note)
    except checkpoint.CheckpointInvalid as error:
        raise LedgerBroken(f"the checkpoint of {proof.size} leaves: {error}") from error
    leaf = merkle.leaf_hash(proof.text.encode())
    reached = merkle.root_from_path(leaf, proof.leaf_index, proof.size, proof.path)
    if (head.size, head.root) != (proof.size, reached):
        raise LedgerBroken(f"entry {entry_id}, leaf {proof.leaf_index}, is not what was signed")


@dataclass(frozen=True)
class LedgerState:
    """How the ledger is doing: what a person should know of it at a glance."""

    sealed: int
    sealed_at: datetime | None
    oldest_unsealed: timedelta
    not_mirrored: int

    @property
    def is_late(self) -> bool:
        return self.oldest_unsealed > LATE

    @property
    def minutes_late(self) -> int:
        return int(self.oldest_unsealed.total_seconds() // 60)

    @property
    def is_restored(self) -> bool:
        """Whether the mirror has more than the database, which then came from a backup."""
        return self.not_mirrored < 0


def ledger_state(*, now: datetime) -> LedgerState:
    """Return how far sealing and mirroring came, and how long the oldest entry waits.

    An entry waits long where a transaction that writes, anywhere on the server, does not end.
    """
    newest = Checkpoint.objects.order_by("-size").first()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min((e.body->>'at')::timestamptz) FROM (SELECT body, id FROM audit_entry"
            " WHERE generation = %s AND (xid, id) > (%s::xid8, %s) ORDER BY xid, id LIMIT 100) e"
            " WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.entry_id = e.id)",
            sealer.cursor_position(),
        )
        (oldest,) = cursor.fetchone()
    sealed = newest.size if newest else 0
    return LedgerState(
        sealed=sealed,
        sealed_at=newest.sealed_at if newest else None,
        oldest_unsealed=max(now - oldest, timedelta()) if oldest else timedelta(),
        not_mirrored=sealed - mirror.position(),
    )


def actor_of(user: AbstractBaseUser) -> str:
    """Return how the ledger names a colleague: by number, never by name."""
    return f"user:{user.pk}"


def newest(
    *,
    object: str = "",
    event: str = "",
    actor: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
) -> QuerySet[Entry]:
    """Return entries about an object, of an event, by an actor, from `since` to before `until`.

    Newest first, below an id. `PRODUCT` is what the product did by itself. Bound it before reading:
    each index gives the first of many at once, and a period is found by runs of pages.
    """
    given = {"body__object": object, "body__event": event, "id__lt": before}
    found = Entry.objects.filter(**{name: value for name, value in given.items() if value})
    if actor == PRODUCT:
        found = found.filter(body__actor__in=BY_ITSELF)
    elif actor:
        # Written as in the index, which has no entries of the product.
        found = found.filter(~Q(body__actor__in=BY_ITSELF), body__actor=actor)
    if since is None and until is None:
        return found.order_by("-id")
    found = found.alias(written=KT("body__at"))
    if since is not None:
        found = found.filter(written__gte=_written(since))
    if until is not None:
        found = found.filter(written__lt=_written(until))
    # Not by the key itself: going back through it to a day long past would read all since.
    return found.order_by((F("id") + 0).desc())


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def entries_about(*objects: str) -> QuerySet[Entry]:
    """Return the entries about one or more objects, oldest first; bound it before reading."""
    return Entry.objects.filter(body__object__in=objects).order_by("id")


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
