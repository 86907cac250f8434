"""A browser, and a site with people in it."""

import os
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser

from browser import chromium

# The driver runs an event loop in the thread of the test, which Django takes for its own.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if chromium.path() is None:
        pytest.skip(chromium.MISSING)
    with chromium.started() as started:
        yield started


@pytest.fixture
def agency(transactional_db: None, settings) -> None:
    """The made-up agency, small: every state occurs in it."""
    settings.DEMO_MODE = True
    call_command("load_policy", verbosity=0)
    call_command("demo", "--subjects=60", verbosity=0)
    call_command("demo_accounts", verbosity=0)
