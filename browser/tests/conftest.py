"""A browser, and a site with people in it."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, BrowserContext

from browser import chromium, visiting

# The driver runs an event loop in the thread of the test, which Django takes for its own.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium.path() is None:
        pytest.skip(chromium.MISSING)
    with chromium.started() as started:
        yield started


@pytest.fixture
def window(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
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
