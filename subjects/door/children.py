"""What hangs on an involvement, as it comes in: the columns of each type and what is sealed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from subjects.constants import Direction
from subjects.door.codes import Allowed
from subjects.door.refusals import Refused
from subjects.door.state import InvolvementState, KnownConsent
from subjects.models import (
    AutomatedDecision,
    Consent,
    ContactEvent,
    Disclosure,
    FirstContactNotice,
    OfInvolvement,
    Record,
)


class Context(Protocol):
    """What a child's columns need to know of the chunk it comes in with."""

    now: datetime

    def organisation(self, field: str, source_id: str) -> int: ...
    def recipient(self, source_id: str, role: str) -> int: ...
    def consent(self, source_id: str) -> KnownConsent: ...
    def case(self, source_id: str) -> UUID: ...
    def allowed(self, purpose: str) -> Allowed: ...
    def is_legal_step(self, kind: str) -> bool: ...


Values = dict[str, Any]


@dataclass(frozen=True)
class Child:
    """How one type of line becomes a row: its columns, and where what is sealed of it stands."""

    model: type[OfInvolvement]
    values: Callable[[dict[str, Any], InvolvementState, Context], Values]
    sealed: str = ""
    place: str = ""

    @property
    def table(self) -> str:
        return self.model._meta.db_table


def _consent(data: dict[str, Any], owner: InvolvementState, context: Context) -> Values:
    return {
        "purpose_id": data["purpose"],
        "given_on": data["given_on"],
        "withdrawn_on": data.get("withdrawn_on"),
    }


def record_end(
    *, register_removed_on: date | None, withdrawn_on: date | None, only_by_consent: bool
) -> tuple[str, date | None]:
    """Return by which rule and when a record goes before its dossier; ("", None) if it does not.

    Source: GDPR Articles 7(3) and 17(1)(b); Court of Justice, C-26/22 and C-64/22.
    """
    days = []
    if register_removed_on:
        days.append((register_removed_on, "INS"))
    if withdrawn_on and only_by_consent:
        days.append((withdrawn_on, "SPC"))
    if not days:
        return "", None
    day, rule = min(days)
    return rule, day


def _record(data: dict[str, Any], owner: InvolvementState, context: Context) -> Values:
    allowed = context.allowed(owner.purpose)
    allowed.require("data_category", data["data_category"], allowed.data)
    allowed.require("source", data["source"], allowed.sources)
    allowed.require_basis(data["basis"])
    consent = None
    if source_id := data.get("consent"):
        consent = context.consent(source_id)
        if consent.involvement_id != owner.id:
            raise Refused("consent: belongs to another involvement.")
    special = data.get("special") or {}
    organisation = data.get("source_organisation")
    rule, delete_from = record_end(
        register_removed_on=data.get("register_removed_on"),
        withdrawn_on=consent.withdrawn_on if consent else None,
        only_by_consent=data["basis"] == "6.1.a" or special.get("ground") == "9.2.a",
    )
    return {
        "data_category_id": data["data_category"],
        "source_id": data["source"],
        "source_organisation_id": (
            context.organisation("source_organisation", organisation) if organisation else None
        ),
        "lawful_basis": data["basis"],
        "provided_by_subject": data.get("provided_by_subject", False),
        "collected_on": data["collected_on"],
        "consent_id": consent.id if consent else None,
        "is_special": bool(special),
        "special_ground": special.get("ground", ""),
        "special_case": context.case(special["case"]) if special else None,
        "special_approver": special.get("approver", ""),
        "rule": rule,
        "delete_from": delete_from,
    }


def _disclosure(data: dict[str, Any], owner: InvolvementState, context: Context) -> Values:
    purpose = data.get("purpose", owner.purpose)
    allowed = context.allowed(purpose)
    allowed.require("role", data["role"], allowed.recipients)
    allowed.require_data("data_categories", data["data_categories"])
    return {
        "recipient_id": context.recipient(data["recipient"], data["role"]),
        "purpose_id": purpose,
        "data_categories": data["data_categories"],
        "disclosed_on": data["disclosed_on"],
        "country": data.get("country", "NL"),
        "transfer_mechanism": data.get("mechanism", ""),
        "despite_restriction": owner.was_restricted(data["disclosed_on"]),
    }


def _contact_event(data: dict[str, Any], owner: InvolvementState, context: Context) -> Values:
    day = data["happened_at"].astimezone(context.now.tzinfo).date()
    values = {name: data[name] for name in ("direction", "channel", "happened_at")}
    to_person = data["direction"] == Direction.TO_PERSON
    return values | {"despite_restriction": to_person and owner.was_restricted(day)}


def _automated_decision(data: dict[str, Any], owner: InvolvementState, context: Context) -> Values:
    return {
        "kind": data["kind"],
        "rule_version": data["rule_version"],
        "decided_at": data["decided_at"],
        "is_legal_step": context.is_legal_step(data["kind"]),
        "confirmed_by": data.get("confirmed_by", ""),
    }


def _first_contact_notice(
    data: dict[str, Any], owner: InvolvementState, context: Context
) -> Values:
    names = ("sent_on", "channel", "statement_version", "objection_shown_apart")
    return {name: data[name] for name in names}


CHILDREN = {
    "consent": Child(Consent, _consent, "sealed_proof", "consent.proof"),
    "record": Child(Record, _record, "sealed_content", "record.content"),
    "disclosure": Child(Disclosure, _disclosure, "sealed_reason", "disclosure.reason"),
    "contact_event": Child(ContactEvent, _contact_event, "sealed_note", "contactevent.note"),
    "automated_decision": Child(
        AutomatedDecision, _automated_decision, "sealed_account", "automateddecision.account"
    ),
    "first_contact_notice": Child(FirstContactNotice, _first_contact_notice),
}
