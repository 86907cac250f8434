"""Who is not the person we look for is taken off the file, and gets an answer that can go."""

from datetime import date

import pytest

from requests import services
from requests.constants import Mention, Outcome, Right, Situation, State
from requests.decisions.lines import Key
from requests.letters.making import letters_of
from requests.packs import making
from requests.report.answering import gaps_of
from requests.tests.answers import lines_for
from requests.tests.rights import NOW, TODAY, approve, decide, make_asked
from subjects.tests.makers import make_disclosure, make_dossier, make_involvement, make_record

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def make_wrong():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    make_record(person, "score", source="own", content={"score": 3})
    make_disclosure(person)
    asked = make_asked(
        Right.RECTIFICATION, Right.ERASURE, people=[person], situation=Situation.NOT_ME
    )
    return asked, person


def test_a_wrong_file_is_decided_whole_also_where_it_has_a_score():
    asked, person = make_wrong()
    whole = person.dossier.reference
    assert {line.key for line in lines_for(asked)} == {
        Key(Right.RECTIFICATION, whole),
        Key(Right.ERASURE, whole),
    }
    assert {line.proposed.outcome for line in lines_for(asked)} == {Outcome.GRANTED}


@pytest.mark.parametrize(
    ("mention", "situation"),
    [(Mention.MISTAKEN, Situation.NOT_ME), (Mention.DISPUTE, Situation.DISPUTE)],
)
def test_what_somebody_says_of_a_case_goes_before_how_they_know_us(mention, situation):
    asked = make_asked(Right.RECTIFICATION, people=[], situation=Situation.LETTER)
    assert services.situation_of(asked) == Situation.LETTER
    asked.mentions = [mention]
    assert services.situation_of(asked) == situation


def test_nothing_holds_the_answer_back_once_it_is_approved():
    asked, _person = make_wrong()
    decide(asked)
    approve(asked)
    asked.refresh_from_db()
    assert asked.state == State.APPROVED
    assert gaps_of(asked, None, today=TODAY) == []
    making.build_pack(asked.pk, now=NOW)
    asked.refresh_from_db()
    assert asked.state == State.ANSWERED
    [(_row, letter)] = letters_of(asked)
    told = [row["told"] for right in letter["rights"] for row in right["rows"]]
    assert len(told) == 2
    assert all("krijgt hiervan bericht" in lines[0] for lines in told)
