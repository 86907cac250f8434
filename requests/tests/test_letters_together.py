"""Two rights about the same data: whatever was decided, a letter never says two things at once."""

from itertools import permutations, product
from typing import Any

import pytest

from policy.statement import Statement, document, newest_file
from requests.constants import Outcome, Right
from requests.letters.facts import Decided
from requests.letters.text import as_text
from requests.letters.words import texts
from requests.tests.lettering import letter_of

LANGUAGES = ("nl", "en")
OUTCOMES = (Outcome.GRANTED, Outcome.PARTLY, Outcome.REFUSED)
FOR_OUR_CLAIM = {
    "nl": "Wij zetten het gebruik van de gegevens stil. Voor onze vordering mogen wij ze wel"
    " gebruiken (artikel 18, lid 2).",
    "en": "We pause the use of the data. For our claim we may still use them (Article 18(2)).",
}
ARTICLES = {
    Right.ACCESS: "15",
    Right.RECTIFICATION: "16",
    Right.ERASURE: "17",
    Right.RESTRICTION: "18",
    Right.OBJECTION: "21.1",
    Right.MARKETING: "21.3",
    Right.PORTABILITY: "20",
    Right.CONSENT: "7.3",
    Right.REVIEW: "22.3",
}
# Sentences of which no two may stand in one letter about the same data.
CONTRADICTIONS = {
    "nl": [
        ("Wij blijven deze gegevens gebruiken", "gebruiken deze gegevens niet meer"),
        ("Wij blijven deze gegevens gebruiken", "Wij wissen deze gegevens."),
        ("Wij blijven deze gegevens gebruiken", "Wij zetten het gebruik van deze gegevens stil"),
        ("Voor onze vordering mogen wij ze wel gebruiken", "gebruiken deze gegevens niet meer"),
        ("Voor onze vordering mogen wij ze wel gebruiken", "Wij wissen deze gegevens."),
        ("Gaan wij de gegevens weer gebruiken?", "gebruiken deze gegevens niet meer"),
        ("Gaan wij de gegevens weer gebruiken?", "Wij wissen deze gegevens."),
        ("Daarna kunt u ons om een nieuwe vragen.", "Wij wissen deze gegevens."),
        ("Wij veranderen deze gegevens niet.", "Wij wissen deze gegevens."),
        ("mag u vragen om het gebruik van de gegevens stil te zetten", "het gebruik"),
        (
            "mag u vragen om het gebruik van de gegevens stil te zetten",
            "gebruiken deze gegevens niet meer",
        ),
        (
            "Wij bewaren alleen het bewijs dat er iets is gewist, en dit verzoek.",
            "een kopie van uw",
        ),
        ("Wij bewaren alleen het bewijs dat er iets is gewist, en dit verzoek.", "in een bestand"),
        ("Wij bewaren alleen het bewijs dat er iets is gewist, en dit verzoek.", "in code"),
        ("mag u opnieuw bezwaar maken", "Wij wissen deze gegevens."),
        ("gebruiken wij alleen daarvoor", "gebruiken deze gegevens niet meer"),
        ("Wij geven u deze gegevens niet.", "U krijgt de gegevens die u ons zelf gaf"),
    ],
    "en": [
        ("We go on using these data", "no longer use these data"),
        ("We go on using these data", "We erase these data."),
        ("We go on using these data", "We pause the use of these data"),
        ("For our claim we may still use them", "no longer use these data"),
        ("For our claim we may still use them", "We erase these data."),
        ("Do we start using the data again?", "no longer use these data"),
        ("Do we start using the data again?", "We erase these data."),
        ("After that you can ask us for a new one.", "We erase these data."),
        ("We do not change these data.", "We erase these data."),
        ("Then you may ask us to pause the use of the data", " pause"),
        ("Then you may ask us to pause the use of the data", "no longer use these data"),
        ("the proof that something was erased, and this request.", "a copy of your data"),
        ("the proof that something was erased, and this request.", "in a file that"),
        ("the proof that something was erased, and this request.", "in code"),
        ("Then you may object again", "We erase these data."),
        ("we use for that only", "no longer use these data"),
        ("We do not give you these data.", "You get the data that you gave us yourself"),
    ],
}


def row(right, outcome, language="nl", **fields):
    """Return a decision as the matrix proposes it for an open collection case."""
    known: dict[str, Any] = {
        "purpose": "COL",
        "dossier": "d-1",
        "number": "2024-1",
        "client": "De Zon",
    }
    if right == Right.RESTRICTION and outcome != Outcome.REFUSED:
        known |= {"ground": "18.1.d", "reason": FOR_OUR_CLAIM[language]}
    known |= {"article": ARTICLES[right]} | fields
    return Decided(str(right), str(outcome), **known)


def rows_of(*decided, language="nl"):
    letter = letter_of(*decided, language=language)
    return {right["code"]: right["rows"] for right in letter["rights"]}


def told(*decided, language="nl"):
    """Return what stands in a letter of its decisions: all but what every letter says."""
    rights = rows_of(*decided, language=language).values()
    return [" ".join([one["text"], one["reason"], one["next"]]) for rows in rights for one in rows]


PAIRS = [
    (first, second)
    for rights in permutations(Right, 2)
    for first, second in product(*([(right, outcome) for outcome in OUTCOMES] for right in rights))
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ground", ["18.1.a", "18.1.b", "18.1.c", "18.1.d"])
def test_no_pair_of_decisions_about_the_same_data_contradicts_itself(language, ground):
    wrong = []
    for pair in PAIRS:
        decided = [
            row(right, outcome, language)
            if right != Right.RESTRICTION or outcome == Outcome.REFUSED
            else row(right, outcome, language, ground=ground)
            for right, outcome in pair
        ]
        first, second = told(*decided, language=language)
        for one, other in CONTRADICTIONS[language]:
            if (one in first and other in second) or (one in second and other in first):
                wrong.append((pair, one, other))
    assert wrong == []


def test_what_is_forbidden_here_is_what_letters_would_say_alone():
    for language in LANGUAGES:
        alone = [
            " ".join(told(row(right, outcome, language), language=language))
            for right in Right
            for outcome in OUTCOMES
        ]
        for one, _other in CONTRADICTIONS[language]:
            assert any(one in text for text in alone), one


def test_an_objection_that_holds_leaves_nothing_of_what_a_pause_would_allow():
    for language in LANGUAGES:
        pause = row(Right.RESTRICTION, Outcome.GRANTED, language, article="18.2")
        objection = row(Right.OBJECTION, Outcome.GRANTED, language)
        alone, together = (
            as_text(letter_of(*decided, language=language))
            for decided in ([pause], [pause, objection])
        )
        # The sentence of the matrix, and what the article says in plain words.
        for words in (FOR_OUR_CLAIM[language], {"nl": "vordering of", "en": "claim or"}[language]):
            assert words in alone
            assert words not in together


def test_a_pause_ends_with_its_own_ground_only():
    for right, ground in ((Right.OBJECTION, "18.1.d"), (Right.RECTIFICATION, "18.1.a")):
        refused = row(right, Outcome.REFUSED, reason="Omdat.")
        for one in ("18.1.a", "18.1.b", "18.1.c", "18.1.d"):
            pause = row(Right.RESTRICTION, Outcome.GRANTED, ground=one)
            text = rows_of(pause, refused)[Right.RESTRICTION][0]["text"]
            assert ("Het stilzetten eindigt daarom." in text) is (one == ground)
            # Before it ends the person is told (Article 18(3)).
            assert "hoort u dat eerst" in rows_of(pause, refused)[Right.RESTRICTION][0]["next"]


def test_another_dossier_changes_nothing_and_each_dossier_is_told_by_itself():
    pause = row(Right.RESTRICTION, Outcome.GRANTED)
    other = row(Right.RESTRICTION, Outcome.GRANTED, dossier="d-2", number="2024-2")
    objection = row(Right.OBJECTION, Outcome.GRANTED, dossier="d-2", number="2024-2")
    mine, theirs = rows_of(pause, other, objection)[Right.RESTRICTION]
    assert (mine["text"], mine["reason"]) == (
        "Wij zetten het gebruik van deze gegevens stil.",
        FOR_OUR_CLAIM["nl"],
    )
    assert "Uw bezwaar is gegrond" in theirs["text"]
    assert len(rows_of(pause, other)[Right.RESTRICTION]) == 1


def test_of_a_part_only_that_part_is_told():
    erased = row(Right.ERASURE, Outcome.GRANTED, part="special")
    refused = row(Right.OBJECTION, Outcome.REFUSED, reason="Omdat.")
    special = row(Right.OBJECTION, Outcome.REFUSED, part="special", reason="Omdat.")
    whole, part = rows_of(refused, special, erased)[Right.OBJECTION]
    assert "Wij geven uw bezwaar geen gelijk voor wat wij bewaren." in whole["text"]
    assert "wij wissen deze gegevens om een andere reden" in part["text"]


def test_what_an_officer_wrote_stays_and_a_refusal_keeps_its_reasons():
    objection = row(Right.OBJECTION, Outcome.GRANTED)
    own = row(Right.RESTRICTION, Outcome.GRANTED, reason="Wij spraken dit met u af.")
    assert rows_of(own, objection)[Right.RESTRICTION][0]["reason"] == "Wij spraken dit met u af."
    none = "De wet noemt vier gevallen waarin wij het gebruik stilzetten. Geen daarvan geldt hier."
    refused = row(Right.RESTRICTION, Outcome.REFUSED, reason=none)
    assert rows_of(refused, objection)[Right.RESTRICTION][0]["reason"] == none
    statement = Statement(document(newest_file()))
    assert none in {one.nl for one in statement.proposed_reasons(Right.RESTRICTION)}


def test_use_that_goes_on_names_all_that_ended():
    refused = row(Right.OBJECTION, Outcome.REFUSED, reason="Omdat.")
    marketing, consent = (row(one, Outcome.GRANTED) for one in (Right.MARKETING, Right.CONSENT))
    text = rows_of(refused, marketing, consent)[Right.OBJECTION][0]["text"]
    assert text == (
        "Wij blijven deze gegevens gebruiken. Maar niet voor reclame."
        " Wat wij alleen met uw toestemming gebruikten, gebruiken wij niet meer."
    )


def test_every_rule_names_rights_and_outcomes_that_there_are():
    for rule in texts()["beside"]:
        assert {rule["right"], rule["beside"]} <= set(Right)
        assert {*rule["is"], *rule["that_is"]} <= set(OUTCOMES)
        assert {"text", "next", "add"} & set(rule)
        for name in {"text", "next", "add"} & set(rule):
            assert set(rule[name]) == set(LANGUAGES)
