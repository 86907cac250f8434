"""A letter for somebody else: its sender is never joined with the person for whom it speaks."""

import pytest

from policy.tests.makers import load_policy
from requests.intake.represented import speaks_for_somebody
from requests.tests.test_desk import enter
from requests.tests.test_entry import a_mail, an_eml, arrive
from requests.tests.test_sender import FACTS, LETTER, values

LAWYER = """Vos & De Wit Advocaten
mr. J. de Vos
Maliebaan 10
3581 CP Utrecht
Tel. 030-1234567
vos@voswit.example

Alektum Group B.V.
Afdeling privacy
t.a.v. de functionaris
Gebouw West
Derde verdieping
Kamer 3.12
Keizersgracht 1
1012 AB Amsterdam

Ons kenmerk: 2026/0815
Uw dossiernummer: D-100

Geachte heer, mevrouw,

Tot mij wendde zich mijn cliënte, mevrouw F. El Amrani, geboren op 9 maart 1984, met het
verzoek haar belangen te behartigen. Zij wenst inzage in haar persoonsgegevens.
{labelled}
Met vriendelijke groet,

mr. J. de Vos
"""
LABELLED = """
Gegevens van cliënte:
Naam: F. El Amrani
Geboortedatum: 9 maart 1984
Adres: Dorpsstraat 12a, 1234 AB Utrecht
"""
OF_CLIENT = {
    "initials": "F.",
    "last_name": "El Amrani",
    "birth_date": "1984-03-09",
    "street": "Dorpsstraat",
    "house_number": "12a",
    "postcode": "1234 AB",
    "city": "Utrecht",
}
ADMINISTRATOR = """Zeker Bewind
Naam: P. Smit
Adres: Havenweg 3, 1111 AA Diemen
E-mail: smit@zeker.example

Alektum, Postbus 9, 1000 AB Amsterdam

Als bewindvoerder van onderstaande persoon vraag ik u om inzage.

Naam: Jan de Boer
Geboortedatum: 2 februari 1970

Hoogachtend,
P. Smit
"""
MOTHER = """Anna Bakker
Kerkstraat 5
3511 AB Utrecht

Beste Alektum,

Ik schrijf voor mijn moeder. Zij is geboren op 1-2-1940. Wat heeft u van haar?

Groeten,
Anna Bakker
"""
ENGLISH = """Smith & Co Solicitors
1 High Street
London

Dear Sir, Madam,

I act on behalf of my client.

Client: Fatima El Amrani
Date of birth: 9 March 1984

Yours faithfully,
John Smith
"""


def test_of_a_lawyer_s_letter_only_the_client_s_own_labelled_lines_are_proposed():
    assert values(LAWYER.format(labelled=LABELLED)) == OF_CLIENT | {"dossier_number": "D-100"}


def test_without_labelled_lines_nothing_is_proposed_of_who_wrote():
    assert values(LAWYER.format(labelled="")) == {
        "birth_date": "1984-03-09",
        "dossier_number": "D-100",
    }


def test_two_birth_dates_in_the_text_are_nobodys():
    text = LAWYER.format(labelled="Haar zoon is geboren op 3-4-2010.")
    assert "birth_date" not in values(text)


def test_the_client_s_lines_under_a_line_that_names_them_need_no_label_of_their_own_kind():
    text = LAWYER.format(labelled="\nMijn cliënte is:\n\nNaam: F. El Amrani\n")
    found = values(text)
    assert (found["initials"], found["last_name"]) == ("F.", "El Amrani")
    # The date in another sentence is not joined with them.
    assert "birth_date" not in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            ADMINISTRATOR,
            {"first_name": "Jan", "last_name": "de Boer", "birth_date": "1970-02-02"},
        ),
        (MOTHER, {"birth_date": "1940-02-01"}),
        (
            ENGLISH,
            {"first_name": "Fatima", "last_name": "El Amrani", "birth_date": "1984-03-09"},
        ),
        ("Namens mevrouw El Amrani vraag ik inzage.\n\nGroet,\nJan Vos", {}),
        ("Hierbij de machtiging.\nGroet,\nJan Vos", {}),
    ],
)
def test_who_speaks_for_somebody_is_not_taken_for_them(text, expected):
    assert values(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "U schrijft namens De Zon. Wis mijn gegevens.",
        "You wrote to me on behalf of your client De Zon.",
        "Uw cliënt De Zon heeft mij nooit iets geleverd.",
        "Mijn advocaat weet hiervan.",
        "Ik heb een bewindvoerder.",
        "Mijn moeder en ik krijgen uw brieven.",
        LETTER.format(**FACTS),
    ],
)
def test_who_writes_for_themself_is_read_as_before(text):
    assert not speaks_for_somebody(text)
    signed = values(text + "\nMet vriendelijke groet,\nFatima El Amrani")
    assert signed["last_name"] == "El Amrani"


def test_an_address_of_ours_of_many_lines_is_ours_to_its_end():
    ours = LAWYER.partition("vos@voswit.example\n\n")[2].partition("Ons kenmerk")[0]
    assert values(ours) == {}
    own = "\nIk woon op Kerkstraat 5, 3511 AB Den Haag en wil inzage."
    assert values(ours + own)["street"] == "Kerkstraat"
    assert values("Beste Alektum,\nik woon op\nKerkstraat 5\n3511 AB Den Haag")["street"] == (
        "Kerkstraat"
    )


@pytest.mark.django_db(databases=["default", "keystore"])
def test_the_officer_is_told_that_it_speaks_for_somebody_and_gets_no_field_of_the_lawyer(client):
    load_policy()
    enter(client, "intake")
    mail = a_mail(sender="Jan de Vos <vos@voswit.example>", text=LAWYER.format(labelled=""))
    look = arrive(client, papers=[an_eml(mail)], words="").headers["Location"]
    page = client.get(look)
    form = page.context["form"]
    assert "spreekt namens iemand anders" in page.content.decode()
    names = ("first_name", "last_name", "postcode", "email", "phone")
    assert not any(form[name].value() for name in names)
    assert form["birth_date"].value() == "1984-03-09"
    client.post(look, {"read": "1", "words": "Ik wil inzage."})
    assert "spreekt namens" not in client.get(look).content.decode()
