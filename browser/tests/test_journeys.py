"""Whole ways through a browser: from the question on a telephone to the letter and the registry.

A person asks without JavaScript; officers answer at the desk. What a worker does between the two
is done here by the same services, as no worker runs beside these tests.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Browser, Page

from browser.tests.test_every_page import new_context, sign_in
from browser.walking import NARROW
from policy.tests.makers import load_policy
from requests import mail, packs, portal_views, services
from requests.constants import EffectKind, Outcome, Situation, State, Wish
from requests.models import OutgoingMail, PrivacyRequest
from requests.services.proof import identities_of
from subjects.models import Dossier, Involvement
from subjects.tests import makers

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "keystore"]),
    pytest.mark.timeout(300),
]
MAIL = "fatima@example.nl"
NUMBER = "D-100"


@pytest.fixture
def agency(transactional_db: None, settings: Any, monkeypatch: Any) -> None:
    """The statement and a colleague of each role; what people know stands in each test."""
    settings.DEMO_MODE = True
    # Nobody waits here, as a person would by reading.
    monkeypatch.setattr(portal_views, "FASTEST_SECONDS", 0)
    cache.clear()
    load_policy()
    call_command("demo_accounts", verbosity=0)


def make_person(purpose: str = "COL", **fields: Any) -> Involvement:
    shop = makers.make_organisation("Webwinkel De Zon", privacy_email="avg@zon.example")
    category = "client_contact" if purpose == "MKT" else "debtor"
    person = makers.make_involvement(
        makers.make_dossier(purpose, client=None if purpose == "MKT" else shop, **fields),
        category=category,
        identity=makers.an_identity(dossier_number=NUMBER),
    )
    makers.make_record(person, "contact" if purpose == "MKT" else "debt")
    return person


# --- the person ----------------------------------------------------------------------------


@dataclass
class Asker:
    """Somebody on a telephone, without JavaScript."""

    page: Page
    site: str

    def ask(self, *wishes: Wish, words: str, wrong: tuple[str, str] = ("", "")) -> PrivacyRequest:
        """Answer each screen as it comes, and send it."""
        page = self.page
        page.goto(f"{self.site}/")
        page.click("text=Begin uw verzoek")
        typed = {
            "first_name": "Fatima",
            "last_name": "El Amrani",
            "birth_date": "9-3-1984",
            "street": "Dorpsstraat",
            "number": "12",
            "postcode": "1234 AB",
            "city": "Utrecht",
            "email": MAIL,
            "dossier_number": NUMBER,
            "words": words,
            "wrong": wrong[0],
            "right": wrong[1],
        }
        while "/ask/check/" not in page.url:
            for name in ("situation", "asks_for"):
                for choice in (Situation.LETTER, "self"):
                    if page.locator(f"[name={name}][value={choice}]").count():
                        page.check(f"[name={name}][value={choice}]")
            for name, value in typed.items():
                if page.locator(f"main [name={name}]").count():
                    page.fill(f"main [name={name}]", value)
            for box in page.locator("main [name=wishes]").all():
                box.set_checked(box.get_attribute("value") in wishes)
            page.click("main button.btn-primary")
        page.click("main button.btn-primary")
        page.wait_for_url("**/ask/sent/")
        made = PrivacyRequest.objects.latest("pk")
        services.propose_matches(made.pk, now=timezone.now())
        return made

    def prove(self, made: PrivacyRequest) -> None:
        """Type the code that came by e-mail."""
        sent = OutgoingMail.objects.filter(request=made).earliest("pk")
        content = mail.content_of(sent)
        [code] = re.findall(r"(?<![-\d])\d{6}(?!\d)", content["body"])
        self.page.fill("[name=code]", code)
        self.page.click("main form button.btn-primary")

    def read(self, made: PrivacyRequest) -> str:
        """Open the page of the request; return its words."""
        self.page.goto(f"{self.site}{made.get_absolute_url()}")
        return self.page.locator("main").inner_text()


@pytest.fixture
def asker(browser: Browser, live_server: Any, agency: None) -> Iterator[Asker]:
    width, height = NARROW
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=False, locale="nl-NL"
    )
    context.set_default_timeout(30_000)
    yield Asker(context.new_page(), live_server.url)
    context.close()


# --- the desk ------------------------------------------------------------------------------


@dataclass
class Desk:
    """The page of a request, for one colleague."""

    page: Page
    address: str

    def open(self) -> "Desk":
        answer = self.page.goto(self.address)
        assert answer is not None
        assert answer.status == 200
        return self

    @property
    def now(self) -> str:
        """What the page says is to be done now."""
        return self.page.locator(".notice-info", has_text="Wat nu?").inner_text()

    def unfold(self) -> None:
        self.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    def press(self, button: str) -> "Desk":
        """Press a button, also one that is folded away."""
        self.unfold()
        self.page.get_by_role("button", name=button, exact=True).first.click()
        self.page.wait_for_load_state()
        return self

    def handle(self, way: str = "Vergelijk en leg vast") -> "Desk":
        """Begin, say who is meant, and know who asks."""
        assert "neem het in behandeling" in self.now
        self.press("Dit verzoek behandelen")
        assert "voorgestelde persoon" in self.now
        self.press("Dit is de persoon")
        assert "Zoek uit wie het vraagt" in self.now
        self.press(way)
        assert "Beslis" in self.now
        return self

    def approve(self) -> "Desk":
        return self.press("Goedkeuren, uitvoeren en het antwoord maken")


@pytest.fixture
def desk(browser: Browser, live_server: Any, agency: None) -> Iterator[Any]:
    contexts = []

    def of(role: str, made: PrivacyRequest) -> Desk:
        contexts.append(new_context(browser))
        sign_in(contexts[-1], live_server.url, role)
        address = f"{live_server.url}/desk/requests/{made.reference}/"
        return Desk(contexts[-1].new_page(), address).open()

    yield of
    for context in contexts:
        context.close()


def answered(made: PrivacyRequest) -> None:
    """Make the answer, as a worker does."""
    made.refresh_from_db()
    assert made.state == State.APPROVED
    packs.build_pack(made.pk, now=timezone.now())
    made.refresh_from_db()
    assert made.state == State.ANSWERED


# --- the journeys --------------------------------------------------------------------------


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
    with asker.page.expect_download() as coming:
        asker.page.get_by_role("link", name="Voor een computer (JSON)").click()
    assert "El Amrani" in coming.value.path().read_text("utf-8")
    asker.page.get_by_role("link", name="Hier lezen").click()
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
    assert "een andere collega keurt het goed" in officer.approve().page.content()
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
    form.locator("button[type=submit]").click()
    officer.page.wait_for_load_state()
    officer.approve()
    answered(made)
    assert "Wij hebben uw gegevens verbeterd." in asker.read(made)
    identity = identities_of(Involvement.objects.filter(pk=person.pk))
    assert identity[person.reference]["birth_date"] == "1985-03-09"
    assert made.decisions.get().outcome == Outcome.GRANTED
    assert Dossier.objects.filter(pk=person.dossier_id).exists()
