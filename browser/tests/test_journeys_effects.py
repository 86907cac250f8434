"""What a right does, seen from the question to the registry and the page of who asked."""

import io
from functools import partial
from urllib.parse import urlsplit

import pikepdf
import pytest
from django.utils import timezone

from browser.journeys import answered, make_person
from browser.reading import press_button, taken, unfold
from browser.receiving import receiver
from browser.walking import NARROW, listen, looked_at
from requests.constants import EffectKind, Outcome, Right, Wish
from requests.letters.models import HandOver
from requests.models import PackDownload
from requests.packs import handing_over, uploading
from requests.packs.uploading import NotTaken
from requests.tests import zips
from subjects import services as subjects
from subjects.constants import InstructionKind
from subjects.exceptions import UseEnded
from subjects.models import Instruction, RestrictionMark, Suppression
from subjects.suppression import suppression_digest
from subjects.tests import makers

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
THEIRS, PASSWORD = "nieuw.example", "een lang en eigen wachtwoord"


def test_an_objection_that_is_granted_ends_the_use_and_the_source_is_told(asker, desk):
    person = make_person()
    bailiff = makers.make_recipient()
    makers.make_disclosure(person, bailiff)
    made = asker.ask(
        Wish.STOP,
        Wish.PAUSE,
        words="Ik maak bezwaar: mijn ex gebruikt deze brieven om mij te vinden.",
    )
    asker.prove(made)
    officer = desk("privacy officer", made).handle()
    # While it is weighed nobody uses the data, and nobody else is told a debt that may go.
    officer.press("Zet het gebruik nu stil, tot dit is beslist")
    assert RestrictionMark.objects.get(involvement=person).lifted_on is None
    officer.choose(
        "Incasso",
        Outcome.GRANTED,
        right=Right.OBJECTION,
        reason="Wij stoppen met dit dossier.",
        grounds="Uw veiligheid weegt zwaarder dan de vordering.",
    )
    officer.approve()
    answered(made)
    person.refresh_from_db()
    assert person.use_ended_at is not None
    assert made.effects.filter(kind=EffectKind.END_USE).exists()
    assert {one.kind for one in Instruction.objects.all()} >= {
        InstructionKind.RESTRICT,
        InstructionKind.STOP_USE,
    }
    # Nobody is given or told anything of this person again.
    with pytest.raises(UseEnded):
        subjects.record_disclosure(
            person.pk,
            bailiff,
            purpose="COL",
            data_categories=["debt"],
            disclosed_on=timezone.localdate(),
            reason="Dagvaarding",
            actor="user:1",
        )
    words = asker.read(made)
    for told in (
        "AVG artikel 21 lid 1",
        "Wij stoppen met dit dossier.",
        "Autoriteit Persoonsgegevens",
    ):
        assert told in words, told


@pytest.fixture
def portable(asker, desk):
    """A person on their page with data to take along, and the officer who gave them."""
    person = make_person()
    makers.make_record(
        person,
        "contact",
        source="person",
        content={"phone": "0612345678"},
        provided_by_subject=True,
    )
    made = asker.ask(Wish.TAKE, words="Ik wil mijn gegevens meenemen naar een ander.")
    asker.prove(made)
    officer = desk("privacy officer", made).handle().approve()
    answered(made)
    asker.read(made)
    return made, officer


@pytest.mark.parametrize("asker", [True], ids=["with JavaScript"], indirect=True)
def test_data_are_taken_along_and_given_to_another_company(
    asker, portable, window, monkeypatch, tmp_path
):
    made, officer = portable
    page, heard = asker.page, listen(asker.page)
    take_with_a_password(page)
    # By a link of theirs: a wrong one is said so, and what was typed stays.
    asker.read(made)
    heard.clear()
    assert looked_at(page, heard) == []
    give(page, "upload", f"http://{THEIRS}/inbox")
    assert page.input_value("[name=link]") == f"http://{THEIRS}/inbox"
    heard.clear()
    assert looked_at(page, heard) == []
    give(page, "upload", f"https://{THEIRS}/inbox?key=1")
    with receiver(THEIRS, tmp_path) as theirs:
        sends = partial(
            uploading.upload,
            resolve=lambda host, port: ["93.184.216.34"],
            transport=theirs.way(),
        )
        monkeypatch.setattr(handing_over, "upload", sends)
        waiting = HandOver.objects.get()
        theirs.answers.append(503)
        with pytest.raises(NotTaken):
            handing_over.send(waiting.pk, now=timezone.now())
        handing_over.send(waiting.pk, now=timezone.now())
    [(path, content)] = theirs.came
    assert path == "/inbox?key=1"
    assert_only_what_was_given(content.decode())
    # By a link of ours, which works once.
    asker.read(made)
    give(page, "link", "")
    link, password = page.locator("main code").all_inner_texts()
    assert looked_at(page, heard) == []
    ours = asker.site + urlsplit(link).path
    fetch_as_the_other(window(NARROW).new_page(), ours, password)
    words = asker.read(made)
    assert words.count("Wij gaven uw gegevens aan Nieuw BV, zoals u vroeg.") == 2
    assert {one.actor for one in PackDownload.objects.all()} == {"person", "third-party"}
    officer.open().unfold()
    told = officer.page.locator("main").inner_text()
    assert "De gegevens zijn overgedragen aan een ander bedrijf" in told
    assert officer.page.locator("#done li", has_text="Nieuw BV").count() == 2


def take_with_a_password(page):
    """Take the PDF with a password of one's own, which must be long enough."""
    unfold(page)
    page.fill("[name=passphrase]", "kort")
    press_button(page, "De PDF downloaden")
    assert "minstens" in page.locator(".field-error, .error-summary").first.inner_text()
    assert page.input_value("[name=passphrase]") == "kort"
    page.fill("[name=passphrase]", PASSWORD)
    pdf = taken(page, page.get_by_role("button", name="De PDF downloaden"))
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(pdf))
    with pikepdf.open(io.BytesIO(pdf), password=PASSWORD) as opened:
        assert {name.rsplit(".")[-1] for name in opened.attachments} == {"json", "csv"}


def fetch_as_the_other(there, link, password):
    """Fetch the data as the company that was given our link; a second time there is nothing."""
    heard = listen(there)
    there.goto(link)
    assert looked_at(there, heard) == []
    files = zips.opened(taken(there, there.locator("main button.btn-primary")), password)
    assert b'"meaning"' in files["data.json"]
    for name in ("data.json", "data.csv"):
        assert_only_what_was_given(files[name].decode("utf-8-sig"))
    there.goto(link)
    press_button(there, "De gegevens ophalen")
    assert "Deze link is al gebruikt" in there.locator("main").inner_text()


def assert_only_what_was_given(content):
    assert "0612345678" in content
    assert "120.00" not in content


def give(page, way, link):
    unfold(page)
    page.fill("[name=name]", "Nieuw BV")
    page.check(f"[name=way][value={way}]")
    page.fill("[name=link]", link)
    press_button(page, "Mijn gegevens geven")


def test_who_is_not_known_and_wants_no_marketing_gets_none_all_the_same(asker, desk):
    made = asker.ask(
        Wish.ADS, words="Stop met die reclame.", email="onbekend@example.nl", dossier_number=""
    )
    asker.prove(made)
    # The address is shut in the same minute: nobody knows it, and nobody may use it later.
    digest = suppression_digest("email", "onbekend@example.nl")
    assert Suppression.objects.filter(digest=digest).exists()
    [done] = made.effects.all()
    assert (done.kind, done.involvement_reference) == (EffectKind.SUPPRESS, None)
    officer = desk("privacy officer", made)
    officer.press("Dit verzoek behandelen")
    officer.approve()
    answered(made)
    words = asker.read(made)
    assert "Wij hebben uw adressen geblokkeerd voor reclame" in words
