"""Who asks for another, and who asks about somebody who has died: who gets what, and how much."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from browser.journeys import MAIL, NUMBER, answered, make_person
from browser.reading import all_files, taken, unfold
from browser.visiting import press
from browser.walking import listen, looked_at
from requests.constants import Channel, MatchState, Outcome, Right, State, Wish
from requests.identity.constants import AsksFor, AuthorityProof, MandateKind
from requests.identity.models import Mandate
from requests.letters.making import letters_of
from requests.models import PackDownload
from requests.tests.test_attachments import PDF
from subjects.tests import makers

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
LAWYER = "vos@kantoor.example"
AS_LAWYER = {
    "asks_for": AsksFor.OTHER,
    "representative_name": "Mr. A. Vos",
    "representative_kind": MandateKind.LAWYER,
    "email": LAWYER,
}


def in_two_files():
    """Make a person who owes something, and who is asked to buy something too."""
    person = make_person()
    marketing = makers.make_involvement(
        makers.make_dossier("MKT"),
        person.subject,
        category="client_contact",
        identity=makers.an_identity(dossier_number=NUMBER),
    )
    makers.make_record(marketing, "contact", content={"text": "HOUDT VAN AANBIEDINGEN"})
    return person


def note_mandate(officer, **typed):
    """Follow the way from the request's page to a representative, and note one."""
    page = officer.page
    officer.unfold()
    press(page, page.get_by_role("link", name="Leg een vertegenwoordiger vast"))
    page.locator("main [name=match]").first.check()
    for name in ("kind", "proof"):
        page.check(f"main [name={name}][value={typed.pop(name)}]")
    for name in ("rights", "purposes"):
        for value in typed.pop(name, ()):
            page.check(f"main [name={name}][value={value}]")
    for name, value in typed.items():
        page.fill(f"main [name={name}]", value)
    press(page, page.get_by_role("button", name="Vastleggen", exact=True))


def begin(officer):
    officer.press("Dit verzoek behandelen")
    assert "voorgestelde persoon" in officer.now
    return officer.press("Dit is de persoon")


def test_a_lawyer_gets_what_the_mandate_covers_and_no_more_and_only_while_it_lasts(
    asker, desk, tmp_path
):
    in_two_files()
    paper = tmp_path / "volmacht.pdf"
    paper.write_bytes(PDF)
    asker.fill_in(Wish.SEE, words="Mijn cliënte wil weten wat u van haar heeft.", **AS_LAWYER)
    asker.attach(str(paper))
    made = asker.send()
    asker.prove(made)
    officer = begin(desk("privacy officer", made))
    officer.unfold()
    assert "volmacht.pdf" in officer.page.locator("#asked").inner_text()
    assert "Leg vast wie" in officer.now
    heard = listen(officer.page)
    until = timezone.localdate() + timedelta(days=30)
    note_mandate(
        officer,
        kind=MandateKind.LAWYER,
        proof=AuthorityProof.STATEMENT,
        text="Staat op het tableau, schrijft vanaf het adres daar.",
        since=str(timezone.localdate()),
        until=str(until),
        rights=[Right.ACCESS],
        purposes=["COL"],
    )
    assert looked_at(officer.page, heard) == []
    officer.unfold()
    assert "Mr. A. Vos" in officer.page.locator("#identity").inner_text()
    # It rests on the word of this colleague alone: another looks before data go out.
    assert "Alleen u stelde vast wie vraagt" in officer.page.locator("#decide").inner_text()
    assert not officer.page.get_by_role("button", name="Goedkeuren, uitvoeren").count()
    desk("senior officer", made).approve()
    answered(made)
    # To the lawyer, of the debt; not of what stands elsewhere.
    words = asker.read(made)
    assert "Ons antwoord op uw verzoek" in words
    content = all_files(asker.page)["answer.json"]
    assert "Webwinkel De Zon" in content.decode()
    assert "AANBIEDINGEN" not in content.decode()
    assert {one["code"] for one in json.loads(content)["purposes"]} == {"COL", "RTS"}
    # The next request of the same lawyer rests on the same mandate.
    again = asker.ask(Wish.SEE, Wish.ERASE, words="Nogmaals, en wis alles.", **AS_LAWYER)
    asker.prove(again)
    second = begin(desk("privacy officer", again)).press("Gebruik deze bevoegdheid")
    assert second.wrong == []
    assert Mandate.objects.get().representations.count() == 2
    # Which was for seeing only: to erase is more than it gives.
    second.choose(
        "Incasso",
        Outcome.GRANTED,
        right=Right.ERASURE,
        article="17.1.a",
        reason="De rekening is betaald.",
    ).press("De besluiten opslaan")
    senior = desk("senior officer", again).press("Goedkeuren, uitvoeren en het antwoord maken")
    assert "de bevoegdheid omvat een recht niet" in " ".join(senior.wrong)
    again.refresh_from_db()
    assert again.state == State.HANDLING
    # After its last day the answer is closed, also what was there.
    Mandate.objects.update(
        since=timezone.localdate() - timedelta(days=2),
        until=timezone.localdate() - timedelta(days=1),
    )
    words = asker.read(made)
    assert "u mag niet meer namens die ander spreken" in words
    assert "Ons antwoord op uw verzoek" not in words
    assert asker.page.locator("[name=passphrase]").count() == 0
    assert PackDownload.objects.count() == 1
    senior.open().unfold()
    assert "Niet van kracht" in senior.page.locator("main").inner_text()


def test_the_answer_to_a_budget_coach_who_wrote_a_letter_goes_to_the_budget_coach(intake, desk):
    make_person()
    intake.arrive(
        Channel.LETTER, words="Namens mevrouw El Amrani vraag ik inzage in haar gegevens."
    )
    made = intake.take_in(
        first_name="Fatima",
        last_name="El Amrani",
        birth_date="1984-03-09",
        street="Dorpsstraat",
        house_number="12",
        postcode="1234 AB",
        city="Utrecht",
        dossier_number=NUMBER,
    )
    officer = begin(desk("privacy officer", made))
    note_mandate(
        officer,
        kind=MandateKind.BUDGET_COACH,
        proof=AuthorityProof.POWER,
        name="J. de Boer",
        office="Budgethulp Midden",
        address="Postbus 12, 3500 AA Utrecht",
        text="Getekende volmacht gezien en teruggegeven.",
        since=str(timezone.localdate()),
    )
    made.refresh_from_db()
    assert made.asks_for == AsksFor.OTHER
    desk("senior officer", made).approve()
    answered(made)
    [(_row, letter)] = letters_of(made)
    assert letter["to"] == {
        "name": "J. de Boer",
        "address": ["Budgethulp Midden", "Postbus 12", "3500 AA Utrecht"],
    }
    assert "Fatima El Amrani" in letter["opening"][-1]
    officer.open()
    paper = taken(officer.page, officer.page.get_by_role("button", name="Deze brief downloaden"))
    assert paper.startswith(b"%PDF")


@pytest.mark.parametrize("asker", [True], ids=["with JavaScript"], indirect=True)
def test_an_heir_hears_what_the_law_says_and_nothing_of_the_dead(asker, desk):
    make_person()
    made = asker.ask(
        Wish.SEE,
        words="Mijn zus is overleden. Wat heeft u van haar?",
        asks_for=AsksFor.DECEASED,
        first_name="Yusuf",
        birth_date="1-2-1980",
        email="yusuf@example.nl",
    )
    asker.prove(made)
    officer = desk("privacy officer", made).press("Dit verzoek behandelen")
    officer.unfold()
    assert "overleden" in officer.page.locator("#identity").inner_text()
    officer.press("Dit is de persoon die is overleden")
    assert made.matches.get().state == MatchState.DECEASED
    press(officer.page, officer.page.get_by_role("link", name="Antwoorden zonder gegevens").first)
    heard = listen(officer.page)
    assert looked_at(officer.page, heard) == []
    officer.page.check(f"main [value={Outcome.DECEASED}]")
    press(officer.page, officer.page.get_by_role("button", name="Besluit dit"))
    assert "Een andere collega keurt dit goed" in officer.now
    # What is to be approved stands there in words.
    senior = desk("senior officer", made)
    assert "iemand die is overleden" in senior.page.locator("main").inner_text()
    assert "Niemand is bevestigd" not in senior.page.locator("main").inner_text()
    senior.approve()
    answered(made)
    page_heard = listen(asker.page)
    words = asker.read(made)
    assert looked_at(asker.page, page_heard) == []
    unfold(asker.page)
    assert "Wij leven met u mee met uw verlies." in words
    assert "Uw verzoek over iemand die is overleden" in words
    for hers in (MAIL, "Webwinkel De Zon", "9 maart 1984", "Dorpsstraat"):
        assert hers not in words
    assert not made.packs.exists()
