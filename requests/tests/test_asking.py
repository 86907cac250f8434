"""What is read in a text is not taken for all that it asks: the person says what more it asks."""

from dataclasses import replace

import pytest

from requests.constants import Mention, Wish
from requests.intake.asking import asks_more
from requests.intake.recognise import recognise
from requests.portal.wishes import plain_wishes
from requests.tests.test_recognise import CORPUS

SITUATIONS = {Mention.DISPUTE, Mention.MISTAKEN}


def asked_in(case):
    """Return what a text of the corpus asks: rights, and what a person says of the claim."""
    return {*case.get("rights", ()), *(SITUATIONS & set(case.get("mentions", ())))}


def read_in(text):
    found = recognise(text)
    return found, [*found.rights, *(one for one in found.mentions if one in SITUATIONS)]


def plain(text, wanted=""):
    return plain_wishes({"words": {"words": text}, "wanted": {"wishes": wanted}})


MORE_THAN_ONE = [case["text"] for case in CORPUS if len(asked_in(case)) > 1]


def test_most_texts_with_one_right_are_plain():
    one = [case["text"] for case in CORPUS if len(asked_in(case)) == 1]
    assert len(one) > 110
    assert sum(bool(plain(text)) for text in one) > len(one) * 0.75


@pytest.mark.parametrize("text", MORE_THAN_ONE, ids=[text[:50] for text in MORE_THAN_ONE])
def test_no_text_that_asks_more_is_plain_even_if_we_had_read_one_thing_only(text):
    assert not plain(text)
    found, read = read_in(text)
    for kept in read:
        unread = {one for one in read if one != kept}
        if all(span.article for one in unread for span in _places(found, one)):
            continue  # Only articles show it, and those are read by themselves.
        half = replace(
            found,
            rights={key: spans for key, spans in found.rights.items() if key not in unread},
            mentions={key: spans for key, spans in found.mentions.items() if key not in unread},
        )
        assert asks_more(text, half), kept


def _places(found, one):
    return found.mentions[one] if one in found.mentions else found.rights[one]


# In words that the data do not know, and need not: written to be missed.
MISSED = [
    "Ik wil inzage in mijn gegevens. Laat mijn naam daarna uit de boeken verdwijnen.",
    "Verwijder mijn gegevens, en die krabbel op de envelop met onze oude straat klopt ook niet",
    "wis alles. o ja en mijn vriendin krijgt ook steeds folders hier kappen daarmee",
    "I want to see my data. Make it vanish when I have it.",
    "Delete my data. My street name has a typo btw",
    "stop the newsletter. and pull me from ur books",
    "Stuur mij een overzicht van mijn gegevens en kieper de rest in de container",
    "Wat weet u van mij? U hoeft dat niet te houden.",
    "Mijn geboortedatum klopt niet, verder zou ik graag horen wat u allemaal op papier heeft staan",
    "geen reclame meer. mijn tel nr wegstrepen",
    "Ik trek mijn toestemming in. Wat ligt er nog van mij bij u?",
    "Ik verzoek u mijn gegevens te wissen en tot die tijd er met uw vingers vanaf te blijven.",
    "my name is spelled wrong, and quit handing it around",
    "please erase my records. before that mail me a printout of the lot",
    "Unsubscribe me and scrub my phone number",
    "inzage aub. mijn nummer mag eruit",
    "I withdraw my consent. No more profiling me.",
    "Pas mijn adres aan naar Dorpsweg 3. En hoe komt u daar eigenlijk aan?",
    "ge moet mijn naam verbeteren en al de rest in de vuilbak kappen",
    "Ik wil weten wat u van mij heeft en dat een mens mijn aanvraag bekijkt, niet een programma",
    "alles wissen, eerst op een usb stick voor mij",
    "mijn dossier inzien graag, ben niet akkoord dat u dat allemaal doorverkoopt",
    "Wis mijn gegevens. U belde vorige week alweer over een lening die ik niet hoef.",
    "Dit is mijn schuld niet. Schrap me.",
    "delete my account and whatever letter you got saying i live in leeds, i dont",
]


@pytest.mark.parametrize("text", MISSED, ids=[text[:50] for text in MISSED])
def test_who_asks_a_second_thing_in_words_of_their_own_is_asked(text):
    assert not plain(text)


@pytest.mark.parametrize("chosen", ["see", "erase", "ads", "pause"])
@pytest.mark.parametrize(
    "words",
    ["Laat mij dan verdwijnen.", "Alles moet kapot.", "zomaar wat, kan dat?", "Bel nooit meer"],
)
def test_words_that_may_ask_more_than_was_chosen_are_asked(chosen, words):
    assert not plain(words, chosen)


@pytest.mark.parametrize("words", ["", "Groet, Jan", "Ik hoor graag snel van u."])
def test_words_that_ask_nothing_leave_what_was_chosen(words):
    assert plain(words, "see") == [Wish.SEE]


@pytest.mark.parametrize("chosen", ["question", "complaint"])
@pytest.mark.parametrize(
    "words",
    [
        "zomaar wat",
        "Wilt u alles van mij weg doen?",
        "Laat mij verdwijnen",
        "Wat ligt er bij u van mij?",
        "Ik heb een vraag. Mijn papieren horen in de oven.",
        "Ik heb een klacht over u. Veeg mij uit de boeken.",
        "Hoe kan ik mijn gegevens laten wissen?",
        "How can I see what you know?",
    ],
)
def test_no_request_becomes_a_question_without_a_clock_unasked(chosen, words):
    assert not plain(words, chosen)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ("question", "Hoe lang bewaart u iets?"),
        ("question", "Hallo, hoe lang bewaart u mijn gegevens? Groet Jan"),
        ("question", "Wanneer moet ik betalen?"),
        ("complaint", "Ik heb een klacht over u."),
    ],
)
def test_what_is_clearly_a_question_or_a_complaint_is_not_asked(chosen, words):
    assert plain(words, chosen) == [chosen]


def test_who_takes_a_request_back_is_asked():
    assert not plain("Ik trek mijn verzoek om inzage in.")


def test_a_text_that_is_too_long_to_be_read_whole_is_never_plain():
    assert not plain("Wis al mijn gegevens. " + "x " * 300_000)
