"""A browser, and a site with people in it."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, BrowserContext

from browser import chromium, visiting
from browser.intake import Intake
from browser.journeys import Asker, Desk
from browser.walking import NARROW
from policy.tests.makers import load_policy
from requests.models import PrivacyRequest
from requests.portal import views as portal_views

Window = Callable[..., BrowserContext]

# The driver runs an event loop in the thread of the test, which Django takes for its own.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium.path() is None:
        pytest.skip(chromium.MISSING)
    with chromium.started() as started:
        yield started


@pytest.fixture
def window(browser: Browser) -> Iterator[Window]:
    """Windows as `visiting.new_context` gives them; each ends with the test, however that ends."""
    opened: list[BrowserContext] = []

    def of(*size: tuple[int, int], **asked: Any) -> BrowserContext:
        opened.append(visiting.new_context(browser, *size, **asked))
        return opened[-1]

    yield of
    for context in opened:
        context.close()


@pytest.fixture
def agency(transactional_db: None, settings) -> None:
    """The made-up agency, small: every state occurs in it."""
    settings.DEMO_MODE = True
    call_command("load_policy", verbosity=0)
    call_command("demo", "--subjects=60", verbosity=0)
    call_command("demo_accounts", verbosity=0)


# --- journeys ------------------------------------------------------------------------------


@pytest.fixture
def office(transactional_db: None, settings: Any, monkeypatch: Any) -> None:
    """The statement and a colleague of each role; what people know stands in each test."""
    settings.DEMO_MODE = True
    # Nobody waits here, as a person would by reading.
    monkeypatch.setattr(portal_views, "FASTEST_SECONDS", 0)
    load_policy()
    call_command("demo_accounts", verbosity=0)


@pytest.fixture(params=[False], ids=["without JavaScript"])
def asker(request: Any, window: Window, live_server: Any, office: None) -> Asker:
    """Somebody on a telephone, without script unless a test asks for it."""
    return Asker(window(NARROW, script=request.param).new_page(), live_server.url)


@pytest.fixture
def desk(window: Window, live_server: Any, office: None) -> Callable[..., Desk]:
    """The page of a request, for a colleague of a role: each has a window of their own."""
    windows: dict[str, BrowserContext] = {}

    def of(role: str, made: PrivacyRequest) -> Desk:
        if role not in windows:
            windows[role] = window()
            visiting.let_in(windows[role], live_server.url, role)
        address = f"{live_server.url}/desk/requests/{made.reference}/"
        return Desk(windows[role].new_page(), address).open()

    return of


@pytest.fixture
def intake(window: Window, live_server: Any, office: None) -> Intake:
    """A colleague who enters what comes by post, telephone or mail."""
    context = window()
    visiting.let_in(context, live_server.url, "intake")
    return Intake(context.new_page(), live_server.url)
