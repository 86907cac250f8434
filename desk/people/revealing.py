"""What is held of a person in a dossier, unsealed one group at a time, on asking.

The caller checks who may see it and logs the look first.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from desk.people.lists import consents_seen, disclosures_seen, records_seen
from desk.people.sight import Sight
from subjects.models import (
    AutomatedDecision,
    Consent,
    ContactEvent,
    Disclosure,
    Involvement,
    Record,
)
from vault import services as vault

SHOWN = 50
IDENTITY, DATA = "identity", "data"


@dataclass(frozen=True)
class Revealed:
    """A group of what is held: pairs of a row and what was sealed of it.

    What cannot be unsealed, because its key was destroyed, is None. `more` is the key to go on
    after, or 0.
    """

    group: str
    code: str = ""
    identity: dict[str, Any] | None = None
    rows: list[tuple[Any, Any]] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True)
class _Group:
    rows: Callable[[], QuerySet[Any]]
    sealed: str
    place: str
    seen: Callable[[QuerySet[Any], Sight], QuerySet[Any]]


def _all(rows: QuerySet[Any], sight: Sight) -> QuerySet[Any]:
    return rows


GROUPS = {
    DATA: _Group(
        lambda: Record.objects.select_related("source_organisation"),
        "sealed_content",
        "content_place",
        records_seen,
    ),
    "shared": _Group(
        lambda: Disclosure.objects.select_related("recipient__organisation"),
        "sealed_reason",
        "reason_place",
        disclosures_seen,
    ),
    "consents": _Group(Consent.objects.all, "sealed_proof", "proof_place", consents_seen),
    "contacts": _Group(ContactEvent.objects.all, "sealed_note", "note_place", _all),
    "decisions": _Group(AutomatedDecision.objects.all, "sealed_account", "account_place", _all),
}


def asked_for(text: str) -> tuple[str, str] | None:
    """Return the group and the code of data that were asked for; None for nonsense."""
    group, _colon, code = text[:80].partition(":")
    if group == DATA:
        return (group, code) if code else None
    known = group == IDENTITY or group in GROUPS
    return (group, "") if known and not code else None


def reveal(
    involvement: Involvement, group: str, code: str, *, after: int, sight: Sight
) -> Revealed:
    """Return a group of what is held of a person in a dossier, as far as `sight` goes."""
    key = vault.open_keys([involvement.key_id]).get(involvement.key_id)
    if group == IDENTITY:
        place = involvement.identity_place
        identity = key.unseal(involvement.sealed_identity, place=place) if key else None
        return Revealed(group, identity=identity)
    kind = GROUPS[group]
    rows = kind.seen(kind.rows().filter(involvement=involvement), sight)
    if group == DATA:
        rows = rows.filter(data_category=code)
    if after:
        rows = rows.filter(Q(pk__lt=after))
    found = list(rows.order_by("-pk")[: SHOWN + 1])
    shown = found[:SHOWN]
    return Revealed(
        group,
        code,
        rows=[
            (row, _open(key, getattr(row, kind.sealed), getattr(row, kind.place))) for row in shown
        ],
        more=shown[-1].pk if len(found) > SHOWN else 0,
    )


def _open(key: vault.OpenKey | None, sealed: Any, place: str) -> Any:
    return key.unseal(sealed, place=place) if key else None
