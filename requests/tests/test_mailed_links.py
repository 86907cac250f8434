"""A link that went to an address nobody proved opens no data to who does not know the request."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from requests import limits, services
from requests.constants import Channel
from requests.models import PrivacyRequest
from requests.portal import sessions
from requests.tests.journey import post, text_of
from requests.tests.makers import OFFICER, make_match, prove
from requests.tests.test_page import came_by_link, make_now, opened, words_of
from requests.tests.test_posted import send
from subjects.tests.makers import an_identity, make_involvement

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
WORDS = "Mijn geheime woorden"
BORN = "9 maart 1984"


def asked(*, proven=True, **fields):
    request = make_now(**fields).request
    services.receive_message(request.pk, WORDS, now=timezone.now())
    match = make_match(request, make_involvement().subject)
    if proven:
        prove(request, match.pk, now=timezone.now())
    return request


def sees(client: Client, address: str) -> bool:
    return "geheime" in text_of(client.get(address))


def test_before_anybody_is_proven_a_mailed_link_opens_nothing_to_who_does_not_know_the_request(
    client,
):
    request = asked(proven=False)
    services.send_new_code(request.pk, now=timezone.now())
    [code] = re.findall(r"(?<![-\w])\d{6}(?![-\w])", words_of(request))
    address = came_by_link(client, request)
    assert not sees(client, address)
    # Nor does the code that came with the mail: it would prove the stranger's address for good.
    for path in ("code/", "new-code/", "mail-key/", "message/", "withdraw/"):
        assert post(client, address + path, {"code": code, "words": "x"}).status_code == 404, path
    request.refresh_from_db()
    assert request.email_verified_at is None
    assert post(client, f"{address}fact/", {"fact": BORN}).status_code == 302
    assert sees(client, address)
    assert post(client, f"{address}code/", {"code": code}).status_code == 302
    request.refresh_from_db()
    assert request.email_verified_at


def test_who_came_by_a_link_to_an_address_nobody_proved_shows_first_that_they_know_it(client):
    request = asked()
    address = came_by_link(client, request)
    shown = text_of(client.get(address))
    assert "Geboortedatum" in shown
    # A colleague may have misread it in a letter.
    assert settings.CONTROLLER["phone"] in shown
    assert "Inzage" not in shown
    for path in ("message/", "withdraw/", "code/", "new-code/", "mail-key/", "renew/", "posted/"):
        assert post(client, address + path, {"words": "x"}).status_code == 404, path
    wrong = post(client, f"{address}fact/", {"fact": "10-3-1984"})
    assert wrong.status_code == 422
    assert "10-3-1984" in wrong.content.decode()
    assert "geheime" not in text_of(wrong)
    assert post(client, f"{address}fact/", {"fact": ""}).status_code == 422
    assert post(client, f"{address}fact/", {"fact": BORN}).status_code == 302
    assert sees(client, address)


def test_who_proved_the_address_is_asked_nothing(client):
    request = asked()
    PrivacyRequest.objects.filter(pk=request.pk).update(email_verified_at=timezone.now())
    assert sees(client, came_by_link(client, request))


def test_a_browser_that_sent_the_request_is_asked_nothing_also_after_a_link(client):
    made = make_now()
    request = made.request
    services.receive_message(request.pk, WORDS, now=timezone.now())
    post(client, "/request/open/", {"number": request.number, "code": made.page_code})
    prove(request, make_match(request, make_involvement().subject).pk, now=timezone.now())
    assert sees(client, came_by_link(client, request))


def test_without_date_of_birth_the_postcode_is_asked_and_without_both_nothing(client):
    request = asked(identity=an_identity() | {"birth_date": None})
    address = came_by_link(client, request)
    assert "Postcode" in text_of(client.get(address))
    assert post(client, f"{address}fact/", {"fact": "9999 ZZ"}).status_code == 422
    assert post(client, f"{address}fact/", {"fact": "1234ab"}).status_code == 302
    nothing = asked(identity=an_identity(addresses=[]) | {"birth_date": None})
    assert sees(client, came_by_link(client, nothing))


def test_guesses_are_counted_for_the_request_from_wherever_they_come(client, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "fact", (2, 3600))
    request = asked()
    address = came_by_link(client, request)
    for born in ("1-1-1980", "2-1-1980"):
        post(client, f"{address}fact/", {"fact": born})
    other = Client(REMOTE_ADDR="192.0.2.9")
    assert post(other, f"{came_by_link(other, request)}fact/", {"fact": BORN}).status_code == 422
    assert not sees(other, address)


def test_a_letter_is_opened_by_its_code_and_by_no_date_of_birth(client):
    person = make_involvement()
    request = make_now(channel=Channel.LETTER, identity=an_identity(emails=[])).request
    make_match(request, person.subject)
    code = send(request, person, now=timezone.now())
    letter = services.open_letter(code.reference, officer=OFFICER, now=timezone.now())[1]
    given = {"number": request.number, "code": letter["access"]}
    address = post(client, "/request/open/", given).headers["Location"]
    assert post(client, f"{address}fact/", {"fact": BORN}).status_code == 404
    assert sessions.BY_MAIL in client.session
    assert client.get(address).status_code == 200
    assert "Code uit onze brief" in text_of(client.get(address))


def test_who_proves_by_a_mailed_link_what_another_asked_in_their_name_has_the_page_alone(client):
    """Whoever sends a request in another's name sees its access code, and that other the mail."""
    thief, made = Client(), make_now()
    request = made.request
    thief_page = f"/request/{request.reference}/"
    post(thief, "/request/open/", {"number": request.number, "code": made.page_code})
    assert thief.get(thief_page).status_code == 200
    services.send_new_code(request.pk, now=timezone.now())
    [code] = re.findall(r"(?<![-\w])\d{6}(?![-\w])", words_of(request))
    assert "geef de code dan aan niemand" in words_of(request).casefold()
    # In good faith the victim opens the page and types the code.
    address = opened(client, request)
    answer = client.post(f"{address}code/", {"code": code}, follow=True)
    [renewed] = re.findall(r"toegangscode: ([-0-9A-Z]{19})", text_of(answer))
    services.receive_message(request.pk, WORDS, now=timezone.now())
    assert sees(client, address)
    # The thief's browser, the code they saw, and a form that they left open see nothing any more.
    assert not sees(thief, thief_page)
    assert post(thief, f"{thief_page}message/", {"words": "x"}).status_code == 404
    again = post(Client(), "/request/open/", {"number": request.number, "code": made.page_code})
    assert again.status_code == 422
    other = Client()
    post(other, "/request/open/", {"number": request.number, "code": renewed})
    assert sees(other, address)


def test_who_proves_the_address_where_the_request_was_sent_keeps_the_access_code(client):
    made = make_now()
    request = made.request
    post(client, "/request/open/", {"number": request.number, "code": made.page_code})
    services.send_new_code(request.pk, now=timezone.now())
    [code] = re.findall(r"(?<![-\w])\d{6}(?![-\w])", words_of(request))
    address = came_by_link(client, request)
    assert post(client, f"{address}code/", {"code": code}).status_code == 302
    again = post(Client(), "/request/open/", {"number": request.number, "code": made.page_code})
    assert again.status_code == 302


def test_the_page_shows_where_our_mail_goes(client):
    request = asked(proven=False)
    address = opened(client, request)
    assert "fatima@example.nl" in text_of(client.get(address))
    assert "een code liet zien" not in text_of(client.get(address))
    PrivacyRequest.objects.filter(pk=request.pk).update(email_verified_at=timezone.now())
    assert "een code liet zien" in text_of(client.get(address))


def test_a_stranger_is_not_asked(client):
    request = asked()
    assert post(client, f"/request/{request.reference}/fact/", {"fact": BORN}).status_code == 404
