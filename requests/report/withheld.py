"""What the law forbids to tell, taken out before anything is counted or worded."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from subjects.held import HeldDisclosure, HeldInvolvement, HeldRecord

DATA = Path(__file__).parent.parent / "data"
BY_PERSON = "person"


@dataclass(frozen=True, slots=True)
class Withheld:
    """For one purpose: which data, and which recipients, no answer may show."""

    purpose: str
    article: str
    data: frozenset[str]
    data_since_report: frozenset[str]
    recipients: frozenset[str]


@lru_cache(maxsize=1)
def withheld_rules() -> dict[str, Withheld]:
    """Return the rules of `data/withheld.yaml` by purpose."""
    rows: list[dict[str, Any]] = yaml.safe_load((DATA / "withheld.yaml").read_text("utf-8"))
    return {
        row["purpose"]: Withheld(
            row["purpose"],
            row["article"],
            frozenset(row["data"]),
            frozenset(row["data_since_report"]),
            frozenset(row["recipients"]),
        )
        for row in rows
    }


def without_withheld(views: Sequence[HeldInvolvement]) -> list[HeldInvolvement]:
    """Return the views as if what may not be told did not exist.

    A report of an unusual transaction is gone with its date, its recipient, and the file too
    where that held nothing else; so no count, date or reason can tell of it.

    Source: Wwft, Article 23; GDPR Article 23(1)(d).
    """
    told = (_told(view) for view in views)
    return [view for view in told if view is not None]


def _told(view: HeldInvolvement) -> HeldInvolvement | None:
    rule = withheld_rules().get(view.dossier.purpose)
    if rule is None:
        return view
    reported_on = view.dossier.anchors.unusual_report_on

    def may_tell(record: HeldRecord) -> bool:
        if record.data_category in rule.data:
            return False
        return not (
            reported_on
            and record.data_category in rule.data_since_report
            and record.source != BY_PERSON
            and record.collected_on >= reported_on
        )

    def may_name(disclosure: HeldDisclosure) -> bool:
        shared = set(disclosure.data_categories)
        return disclosure.role not in rule.recipients and not shared & rule.data

    records = [record for record in view.records if may_tell(record)]
    disclosures = [made for made in view.disclosures if may_name(made)]
    anchors = replace(view.dossier.anchors, unusual_report_on=None)
    rest = replace(
        view,
        records=records,
        disclosures=disclosures,
        dossier=replace(view.dossier, anchors=anchors, delete_from=None, missing_anchor=""),
    )
    return None if _only_a_report(view, rest) else rest


def _only_a_report(view: HeldInvolvement, rest: HeldInvolvement) -> bool:
    had_report = view.dossier.anchors.unusual_report_on or len(rest.records) < len(view.records)
    anchors = rest.dossier.anchors
    something = (
        rest.records
        or rest.disclosures
        or rest.contacts
        or rest.consents
        or rest.decisions
        or anchors.transaction_on
        or anchors.relationship_ended_on
        or anchors.has_business_relationship
    )
    return bool(had_report) and not something
