"""The feed as a system meets it, and the example client against a server that runs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from audit.models import Entry
from policy.tests.makers import load_policy
from subjects import instructions, services
from subjects.constants import InstructionKind, RestrictionGround
from subjects.models import Consent, Instruction, Involvement, Record
from subjects.tests import makers
from subjects.tests.test_door import CONSENT, FILE
from subjects.tests.test_door_api import client_of, token_of

ADDRESS = "/api/v1/instructions/"
CHANGES = {"changes": [{"field": "last_name", "old": "de Vries", "new": "Bakker"}]}


def give(kind=InstructionKind.RECTIFY, payload=None, system="core", **about):
    about = about or {
        "involvement": makers.make_involvement(makers.make_dossier(source_system=system))
    }
    with transaction.atomic():
        given = instructions.instruct(
            kind, payload=payload, actor="user:7", now=timezone.now(), **about
        )
    assert given is not None
    return given


def answer(client, given, **said):
    return client.post(f"{ADDRESS}{given.reference}/", said, format="json")


@pytest.mark.django_db(databases=["default", "keystore"])
class TestTheFeed:
    def test_a_system_reads_its_own_open_instructions_in_order_and_by_page(self):
        given = [give(InstructionKind.RESTRICT) for _ in range(3)]
        give(InstructionKind.RESTRICT, system="other")
        client, seen, address = client_of(), [], f"{ADDRESS}?limit=2"
        while address:
            page = client.get(address).json()
            seen += [row["reference"] for row in page["instructions"]]
            address = page["next"]
        assert seen == [str(row.reference) for row in given]

    def test_values_are_unsealed_in_the_answer_only_and_the_ledger_knows_it(self):
        given = give(payload=CHANGES)
        (row,) = client_of().get(ADDRESS).json()["instructions"]
        assert row["payload"] == CHANGES
        assert row["dossier"] == str(given.dossier_reference)
        assert Entry.objects.get(body__event="instruction.values_read").body["instructions"] == 1

    def test_nobody_reads_without_a_token_or_with_a_page_that_is_no_number(self, client):
        assert client.get(ADDRESS).status_code == 401
        assert client_of().get(f"{ADDRESS}?after=x").status_code == 400

    def test_an_acknowledged_instruction_is_not_shown_again(self):
        given, client = give(), client_of()
        for _twice in range(2):
            assert answer(client, given, outcome="acknowledged").json()["state"] == "acknowledged"
        assert client.get(ADDRESS).json()["instructions"] == []
        refused = answer(client, given, outcome="refused", reason="other")
        assert refused.status_code == 409

    def test_a_refusal_needs_a_reason_that_is_known(self):
        given, client = give(), client_of()
        without = answer(client, given, outcome="refused")
        assert without.status_code == 400
        assert without.json()["errors"][0]["pointer"] == "/reason"
        assert answer(client, given, outcome="refused", reason="mood").status_code == 400
        for _twice in range(2):
            done = answer(client, given, outcome="refused", reason="technical", explanation="stuk")
            assert done.json()["state"] == "refused"
        assert answer(client, given, outcome="acknowledged").status_code == 409

    def test_another_systems_instruction_does_not_exist(self):
        given, stranger = give(), client_of("other")
        assert answer(stranger, given, outcome="acknowledged").status_code == 404
        assert answer(stranger, given, outcome="refused", reason="other").status_code == 404
        given.refresh_from_db()
        assert given.state == "open"

    def test_many_are_acknowledged_in_one_call(self, django_assert_max_num_queries):
        given = [give(payload=CHANGES) for _ in range(20)]
        refused, unknown = give(InstructionKind.ERASE), uuid4()
        client = client_of()
        answer(client, refused, outcome="refused", reason="legal_duty")
        references = [str(row.reference) for row in [*given, refused]] + [str(unknown)]
        with django_assert_max_num_queries(10):
            said = client.post(f"{ADDRESS}acknowledge/", {"references": references}, format="json")
        assert said.json() == {
            "acknowledged": 20,
            "refused_before": [str(refused.reference)],
            "unknown": [str(unknown)],
        }

    def test_more_than_a_call_may_carry_is_refused(self):
        body = {"references": [str(uuid4())] * 5_001}
        said = client_of().post(f"{ADDRESS}acknowledge/", body, format="json")
        assert said.status_code == 400

    def test_the_door_answers_the_digest_by_which_a_part_is_named(self):
        load_policy()
        lines = [json.dumps(line) for line in [*FILE, CONSENT]]
        answered = client_of().generic(
            "POST",
            "/api/v1/ingest/?answers=all",
            "\n".join(lines),
            content_type="application/x-ndjson",
        )
        answers = [json.loads(text) for text in answered.json()["answers"]]
        digests = {row["digest"] for row in answers if "digest" in row}
        held = {
            bytes(row.source_digest).hex()
            for model in (Record, Consent)
            for row in model.objects.all()
        }
        assert digests == held


def test_the_description_of_the_api_is_valid_and_names_the_feed():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(schema)
    assert f"{ADDRESS}{{reference}}/" in schema["paths"]


# --- the example client -------------------------------------------------------------------------


def run_client(live_server, token, *arguments):
    script = Path(settings.BASE_DIR) / "docs" / "example_client.py"
    done = subprocess.run(
        [sys.executable, script, *map(str, arguments)],
        env=os.environ | {"PRIVACY_URL": live_server.url, "PRIVACY_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_the_example_client_sends_keeps_references_obeys_and_answers(live_server, tmp_path):
    load_policy()
    lines, store = tmp_path / "lines.jsonl", tmp_path / "system.json"
    lines.write_text("\n".join(json.dumps(line) for line in FILE))
    token = token_of()
    run_client(live_server, token, "send", store, lines)
    involvement = Involvement.objects.select_related("dossier").get()
    kept = json.loads(store.read_text())["references"]
    assert kept[str(involvement.reference)] == ["involvement", "i1", "d1"]

    today = timezone.localdate()
    services.place_restriction(
        involvement.pk, RestrictionGround.ACCURACY, today=today, actor="user:7"
    )
    give(involvement=involvement, payload=CHANGES)
    stranger = give()
    assert "2 carried out, 1 refused" in run_client(live_server, token, "obey", store)
    person = json.loads(store.read_text())["dossiers"]["d1"]["people"]["i1"]
    assert person["restricted"] is True
    assert person["identity"]["last_name"] == "Bakker"
    stranger.refresh_from_db()
    assert (stranger.state, stranger.refusal) == ("refused", "unknown")

    give(InstructionKind.ERASE, dossier=involvement.dossier)
    run_client(live_server, token, "obey", store)
    assert json.loads(store.read_text())["dossiers"] == {}
    assert set(Instruction.objects.values_list("state", flat=True)) == {"acknowledged", "refused"}


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_the_example_client_says_what_the_door_refused_and_needs_its_token(live_server, tmp_path):
    with pytest.raises(AssertionError, match="401"):
        run_client(live_server, "core.wrong", "obey", tmp_path / "system.json")
