"""What the pages of people show: bounded rows, unsealed, with why each goes when."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from desk.people import words
from desk.people.sight import Sight
from policy.explain import Read, read
from policy.periods import first_deletion_day
from policy.statement import Rules, Statement
from subjects.anchors import ANCHORS, anchors_of
from subjects.models import Dossier, Involvement, RestrictionMark
from subjects.unseen import AML
from vault import services as vault

PAGE = 25
NOT_FOR_ALL = ("unusual_report_on",)


@dataclass(frozen=True)
class Part:
    """A person in a dossier, as a row of a page."""

    involvement: Involvement
    identity: Mapping[str, Any] | None
    restrictions: list[RestrictionMark]
    why: list[Read]

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


def seen(involvements: QuerySet[Involvement], sight: Sight) -> QuerySet[Involvement]:
    """Return those that a colleague may know of: a money-laundering check is not there for others.

    Source: Wwft, Article 23.
    """
    return involvements if sight.aml else involvements.exclude(dossier__purpose=AML)


def page_of(involvements: QuerySet[Involvement], after: int, rules: Rules) -> list[Part]:
    """Return up to PAGE + 1 parts after a key: the one too many tells that there is a next page."""
    return parts_of(involvements.filter(pk__gt=after).order_by("pk")[: PAGE + 1], rules)


def first_and_page_of(
    involvements: QuerySet[Involvement], after: int, rules: Rules
) -> tuple[list[Part], list[Part]]:
    """Return the parts of the first page and those of the page after a key, in one query."""
    first = involvements.order_by("pk").values("pk")[:PAGE]
    both = parts_of(
        involvements.filter(Q(pk__gt=after) | Q(pk__in=first)).order_by("pk")[: 2 * PAGE + 1], rules
    )
    return both[:PAGE], [part for part in both if part.involvement.pk > after][: PAGE + 1]


def parts_of(involvements: QuerySet[Involvement], rules: Rules) -> list[Part]:
    """Return these involvements unsealed, by key."""
    rows = list(
        involvements.select_related(
            "subject", "category", "dossier__purpose", "dossier__client"
        ).prefetch_related(Prefetch("restrictions", RestrictionMark.objects.order_by("pk")))
    )
    keys = vault.open_keys(row.key_id for row in rows)
    return [
        Part(
            involvement=row,
            identity=keys[row.key_id].unseal(row.sealed_identity, place=row.identity_place)
            if row.key_id in keys
            else None,
            restrictions=list(row.restrictions.all()),
            why=why_of(row.dossier, rules),
        )
        for row in rows
    ]


def identities_of(rows: Collection[Involvement]) -> dict[int, Mapping[str, Any]]:
    """Return who these people are, unsealed in one go, by key; whose key is gone is not there."""
    keys = vault.open_keys(row.key_id for row in rows)
    return {
        row.pk: keys[row.key_id].unseal(row.sealed_identity, place=row.identity_place)
        for row in rows
        if row.key_id in keys
    }


def why_of(dossier: Dossier, rules: Rules) -> list[Read]:
    """Return the sentences that explain when a dossier goes.

    Of a money-laundering check they may name a report of an unusual transaction: whoever may not
    know of those does not get as far as the dossier.
    """
    due = first_deletion_day(dossier.purpose_id, anchors_of(dossier), rules)
    language = _language()
    # The statement is quoted in the language of the reader, not only in that of its law.
    said = {rule.sentence: getattr(rule.words, language) for rule in rules.values()}
    return [
        read(replace(one, statement=said.get(one.statement, one.statement)), language)
        for one in due.why
    ]


def anchors_shown(dossier: Dossier, *, sees_aml: bool) -> list[tuple[str, Any]]:
    """Return the anchors that are set, with their words."""
    hidden = () if sees_aml else NOT_FOR_ALL
    return [
        (str(words.ANCHORS[name]), getattr(dossier, name))
        for name in ANCHORS
        if getattr(dossier, name) is not None and name not in hidden
    ]


PARTS = {
    "data": "data_categories",
    "sources": "source_categories",
    "recipients": "recipient_categories",
    "purposes": "purposes",
    "decisions": "automated_decisions",
}


def words_of(statement: Statement) -> dict[str, dict[str, str]]:
    """Return what the statement calls its codes, in the reader's language."""
    language, document = _language(), statement.document
    return {
        name: {row["code"]: row[language] for row in document[part]} for name, part in PARTS.items()
    }


def _language() -> str:
    return "en" if (get_language() or "nl").startswith("en") else "nl"
