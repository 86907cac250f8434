"""A passkey from a real browser, with an authenticator that the browser itself plays."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import Browser, BrowserContext, Page

from browser.visiting import new_context
from browser.walking import NARROWEST, WIDE, overflow, violations
from desk.management.commands.demo_accounts import PASSWORD
from policy.tests.makers import load_policy

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "keystore"]),
    pytest.mark.timeout(300),
]


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    """A site where every colleague must have a second factor."""
    settings.DEMO_MODE = True
    load_policy()
    call_command("demo_accounts", verbosity=0)
    settings.DEMO_MODE = False
    settings.SECOND_FACTOR_OBLIGATORY = True
    settings.SITE_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = new_context(browser)
    yield made
    made.close()


def with_authenticator(page: Page) -> Any:
    """Give this page a fingerprint reader that always says yes."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def type_password(page: Page, site: str, name: str) -> None:
    page.goto(f"{site}/sign-in/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")


def look(page: Page, faults: list[str]) -> None:
    """Look for faults of axe and of width, on a wide and on the narrowest window."""
    for width, height in (NARROWEST, WIDE):
        page.set_viewport_size({"width": width, "height": height})
        faults += [f"{page.url} at {width} px: {one}" for one in violations(page)]
        if over := overflow(page):
            faults.append(f"{page.url}: {over} px too wide at {width} px")


def test_a_colleague_sets_up_a_passkey_and_signs_in_with_it(site, context):
    faults: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    with_authenticator(page)
    type_password(page, site, "privacy-officer")
    page.wait_for_url("**/desk/account/set-up/")
    look(page, faults)
    page.goto(f"{site}/desk/account/app/")
    look(page, faults)
    page.goto(f"{site}/desk/account/passkey/")
    look(page, faults)
    page.fill("[name=name]", "werklaptop")
    page.click("main form button[type=submit]")
    page.wait_for_selector(".recovery-codes li")
    look(page, faults)
    codes = page.locator(".recovery-codes li").all_inner_texts()
    page.goto(f"{site}/desk/account/")
    assert "werklaptop" in page.locator("main").inner_text()
    look(page, faults)
    page.click("text=Afmelden >> nth=0")
    page.wait_for_url("**/sign-in/")
    type_password(page, site, "privacy-officer")
    page.wait_for_url("**/sign-in/second/")
    look(page, faults)
    page.click("form[data-passkey] button")
    page.wait_for_url(f"{site}/desk/")
    assert faults == []
    user = User.objects.get(username="privacy-officer")
    assert Authenticator.objects.get(user=user, type="webauthn").last_used_at is not None
    assert len(codes) == 10


def test_a_passkey_of_a_colleague_opens_no_account(site, context, browser):
    page = context.new_page()
    with_authenticator(page)
    for name in ("intake", "auditor"):
        type_password(page, site, name)
        page.goto(f"{site}/desk/account/passkey/")
        page.fill("[name=name]", name)
        page.click("main form button[type=submit]")
        page.wait_for_selector(".recovery-codes li")
        page.goto(f"{site}/desk/account/")
        page.click("text=Afmelden >> nth=0")
        page.wait_for_url("**/sign-in/")
    # The answer that belongs to one account is given in the browser where another signs in.
    type_password(page, site, "intake")
    options = page.get_attribute("form[data-passkey]", "data-options")
    answer = page.evaluate(
        "async text => JSON.stringify(await webauthnJSON.get(JSON.parse(text)))", options
    )
    other = new_context(browser)
    theirs = other.new_page()
    type_password(theirs, site, "auditor")
    theirs.wait_for_url("**/sign-in/second/")
    theirs.eval_on_selector("[name=credential]", "(field, text) => { field.value = text; }", answer)
    theirs.eval_on_selector("form[data-passkey]", "form => form.submit()")
    theirs.wait_for_load_state()
    assert theirs.url.endswith("/sign-in/second/")
    assert theirs.goto(f"{site}/desk/").url.startswith(f"{site}/sign-in/")  # type: ignore[union-attr]
    other.close()
