"""What we hold of a person, for tests of the answer: no database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from policy.periods import Anchors
from policy.statement import Statement, document, newest_file
from requests.report.build import Report, RequestFacts, build
from subjects.held import (
    HeldConsent,
    HeldContact,
    HeldDecision,
    HeldDisclosure,
    HeldDossier,
    HeldInvolvement,
    HeldNotice,
    HeldRecord,
)

_numbers = count(1)
TODAY = date(2026, 11, 24)
IDENTITY = {
    "first_name": "Roos",
    "initials": "R.",
    "last_name": "van den Berg",
    "birth_date": "1984-02-29",
    "addresses": [
        {
            "street": "Lindelaan",
            "number": "12",
            "postcode": "3511 AB",
            "city": "Utrecht",
            "country": "NL",
        }
    ],
    "emails": ["roos@voorbeeld.test"],
    "phones": [],
    "ibans": [],
    "dossier_number": "2024-001234",
}


def reference(number: int) -> Any:
    return uuid5(NAMESPACE_OID, str(number))


def held_record(**changes: Any) -> HeldRecord:
    return replace(
        HeldRecord(
            pk=next(_numbers),
            data_category="debt",
            source="client",
            source_organisation="",
            lawful_basis="6.1.f",
            provided_by_subject=False,
            collected_on=date(2024, 3, 1),
            content={"principal": "120.00", "invoice_number": "F-77"},
        ),
        **changes,
    )


def held_disclosure(**changes: Any) -> HeldDisclosure:
    return replace(
        HeldDisclosure(
            pk=next(_numbers),
            recipient="Deurwaarders Noord",
            role="adviser",
            purpose="COL",
            data_categories=["identity", "debt"],
            disclosed_on=date(2024, 9, 2),
            country="NL",
            transfer_mechanism="",
            reason="Dagvaarding",
        ),
        **changes,
    )


def held_decision(**changes: Any) -> HeldDecision:
    return replace(
        HeldDecision(
            pk=next(_numbers),
            kind="letter_choice",
            rule_version="letters-4",
            decided_at=datetime(2024, 5, 1, 10, tzinfo=UTC),
            is_legal_step=False,
            confirmed_by="staff-7",
            suspended_at=None,
            account={
                "inputs": {"amount": "120.00", "days_late": 40},
                "weights": {"amount": 0.3, "days_late": 0.7},
                "would_change": "Bij minder dagen te laat was het de eerste brief gebleven.",
                "result": "Tweede brief",
                "effect": "U kreeg een tweede brief.",
            },
        ),
        **changes,
    )


def held_contact(**changes: Any) -> HeldContact:
    return replace(
        HeldContact(
            pk=next(_numbers),
            direction="out",
            channel="letter",
            happened_at=datetime(2024, 4, 1, 9, tzinfo=UTC),
            note="Eerste brief over de openstaande rekening.",
        ),
        **changes,
    )


def held_consent(**changes: Any) -> HeldConsent:
    return replace(
        HeldConsent(
            pk=next(_numbers),
            purpose="COL",
            given_on=date(2024, 4, 2),
            withdrawn_on=None,
            proof="Per telefoon gegeven",
        ),
        **changes,
    )


def held_notice(**changes: Any) -> HeldNotice:
    return replace(
        HeldNotice(
            pk=next(_numbers),
            sent_on=date(2024, 4, 1),
            channel="letter",
            statement_version="2026-11",
            objection_shown_apart=True,
        ),
        **changes,
    )


def held(purpose: str = "COL", *, dossier: dict[str, Any] | None = None, **changes: Any) -> Any:
    """Return an involvement in a dossier of `purpose`, closed with one record unless changed."""
    number = next(_numbers)
    anchors = {"COL": Anchors(closed_on=date(2025, 9, 5))}.get(purpose, Anchors())
    facts: dict[str, Any] = {
        "pk": number,
        "reference": reference(number),
        "purpose": purpose,
        "phase": "collection" if purpose == "COL" else "",
        "client": "Webwinkel De Zon" if purpose in ("COL", "INV") else "",
        "client_email": "privacy@dezon.test" if purpose in ("COL", "INV") else "",
        "anchors": anchors,
    }
    return replace(
        HeldInvolvement(
            pk=next(_numbers),
            reference=reference(next(_numbers)),
            subject_id=1,
            category="debtor",
            identity=IDENTITY,
            dossier=HeldDossier(**(facts | (dossier or {}))),
            records=[held_record()],
        ),
        **changes,
    )


def full_case(records: int = 3) -> HeldInvolvement:
    """Return a collection case with something of every kind."""
    return held(
        records=[
            held_record(data_category=("debt", "correspondence", "finances")[n % 3])
            for n in range(records)
        ],
        disclosures=[
            held_disclosure(),
            held_disclosure(
                recipient="Istanbul Collect",
                role="foreign_agency",
                country="TR",
                transfer_mechanism="46.2.c",
            ),
        ],
        decisions=[held_decision()],
        contacts=[held_contact(), held_contact(direction="in", channel="phone", note="Belde.")],
        consents=[held_consent()],
        notices=[held_notice()],
        verified_on=date(2025, 1, 3),
    )


def report_of(*views: HeldInvolvement, language: str = "nl", **facts: Any) -> Report:
    known: dict[str, Any] = {
        "number": "AP-2026-000123",
        "received_on": date(2026, 11, 2),
        "controller": {
            "name": "Alektum Group",
            "email": "privacy@alektumgroup.nl",
            "phone": "020 – 417 71 77",
        },
    }
    return build(
        views,
        Statement(document(newest_file())),
        RequestFacts(**(known | facts)),
        today=TODAY,
        language=language,
    )
