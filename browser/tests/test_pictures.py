"""The pictures of the read-me. `make screenshots` runs this with SCREENSHOTS, and so keeps them."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser

from audit.services import seal_and_mirror
from browser.pictures import MOST_BYTES, make
from browser.walking import NARROW, WIDE

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
ROOT = Path(__file__).resolve().parents[2]
KEPT = os.environ.get("SCREENSHOTS")


@pytest.fixture
def agency(transactional_db: None, settings: Any) -> None:
    settings.DEMO_MODE = True
    call_command("load_policy", verbosity=0)
    call_command("demo", f"--subjects={300 if KEPT else 20}", verbosity=0)
    seal_and_mirror(now=timezone.now())


def test_every_main_page_has_its_picture_and_the_read_me_shows_no_other(
    browser: Browser, live_server: Any, agency: None, tmp_path: Path
) -> None:
    folder = ROOT / KEPT if KEPT else tmp_path
    made = list(make(browser, live_server.url, folder))
    for file in made:
        width = NARROW[0] if file.stem.endswith("-telephone") else WIDE[0]
        assert Image.open(file).width == width, file
        assert file.stat().st_size <= MOST_BYTES, file
    shown = (ROOT / "README.md").read_text(encoding="utf-8").split("(docs/screenshots/")[1:]
    # A letter is a PDF: no browser without a window shows it.
    letter = {"letter.png"}
    assert {one.partition(")")[0] for one in shown} - letter <= {file.name for file in made}
