"""Valid, sealed objects for tests of any app. Name only what matters to the test.

Codes are those of the published statement, which the makers load where a test has not.
"""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any, TypeVar

from policy.models import PolicyVersion
from policy.tests.makers import load_policy
from subjects.models import (
    AutomatedDecision,
    Consent,
    ContactEvent,
    Disclosure,
    Dossier,
    FirstContactNotice,
    Involvement,
    Organisation,
    Recipient,
    Record,
    RestrictionMark,
    Subject,
)
from subjects.names import VERSION, person_of, search_keys
from vault import services as vault
from vault.constants import KeyKind

_numbers = count(1)
Row = TypeVar("Row", Record, Consent, Disclosure, ContactEvent, AutomatedDecision)


def a_digest() -> bytes:
    return vault.digest("maker", "thing", str(next(_numbers)))


def an_identity(**fields: Any) -> dict[str, Any]:
    """Return an identity as the door seals it: Fatima El Amrani unless told otherwise."""
    return {
        "first_name": "Fatima",
        "initials": "F.",
        "last_name": "El Amrani",
        "birth_date": "1984-03-09",
        "addresses": [
            {
                "street": "Dorpsstraat",
                "number": "12",
                "postcode": "1234 AB",
                "city": "Utrecht",
                "country": "NL",
            }
        ],
        "emails": ["fatima@example.nl"],
        "phones": ["0612345678"],
        "ibans": [],
        "dossier_number": "",
    } | fields


def make_organisation(name: str = "Winkel BV", **fields: Any) -> Organisation:
    fields = {"source_system": "test", "source_id": f"{next(_numbers)}"} | fields
    return Organisation.objects.create(name=name, **fields)


def make_recipient(
    name: str = "Deurwaarder BV", category: str = "adviser", **fields: Any
) -> Recipient:
    """Make an organisation that can be told what happens to data it received, and its role."""
    _policy()
    organisation = make_organisation(name, **{"privacy_email": "avg@ontvanger.example"} | fields)
    return Recipient.objects.create(organisation=organisation, category_id=category)


def make_subject() -> Subject:
    return Subject.objects.create()


def make_dossier(purpose: str = "COL", **fields: Any) -> Dossier:
    """Make a dossier with nobody in it; dates of retention are as given, not computed."""
    _policy()
    if fields.get("phase") == "invoice" and "client" not in fields:
        fields["client"] = make_organisation(privacy_email="privacy@winkel.example")
    fields = {"source_system": "test", "source_digest": a_digest()} | fields
    return Dossier.objects.create(purpose_id=purpose, **fields)


def make_involvement(
    dossier: Dossier | None = None,
    subject: Subject | None = None,
    *,
    category: str = "debtor",
    identity: dict[str, Any] | None = None,
    **fields: Any,
) -> Involvement:
    """Make a person in a dossier, who can be found; see `an_identity`."""
    identity = an_identity() if identity is None else identity
    key = vault.create_key(KeyKind.INVOLVEMENT)
    involvement = Involvement(
        dossier=dossier or make_dossier(),
        subject=subject or make_subject(),
        category_id=category,
        key_id=key.id,
        **{"source_digest": a_digest(), "person_digest": a_digest()} | fields,
    )
    involvement.sealed_identity = key.seal(identity, place=involvement.identity_place)
    vault.store_tokens({key.id: vault.tokens(search_keys(person_of(identity)))}, version=VERSION)
    involvement.save()
    return involvement


def make_record(
    involvement: Involvement,
    data_category: str = "debt",
    *,
    content: dict[str, Any] | None = None,
    source: str = "client",
    **fields: Any,
) -> Record:
    fields = {"lawful_basis": "6.1.b", "collected_on": date(2024, 1, 1)} | fields
    made = Record(data_category_id=data_category, source_id=source, **fields)
    return _sealed(made, involvement, "content", content or {"amount": "120.00"})


def make_special_record(involvement: Involvement, **fields: Any) -> Record:
    """Make health data that may be kept: with ground, case and approver."""
    whole: dict[str, Any] = {
        "is_special": True,
        "special_ground": "9.2.f",
        "special_case": involvement.dossier.reference,
        "special_approver": "officer-1",
        "content": {"text": "In het ziekenhuis opgenomen"},
    } | fields
    return make_record(involvement, "health", **whole)


def make_consent(
    involvement: Involvement, *, proof: str = "Vinkje op de site", **fields: Any
) -> Consent:
    fields = {"purpose_id": involvement.dossier.purpose_id, "given_on": date(2024, 1, 1)} | fields
    return _sealed(Consent(**fields), involvement, "proof", {"text": proof})


def make_disclosure(
    involvement: Involvement,
    recipient: Recipient | None = None,
    *,
    reason: str = "Dagvaarding",
    **fields: Any,
) -> Disclosure:
    fields = {
        "purpose_id": involvement.dossier.purpose_id,
        "data_categories": ["identity", "debt"],
        "disclosed_on": date(2024, 6, 1),
    } | fields
    made = Disclosure(recipient=recipient or make_recipient(), **fields)
    return _sealed(made, involvement, "reason", {"text": reason})


def make_contact(
    involvement: Involvement, *, note: str = "Belt over regeling", **fields: Any
) -> ContactEvent:
    fields = {
        "direction": "in",
        "channel": "phone",
        "happened_at": datetime(2024, 2, 1, 9, 30, tzinfo=UTC),
    } | fields
    return _sealed(ContactEvent(**fields), involvement, "note", {"text": note})


def make_decision(
    involvement: Involvement, *, account: dict[str, Any] | None = None, **fields: Any
) -> AutomatedDecision:
    fields = {
        "kind": "letter_choice",
        "rule_version": "letters-3",
        "decided_at": datetime(2024, 2, 1, 9, 30, tzinfo=UTC),
    } | fields
    account = account or {
        "inputs": {"days_late": 30},
        "weights": {"days_late": 1},
        "result": "letter 2",
        "effect": "letter",
        "would_change": "Within 14 days it had been letter 1",
    }
    return _sealed(AutomatedDecision(**fields), involvement, "account", account)


def make_notice(involvement: Involvement, **fields: Any) -> FirstContactNotice:
    fields = {
        "sent_on": date(2024, 1, 10),
        "channel": "letter",
        "statement_version": "2026-11",
        "objection_shown_apart": True,
    } | fields
    return FirstContactNotice.objects.create(
        involvement=involvement, source_digest=a_digest(), **fields
    )


def make_restriction(involvement: Involvement, **fields: Any) -> RestrictionMark:
    fields = {"ground": "18.1.a", "since": date(2026, 1, 5)} | fields
    return RestrictionMark.objects.create(
        involvement=involvement, dossier_id=involvement.dossier_id, **fields
    )


def lose_key(involvement: Involvement) -> None:
    """Destroy the key of an involvement that is still there, as a restored backup would have it."""
    vault.destroy_keys_later([involvement.key_id])
    vault.drain_outbox()


def _sealed(row: Row, involvement: Involvement, name: str, value: Any) -> Row:
    row.involvement, row.source_digest = involvement, a_digest()
    place = getattr(row, f"{name}_place")
    setattr(row, f"sealed_{name}", vault.open_key(involvement.key_id).seal(value, place=place))
    row.save()
    return row


def _policy() -> None:
    if not PolicyVersion.objects.exists():
        load_policy()
