"""A visit to the site: a window of one's own, and ways to press what leads to another page.

Whatever is pressed, the next page is waited for: a look, an address typed or a question to the
database that comes before it meets the old page, or breaks off the new one.
"""

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response, expect

from browser.chromium import PATIENCE
from browser.walking import WIDE
from desk.management.commands.demo_accounts import PASSWORD, username_of

expect.set_options(timeout=PATIENCE)


def new_context(
    browser: Browser,
    size: tuple[int, int] = WIDE,
    *,
    script: bool = True,
    locale: str = "nl-NL",
) -> BrowserContext:
    """Give a window that remembers nothing of others, for a reader of that language."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=script, locale=locale
    )
    context.set_default_timeout(PATIENCE)
    return context


def fields_of(page: Page) -> set[str]:
    """Return the names of all that a page asks: one question to the browser, for any number."""
    return set(page.eval_on_selector_all("main [name]", "all => all.map(one => one.name)"))


def press(page: Page, what: str | Locator) -> Response | None:
    """Press what leads to another page, and return the answer once that page is there."""
    pressed = page.locator(what).first if isinstance(what, str) else what
    with page.expect_navigation() as led:
        pressed.click()
    return led.value


def press_key(page: Page, key: str) -> None:
    """Press a key that leads to another page, and wait until that page is there."""
    with page.expect_navigation():
        page.keyboard.press(key)


def type_password(page: Page, site: str, name: str) -> None:
    """Sign in with a password, and wait for what comes next: the desk, or a second step."""
    page.goto(f"{site}/sign-in/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", PASSWORD)
    press(page, "main button[type=submit]")


def sign_in(context: BrowserContext, site: str, role: str) -> None:
    """Sign in as the colleague of the demo who has that role."""
    page = context.new_page()
    type_password(page, site, username_of(role))
    if not page.url.startswith(f"{site}/desk/"):
        raise ValueError(f"The {role} is not let in: {page.url}")
    page.close()


def let_in(context: BrowserContext, site: str, role: str) -> None:
    """Give a window the session of that colleague, where signing in is not what is tried."""
    client, name = Client(), settings.SESSION_COOKIE_NAME
    colleague = User.objects.get(username=username_of(role))
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
