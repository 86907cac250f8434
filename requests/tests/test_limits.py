"""Floods are slowed by network and by number, and time tells nobody what was found."""

import re
import time

import pytest
from django.test import Client

from policy.tests.makers import load_policy
from requests import limits
from requests.models import OutgoingMail, PrivacyRequest
from requests.portal.opening_views import LINK_SECONDS
from requests.tests.journey import CODE, ask, fill_in, mailed_code, post, send, text_of
from requests.tests.test_page import words_of

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
LINK = "/request/new-link/"


@pytest.fixture(autouse=True)
def _statement():
    load_policy()


@pytest.mark.parametrize(
    ("what", "path", "typed"),
    [
        ("link", LINK, {"number": "AP-2026-000001", "email": "a@example.nl"}),
        ("open", "/request/open/", {"number": "AP-2026-000001", "code": "K7QF-93MD-AB2C-9XYZ"}),
        ("open", "/request/link/abc/", {}),
        ("code", "/request/00000000-0000-0000-0000-000000000000/code/", {"code": "123456"}),
        ("code", "/request/00000000-0000-0000-0000-000000000000/new-code/", {}),
        ("message", "/request/00000000-0000-0000-0000-000000000000/message/", {"words": "x"}),
        ("send", "/ask/check/", {}),
        ("start", "/ask/situation/", {"situation": "letter"}),
    ],
)
def test_each_way_in_has_a_limit_for_a_network_and_leaves_others_alone(
    monkeypatch, what, path, typed
):
    monkeypatch.setitem(limits.LIMITS, what, (1, 3600))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    # One IPv6 connection has a whole network of addresses: they count together.
    same = [Client(REMOTE_ADDR=f"2001:db8:1:2::{host}") for host in ("1", "2", "ffff:1")]
    codes = [post(client, path, typed).status_code for client in same]
    assert codes[0] != 429
    assert codes[1:] == [429, 429]
    assert post(Client(REMOTE_ADDR="2001:db8:1:3::1"), path, typed).status_code != 429


def test_links_for_one_number_are_limited_from_wherever_they_are_asked(client, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    made = ask(client)
    typed = {"number": made.number.lower(), "email": "fatima@example.nl"}
    before = OutgoingMail.objects.count()
    answers = [post(Client(REMOTE_ADDR=f"192.0.2.{host}"), LINK, typed) for host in range(1, 9)]
    assert OutgoingMail.objects.count() == before + 5
    assert {answer.status_code for answer in answers} == {200}
    assert text_of(answers[0]) == text_of(answers[-1])


def test_codes_for_one_address_are_limited_whatever_the_request(client, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "code_address", (1, 3600))
    answers = []
    for made in [ask(client), ask(client)]:
        code = mailed_code(words_of(made))
        answers.append(post(client, f"/request/{made.reference}/code/", {"code": code}))
    assert [answer.status_code for answer in answers] == [302, 422]


def test_the_answer_takes_as_long_whether_number_and_address_fit_or_not(client):
    made = ask(client)
    took, worked = [], []
    for email in ("fatima@example.nl", "somebody@example.nl"):
        for number in (made.number, "AP-2026-999999"):
            began, busy = time.monotonic(), time.process_time()
            response = post(client, LINK, {"number": number, "email": email})
            took.append(time.monotonic() - began)
            worked.append(time.process_time() - busy)
            assert response.status_code == 200
    assert min(took) >= LINK_SECONDS
    # So the rest is waiting; only a machine that is busy with other things adds to it.
    assert max(worked) < LINK_SECONDS


def test_one_address_gets_so_many_receipts_a_day_and_every_request_arrives(monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "first_mail", (2, 24 * 3600))
    for before in range(4):
        client = Client()
        fill_in(client, reach={"email": "Fatima@Example.nl", "phone": ""})
        for _ in range(before):
            limits.allowed_for("first_mail", "fatima@example.nl")
        assert send(client).headers["Location"] == "/ask/sent/"
        page = text_of(client.get("/ask/sent/"))
        assert PrivacyRequest.objects.latest("pk").number in page
        assert re.search(CODE, page)
        assert ("zes cijfers" in page) == (before < 2)
    assert (PrivacyRequest.objects.count(), OutgoingMail.objects.count()) == (4, 2)


def test_one_address_gets_so_many_codes_and_links_a_day_whatever_the_request(client, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "more_mail", (2, 24 * 3600))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    made = [ask(client), ask(client), ask(client)]
    before = OutgoingMail.objects.count()
    for one in made:
        post(client, f"/request/{one.reference}/new-code/", {})
        for email in ("fatima@example.nl", "somebody@example.nl"):
            answer = post(Client(), LINK, {"number": one.number, "email": email})
            assert answer.status_code == 200
    assert OutgoingMail.objects.count() == before + 2


def test_who_types_the_address_of_another_beside_a_wrong_number_uses_nothing_up(
    client, monkeypatch
):
    monkeypatch.setitem(limits.LIMITS, "more_mail", (1, 24 * 3600))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    made = ask(client)
    for number in range(5):
        post(Client(), LINK, {"number": f"AP-2026-99999{number}", "email": "fatima@example.nl"})
    before = OutgoingMail.objects.count()
    post(Client(), LINK, {"number": made.number, "email": "fatima@example.nl"})
    assert OutgoingMail.objects.count() == before + 1
