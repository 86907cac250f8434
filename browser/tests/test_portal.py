"""The portal as somebody meets it: a small telephone, large letters, a keyboard, no script."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from browser.journeys import unfold
from browser.visiting import press, press_key
from browser.walking import NARROW, NARROWEST, overflow, violations
from policy.tests.makers import load_policy
from requests.models import PrivacyRequest
from requests.portal import views as portal_views
from requests.tests.journey import ANSWERS

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
TWICE_AS_LARGE = "document.documentElement.style.fontSize = '200%'"
# What has the focus, as a person would call it.
FOCUS = "document.activeElement.innerText || document.activeElement.name"


@pytest.fixture
def site(transactional_db: None, live_server: Any, monkeypatch: Any) -> str:
    # Nobody waits here, as a person would by reading.
    monkeypatch.setattr(portal_views, "FASTEST_SECONDS", 0)
    load_policy()
    return str(live_server.url)


@pytest.fixture
def page(window: Any) -> Page:
    """A telephone without script, in Dutch."""
    opened: Page = window(NARROW, script=False).new_page()
    return opened


def slug_of(page: Page) -> str:
    return urlsplit(page.url).path.rstrip("/").rsplit("/", 1)[-1]


def answer(page: Page) -> None:
    """Fill in the screen that is shown, also what is folded away."""
    unfold(page)
    for name, value in ANSWERS.get(slug_of(page), {}).items():
        field = page.locator(f"main [name={name}]")
        kind = field.first.get_attribute("type")
        if kind == "checkbox":
            continue  # What was read in the words is ticked.
        if kind == "radio":
            page.check(f"main [name={name}][value={value}]")
        elif field.first.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def to_the_check(page: Page, site: str) -> None:
    page.goto(f"{site}/ask/situation/?want=see")
    while slug_of(page) != "check":
        answer(page)
        press(page, "main button.btn-primary")


def test_what_is_wrong_gets_the_focus_and_comes_first_in_the_title_without_script(page, site):
    page.goto(f"{site}/ask/situation/")
    press(page, "main button.btn-primary")
    assert page.title().startswith("Fout: Waar kent u ons van?")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    page.click(".error-summary a")
    expect(page).to_have_url(re.compile("#id_situation$"))
    assert page.locator("#id_situation").count() == 1
    # A page of several forms does the same.
    page.goto(f"{site}/request/open/")
    press(page, "main button.btn-primary")
    assert page.title().startswith("Fout: ")
    assert page.evaluate("document.activeElement.className") == "error-summary"


def test_at_320_pixels_with_letters_twice_as_large_nothing_is_cut_off(page, site):
    page.set_viewport_size({"width": NARROWEST[0], "height": NARROWEST[1]})
    too_wide = {}

    def look() -> None:
        page.evaluate(TWICE_AS_LARGE)
        if over := overflow(page):
            too_wide[page.url] = over

    for path in ("/", "/rights/", "/statement/", "/statement/versions/", "/ask/resume/"):
        page.goto(f"{site}{path}")
        look()
    page.goto(f"{site}/ask/situation/")
    press(page, "main button.btn-primary")
    while slug_of(page) != "check":
        look()
        answer(page)
        press(page, "main button.btn-primary")
    look()
    for path in ("/ask/files/", "/ask/later/"):
        page.goto(f"{site}{path}")
        look()
    page.goto(f"{site}/ask/check/")
    press(page, "main button.btn-primary")
    look()
    page.goto(f"{site}{PrivacyRequest.objects.get().get_absolute_url()}")
    look()
    assert too_wide == {}


def test_a_keyboard_alone_is_enough_to_ask(page, site):
    page.goto(f"{site}/")
    for _ in range(40):
        page.keyboard.press("Tab")
        if "Ik wil mijn gegevens zien" in page.evaluate(FOCUS):
            break
    press_key(page, "Enter")
    assert slug_of(page) == "situation"
    for _ in range(20):
        slug = slug_of(page)
        if slug == "check":
            break
        typed = dict(ANSWERS.get(slug, {}))
        for _ in range(40):
            page.keyboard.press("Tab")
            name = page.evaluate("document.activeElement.name")
            if typed.get(name) and slug in ("situation", "whom"):
                page.keyboard.press("Space")  # The first choice; the arrows go to others.
                del typed[name]
            elif typed.get(name) and name != "country":
                page.keyboard.type(typed.pop(name))
            elif page.evaluate("document.activeElement.innerText") == "Volgende":
                press_key(page, "Enter")
                break
        assert slug_of(page) != slug
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == "Mijn verzoek versturen":
            break
    press_key(page, "Enter")
    assert slug_of(page) == "sent"
    assert PrivacyRequest.objects.get().number in page.locator("main").inner_text()


def test_a_double_click_sends_once_and_shows_the_number(page, site):
    to_the_check(page, site)
    page.dblclick("main button.btn-primary")
    # The second click breaks off what the first began, so no single page is waited for.
    expect(page).to_have_url(f"{site}/ask/sent/")
    made = PrivacyRequest.objects.get()
    expect(page.locator("main")).to_contain_text(made.number)


def test_back_in_the_browser_loses_nothing(page, site):
    to_the_check(page, site)
    for _ in range(20):
        page.go_back()
        if slug_of(page) == "name":
            break
    assert page.input_value("main [name=last_name]") == "El Amrani"
    page.go_forward()
    assert page.input_value("main [name=birth_date]") == "9-3-1984"


def test_somebody_saves_and_goes_on_on_another_device(page, site, window):
    page.goto(f"{site}/ask/situation/?want=erasure")
    for _ in range(3):
        answer(page)
        press(page, "main button.btn-primary")
    press(page, "text=Bewaren en later verdergaan")
    code = page.locator("main .code").inner_text()
    other = window(script=False).new_page()
    other.goto(f"{site}/")
    press(other, "text=Ik ga verder met een formulier dat ik heb bewaard")
    other.fill("main [name=code]", code)
    press(other, "main button.btn-primary")
    assert slug_of(other) == "born"
    other.goto(f"{site}/ask/name/")
    assert other.input_value("main [name=last_name]") == "El Amrani"


def test_on_paper_stand_number_and_code_and_no_forms(page, site):
    to_the_check(page, site)
    press(page, "main button.btn-primary")
    page.emulate_media(media="print")
    assert page.locator("main .code").nth(1).is_visible()
    assert page.get_by_text("/request/open/").is_visible()
    for gone in ("main form", ".languages", ".site-footer", "text=Is het e-mailadres van u?"):
        assert not page.locator(gone).first.is_visible(), gone
    page.goto(f"{site}/rights/")
    folded = page.locator("details li").first
    assert folded.evaluate("one => one.checkVisibility()")
    page.emulate_media(media="screen")
    assert not folded.evaluate("one => one.checkVisibility()")


@pytest.mark.parametrize("locale", ["nl-NL", "en-GB"])
def test_axe_finds_nothing_on_the_screens_of_a_form_and_after(window, site, locale):
    page, found = window(NARROW, locale=locale).new_page(), {}

    def look() -> None:
        if faults := violations(page):
            found[page.url] = faults

    page.goto(f"{site}/ask/situation/")
    press(page, "main button.btn-primary")
    while slug_of(page) != "check":
        look()
        # Headings and landmarks tell where one is: one heading of the first rank, one main part.
        assert page.locator("h1").count() == page.locator("main").count() == 1
        answer(page)
        press(page, "main button.btn-primary")
    look()
    for path in ("/ask/files/", "/ask/later/", "/ask/resume/link/x/"):
        page.goto(f"{site}{path}")
        look()
    page.goto(f"{site}/ask/check/")
    press(page, "main button.btn-primary")
    look()
    page.goto(f"{site}{PrivacyRequest.objects.get().get_absolute_url()}")
    look()
    assert found == {}
