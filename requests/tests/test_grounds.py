"""A refusal rests on an article that lets us refuse, and a grant on one that gives."""

from datetime import date
from typing import Any

import pytest

from requests.constants import EXCESSIVE, Outcome, Right
from requests.decisions.deciding import lacks
from requests.decisions.forms import DecisionsForm
from requests.decisions.grounds import articles_for
from requests.decisions.lines import Choice
from requests.exceptions import Incomplete
from requests.letters.words import law
from requests.models import Decision
from requests.tests.rights import decide, granting, line_of, make_asked, refusing
from subjects.tests.makers import make_decision, make_dossier, make_involvement, make_record

GIVES = ("15", "17.1.a", "17.1.b", "17.1.c", "17.1.d", "21.3", "21.2", "7.3", "22.3")
KEEPS = ("15.4", "17.3.b", "17.3.e", "12.5")


def fields_that_lack(line, outcome, article, **fields):
    choice = Choice(outcome, article, "Een eigen reden.", "Een eigen grond.", **fields)
    return {lack.field for lack in lacks(line, choice)}


@pytest.mark.parametrize("right", Right)
def test_no_right_is_refused_by_what_gives_it_nor_given_by_what_keeps_it(right):
    assert not set(articles_for(right, Outcome.REFUSED)) & set(GIVES)
    assert not set(articles_for(right, Outcome.GRANTED)) & set(KEEPS)
    assert articles_for(right, Outcome.GRANTED)
    assert EXCESSIVE not in articles_for(right, Outcome.PARTLY)


@pytest.mark.parametrize("right", Right)
def test_every_article_that_one_may_choose_says_something_to_the_person(right):
    for outcome in (Outcome.GRANTED, Outcome.REFUSED, Outcome.NOT_APPLICABLE):
        assert all(law(one, "nl")["text"] for one in articles_for(right, outcome))


def test_a_withdrawn_consent_is_never_refused_also_not_as_an_abuse():
    assert articles_for(Right.CONSENT, Outcome.REFUSED) == []


def test_what_the_statement_names_for_a_file_comes_first_and_for_its_outcome_alone():
    matrix = {Outcome.REFUSED: ["17.1.a"], Outcome.FORWARDED: ["28.3.e"]}
    assert articles_for(Right.ERASURE, Outcome.REFUSED, matrix)[0] == "17.1.a"
    assert articles_for(Right.ERASURE, Outcome.FORWARDED, matrix) == ["28.3.e"]
    assert articles_for(Right.ERASURE, Outcome.FORWARDED) == []


@pytest.mark.django_db(databases=["default", "keystore"])
class TestLines:
    def line(self, right):
        person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
        make_record(person)
        make_decision(person)
        asked = make_asked(right, people=[person])
        return asked, line_of(asked, right, person)

    @pytest.mark.parametrize("right", Right)
    def test_each_right_can_be_decided_each_way_by_its_own_articles_and_no_others(self, right):
        _asked, line = self.line(right)
        for outcome in line.outcomes:
            ground = {"ground": "18.1.a"} if right == Right.RESTRICTION else {}
            assert line.fits[outcome], outcome
            for article in line.articles:
                fits = article in line.fits[outcome]
                said = fields_that_lack(line, outcome, article, data=("debt",), **ground)
                assert ("article" not in said) == fits, (outcome, article)

    @pytest.mark.parametrize(
        ("right", "outcome", "article"),
        [
            (Right.ACCESS, Outcome.REFUSED, "15"),
            (Right.ACCESS, Outcome.GRANTED, "15.4"),
            (Right.ACCESS, Outcome.GRANTED, "12.5"),
            (Right.ERASURE, Outcome.REFUSED, "17.1.a"),
            (Right.ERASURE, Outcome.GRANTED, "17.3.e"),
            (Right.MARKETING, Outcome.REFUSED, "21.3"),
            (Right.REVIEW, Outcome.REFUSED, "22.3"),
            (Right.CONSENT, Outcome.REFUSED, "7.3"),
        ],
    )
    def test_a_letter_never_says_no_and_names_the_article_that_says_yes(
        self, right, outcome, article
    ):
        asked, line = self.line(right)
        choose = refusing if outcome == Outcome.REFUSED else granting
        choice = choose(line, "Een eigen reden.", article=article, grounds="Een eigen grond.")
        with pytest.raises(Incomplete):
            decide(asked, choices=choice)
        assert not Decision.objects.exists()

    def test_the_form_shows_the_articles_under_what_they_do(self):
        _asked, line = self.line(Right.ACCESS)
        form = DecisionsForm(lines=[line])
        groups: Any = form.fields[f"article-{line.key.name}"].choices  # type: ignore[attr-defined]
        shown = {str(name): [code for code, _words in group] for name, group in groups[1:]}
        assert shown == {"Bij toewijzen": ["15"], "Bij weigeren": ["15.4", "12.5"]}
