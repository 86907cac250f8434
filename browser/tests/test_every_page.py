"""Every page that somebody can reach: no fault of axe, of the console, of width, of the server."""

import pytest
from playwright.sync_api import Browser, BrowserContext

from browser.walking import WIDE, Walk, walk
from desk.management.commands.demo_accounts import PASSWORD, username_of
from desk.roles import ROLES

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "keystore"]),
    pytest.mark.timeout(900),
]
# What a role may not open is refused by design, and not linked to; nothing else may fail.
FINE = {200}


def sign_in(context: BrowserContext, site: str, role: str) -> None:
    page = context.new_page()
    page.goto(f"{site}/sign-in/")
    page.fill("[name=username]", username_of(role))
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{site}/desk/**")
    page.close()


def new_context(browser: Browser) -> BrowserContext:
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, locale="nl-NL")
    context.set_default_timeout(30_000)
    return context


def tell(walks: dict[str, Walk]) -> list[str]:
    told = [f"{who}: {fault}" for who, one in walks.items() for fault in one.faults]
    told += [
        f"{who}: {kind} answers {status}"
        for who, one in walks.items()
        for kind, status in one.seen.items()
        if status not in FINE
    ]
    return told


def test_no_page_that_a_role_or_a_stranger_reaches_is_faulty(browser, live_server, agency):
    walks, looked_at = {}, set()
    for role in ["stranger", *ROLES]:
        context = new_context(browser)
        if role == "stranger":
            start = f"{live_server.url}/"
        else:
            sign_in(context, live_server.url, role)
            start = f"{live_server.url}/desk/"
        walks[role] = walk(context, start)
        looked_at |= set(walks[role].seen)
        context.close()
    assert tell(walks) == []
    assert len(looked_at) >= 25
