"""A visit to the site: a window of one's own, and signing in as a colleague of the demo."""

from playwright.sync_api import Browser, BrowserContext

from browser.walking import WIDE
from desk.management.commands.demo_accounts import PASSWORD, username_of

PATIENCE = 30_000


def new_context(browser: Browser, size: tuple[int, int] = WIDE) -> BrowserContext:
    """Give a window that remembers nothing of others, for a reader of Dutch."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, locale="nl-NL")
    context.set_default_timeout(PATIENCE)
    return context


def sign_in(context: BrowserContext, site: str, role: str) -> None:
    """Sign in as the colleague of the demo who has that role."""
    page = context.new_page()
    page.goto(f"{site}/sign-in/")
    page.fill("[name=username]", username_of(role))
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{site}/desk/**")
    page.close()
