"""A passkey from a real browser, with an authenticator that the browser itself plays."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import BrowserContext, Page

from browser.visiting import press, type_password
from browser.walking import NARROWEST, WIDE, overflow, resize, violations
from policy.tests.makers import load_policy

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keystore"])


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
def context(window: Any) -> BrowserContext:
    made: BrowserContext = window()
    return made


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


def look(page: Page, faults: list[str]) -> None:
    """Look for faults of axe and of width, on a wide and on the narrowest window."""
    for size in (NARROWEST, WIDE):
        resize(page, size)
        faults += [f"{page.url} at {size[0]} px: {one}" for one in violations(page)]
        if over := overflow(page):
            faults.append(f"{page.url}: {over} px too wide at {size[0]} px")


def test_a_colleague_sets_up_a_passkey_and_signs_in_with_it(site, context):
    faults: list[str] = []
    page = context.new_page()
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    with_authenticator(page)
    type_password(page, site, "privacy-officer")
    assert page.url == f"{site}/desk/account/set-up/"
    look(page, faults)
    page.goto(f"{site}/desk/account/app/")
    look(page, faults)
    page.goto(f"{site}/desk/account/passkey/")
    look(page, faults)
    page.fill("[name=name]", "werklaptop")
    press(page, "main form button[type=submit]")
    look(page, faults)
    codes = page.locator(".recovery-codes li").all_inner_texts()
    page.goto(f"{site}/desk/account/")
    assert "werklaptop" in page.locator("main").inner_text()
    look(page, faults)
    press(page, "text=Afmelden")
    type_password(page, site, "privacy-officer")
    assert page.url == f"{site}/sign-in/second/"
    look(page, faults)
    press(page, "form[data-passkey] button")
    assert page.url == f"{site}/desk/"
    assert faults == []
    user = User.objects.get(username="privacy-officer")
    assert Authenticator.objects.get(user=user, type="webauthn").last_used_at is not None
    assert len(codes) == 10


def test_a_passkey_of_a_colleague_opens_no_account(site, context, window):
    page = context.new_page()
    with_authenticator(page)
    for name in ("intake", "auditor"):
        type_password(page, site, name)
        page.goto(f"{site}/desk/account/passkey/")
        page.fill("[name=name]", name)
        press(page, "main form button[type=submit]")
        assert page.locator(".recovery-codes li").count() == 10
        page.goto(f"{site}/desk/account/")
        press(page, "text=Afmelden")
    # The answer that belongs to one account is given in the browser where another signs in.
    type_password(page, site, "intake")
    options = page.get_attribute("form[data-passkey]", "data-options")
    answer = page.evaluate(
        "async text => JSON.stringify(await webauthnJSON.get(JSON.parse(text)))", options
    )
    theirs = window().new_page()
    type_password(theirs, site, "auditor")
    assert theirs.url == f"{site}/sign-in/second/"
    theirs.eval_on_selector("[name=credential]", "(field, text) => { field.value = text; }", answer)
    with theirs.expect_navigation():
        theirs.eval_on_selector("form[data-passkey]", "form => form.submit()")
    assert theirs.url == f"{site}/sign-in/second/"
    assert theirs.goto(f"{site}/desk/").url.startswith(f"{site}/sign-in/")
