from datetime import date
from typing import Any

import pytest

from policy.periods import CODES, RULE_OF_PART, RULE_OF_PURPOSE, Anchors, first_deletion_day
from policy.statement import newest_rules

D = date.fromisoformat


@pytest.mark.parametrize(
    ("purpose", "anchors", "first_day"),
    [
        ("COL", {"closed_on": D("2022-05-20")}, D("2027-05-21")),
        ("COL", {"closed_on": D("2028-02-29")}, D("2033-03-01")),
        (
            "COL",
            {
                "closed_on": D("2025-02-10"),
                "early_erasure_decided_on": D("2025-05-01"),
                "statutory_file_minimum": True,
            },
            D("2027-02-11"),
        ),
        (
            "CLI",
            {"relation_ended_on": D("2023-01-31"), "mutual_claims_settled_on": D("2023-03-14")},
            D("2028-03-15"),
        ),
        ("CLI", {"no_longer_relevant_on": D("2025-06-02")}, D("2025-06-02")),
        ("CLI", {"relation_ended_on": D("2023-01-31")}, None),
        ("AML", {"transaction_on": D("2022-11-08")}, D("2027-11-09")),
        (
            "AML",
            {"has_business_relationship": True, "relationship_ended_on": D("2023-04-30")},
            D("2028-05-01"),
        ),
        ("AML", {"has_business_relationship": True, "transaction_on": D("2022-11-08")}, None),
        ("MKT", {"last_contact_on": D("2023-03-31")}, D("2026-04-01")),
        (
            "MKT",
            {"last_contact_on": D("2026-02-01"), "unsubscribed_on": D("2026-01-15")},
            D("2026-01-15"),
        ),
        ("ACC", {"financial_year_ended_on": D("2021-09-30")}, D("2029-01-01")),
        ("ACC", {"financial_year_ended_on": D("2022-12-31")}, D("2030-01-01")),
        ("COL", {"closed_on": D("2022-05-20"), "reopened_on": D("2022-05-20")}, None),
        ("INV", {}, None),
        ("INV", {"client_instructed_on": D("2027-05-18")}, D("2027-05-18")),
        ("COL", {"found_unlawful_on": D("2027-05-18")}, D("2027-05-18")),
        (
            "COL",
            {"closed_on": D("2022-05-20"), "found_unlawful_on": D("2028-01-01")},
            D("2027-05-21"),
        ),
        ("INS", {"register_removed_on": D("2026-03-02")}, D("2026-03-02")),
        ("INS", {}, None),
        ("DRAFT-7", {"saved_on": D("2026-02-25")}, D("2026-03-05")),
        ("PACK-30", {"made_on": D("2026-01-31")}, D("2026-03-03")),
    ],
)
def test_the_examples_of_the_legal_requirements(purpose, anchors, first_day):
    assert first_deletion_day(purpose, Anchors(**anchors)).first_day == first_day


def test_a_missing_anchor_is_named_and_a_running_case_is_not_missing_anything():
    half_known = Anchors(relation_ended_on=D("2023-01-31"))
    assert first_deletion_day("CLI", half_known).missing == "mutual_claims_settled_on"
    assert first_deletion_day("MKT", Anchors()).missing == "last_contact_on"
    assert first_deletion_day("COL", Anchors(opened_on=D("2023-01-31"))).missing == ""


@pytest.mark.parametrize("purpose", [*RULE_OF_PURPOSE, *RULE_OF_PART])
def test_every_rule_explains_itself_in_both_languages(purpose):
    anchors = Anchors(closed_on=D("2022-05-20"), transaction_on=D("2022-05-20"))
    for sentence in first_deletion_day(purpose, anchors).why:
        assert "[Bron: " in sentence.text("nl")
        assert "[Source: " in sentence.text("en")


def test_another_period_can_be_tried_without_changing_the_rules():
    rules = newest_rules()
    tried = rules.with_months({"COL-60": 48})
    anchors = Anchors(closed_on=D("2022-05-20"))
    assert first_deletion_day("COL", anchors, tried).first_day == D("2026-05-21")
    assert first_deletion_day("COL", anchors, rules).first_day == D("2027-05-21")
    with pytest.raises(KeyError):
        rules.with_months({"COL-61": 48})


class Asked(dict):
    """Rules that remember which of them were read."""

    def __init__(self, rules):
        super().__init__(rules)
        self.codes = set()

    def __getitem__(self, code):
        self.codes.add(code)
        return super().__getitem__(code)


@pytest.mark.parametrize("rule", CODES, ids=lambda rule: rule.__name__)
def test_a_rule_reads_only_what_it_says_it_carries_out(rule):
    day = D("2025-02-10")
    days = {name: day for name in Anchors.__slots__ if name.endswith(("_on", "_until"))}
    full: dict[str, Any] = days | {"statutory_file_minimum": True, "reopened_on": None}
    asked = Asked(newest_rules())
    for anchors in (Anchors(), Anchors(closed_on=day), Anchors(**full)):
        due = rule(anchors, asked)
        assert due.rule in CODES[rule]
    assert asked.codes <= set(CODES[rule])
