"""When a dossier goes: from its anchors, with the rules of the published statement."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Protocol

from policy import services as policy
from policy.periods import Anchors, first_deletion_day
from policy.statement import Rules

ANCHORS = (
    "opened_on",
    "closed_on",
    "reopened_on",
    "relation_ended_on",
    "mutual_claims_settled_on",
    "no_longer_relevant_on",
    "has_business_relationship",
    "relationship_ended_on",
    "transaction_on",
    "unusual_report_on",
    "statutory_period_until",
    "last_contact_on",
    "unsubscribed_on",
    "financial_year_ended_on",
    "request_closed_on",
    "consent_withdrawn_on",
    "early_erasure_decided_on",
    "client_instructed_on",
    "found_unlawful_on",
)
# That unusual transactions were reported may reach nobody (Wwft, Article 23): neither the
# ledger nor a certificate names the day, or that there is one.
UNTOLD = frozenset(["unusual_report_on"])
# Purposes whose period begins anew with each contact by the person.
RENEWED_BY_CONTACT = frozenset(["MKT", "DEV"])


class HasAnchors(Protocol):
    purpose_id: Any


@dataclass(frozen=True, slots=True)
class End:
    """What the columns `rule`, `delete_from` and `missing_anchor` of a dossier say."""

    rule: str
    delete_from: date | None
    missing_anchor: str


def anchors_of(dossier: HasAnchors) -> Anchors:
    """Return the anchors that stand on a dossier."""
    return Anchors(**{name: getattr(dossier, name) for name in ANCHORS})


def end_of(purpose: str, anchors: Anchors, rules: Rules | None = None) -> End:
    """Return when a dossier of this purpose goes, by which rule, or what is missing to tell.

    `rules` are those of the published statement; whoever asks for many reads them once.
    """
    return _end_of(purpose, anchors, policy.rules() if rules is None else rules)


@lru_cache(maxsize=50_000)
def _end_of(purpose: str, anchors: Anchors, rules: Rules) -> End:
    due = first_deletion_day(purpose, anchors, rules)
    return End(due.rule, None if due.missing else due.first_day, due.missing)
