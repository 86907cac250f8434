"""The door for other systems: who may send, what is answered, and that nothing lies about."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from rest_framework.test import APIClient

from policy.tests.makers import load_policy
from subjects import spool
from subjects.models import Dossier, IngestPart, IngestRun, Organisation
from subjects.tests.test_door import FILE, ORGANISATION, RECORD
from vault.keystore.models import DataKey
from vault.models import KeyOutbox

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
ADDRESS = "/api/v1/ingest/"


@pytest.fixture(autouse=True)
def _policy(db):
    load_policy()


def token_of(system: str = "core", **options: bool) -> str:
    out = StringIO()
    call_command("source_token", system, stdout=out, **options)
    return out.getvalue().strip()


def client_of(system: str = "core") -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_of(system)}")
    return client


def post(client, *lines, address=ADDRESS, **extra):
    body = b"\n".join(json.dumps(line).encode() for line in lines)
    return client.generic(
        "POST", address, body, content_type=extra.pop("content_type", "application/x-ndjson")
    )


def big_file():
    return [*FILE, *(RECORD | {"id": f"x{n}", "content": {"text": "x" * 900}} for n in range(1500))]


def test_a_small_file_is_taken_in_and_answered_at_once():
    answer = post(client_of(), *FILE, RECORD | {"id": "r2", "involvement": "nobody"})
    assert answer.status_code == 200
    assert (answer.data["taken"], answer.data["refused"]) == (6, 1)
    assert json.loads(answer.data["answers"][0])["line"] == 7
    assert Dossier.objects.get().source_system == "core"


def test_a_sender_who_asks_for_all_answers_gets_our_references_small_or_large():
    client = client_of()
    answer = post(client, *FILE, address=f"{ADDRESS}?answers=all")
    reference = json.loads(answer.data["answers"][2])["reference"]
    assert reference == str(Dossier.objects.get().reference)
    large = post(client, *big_file(), address=f"{ADDRESS}?answers=all")
    spool.take_in(IngestRun.objects.latest("pk").pk)
    told = client.get(f"{large['Location']}answers/").getvalue().splitlines()
    assert len(told) == len(big_file())
    assert json.loads(told[2])["reference"] == reference


def test_an_empty_file_is_an_empty_run():
    assert post(client_of()).data["lines_done"] == 0


@pytest.mark.parametrize(
    "header", ["", "Bearer core.wrong", "Bearer x", "Basic Y29yZTp4", "Bearer"]
)
def test_a_stranger_is_sent_away_with_a_problem_and_nothing_comes_in(header):
    token_of()
    client = APIClient()
    if header:
        client.credentials(HTTP_AUTHORIZATION=header)
    answer = post(client, ORGANISATION)
    assert answer.status_code == 401
    assert answer["Content-Type"].startswith("application/problem+json")
    assert json.loads(answer.content)["status"] == 401
    assert not Organisation.objects.exists()


def test_a_revoked_or_replaced_token_opens_nothing():
    old = client_of()
    client_of()
    assert post(old, ORGANISATION).status_code == 401
    revoked = client_of()
    token_of(revoke=True)
    assert post(revoked, ORGANISATION).status_code == 401


def test_a_colleague_signed_in_is_no_system(client, admin_user):
    client.force_login(admin_user)
    assert post(client, ORGANISATION).status_code == 401


def test_another_kind_of_content_is_refused():
    answer = post(client_of(), ORGANISATION, content_type="application/json")
    assert answer.status_code == 415


def test_a_large_file_waits_sealed_for_a_worker_and_is_answered_afterwards():
    client = client_of()
    lines = [*big_file(), RECORD | {"id": "bad", "basis": "because"}]
    answer = post(client, *lines)
    assert answer.status_code == 202
    run = IngestRun.objects.get()
    assert not Dossier.objects.exists()
    assert not any(b"x" * 20 in bytes(part.sealed) for part in run.parts.all())
    spool.take_in(run.pk)
    state = client.get(answer["Location"]).data
    assert (state["finished"], state["refused"]) == (True, 1505)
    answers = client.get(f"{answer['Location']}answers/").getvalue()
    assert b"basis" in answers
    assert not run.parts.filter(kind=IngestPart.Kind.BODY).exists()


def test_a_file_taken_in_twice_is_counted_once():
    post(client_of(), *big_file())
    run = IngestRun.objects.get()
    for _ in range(2):
        spool.take_in(run.pk)
    run.refresh_from_db()
    assert (run.taken, run.unchanged) == (1506, 0)


def test_a_file_that_was_cut_short_is_begun_again_and_loses_nothing():
    post(client_of(), *big_file())
    run = IngestRun.objects.get()
    spool.take_in(run.pk)
    IngestRun.objects.update(finished_at=None, taken=700)
    post(client_of(), *big_file())
    later = IngestRun.objects.latest("pk")
    spool.take_in(later.pk)
    later.refresh_from_db()
    assert (later.taken, later.unchanged) == (0, 1506)


def test_another_systems_run_is_not_there():
    answer = post(client_of("core"), *big_file())
    assert client_of("other").get(answer["Location"]).status_code == 404


def test_more_than_one_call_may_bring_is_refused_and_nothing_kept(settings):
    settings.INGEST_MOST_BYTES = 1024 * 1024 + 10
    assert post(client_of(), *big_file()).status_code == 413
    assert not IngestRun.objects.exists()
    assert not IngestPart.objects.exists()


def test_answers_and_their_key_go_after_a_week():
    post(client_of(), *big_file(), RECORD | {"id": "bad", "basis": "because"})
    run = IngestRun.objects.get()
    spool.take_in(run.pk)
    keys = DataKey.objects.count()
    assert spool.forget(now=timezone.now() + timedelta(days=6)) == 0
    assert spool.forget(now=timezone.now() + timedelta(days=8)) == 1
    assert not IngestPart.objects.exists()
    assert KeyOutbox.objects.get().key_ids == [run.key_id]
    assert keys
