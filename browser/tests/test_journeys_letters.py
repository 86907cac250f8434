"""What comes by post, telephone or mail, and twice; and the code that goes back by post."""

import io
import re
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.utils import timezone
from PIL import Image, ImageDraw

from browser.journeys import MAIL, NUMBER, answered, make_person
from browser.reading import open_mailed, press_button, taken, unfold
from browser.visiting import press
from browser.walking import listen, looked_at
from requests import services
from requests.constants import (
    Cause,
    Channel,
    EffectKind,
    IdentityMethod,
    Outcome,
    Right,
    State,
    Wish,
)
from requests.identity.models import PostedCode
from requests.models import ClockEvent, IdentityCheck
from requests.tests.test_recognise import FILLED, rendered
from subjects.tests import makers

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
WHO = {
    "first_name": "Fatima",
    "last_name": "El Amrani",
    "birth_date": "1984-03-09",
    "street": "Dorpsstraat",
    "house_number": "12",
    "postcode": "1234 AB",
    "city": "Utrecht",
    "dossier_number": NUMBER,
}


def a_mail(words):
    mail = EmailMessage()
    mail["From"] = f"Fatima El Amrani <{MAIL}>"
    mail["Subject"] = "Verzoek"
    mail["Date"] = (timezone.now() - timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    mail["Message-ID"] = "<abc@example.nl>"
    mail.set_content(words)
    return mail.as_bytes()


def a_scan():
    """Return a page as a scanner makes it: a picture in a PDF, without a word to read."""
    page, content = Image.new("L", (600, 800), 255), io.BytesIO()
    ImageDraw.Draw(page).text((40, 40), "Ik wil inzage, en mijn adres klopt niet.", fill=0)
    page.save(content, "PDF")
    return content.getvalue()


def test_a_mail_that_invokes_five_rights_is_answered_on_each_of_them(intake, desk, asker, tmp_path):
    person = make_person("MKT")
    consent = makers.make_consent(person)
    paper = tmp_path / "verzoek.eml"
    paper.write_bytes(a_mail(rendered("erasure", {"erase_all", "include_objection"}, **FILLED)))
    heard = listen(intake.page)
    intake.arrive(Channel.EMAIL, papers=[str(paper)])
    assert looked_at(intake.page, heard) == []
    asked = {Right.ERASURE, Right.CONSENT, Right.OBJECTION, Right.RESTRICTION}
    assert intake.ticked == asked
    shown = intake.page.locator("main").inner_text()
    for words in ("trek ik bij deze de toestemming", "18.1.d", "artikel 19"):
        assert words in shown, words
    made = intake.take_in(dossier_number=NUMBER, birth_date="1984-03-09")
    assert (made.channel, {one.right for one in made.rights.all()}) == (Channel.EMAIL, asked)
    # The person follows the link of the receipt, and types its code.
    open_mailed(asker.page, asker.site, made)
    asker.prove(made)
    consent.refresh_from_db()
    assert consent.withdrawn_on == timezone.localdate()
    officer = desk("privacy officer", made).handle("Vergelijk alleen het e-mailadres")
    officer.press("De besluiten opslaan")
    assert officer.wrong == []
    desk("senior officer", made).approve()
    answered(made)
    words = asker.read(made)
    for name in (
        "Gegevens laten wissen",
        "Toestemming intrekken",
        "Uw bezwaar",
        "gebruik laten stilzetten",
    ):
        assert name in words, name
    assert made.effects.filter(kind=EffectKind.ERASE).exists()
    assert {one.outcome for one in made.decisions.all()} <= {
        Outcome.GRANTED,
        Outcome.NOT_APPLICABLE,
        Outcome.REFUSED,
    }


def post_a_code(officer):
    """Make a letter with a code, print it and post it; return what stands in it."""
    page, heard = officer.page, listen(officer.page)
    officer.unfold()
    form = page.locator("form[action$='/identity/post/']")
    form.locator("[name=involvement]").first.check()
    form.locator("[name=reasons]").first.check()
    form.locator("[name=without_undue_delay]").check()
    officer.press("Maak de brief")
    assert page.url.endswith("/desk/requests/letters/")
    assert looked_at(page, heard) == []
    assert taken(page, page.get_by_role("button", name="Print de brief")).startswith(b"%PDF")
    code = PostedCode.objects.get()
    _code, letter = services.open_letter(code.reference, officer=code.officer, now=timezone.now())
    officer.press("Hij is op de post")
    return letter


@pytest.mark.parametrize("asker", [True], ids=["with JavaScript"], indirect=True)
def test_who_wrote_on_paper_proves_who_they_are_with_a_code_by_post_and_reads_the_answer(
    intake, desk, asker, tmp_path
):
    make_person()
    scan = tmp_path / "brief.pdf"
    scan.write_bytes(a_scan())
    intake.arrive(
        Channel.LETTER,
        words="Ik wil inzage in mijn gegevens en ik wil ze wissen.",
        papers=[str(scan)],
    )
    assert intake.ticked == {Right.ACCESS, Right.ERASURE}
    made = intake.take_in(**WHO)
    officer = (
        desk("privacy officer", made).press("Dit verzoek behandelen").press("Dit is de persoon")
    )
    letter = post_a_code(officer)
    made.refresh_from_db()
    assert made.state == State.WAITING
    # With the paper in hand: number, access code and code.
    person, said = asker.page, listen(asker.page)
    person.goto(f"{asker.site}/request/open/")
    person.fill("[name=number]", made.number)
    person.fill("[name=code]", letter["access"])
    press_button(person, "Openen")
    assert looked_at(person, said) == []
    person.fill("[name=posted_code]", "AAAA-AAAA")
    press_button(person, "Verstuur de code uit de brief")
    assert "klopt niet" in person.locator(".field-error").first.inner_text()
    assert person.input_value("[name=posted_code]") == "AAAA-AAAA"
    # A day too late it does not work, and the page does not ask for it.
    PostedCode.objects.update(expires_at=timezone.now())
    asker.read(made)
    assert person.locator("[name=posted_code]").count() == 0
    PostedCode.objects.update(expires_at=timezone.now() + timedelta(days=1))
    asker.read(made)
    person.fill("[name=posted_code]", letter["code"].lower().replace("-", " "))
    press_button(person, "Verstuur de code uit de brief")
    assert "Wij weten nu dat u het bent" in person.locator(".messages, main").first.inner_text()
    assert IdentityCheck.objects.latest("pk").method == IdentityMethod.POSTED_CODE
    officer.open()
    assert "Beslis" in officer.now
    officer.press("De besluiten opslaan")
    desk("senior officer", made).approve()
    answered(made)
    assert "Ons antwoord op uw verzoek" in asker.read(made)
    unfold(person)
    press(person, person.get_by_role("link", name="Hier lezen"))
    assert "Webwinkel De Zon" in person.locator("main").inner_text()


def test_who_telephoned_is_called_back_on_the_number_on_file(intake, desk):
    make_person()
    intake.arrive(Channel.PHONE, words="Wil weten welke gegevens wij van haar hebben.")
    page = intake.page
    page.check(f"main [name=rights][value={Right.ACCESS}]")
    page.check("main [name=kind][value=request]")
    made = intake.take_in(**WHO)
    officer = (
        desk("privacy officer", made).press("Dit verzoek behandelen").press("Dit is de persoon")
    )
    officer.unfold()
    form = officer.page.locator("form[action$='/identity/call/']")
    form.locator("[name=involvement]").first.check()
    tomorrow = timezone.localtime() + timedelta(days=1)
    form.locator("[name=called_at]").fill(tomorrow.strftime("%Y-%m-%dT%H:%M"))
    form.locator("[name=text]").fill("Gevraagd naar geboortedatum en woonplaats.")
    press(officer.page, form.locator("button[type=submit]"))
    assert "nog komen" in " ".join(officer.wrong)
    assert form.locator("[name=text]").input_value().startswith("Gevraagd naar")
    form.locator("[name=called_at]").fill(timezone.localtime().strftime("%Y-%m-%dT%H:%M"))
    press(officer.page, form.locator("button[type=submit]"))
    assert "Beslis" in officer.now
    assert IdentityCheck.objects.get().method == IdentityMethod.CALL_BACK
    # The word of one colleague alone opens nothing.
    assert "Alleen u stelde vast wie vraagt" in officer.page.locator("#decide").inner_text()
    assert not officer.page.get_by_role("button", name="Goedkeuren, uitvoeren").count()
    desk("senior officer", made).approve()
    answered(made)
    officer.open()
    paper = taken(officer.page, officer.page.get_by_role("button", name="Downloaden om per post"))
    assert paper.startswith(b"%PDF")


@pytest.mark.parametrize("asker", [True], ids=["with JavaScript"], indirect=True)
def test_who_asks_twice_gets_one_answer_on_one_day_unless_it_is_something_else(asker, desk):
    make_person()
    first = asker.ask(Wish.SEE, words="Ik wil weten wat u van mij heeft.")
    asker.prove(first)
    twice = asker.ask(Wish.SEE, words="Ik vroeg het al: wat heeft u van mij?")
    other = asker.ask(Wish.STOP, words="Ik maak bezwaar tegen het gebruik van mijn gegevens.")
    officer = desk("privacy officer", twice)
    assert "of dit hetzelfde is" in officer.now
    officer.press(f"Samenvoegen met {first.number}")
    twice.refresh_from_db()
    assert (twice.merged_into, twice.state) == (first.reference, State.CLOSED)
    page, heard = asker.page, listen(asker.page)
    words = asker.read(twice)
    assert f"Wij beantwoorden beide samen onder nummer {first.number}" in words
    assert looked_at(page, heard) == []
    # From there to the page where the answer comes.
    press(page, page.get_by_role("link", name=f"Verzoek {first.number}"))
    assert page.url.endswith(first.get_absolute_url())
    # The third asks something else, and keeps a clock of its own.
    second = desk("privacy officer", other)
    for one in second.page.get_by_role("button", name=re.compile("^Niet hetzelfde als")).all():
        second.press(one.inner_text())
    second.press("Dit verzoek behandelen")
    other.refresh_from_db()
    assert (other.merged_into, other.state) == (None, State.HANDLING)
    assert other.due_on == first.due_on
    assert ClockEvent.objects.filter(request=first, cause=Cause.RECEIVED).count() == 1
    desk("privacy officer", first).handle().approve()
    answered(first)
    assert "Ons antwoord op uw verzoek" in asker.read(first)
