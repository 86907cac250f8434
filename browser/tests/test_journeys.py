"""Each right, from the question on a telephone to the letter and the registry, through a browser.

A person asks without JavaScript, and each right with it too; officers answer at the desk.
"""

import pytest
from django.utils import timezone

from browser.journeys import answered, make_person
from browser.reading import all_files
from browser.visiting import press
from requests.constants import (
    RIGHTS_OF_WISH,
    EffectKind,
    Outcome,
    ReviewResult,
    State,
    Wish,
)
from requests.services.people.proof import identities_of
from subjects.constants import RestrictionGround
from subjects.models import Dossier, Involvement, RestrictionMark
from subjects.tests import makers

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keystore"])


def test_somebody_sees_their_data_without_javascript_and_takes_them_along(asker, desk):
    make_person()
    made = asker.ask(Wish.SEE, words="Ik wil weten wat u van mij heeft.")
    asker.prove(made)
    officer = desk("privacy officer", made).handle()
    officer.approve()
    answered(made)
    words = asker.read(made)
    assert "Webwinkel De Zon" in words
    assert "Autoriteit Persoonsgegevens" in words
    assert b"El Amrani" in all_files(asker.page)["answer.json"]
    press(asker.page, asker.page.get_by_role("link", name="Hier lezen"))
    assert "Ja, wij gebruiken persoonsgegevens van u." in asker.page.locator("main").inner_text()
    assert "sluit het af" in officer.open().now


def test_an_objection_to_marketing_is_carried_out_the_same_day_before_anybody_decides(asker, desk):
    make_person("MKT")
    made = asker.ask(Wish.ADS, words="Stop met die reclame.")
    asker.prove(made)
    [done] = made.effects.filter(kind=EffectKind.UNSUBSCRIBE)
    assert timezone.localdate(done.carried_out_at) == timezone.localdate()
    desk("privacy officer", made).handle("Vergelijk alleen het e-mailadres").approve()
    answered(made)
    assert "Wij sturen u geen reclame meer." in asker.read(made)


def test_an_erasure_is_decided_by_two_people(asker, desk):
    make_person("MKT")
    made = asker.ask(Wish.ERASE, words="Wis mijn gegevens.")
    asker.prove(made)
    officer = desk("privacy officer", made).handle("Vergelijk alleen het e-mailadres")
    officer.press("De besluiten opslaan")
    assert "Een andere collega keurt dit goed" in officer.now
    officer.unfold()
    form = officer.page.locator("form[action$='/answer/']")
    assert form.get_by_role("button", name="Goedkeuren").count() == 0
    assert "U hebt dit besloten" in form.inner_text()
    # Nor does it help to send what the button would.
    save = form.get_by_role("button", name="De besluiten opslaan")
    save.evaluate("button => { button.value = 'approve' }")
    press(officer.page, save)
    assert "een andere collega keurt het goed" in " ".join(officer.wrong)
    made.refresh_from_db()
    assert made.state == State.HANDLING
    desk("senior officer", made).approve()
    answered(made)
    [planned] = made.effects.filter(kind=EffectKind.ERASE)
    assert planned.planned_on == timezone.localdate()
    assert "Wij wissen deze gegevens." in asker.read(made)


def test_wrong_data_are_corrected_when_that_is_approved(asker, desk):
    person = make_person()
    made = asker.ask(
        Wish.WRONG, words="Er klopt iets niet.", wrong=("Mijn geboortedatum", "9 maart 1985")
    )
    asker.prove(made)
    officer = desk("privacy officer", made).handle()
    officer.unfold()
    form = officer.page.locator("form[action$='/correct/']")
    form.locator("[name=what]").select_option("identity:birth_date")
    form.locator("[name=value]").fill("1985-03-09")
    form.locator("[name=evidence]").fill("Uittreksel gezien")
    press(officer.page, form.locator("button[type=submit]"))
    officer.approve()
    answered(made)
    assert "Wij hebben uw gegevens verbeterd." in asker.read(made)
    identity = identities_of(Involvement.objects.filter(pk=person.pk))
    assert identity[person.reference]["birth_date"] == "1985-03-09"
    assert made.decisions.get().outcome == Outcome.GRANTED
    assert Dossier.objects.filter(pk=person.dossier_id).exists()


def test_the_use_of_data_is_paused_while_somebody_says_they_are_wrong(asker, desk):
    person = make_person()
    made = asker.ask(
        Wish.PAUSE, words="Het bedrag klopt niet, gebruik het niet tot dat duidelijk is."
    )
    asker.prove(made)
    officer = desk("privacy officer", made).handle()
    officer.choose("Incasso", Outcome.GRANTED, reason="Wij zoeken uit of het bedrag klopt.")
    officer.page.locator("[name^=ground-]").select_option(str(RestrictionGround.ACCURACY))
    officer.approve()
    answered(made)
    assert RestrictionMark.objects.filter(involvement=person, lifted_on=None).exists()
    assert "Wij zetten het gebruik van deze gegevens stil." in asker.read(made)


def test_an_objection_to_collection_is_weighed_and_refused_by_two_with_reasons(asker, desk):
    make_person()
    made = asker.ask(Wish.STOP, words="Ik maak bezwaar tegen het gebruik van mijn gegevens.")
    asker.prove(made)
    officer = desk("privacy officer", made).handle()
    officer.choose(
        "Incasso",
        Outcome.REFUSED,
        reason="De rekening staat nog open.",
        grounds="De vordering weegt zwaarder: er is geen bijzondere situatie genoemd.",
    ).press("De besluiten opslaan")
    assert "Een andere collega keurt dit goed" in officer.now
    desk("senior officer", made).approve()
    answered(made)
    words = asker.read(made)
    assert "De rekening staat nog open." in words
    assert "bezwaar" in words


def test_somebody_takes_along_what_they_gave_themselves(asker, desk):
    person = make_person()
    makers.make_record(
        person,
        "contact",
        source="person",
        content={"phone": "0612345678"},
        provided_by_subject=True,
    )
    made = asker.ask(Wish.TAKE, words="Ik wil mijn gegevens meenemen.")
    asker.prove(made)
    desk("privacy officer", made).handle().approve()
    answered(made)
    asker.read(made)
    table = all_files(asker.page)["data.csv"].decode("utf-8-sig")
    assert "0612345678" in table
    assert "120.00" not in table


def test_a_consent_ends_the_same_day_before_anybody_decides(asker, desk):
    person = make_person("MKT")
    consent = makers.make_consent(person)
    made = asker.ask(Wish.CONSENT, words="Ik trek mijn toestemming in.")
    asker.prove(made)
    consent.refresh_from_db()
    assert consent.withdrawn_on == timezone.localdate()
    desk("privacy officer", made).handle("Vergelijk alleen het e-mailadres").approve()
    answered(made)
    assert "toestemming" in asker.read(made)


def test_a_person_decides_anew_what_a_computer_decided(asker, desk):
    old = makers.make_decision(make_person())
    made = asker.ask(Wish.HUMAN, words="Laat een mens naar de beslissing van de computer kijken.")
    asker.prove(made)
    officer = desk("privacy officer", made).handle(then="Kijk opnieuw")
    old.refresh_from_db()
    assert old.suspended_at is not None
    officer.press("De besluiten opslaan")
    senior = desk("senior officer", made)
    assert "Kijk opnieuw" in senior.now
    senior.unfold()
    form = senior.page.locator("form[action*='/review/']")
    form.locator(f"[value={ReviewResult.CHANGED}]").check()
    for name, words in {
        "view": "Ik betaalde wel op tijd.",
        "outcome": "Geen tweede brief",
        "effect": "U krijgt geen aanmaning.",
        "reasons": "De betaling is binnen de termijn gezien.",
    }.items():
        form.locator(f"[name$={name}]").fill(words)
    press(senior.page, form.locator("button[type=submit]"))
    senior.approve()
    answered(made)
    assert "De betaling is binnen de termijn gezien." in asker.read(made)


def test_who_does_not_owe_it_is_noted_and_the_shop_is_asked(asker, desk):
    make_person()
    made = asker.ask(Wish.NOT_OWED, words="Ik heb deze rekening al betaald.")
    asker.prove(made)
    desk("privacy officer", made).handle().approve()
    answered(made)
    assert made.effects.filter(kind=EffectKind.DISPUTE).exists()
    assert "Webwinkel De Zon" in asker.read(made)


def test_who_is_not_meant_is_taken_off_the_file(asker, desk):
    make_person()
    made = asker.ask(Wish.NOT_ME, words="Ik ben niet de persoon die u zoekt.")
    asker.prove(made)
    desk("privacy officer", made).handle().press("De besluiten opslaan")
    desk("senior officer", made).approve()
    answered(made)
    assert made.effects.filter(kind=EffectKind.UNLINK).exists()
    assert "niet" in asker.read(made)


EACH_RIGHT = [wish for wish in Wish if wish not in (Wish.QUESTION, Wish.COMPLAINT)]


@pytest.mark.parametrize("asker", [True], ids=["with JavaScript"], indirect=True)
@pytest.mark.parametrize("wish", EACH_RIGHT)
def test_each_right_is_asked_with_javascript_too(asker, wish):
    made = asker.ask(wish, words="Dit vraag ik u.", wrong=("Mijn geboortedatum", "9 maart 1985"))
    asker.prove(made)
    made.refresh_from_db()
    assert made.email_verified_at is not None
    assert {one.right for one in made.rights.all()} == set(RIGHTS_OF_WISH[wish])
    assert made.number in asker.read(made)
