"""What a person takes from their page: files, and what a mailed link opens."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page

from browser.journeys import unfold
from browser.visiting import press
from requests.mail import mailing
from requests.models import OutgoingMail, PrivacyRequest
from requests.tests import zips

LINK = re.compile(r"https?://\S+/request/link/\S+")


def press_button(page: Page, words: str) -> None:
    """Press the button with these words, which leads to another page."""
    press(page, page.get_by_role("button", name=words, exact=True).first)


def taken(page: Page, what: Locator) -> bytes:
    """Press what gives a file; return the file."""
    unfold(page)
    with page.expect_download() as coming:
        what.click()
    return coming.value.path().read_bytes()


def all_files(page: Page) -> dict[str, bytes]:
    """Take all files of an answer with the password that the page made; return them by name."""
    unfold(page)
    password = page.locator("[name=passphrase]").first.input_value()
    button = page.get_by_role("button", name="Alle bestanden downloaden (zip)").first
    return zips.opened(taken(page, button), password)


def open_mailed(page: Page, site: str, made: PrivacyRequest) -> None:
    """Follow the link of the newest mail about a request, and press its button.

    Where nobody proved the address, fill in what the request gives first.
    """
    sent = OutgoingMail.objects.filter(request=made).latest("pk")
    [link] = LINK.findall(mailing.content_of(sent)["body"])
    page.goto(site + urlsplit(link).path)
    press(page, "main button.btn-primary")
    if (fact := page.locator("#id_fact")).count():
        fact.fill("9-3-1984")
        press(page, "main button.btn-primary")
