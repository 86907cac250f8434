"""Everything we hold of a person, unsealed, as plain values: what pages, reports and packs read.

`services.person_view` builds it in a bounded number of queries. Names of categories, purposes
and rules are codes; the statement has their words. What could not be unsealed, because its key
was destroyed meanwhile, is None.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from policy.periods import Anchors

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class HeldDossier:
    """One file: for what purpose, for which client, and from when it must go.

    `known_since` is when it was opened, or else when it came in here.
    """

    pk: int
    reference: UUID
    purpose: str
    phase: str = ""
    client: str = ""
    client_email: str = ""
    anchors: Anchors = field(default_factory=Anchors)
    rule: str = ""
    delete_from: date | None = None
    missing_anchor: str = ""
    known_since: date | None = None


@dataclass(frozen=True, slots=True)
class HeldRecord:
    pk: int
    data_category: str
    source: str
    source_organisation: str
    lawful_basis: str
    provided_by_subject: bool
    collected_on: date
    content: Content | None
    consent: int | None = None
    is_special: bool = False
    special_ground: str = ""
    rule: str = ""
    delete_from: date | None = None


@dataclass(frozen=True, slots=True)
class HeldConsent:
    pk: int
    purpose: str
    given_on: date
    withdrawn_on: date | None
    proof: str | None


@dataclass(frozen=True, slots=True)
class HeldDisclosure:
    """`recipient` is the organisation's name, `role` the statement's category of recipient."""

    pk: int
    recipient: str
    role: str
    purpose: str
    data_categories: Sequence[str]
    disclosed_on: date
    country: str
    transfer_mechanism: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class HeldContact:
    pk: int
    direction: str
    channel: str
    happened_at: datetime
    note: str | None


@dataclass(frozen=True, slots=True)
class HeldDecision:
    """`account` has inputs, result and effect, and may have weights and would_change.

    Since `suspended_at` it is not carried out: a person looks again.
    """

    pk: int
    kind: str
    rule_version: str
    decided_at: datetime
    is_legal_step: bool
    confirmed_by: str
    suspended_at: datetime | None
    account: Content | None


@dataclass(frozen=True, slots=True)
class HeldNotice:
    pk: int
    sent_on: date
    channel: str
    statement_version: str
    objection_shown_apart: bool


@dataclass(frozen=True, slots=True)
class HeldRestriction:
    pk: int
    ground: str
    since: date
    lifted_on: date | None


@dataclass(frozen=True, slots=True)
class HeldInvolvement:
    """One person in one dossier: nothing here is of anybody else in that dossier."""

    pk: int
    reference: UUID
    subject_id: int
    category: str
    identity: Content | None
    dossier: HeldDossier
    verified_on: date | None = None
    use_ended_at: datetime | None = None
    disputed_on: date | None = None
    rule: str = ""
    delete_from: date | None = None
    records: Sequence[HeldRecord] = ()
    consents: Sequence[HeldConsent] = ()
    disclosures: Sequence[HeldDisclosure] = ()
    contacts: Sequence[HeldContact] = ()
    decisions: Sequence[HeldDecision] = ()
    notices: Sequence[HeldNotice] = ()
    restrictions: Sequence[HeldRestriction] = ()
