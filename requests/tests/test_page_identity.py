"""On their own page a person proves who they are, and takes a request back."""

import pytest
from django.utils import timezone

from requests import services
from requests.constants import DoubtReason, State
from requests.models import PrivacyRequest
from requests.tests.journey import ask, post, text_of
from requests.tests.makers import OFFICER, make_match
from subjects.tests.makers import make_involvement

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture(autouse=True)
def _statement():
    from policy.tests.makers import load_policy

    load_policy()


def page_of(request: PrivacyRequest) -> str:
    return f"/request/{request.reference}/"


def send_code(request: PrivacyRequest) -> str:
    person = make_involvement()
    make_match(request, person.subject)
    made, _mail = services.make_posted_code(
        request.pk,
        person.reference,
        reasons=[DoubtReason.TOO_LITTLE],
        without_undue_delay=True,
        officer=OFFICER,
        now=timezone.now(),
    )
    letter = services.open_letter(made.reference, officer=OFFICER, now=timezone.now())[1]
    return letter["code"]


def test_the_page_asks_for_the_code_only_when_a_letter_is_under_way(client):
    request = ask(client)
    assert 'name="posted_code"' not in client.get(page_of(request)).content.decode()
    code = send_code(request)
    page = client.get(page_of(request)).content.decode()
    assert 'name="posted_code"' in page
    assert code not in page
    assert "identiteitskaart" in page


def test_the_code_of_the_letter_proves_and_goes_on(client):
    request = ask(client)
    code = send_code(request)
    wrong = post(client, f"{page_of(request)}posted/", {"posted_code": "AAAA-AAAA"})
    assert wrong.status_code == 422
    assert "AAAA-AAAA" in wrong.content.decode()
    assert post(client, f"{page_of(request)}posted/", {"posted_code": code}).status_code == 302
    request.refresh_from_db()
    assert request.state == State.HANDLING
    page = client.get(page_of(request))
    assert 'name="posted_code"' not in page.content.decode()
    assert "hebben wij gevraagd wie u bent" in text_of(page)


def test_a_stranger_types_no_code_and_takes_nothing_back(client, django_user_model):
    request = ask(client)
    code = send_code(request)
    client.cookies.clear()
    for path, data in (("posted/", {"posted_code": code}), ("withdraw/", {})):
        answer = post(client, page_of(request) + path, data)
        assert answer.status_code == 404
    request.refresh_from_db()
    assert request.state == State.WAITING


def test_guessing_codes_is_slowed_by_the_address(client):
    request = ask(client)
    send_code(request)
    answers = [
        post(client, f"{page_of(request)}posted/", {"posted_code": f"AAAA-{n:04}"}).status_code
        for n in range(21)
    ]
    assert answers[-1] == 429


def test_a_request_is_taken_back_after_one_more_question(client):
    request = ask(client)
    assert "withdraw/" in client.get(page_of(request)).content.decode()
    question = client.get(f"{page_of(request)}withdraw/")
    assert question.status_code == 200
    request.refresh_from_db()
    assert request.state == State.RECEIVED
    assert post(client, f"{page_of(request)}withdraw/").status_code == 302
    request.refresh_from_db()
    assert request.state == State.WITHDRAWN
    page = client.get(page_of(request)).content.decode()
    assert "withdraw/" not in page


def test_what_has_ended_is_not_taken_back_again(client):
    request = ask(client)
    services.withdraw(request.pk, actor="person", now=timezone.now())
    assert client.get(f"{page_of(request)}withdraw/").status_code == 302
    answer = post(client, f"{page_of(request)}withdraw/")
    assert answer.status_code == 302
    assert "te laat" in client.get(page_of(request)).content.decode()


# --- for whom somebody asks


def test_who_asks_for_another_says_as_what_and_the_screens_ask_about_that_person(client):
    post(client, "/ask/situation/", {"situation": "debt"})
    whom = {"asks_for": "other"}
    assert post(client, "/ask/whom/", whom).headers["Location"] == "/ask/who/"
    wrong = post(client, "/ask/who/", {"representative_name": "Mr. Vos"})
    assert wrong.status_code == 422
    assert "Mr. Vos" in wrong.content.decode()
    who = {"representative_name": "Mr. Vos", "representative_kind": "lawyer"}
    assert post(client, "/ask/who/", who).headers["Location"] == "/ask/name/"
    assert "de persoon voor wie u vraagt" in text_of(client.get("/ask/name/"))
    # What is said of oneself is not said of somebody else.
    born, address = text_of(client.get("/ask/born/")), text_of(client.get("/ask/address/"))
    assert "Wanneer is deze persoon geboren" in born
    assert "Zo verwarren wij u niet" not in born
    assert "om de gegevens te vinden" in address
    assert "uw gegevens te vinden" not in address
    assert "Wij schrijven aan u" in text_of(client.get("/ask/reach/"))
    request = ask(client, whom=whom, who=who)
    assert request.asks_for == "other"
    body = services.body_of(request)
    assert body["representative"]["name"] == "Mr. Vos"
    assert b"Mr. Vos" not in bytes(request.sealed_body)


def test_who_asks_about_the_dead_is_told_that_they_ask_in_their_own_name(client):
    post(client, "/ask/situation/", {"situation": "related"})
    told = "Niemand kan de gegevens opvragen van iemand die is overleden"
    assert told not in text_of(client.get("/ask/whom/"))
    post(client, "/ask/whom/", {"asks_for": "self"})
    assert told not in text_of(client.get("/ask/name/"))
    post(client, "/ask/whom/", {"asks_for": "deceased"})
    assert told in text_of(client.get("/ask/name/"))
    request = ask(client, whom={"asks_for": "deceased"})
    assert request.asks_for == "deceased"
    assert services.body_of(request)["representative"] == {}


def test_for_oneself_nothing_more_is_asked(client):
    assert post(client, "/ask/whom/", {"asks_for": "self"}).headers["Location"] == "/ask/name/"
    assert ask(client).asks_for == "self"
    assert post(client, "/ask/whom/", {"asks_for": ""}).status_code == 422
