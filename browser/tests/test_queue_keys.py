"""The keys of the work queue: they move, tick and explain, leave typing alone, and can be off."""

from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

from browser.visiting import press, press_key, sign_in
from policy.tests.makers import load_policy
from requests.models import PrivacyRequest
from requests.tests.makers import make_request

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
FIELD, TICK = "[data-search]", "tbody tr:nth-child(2) input.tick"


@pytest.fixture
def queue(transactional_db: None, settings: Any) -> None:
    """Three requests, and a colleague of each role."""
    settings.DEMO_MODE = True
    load_policy()
    call_command("demo_accounts", verbosity=0)
    for _ in range(3):
        make_request()


def test_keys_move_tick_explain_and_can_be_switched_off(
    window: Any, live_server: Any, queue: None
) -> None:
    context = window()
    sign_in(context, live_server.url, "privacy officer")
    page = context.new_page()
    page.goto(f"{live_server.url}/desk/requests/")
    for key in ("j", "j", "j", "j", "k", "x"):
        page.keyboard.press(key)
    expect(page.locator(TICK)).to_be_checked()
    # Where somebody writes, a letter is a letter.
    page.keyboard.press("/")
    page.keyboard.type("xj?")
    expect(page.locator(FIELD)).to_have_value("xj?")
    expect(page.locator("dialog")).not_to_be_visible()
    page.locator("tbody tr:nth-child(1) th a").focus()
    page.keyboard.press("?")
    expect(page.locator("dialog")).to_be_visible()
    page.uncheck("[data-keys-on]")
    page.keyboard.press("Escape")
    # Off stays off, also on the next page.
    page.goto(f"{live_server.url}/desk/requests/")
    page.locator("tbody tr:nth-child(2) th a").focus()
    page.keyboard.press("x")
    expect(page.locator(TICK)).not_to_be_checked()
    page.click("[data-keys-open]")
    page.check("[data-keys-on]")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    press_key(page, "o")
    first = PrivacyRequest.objects.order_by("due_on", "pk").first()
    assert first is not None
    assert page.url == f"{live_server.url}/desk/requests/{first.reference}/"


def test_without_script_the_same_goes_by_links_and_buttons(
    window: Any, live_server: Any, queue: None
) -> None:
    context = window(script=False)
    sign_in(context, live_server.url, "privacy officer")
    page = context.new_page()
    page.goto(f"{live_server.url}/desk/requests/")
    expect(page.locator("[data-keys-open]")).not_to_be_visible()
    page.locator("input.tick").first.check()
    page.locator("#id_to").select_option(label="privacy-officer (ik)")
    press(page, page.get_by_role("button", name="Toewijzen"))
    expect(page.get_by_text("1 verzoek toegewezen.")).to_be_visible()
    press(page, page.get_by_role("button", name="Oppakken").first)
    expect(page.get_by_text("U hebt dit verzoek nu in behandeling.")).to_be_visible()
    assert PrivacyRequest.objects.exclude(assigned_to=None).count() == 2
