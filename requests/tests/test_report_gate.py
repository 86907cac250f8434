"""What is there and says nothing is missing too: empty lists, blanks, a decision not explained."""

import pytest

from requests.report.completeness import missing
from requests.tests.held import (
    held,
    held_consent,
    held_contact,
    held_decision,
    held_disclosure,
    held_record,
    report_of,
)
from subjects.constants import HUMAN


def account(**changes):
    return {**(held_decision().account or {}), **changes}


EMPTY_ITEMS = {
    "nothing at all": ("category", held(records=[], identity={})),
    "no source at all": ("source", held(records=[], identity={})),
    "blank identity": ("identity", held(identity={"last_name": " ", "emails": []})),
    "no data disclosed": ("disclosed", held(disclosures=[held_disclosure(data_categories=[])])),
    "retired data": ("disclosed", held(disclosures=[held_disclosure(purpose="ZZZ")])),
    "no weights": ("weights", held(decisions=[held_decision(account=account(weights={}))])),
    "blank weights": (
        "weights",
        held(decisions=[held_decision(account=account(weights={"amount": " "}))]),
    ),
    "what would change": (
        "would_change",
        held(decisions=[held_decision(account=account(would_change=""), is_legal_step=True)]),
    ),
    "blank letter": ("letter", held(contacts=[held_contact(note=" \n")])),
    "blank proof": ("consent", held(consents=[held_consent(proof="")])),
    "blank record": ("record", held(records=[held_record(content={"text": " ", "parts": []})])),
}


@pytest.mark.parametrize(("what", "view"), EMPTY_ITEMS.values(), ids=EMPTY_ITEMS)
def test_what_is_there_but_says_nothing_is_missing(what, view):
    assert what in {gap.what for gap in missing(report_of(view))}


def test_what_a_person_decided_anew_has_reasons_and_no_weights():
    reasons = {"inputs": {"days_late": 4}, "result": "geen brief", "effect": "U kreeg geen brief."}
    view = held(decisions=[held_decision(rule_version=HUMAN, account=reasons)])
    assert missing(report_of(view)) == []
