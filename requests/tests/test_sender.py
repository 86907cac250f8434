"""Of a letter's own lines the form proposes who sent it, each with the line that shows it."""

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.tests.makers import load_policy
from requests.intake.sender import LONGEST_READ, sender_in
from requests.tests.test_desk import enter
from requests.tests.test_entry import arrive
from requests.tests.test_recognise import FILLED, rendered

LETTER = """Fatima El Amrani
Dorpsstraat 12a
1234 AB Utrecht

Alektum Group
Postbus 123
1000 AB Amsterdam

Geachte heer, mevrouw,

Ik ben geboren op {born}. Mijn dossiernummer is {number}.
Wis mijn gegevens.

Met vriendelijke groet,

F. El Amrani
{email}
"""
FACTS = {"born": "9 maart 1984", "number": "D-100", "email": "fatima@example.nl"}


def values(text):
    return {field: one.value for field, one in sender_in(text).items()}


def test_a_letter_with_an_address_above_it_tells_name_address_and_what_its_text_says():
    assert values(LETTER.format(**FACTS)) == {
        "first_name": "Fatima",
        "last_name": "El Amrani",
        "street": "Dorpsstraat",
        "house_number": "12a",
        "postcode": "1234 AB",
        "city": "Utrecht",
        "birth_date": "1984-03-09",
        "dossier_number": "D-100",
        "email": "fatima@example.nl",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Wis alles.\nGroetjes\nJan van der Berg",
            {"first_name": "Jan", "last_name": "van der Berg"},
        ),
        ("Wis alles. \nmvg Piet de Vries", {"first_name": "Piet", "last_name": "de Vries"}),
        ("Kind regards,\n\nMr. J.P. Smith-Jones", {"initials": "J.P.", "last_name": "Smith-Jones"}),
        (
            "ik woon op Kerkstraat 5, 3511 AB Den Haag en wil inzage",
            {
                "street": "Kerkstraat",
                "house_number": "5",
                "postcode": "3511 AB",
                "city": "Den Haag",
            },
        ),
        ("Bel mij op 06 12345678", {"phone": "06 12345678"}),
        ("Uw kenmerk 4417-20931", {"dossier_number": "4417-20931"}),
        ("I was born on 9-3-1984.", {"birth_date": "1984-03-09"}),
    ],
)
def test_what_people_write_is_read(text, expected):
    assert values(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Alektum Group\nPostbus 9\n1000 AB Amsterdam",
        "Alektum\nKeizersgracht 1\n1012 AB Amsterdam",
        "Mail naar privacy@alektumgroup.nl",
        "Met vriendelijke groet,\nwis nu mijn gegevens",
        "Ik ben geboren op 31-2-1984.",
        "Ik ben in 1984 geboren.",
        "Uw kenmerk ken ik niet.",
        "Ik betaalde 1250 EURO en 3000 ja.",
    ],
)
def test_the_addressee_and_what_is_none_of_it_is_not_read(text):
    assert values(text) == {}


def test_a_labelled_name_is_not_mixed_with_another_under_the_greeting():
    text = "Naam: F. El Amrani\n\nMet vriendelijke groet,\nMr. Jan Vos"
    assert values(text) == {"initials": "F.", "last_name": "El Amrani"}


def test_each_value_comes_with_the_line_that_shows_it():
    found = sender_in(LETTER.format(**FACTS))
    assert "Dorpsstraat 12a, 1234 AB Utrecht" in found["postcode"].why
    assert "dossiernummer is D-100" in found["dossier_number"].why
    assert "Fatima El Amrani" in found["last_name"].why


def test_a_citizen_service_number_is_neither_read_nor_quoted():
    found = sender_in("Naam: F. Vos, BSN 111222333\nDossiernummer: bsn 111222333")
    assert "111222333" not in str(found)


@pytest.mark.parametrize("name", ["access", "erasure", "rectification"])
def test_the_letters_that_people_generate_tell_who_sent_them(name):
    text = rendered(name, {"has_fields"}, **FILLED) + "\nFatima El Amrani"
    found = values(text)
    assert (found["initials"], found["last_name"]) == ("F.", "El Amrani")
    assert (found["birth_date"], found["dossier_number"]) == ("1984-03-09", "D-100")


@pytest.mark.parametrize("name", ["access", "erasure", "objection", "rectification"])
def test_the_letters_without_who_sent_them_yield_nothing_but_the_name_under_them(name):
    text = rendered(name, set(), rectification_data="mijn naam") + "\n\nFatima El Amrani"
    assert values(text) == {"first_name": "Fatima", "last_name": "El Amrani"}


# --- properties

WORD = st.text(alphabet="abcdefghijklmnopqrstuvwxyzéü", min_size=3, max_size=10).map(str.capitalize)


@settings(deadline=None, max_examples=100)
@given(
    first=WORD,
    last=WORD,
    street=WORD,
    number=st.integers(1, 9999),
    code=st.integers(1000, 9999),
    letters=st.text(alphabet="ABCDEGHJKLMNPRSTVWXZ", min_size=2, max_size=2),
    city=WORD,
    born=st.dates(date(1920, 1, 1), date(2010, 12, 31)),
)
def test_any_dutch_address_above_a_letter_is_read_whole(
    *, first, last, street, number, code, letters, city, born
):
    text = (
        f"{first} {last}\n{street}straat {number}\n{code} {letters} {city}\n\nGeachte heer,\n\n"
        f"Ik ben geboren op {born.day}-{born.month}-{born.year}.\n"
    )
    assert values(text) == {
        "first_name": first,
        "last_name": last,
        "street": f"{street}straat",
        "house_number": str(number),
        "postcode": f"{code} {letters}",
        "city": city,
        "birth_date": born.isoformat(),
    }


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=400))
def test_any_text_is_read_without_error_and_every_value_stands_in_it(text):
    for field, one in sender_in(text).items():
        assert one.value
        if field != "birth_date":
            assert one.value.casefold() in text.casefold()


@pytest.mark.parametrize(
    "piece", ["1234 AB ", "Dorpsstraat ", "van den ", "a.", "geboren op 1-1-", "x@y."]
)
def test_a_text_that_repeats_itself_is_read_in_time(piece):
    began = time.process_time()
    sender_in(piece * (LONGEST_READ // len(piece)))
    assert time.process_time() - began < 5


# --- at the desk


@pytest.mark.django_db(databases=["default", "keystore"])
def test_the_form_proposes_what_was_read_and_says_where_and_the_officer_decides(client):
    load_policy()
    enter(client, "intake")
    look = arrive(client, words=LETTER.format(**FACTS)).headers["Location"]
    page = client.get(look)
    form = page.context["form"]
    assert form["last_name"].value() == "El Amrani"
    assert form["postcode"].value() == "1234 AB"
    assert "Dorpsstraat 12a, 1234 AB Utrecht" in str(form.fields["postcode"].help_text)
    assert "Gelezen in het adres" in page.content.decode()
    # What the officer keeps goes over what was read, and no place is told for it any more.
    client.post(look, {"read": "1", "words": LETTER.format(**FACTS), "last_name": "Amrani"})
    form = client.get(look).context["form"]
    assert form["last_name"].value() == "Amrani"
    assert "Gelezen" not in str(form.fields["last_name"].help_text)
