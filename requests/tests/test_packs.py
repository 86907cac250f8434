"""The pack: made once of an approved answer, taken by the person, emptied after thirty days."""

import io
import itertools
import json
import threading
import time
from datetime import timedelta
from functools import partial

import pikepdf
import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from audit.models import Entry
from audit.services import entries_about
from embedded.killing import killed_before
from embedded.worker import until
from requests.constants import State
from requests.exceptions import Incomplete, PackGone, WrongState
from requests.mail.mailing import content_of
from requests.models import OutgoingMail, Pack, PackDownload
from requests.packs import content as pack_content
from requests.packs import making, taking
from requests.tasks import build_pack, build_waiting_packs
from requests.tests.answers import NOW, TODAY, make_approved, make_case, make_ready
from retention.models import HeldDossier
from subjects.tests.makers import lose_key, make_dossier, make_involvement, make_record
from vault.keystore.models import DataKey
from vault.services import drain_outbox

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
really = pytest.mark.django_db(transaction=True, databases=["default", "keystore"])


def events_of(request):
    return [e.body["event"] for e in entries_about(f"request:{request.reference}")]


def built(request):
    return making.build_pack(request.pk, now=NOW).pack


def test_a_pack_answers_the_request():
    person = make_case()
    request = make_approved(person)
    pack = built(request)
    request.refresh_from_db()
    assert request.state == State.ANSWERED
    assert request.answered_at == NOW
    # 24 June and thirty days: the whole of 24 July, where the answer is given.
    assert timezone.localtime(pack.expires_at).isoformat() == "2026-07-25T00:00:00+02:00"
    data = json.loads(taking.open_pack(pack, "json", actor="person", now=NOW))
    assert [purpose["code"] for purpose in data["purposes"]] == ["COL", "RTS"]
    assert "Ik wil weten wat u van mij heeft." in json.dumps(data)
    with pikepdf.open(io.BytesIO(taking.open_pack(pack, "pdf", actor="person", now=NOW))) as pdf:
        assert "answer.json" in pdf.attachments


def test_only_confirmed_people_are_in_it():
    make_case(last_name="Ander")
    request = make_approved(make_case())
    data = taking.open_pack(built(request), "json", actor="person", now=NOW)
    assert b"Ander" not in data


def test_a_second_run_makes_no_second_pack():
    request = make_approved(make_case())
    first = built(request)
    assert built(request) == first
    assert Pack.objects.count() == 1
    assert events_of(request).count("pack.made") == 1


def test_what_was_not_approved_gets_no_pack():
    request = make_ready(make_case())
    with pytest.raises(WrongState):
        built(request)
    assert not Pack.objects.exists()


def test_an_answer_that_became_incomplete_is_not_made():
    person = make_case()
    request = make_approved(person)
    lose_key(person)
    with pytest.raises(Incomplete):
        built(request)
    request.refresh_from_db()
    assert request.state == State.APPROVED


def test_nobody_found_gets_an_answer_too():
    request = make_approved()
    pack = built(request)
    data = json.loads(taking.open_pack(pack, "json", actor="person", now=NOW))
    assert data["confirmation"]["found"] is False


def test_what_was_held_back_for_the_answer_is_let_go():
    person = make_case()
    request = make_approved(person)
    assert HeldDossier.objects.get().released_on is None
    built(request)
    assert HeldDossier.objects.get().released_on == TODAY


def test_a_mail_waits_that_tells_nothing():
    mail_id = making.build_pack(make_approved(make_case()).pk, now=NOW).mail_id
    assert mail_id is not None
    content = content_of(OutgoingMail.objects.get(pk=mail_id))
    for secret in ("Amrani", "Webwinkel", "120.00"):
        assert secret not in content["subject"] + content["body"]


def test_a_dump_of_the_main_database_shows_nothing_of_the_answer():
    pack = built(make_approved(make_case()))
    for sealed in (pack.sealed_json, pack.sealed_pdf):
        assert b"Amrani" not in sealed
        assert b"%PDF" not in sealed
    assert "Amrani" not in json.dumps(pack.manifest)


def test_manifest_and_ledger_do_not_tell_of_a_report_of_an_unusual_transaction():
    person = make_case()
    make_record(person, "debt")
    check = make_involvement(
        make_dossier("AML", unusual_report_on=TODAY),
        person.subject,
    )
    make_record(check, "unusual_report", content={"text": "GEHEIM"}, source="own")
    request = make_approved(person)
    pack = built(request)
    assert [purpose["code"] for purpose in pack.manifest["purposes"]] == ["COL", "RTS"]
    assert b"GEHEIM" not in taking.open_pack(pack, "json", actor="person", now=NOW)
    made = Entry.objects.get(body__event="pack.made").body
    assert made["dossiers"] == 2
    # Three records, the request, and four pieces of who the person is.
    assert made["records"] == 8


# --- taking it -----------------------------------------------------------------------------


def test_every_download_is_noted():
    request = make_approved(make_case())
    pack = built(request)
    taking.open_pack(pack, "pdf", actor="person", now=NOW)
    taking.open_pack(pack, "json", actor="user:7", now=NOW)
    taken = PackDownload.objects.order_by("pk").values_list("form", "actor")
    assert list(taken) == [("pdf", "person"), ("json", "user:7")]
    assert events_of(request).count("pack.downloaded") == 2


def test_an_expired_pack_cannot_be_taken_even_before_it_is_emptied():
    pack = built(make_approved(make_case()))
    with pytest.raises(PackGone):
        taking.open_pack(pack, "pdf", actor="person", now=pack.expires_at)
    assert not PackDownload.objects.exists()


def test_an_expired_pack_is_emptied_and_its_key_destroyed():
    request = make_approved(make_case())
    pack = built(request)
    key_id, manifest, digest = pack.key_id, pack.manifest, pack.digest
    assert taking.empty_expired(now=pack.expires_at - timedelta(seconds=1)) == 0
    assert taking.empty_expired(now=pack.expires_at) == 1
    assert taking.empty_expired(now=pack.expires_at) == 0
    drain_outbox()
    pack.refresh_from_db()
    assert (pack.key_id, pack.sealed_pdf, pack.sealed_json) == (None, None, None)
    assert pack.manifest == manifest
    assert bytes(pack.digest) == digest
    assert not DataKey.objects.filter(pk=key_id).exists()
    assert events_of(request).count("pack.expired") == 1
    with pytest.raises(PackGone):
        taking.open_pack(pack, "pdf", actor="person", now=NOW)


# --- faults --------------------------------------------------------------------------------


@really
def test_two_workers_at_once_make_one_pack():
    request = make_approved(make_case())
    made, barrier = [], threading.Barrier(2)

    def work():
        barrier.wait()
        try:
            made.append(built(request).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2
    assert len(set(made)) == 1
    assert events_of(request).count("pack.made") == 1


@really
def test_a_worker_killed_anywhere_leaves_no_half_answer(monkeypatch):
    # A forked child cannot print: the printer's threads stay behind in the parent.
    monkeypatch.setattr(pack_content, "render", lambda report: b"%PDF")
    request = make_approved(make_case())
    for step in itertools.count(1):
        killed = killed_before(step, partial(making.build_pack, request.pk, now=NOW))
        request.refresh_from_db()
        answered = request.state == State.ANSWERED
        assert Pack.objects.count() == int(answered)
        assert events_of(request).count("pack.made") == int(answered)
        if not killed:
            break
        assert step < 100
    assert answered
    assert taking.open_pack(Pack.objects.get(), "pdf", actor="person", now=NOW)


@really
@pytest.mark.worker
def test_an_answer_in_the_hands_of_a_killed_worker_is_made_after_all(celery_worker):
    request = make_approved(make_case())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE requests_pack IN SHARE MODE")
        build_pack.delay(request.pk)
        until(somebody_waits_for_packs)
        celery_worker.kill()
    assert not Pack.objects.exists()
    celery_worker.restart()
    # As the beat does, whether or not the broker gives the lost task back.
    build_waiting_packs.delay()
    until(Pack.objects.exists)
    request.refresh_from_db()
    assert request.state == State.ANSWERED


def somebody_waits_for_packs():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted"
            " AND relation = 'requests_pack'::regclass)"
        )
        return cursor.fetchone()[0]


def test_two_hundred_records_cost_few_queries_and_less_than_a_second(
    django_assert_max_num_queries,
):
    request = make_approved(make_case(records=200))
    start = time.process_time()
    with django_assert_max_num_queries(41):
        built(request)
    assert time.process_time() - start < 1
