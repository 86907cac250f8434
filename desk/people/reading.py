"""What the pages of people show: bounded rows, unsealed, with why each goes when."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Prefetch, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from audit.models import Entry
from desk.people import words
from policy import services as policy
from policy.models import (
    AutomatedDecisionKind,
    DataCategory,
    Purpose,
    RecipientCategory,
    SourceCategory,
)
from policy.periods import Rules, first_deletion_day
from subjects.anchors import ANCHORS, anchors_of
from subjects.models import Dossier, Involvement, RestrictionMark
from vault import services as vault

PAGE = 25
MONEY_LAUNDERING = "AML"
NOT_FOR_ALL = ("unusual_report_on",)


def in_money_laundering_checks(involvement_ids: Collection[int]) -> list[int]:
    """Return those that stand in a money-laundering check."""
    checks = Involvement.objects.filter(
        pk__in=list(involvement_ids), dossier__purpose_id=MONEY_LAUNDERING
    )
    return list(checks.values_list("pk", flat=True))


@dataclass(frozen=True)
class Part:
    """A person in a dossier, as a row of a page. `why` is empty where a role may not know."""

    involvement: Involvement
    identity: Mapping[str, Any] | None
    restrictions: list[RestrictionMark]
    why: list[str]

    @property
    def is_restricted(self) -> bool:
        return any(mark.lifted_on is None for mark in self.restrictions)

    @property
    def name(self) -> str:
        return name_of(self.identity)


def name_of(identity: Mapping[str, Any] | None) -> str:
    """Return how a person is called on a page; one whose key is gone has no name any more."""
    if not identity:
        return _("Erased")
    first = identity.get("first_name") or identity.get("initials") or ""
    return f"{first} {identity.get('last_name') or ''}".strip() or _("Without a name")


def page_of(involvements: QuerySet[Involvement], after: int, *, sees_aml: bool) -> list[Part]:
    """Return up to PAGE + 1 parts after a key: the one too many tells that there is a next page."""
    rows = list(
        involvements.filter(pk__gt=after)
        .select_related("subject", "category", "dossier__purpose", "dossier__client")
        .prefetch_related(Prefetch("restrictions", RestrictionMark.objects.order_by("pk")))
        .order_by("pk")[: PAGE + 1]
    )
    keys, rules = vault.open_keys(row.key_id for row in rows), policy.rules()
    return [
        Part(
            involvement=row,
            identity=keys[row.key_id].unseal(row.sealed_identity, place=row.identity_place)
            if row.key_id in keys
            else None,
            restrictions=list(row.restrictions.all()),
            why=why_of(row.dossier, sees_aml=sees_aml, rules=rules),
        )
        for row in rows
    ]


def why_of(dossier: Dossier, *, sees_aml: bool, rules: Rules | None = None) -> list[str]:
    """Return the sentences that explain when a dossier goes.

    Of a money-laundering check they may name a report of an unusual transaction, of which only
    those may know who handle it (Wwft, Article 23).
    """
    if dossier.purpose_id == MONEY_LAUNDERING and not sees_aml:
        return []
    due = first_deletion_day(dossier.purpose_id, anchors_of(dossier), rules or policy.rules())
    return [sentence.text(_language()) for sentence in due.why]


def anchors_shown(dossier: Dossier, *, sees_aml: bool) -> list[tuple[str, Any]]:
    """Return the anchors that are set, with their words."""
    hidden = () if sees_aml else NOT_FOR_ALL
    return [
        (str(words.ANCHORS[name]), getattr(dossier, name))
        for name in ANCHORS
        if getattr(dossier, name) is not None and name not in hidden
    ]


def words_of_statement() -> dict[str, dict[str, str]]:
    """Return what the statement calls its codes, in the reader's language."""
    return {
        name: {row.pk: str(row) for row in model._default_manager.all()}
        for name, model in {
            "data": DataCategory,
            "sources": SourceCategory,
            "recipients": RecipientCategory,
            "purposes": Purpose,
            "decisions": AutomatedDecisionKind,
        }.items()
    }


def names_of_actors(actors: Iterable[str]) -> dict[str, str]:
    """Return what colleagues are called who stand in the ledger by number."""
    numbers = {int(actor.removeprefix("user:")) for actor in actors if actor.startswith("user:")}
    found = User.objects.filter(pk__in=numbers)
    named = {f"user:{user.pk}": user.get_full_name() or user.username for user in found}
    return {actor: named.get(actor, actor) for actor in actors}


@dataclass(frozen=True)
class Happened:
    """A line of the ledger about a dossier."""

    at: datetime
    event: str
    actor: str


def history(dossier: Dossier, limit: int = 20) -> list[Happened]:
    """Return the newest entries of the ledger about a dossier."""
    about = Entry.objects.filter(body__object=f"dossier:{dossier.reference}")
    bodies = [entry.body for entry in about.order_by("-pk")[:limit]]
    names = names_of_actors([body["actor"] for body in bodies])
    return [
        Happened(
            at=datetime.fromisoformat(body["at"]),
            event=str(words.EVENTS.get(body["event"], body["event"])),
            actor=names[body["actor"]],
        )
        for body in bodies
    ]


def _language() -> str:
    return "en" if (get_language() or "nl").startswith("en") else "nl"
