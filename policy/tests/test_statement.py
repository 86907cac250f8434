"""The statement as values: what other apps ask of it."""

import pytest
from django.utils import translation

from policy import files
from policy.statement import COLUMNS, CaseState, Statement, newest_file

CLOSED = CaseState(closed=True)
HELD = CaseState(on_hold=True)
INVOICE = CaseState(invoice_phase=True)
SCORE = CaseState(part="score")
SPECIAL = CaseState(part="special")
OPEN = CaseState()


@pytest.fixture(scope="module")
def statement():
    return Statement(files.load(newest_file()))


@pytest.mark.parametrize(
    ("right", "purpose", "state", "expected"),
    [
        ("access", "COL", OPEN, ("G", "Article 15")),
        ("access", "COL", SCORE, ("G", "15(1)(h)")),
        ("rectification", "ACC", OPEN, ("P", "Article 16")),
        ("erasure", "COL", OPEN, ("R", "17(3)(e)")),
        ("erasure", "COL", CLOSED, ("R", "17(3)(b)")),
        ("erasure", "AUT", CLOSED, ("R", "17(3)(b)")),
        ("erasure", "COL", SCORE, ("G", "17(1)(a)")),
        ("erasure", "COL", SPECIAL, ("M", "17(1)(b)")),
        ("erasure", "MKT", OPEN, ("M", "17(1)(c)")),
        ("erasure", "MKT", HELD, ("R", "17(3)(e)")),
        ("erasure", "COL", INVOICE, ("F", "28(3)(e)")),
        ("erasure", "INV", OPEN, ("F", "28(3)(e)")),
        ("restriction", "AML", OPEN, ("P", "18(2)")),
        ("objection", "COL", OPEN, ("W", "21(1)")),
        ("objection", "CLI", OPEN, ("W", "21(1)")),
        ("objection", "CRD", OPEN, ("R", "21(1)")),
        ("objection", "MKT", OPEN, ("M", "21(3)")),
        ("marketing_objection", "COL", OPEN, ("N", "21(2)")),
        ("marketing_objection", "MKT", HELD, ("M", "21(3)")),
        ("portability", "DEV", OPEN, ("R", "20(1)")),
        ("portability", "COL", HELD, ("P", "20(1)")),
        ("consent_withdrawal", "MKT", HELD, ("M", "17(3)(e)")),
        ("human_review", "COL", HELD, ("M", "22(3)")),
        ("human_review", "ACC", HELD, ("N", "Article 22")),
    ],
)
def test_what_is_proposed_follows_right_purpose_and_case(
    statement, right, purpose, state, expected
):
    proposal = statement.decision(right, purpose, state)
    outcome, article = expected
    assert proposal.outcome == outcome
    assert article in proposal.article
    assert proposal.reason.nl
    assert proposal.reason.en


def test_facts_that_change_a_proposal_stand_beside_it(statement):
    [wrong_person] = statement.decision("erasure", "COL").unless
    assert (wrong_person.outcome, "17(1)(d)" in wrong_person.article) == ("M", True)
    unlawful, longer_ago = statement.decision("erasure", "COL", CLOSED).unless
    assert (unlawful.outcome, longer_ago.outcome) == ("M", "W")


def test_a_fact_that_holds_changes_what_is_proposed_and_the_first_one_wins(statement):
    proposal = statement.decision("erasure", "COL", CLOSED)
    assert proposal.where([]).outcome == "R"
    assert proposal.where(["closed_two_years"]).outcome == "W"
    wrong = proposal.where(["closed_two_years", "unlawful"])
    assert (wrong.outcome, wrong.article) == ("M", "GDPR Article 17(1)(d)")
    assert "wissen" in wrong.reason.nl


def test_access_to_a_money_laundering_check_is_told_without_a_trace_of_reports(statement):
    proposal = statement.decision("access", "AML")
    assert (proposal.outcome, proposal.told_as) == ("P", "G")
    told = f"{proposal.reason.nl} {proposal.reason.en} {proposal.article}"
    assert "meld" not in told
    assert "report" not in told
    assert "Wwft" not in told
    assert "Wwft" in proposal.note.nl


def test_our_own_files_have_no_column_and_unknown_codes_are_errors(statement):
    assert statement.decision("access", "RTS") is None
    with pytest.raises(KeyError):
        statement.decision("access", "XYZ")
    with pytest.raises(KeyError):
        statement.decision("hope", "COL")


def test_every_right_has_a_proposal_in_every_column(statement):
    assert len(statement._proposals) == len(COLUMNS) * len(statement.rights) == 12 * 9


def test_words_are_in_the_readers_language(statement):
    right = statement.right("erasure")
    with translation.override("nl"):
        assert str(right.name) == "Gegevens laten wissen"
    with translation.override("en"):
        assert str(right.name) == "Have data erased"
    assert statement.name("data_categories", "debt").text("nl") == "Schuld en deelbetalingen"


def test_the_statement_names_the_authority_of_every_country_of_the_eea(statement):
    assert len(statement.authorities) == 30
    assert next(iter(statement.authorities)) == "NL"
    assert "Postbus 93374" in statement.authorities["NL"].address
    assert statement.authorities["NO"].name.en == "Norway"


def test_a_purpose_names_people_sources_and_recipients(statement):
    purpose = statement.purpose("COL")
    assert "co_liable" in purpose.subjects
    assert "credit_bureau" in purpose.sources
    assert "foreign_agency" in purpose.recipients
    assert set(purpose.bases) <= statement.bases.keys()


def test_every_section_promises_something(statement):
    assert {promise.section for promise in statement.promises.values()} == set(range(1, 35))
