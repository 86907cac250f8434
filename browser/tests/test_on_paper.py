"""Pages of the desk on paper: what stands there, and not what one could press or fill in."""

import io
from datetime import date
from typing import Any

import pikepdf
import pytest
from playwright.sync_api import expect

from browser.visiting import let_in
from requests.constants import Right
from requests.models import PrivacyRequest
from requests.tests.rights import make_asked
from subjects.tests.makers import make_dossier, make_involvement, make_record

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
FIELDS = "main :is(textarea, select, input:not([type=hidden]))"
PAGES = 5


@pytest.fixture
def asked(office: None) -> PrivacyRequest:
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    make_record(person)
    return make_asked(Right.ACCESS, Right.ERASURE, people=[person])


def test_a_request_and_the_queue_print_what_stands_there(
    window: Any, live_server: Any, asked: PrivacyRequest
) -> None:
    context = window()
    let_in(context, live_server.url, "privacy officer")
    page = context.new_page()
    # Each with what must be on the paper.
    for address, there in (
        (f"/desk/requests/{asked.reference}/", ".what-now a"),
        ("/desk/requests/", "table.queue tbody th"),
    ):
        page.goto(f"{live_server.url}{address}")
        page.emulate_media(media="print")
        expect(page.locator(there).first).to_be_visible()
        for gone in (FIELDS, ".toolbar", ".tabs", "main button", ".queue-filters"):
            assert not [one for one in page.locator(gone).all() if one.is_visible()], gone
        page.emulate_media(media="screen")
        with pikepdf.open(io.BytesIO(page.pdf(format="A4"))) as printed:
            assert len(printed.pages) <= PAGES, address
