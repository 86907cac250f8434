"""A connected system passes a request on: once, with its own moment, and nothing of others."""

import threading
from typing import Any

import pytest
from django.db import connections
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from audit.models import Entry
from policy.tests.makers import load_policy
from requests import services
from requests.constants import Kind
from requests.models import PrivacyRequest
from subjects.models import SourceSystem
from subjects.tests.test_door_api import client_of, token_of

BOTH = ["default", "keystore"]
pytestmark = pytest.mark.django_db(databases=BOTH)
ADDRESS = "/api/v1/requests/"
LETTER: dict[str, Any] = {
    "id": "CRM-17",
    "channel": "email",
    "received_at": "2026-06-09T23:30:00+00:00",
    "text": "Ik wil inzage en trek mijn toestemming in.",
    "identity": {"last_name": "El Amrani", "emails": ["fatima@example.nl"]},
}


@pytest.fixture(autouse=True)
def _policy(db):
    load_policy()


def send(client: APIClient, **changed: Any) -> Any:
    return client.post(ADDRESS, LETTER | changed, format="json")


def test_a_letter_is_taken_in_with_its_moment_and_the_rights_read_in_it():
    answer = send(client_of())
    assert answer.status_code == 201
    made = PrivacyRequest.objects.get()
    assert answer.data["number"] == made.number
    assert answer.data["due_on"] == "2026-07-10"  # 10 June where the answer is given
    assert {one["right"] for one in answer.data["rights"]} == {"access", "consent"}
    assert (made.channel, made.kind) == ("email", Kind.REQUEST)
    assert services.body_of(made)["identity"]["last_name"] == "El Amrani"
    assert Entry.objects.filter(body__contains={"actor": "source:core"}).exists()


def test_the_same_letter_again_changes_nothing():
    client = client_of()
    first, again = send(client), send(client)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.data == again.data
    assert PrivacyRequest.objects.count() == 1


def test_another_letter_under_the_same_id_is_refused():
    client = client_of()
    send(client)
    answer = send(client, text="Wis mijn gegevens.")
    assert (answer.status_code, answer.data["type"].rpartition(":")[2]) == (409, "other-letter")
    assert PrivacyRequest.objects.count() == 1


def test_two_systems_may_use_the_same_id():
    send(client_of("one"))
    assert send(client_of("two")).status_code == 201
    assert PrivacyRequest.objects.count() == 2


def test_rights_that_are_named_go_before_those_that_are_read():
    answer = send(client_of(), rights=["erasure"])
    assert [one["right"] for one in answer.data["rights"]] == ["erasure"]


def test_a_question_makes_no_clock():
    answer = send(client_of(), text="Hoe lang bewaren jullie iets?")
    assert (answer.data["kind"], answer.data["due_on"]) == ("enquiry", None)


@pytest.mark.parametrize("text", ["Wat ligt er bij u van mij?", "Ik heb een klacht. Wis mij."])
def test_what_may_be_a_request_has_a_clock_until_an_officer_has_looked(text):
    answer = send(client_of(), text=text)
    assert answer.data["kind"] == "request"
    assert answer.data["due_on"]


def test_a_bsn_in_the_words_is_masked_and_one_in_a_field_is_refused():
    client = client_of()
    send(client, text="Inzage graag, mijn BSN is 111222333")
    assert "111222333" not in services.body_of(PrivacyRequest.objects.get())["words"]
    identity = LETTER["identity"] | {"bsn": "111222333"}
    answer = send(client, id="x", identity=identity)
    assert answer.status_code == 400
    assert "111222333" not in str(answer.data)


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"received_at": "2099-01-01T00:00:00+00:00"}, "/received_at"),
        ({"received_at": "2026-06-09T10:00:00"}, "/received_at"),
        ({"received_at": "gisteren"}, "/received_at"),
        ({"received_at": "1999-01-01T00:00:00+00:00"}, "/received_at"),
        ({"channel": "fax"}, "/channel"),
        ({"rights": ["everything"]}, "/rights/0"),
        ({"text": "x" * 20_001}, "/text"),
        ({"text": " "}, "/text"),
        ({"id": ""}, "/id"),
        ({"surprise": 1}, "/surprise"),
        ({"identity": {}}, "/identity/last_name"),
        ({"identity": {"last_name": "A", "emails": ["x"]}}, "/identity/emails/0"),
        ({"identity": {"last_name": "A", "birth_date": "2026-02-30"}}, "/identity/birth_date"),
        ({"identity": {"last_name": "A", "birth_date": "1850-01-01"}}, "/identity/birth_date"),
        (
            {"identity": {"last_name": "A", "addresses": [{"country": "x"}]}},
            "/identity/addresses/0",
        ),
    ],
)
def test_what_is_wrong_is_pointed_at_and_nothing_is_taken_in(changed, pointer):
    answer = send(client_of(), **changed)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    pointers = [one["pointer"] for one in answer.data["errors"]]
    assert any(one.startswith(pointer) for one in pointers), pointers
    assert not PrivacyRequest.objects.exists()


def test_what_is_no_json_or_too_long_is_refused():
    client = client_of()
    broken = client.generic("POST", ADDRESS, "{", content_type="application/json")
    assert broken.status_code == 400
    long = client.generic("POST", ADDRESS, "x" * 1_100_000, content_type="application/json")
    assert long.status_code == 413
    assert client.post(ADDRESS, "x", content_type="text/plain").status_code == 415


def test_brackets_without_end_are_refused():
    answer = client_of().post(ADDRESS, "[" * 100_000, content_type="application/json")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_nobody_comes_in_without_a_token_that_is_valid(admin_client):
    assert APIClient().post(ADDRESS, LETTER, format="json").status_code == 401
    assert admin_client.post(ADDRESS, LETTER, "application/json").status_code == 401
    client = client_of()
    SourceSystem.objects.update(revoked_at="2026-01-01T00:00:00Z")
    assert send(client).status_code == 401
    assert client.get(ADDRESS).status_code in (401, 405)
    assert not PrivacyRequest.objects.exists()


def test_the_schema_tells_of_it_and_of_the_token():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    post = schema["paths"][ADDRESS]["post"]
    assert post["security"] == [{"source": []}]
    assert {"200", "201", "400", "409", "413"} <= set(post["responses"])
    fields = schema["components"]["schemas"]["Request"]["properties"]
    assert {"id", "received_at", "text", "identity", "rights"} <= set(fields)


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_the_same_letter_from_many_calls_at_once_is_taken_in_once():
    token, codes = token_of(), list[int]()

    def call() -> None:
        try:
            client = APIClient()
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
            codes.append(send(client).status_code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200] * 7 + [201]
    assert PrivacyRequest.objects.count() == 1
