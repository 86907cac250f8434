"""Whole ways through a browser: the person on a telephone, and officers at the desk.

What a worker does between the two is done here by the same services: none runs beside these tests.
"""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page

from browser.visiting import fields_of, press
from requests import services
from requests.constants import Outcome, Situation, State, Wish
from requests.identity.constants import AsksFor
from requests.mail import mailing
from requests.models import OutgoingMail, PrivacyRequest
from requests.packs import making
from requests.tests.journey import mailed_code
from subjects.models import Involvement
from subjects.tests import makers

MAIL = "fatima@example.nl"
NUMBER = "D-100"
CHOICES = {"situation", "asks_for", "representative_kind"}


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


def unfold(page: Page) -> None:
    """Open what is folded away, also where no script runs."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


@dataclass
class Asker:
    """Somebody on a telephone."""

    page: Page
    site: str

    def ask(
        self, *wishes: Wish, words: str, wrong: tuple[str, str] = ("", ""), **other: str
    ) -> PrivacyRequest:
        """Answer each screen as it comes, and send it; `other` are other answers than usual."""
        self.fill_in(*wishes, words=words, wrong=wrong, **other)
        return self.send()

    def fill_in(
        self, *wishes: Wish, words: str, wrong: tuple[str, str] = ("", ""), **other: str
    ) -> None:
        """Answer each screen as it comes, up to the last one, which shows all answers."""
        page = self.page
        page.goto(f"{self.site}/")
        press(page, "text=Iets anders")
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
        } | other
        choices = {"situation": Situation.LETTER, "asks_for": AsksFor.SELF} | other
        chosen = False
        while "/ask/check/" not in page.url or not chosen:
            if "/ask/check/" in page.url:
                # What is plain is not asked; what these people want is looked at all the same.
                press(page, "main a[href^='/ask/wishes/']")
            unfold(page)
            asked = fields_of(page)
            for name in CHOICES & asked:
                page.check(f"main [name={name}][value={choices[name]}]")
            for name in (typed.keys() - CHOICES) & asked:
                page.fill(f"main [name={name}]", typed[name])
            for box in page.locator("main [name=wishes]").all():
                box.set_checked(box.get_attribute("value") in wishes)
                chosen = True
            press(page, "main button.btn-primary")

    def attach(self, path: str) -> None:
        """Send a file along, from the screen that shows all answers."""
        self.page.goto(f"{self.site}/ask/files/")
        self.page.set_input_files("main [name=papers]", path)
        press(self.page, "main button.btn-primary")

    def send(self) -> PrivacyRequest:
        """Send what was filled in; what a worker does then is done too."""
        press(self.page, "main button.btn-primary")
        assert self.page.url.endswith("/ask/sent/")
        made = PrivacyRequest.objects.latest("pk")
        services.propose_matches(made.pk, now=timezone.now())
        return made

    def prove(self, made: PrivacyRequest) -> None:
        """Type the code that came by e-mail."""
        sent = OutgoingMail.objects.filter(request=made).earliest("pk")
        self.page.fill("[name=code]", mailed_code(mailing.content_of(sent)["body"]))
        press(self.page, "main form button.btn-primary")

    def read(self, made: PrivacyRequest) -> str:
        """Open the page of the request; return its words."""
        self.page.goto(f"{self.site}{made.get_absolute_url()}")
        return self.page.locator("main").inner_text()


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
        return self.page.locator(".what-now").inner_text()

    def unfold(self) -> None:
        unfold(self.page)

    def press(self, button: str) -> "Desk":
        """Press a button, also one that is folded away."""
        self.unfold()
        press(self.page, self.page.get_by_role("button", name=button, exact=True).first)
        return self

    @property
    def wrong(self) -> list[str]:
        """What the page says is wrong."""
        return self.page.locator(".notice-error, .error-summary, .field-error").all_inner_texts()

    def handle(self, way: str = "Vergelijk en leg vast", then: str = "Beslis") -> "Desk":
        """Begin, say who is meant, and know who asks; `then` is what the page says to do next."""
        assert "neem het in behandeling" in self.now, self.now
        self.press("Dit verzoek behandelen")
        assert "voorgestelde persoon" in self.now
        self.press("Dit is de persoon")
        assert "Zoek uit wie het vraagt" in self.now
        self.press(way)
        assert then in self.now
        return self

    def choose(
        self, line: str, outcome: Outcome, *, right: str = "", article: str = "", **typed: str
    ) -> "Desk":
        """Choose the outcome of the first line of that purpose (and right); type its fields.

        An outcome other than proposed needs its own `article`.
        """
        self.unfold()
        row = self.page.locator(f"tr[id^=line-{right}]", has_text=line).first
        row.locator("[name^=outcome-]").select_option(str(outcome))
        if article:
            row.locator("[name^=article-]").select_option(article)
        for name, words in typed.items():
            row.locator(f"[name^={name}-]").fill(words)
        return self

    def approve(self) -> "Desk":
        self.press("Goedkeuren, uitvoeren en het antwoord maken")
        self.unfold()
        assert not self.wrong, self.wrong
        return self


def answered(made: PrivacyRequest) -> None:
    """Make the answer, as a worker does."""
    made.refresh_from_db()
    assert made.state == State.APPROVED
    making.build_pack(made.pk, now=timezone.now())
    made.refresh_from_db()
    assert made.state == State.ANSWERED
