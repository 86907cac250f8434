"""Verification in the page: whole, tampered with, asked twice, left by a dead worker."""

import base64
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from audit import certificate, keys, services, tasks, verifying
from audit.exceptions import NoSuchCheckpoint, VerificationRuns
from audit.models import Checkpoint, Entry, Verification
from desk.roles import sync_roles
from desk.tests.makers import make_colleague
from embedded.worker import until

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
BACKEND = "django.contrib.auth.backends.ModelBackend"
NOW = timezone.now()


@pytest.fixture
def auditor(client):
    sync_roles()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    client.force_login(make_colleague("auditor"), backend=BACKEND)
    return client


def write(number=1, event="thing.happened"):
    with transaction.atomic():
        return [services.append(event, object=f"thing:{n}", actor="worker") for n in range(number)]


def seal(now=NOW):
    services.seal_and_mirror(now=now)


def ask(after=0, now=NOW):
    return verifying.ask(actor_id=7, after=after, now=now)


def run(asked, now=NOW):
    verifying.run(asked.pk, clock=lambda: now)
    asked.refresh_from_db()
    return asked


def tamper(pk):
    with transaction.atomic(), connection.cursor() as cursor:
        # As a superuser can: no trigger says no.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE audit_entry SET body = body || '{\"a\": 1}' WHERE id = %s", [pk])


def text_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


# --- the ledger -----------------------------------------------------------------------------------


def test_an_auditor_has_the_whole_ledger_verified_and_reads_what_that_proves(auditor):
    write(5)
    seal()
    answer = auditor.post("/desk/ledger/verification/begin/", {"part": "all"})
    asked = Verification.objects.get()
    assert answer.headers["Location"] == f"/desk/ledger/verification/{asked.reference}/"
    assert "0%" in text_of(auditor, answer.headers["Location"])
    found = run(asked)
    assert (found.outcome, found.entries, found.mirrored, found.done) == ("whole", 5, 5, 5)
    text = text_of(auditor, answer.headers["Location"])
    assert "All whole: 5 entries" in text
    assert "What it does not prove" in text
    events = Entry.objects.order_by("pk").values_list("body__event", "body__object")
    about = f"verification:{asked.reference}"
    assert list(events)[-2:] == [("ledger.verification_asked", about), ("ledger.verified", about)]


def test_an_entry_that_a_superuser_changed_is_found_and_named(auditor):
    pks = write(5)
    seal()
    tamper(pks[3])
    asked = run(ask())
    assert asked.outcome == "broken"
    assert asked.wrong.startswith(f"entry {pks[3]}, leaf 3, ")
    text = text_of(auditor, f"/desk/ledger/verification/{asked.reference}/")
    assert asked.wrong in text
    assert "not what was signed" in text


def test_what_a_checkpoint_signed_is_trusted_only_where_one_asks_for_that(auditor):
    first = write(4)
    seal(NOW - timedelta(days=3))
    write(3)
    seal()
    tamper(first[0])
    day = {"part": "since", "since": (NOW - timedelta(days=1)).date().isoformat()}
    auditor.post("/desk/ledger/verification/begin/", day)
    asked = Verification.objects.get()
    assert asked.after == 4
    found = run(asked)
    assert (found.outcome, found.entries) == ("whole", 3)
    text = text_of(auditor, f"/desk/ledger/verification/{asked.reference}/")
    assert "Anything about the first 4 entries" in text
    assert run(ask()).outcome == "broken"


@pytest.mark.parametrize(
    "typed",
    [{}, {"part": "since"}, {"part": "since", "since": "soon"}, {"part": "x"}],
)
def test_what_is_not_a_part_of_the_ledger_is_refused_with_a_sentence(auditor, typed):
    answer = auditor.post("/desk/ledger/verification/begin/", typed)
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()
    assert not Verification.objects.exists()


def test_a_day_before_anything_was_signed_is_refused(auditor):
    write()
    seal()
    typed = {"part": "since", "since": "2001-01-01"}
    answer = auditor.post("/desk/ledger/verification/begin/", typed)
    assert answer.status_code == 422
    assert "Nothing was signed before this day" in answer.content.decode()
    with pytest.raises(NoSuchCheckpoint):
        ask(after=99)


def test_one_verification_runs_at_a_time_and_a_second_click_leads_to_it(auditor):
    running = ask()
    with pytest.raises(VerificationRuns):
        ask()
    answer = auditor.post("/desk/ledger/verification/begin/", {"part": "all"})
    assert answer.headers["Location"].endswith(f"{running.reference}/")
    run(running)
    ask()


def test_running_twice_writes_what_was_found_once():
    write()
    seal()
    asked = run(ask())
    run(asked)
    assert Entry.objects.filter(body__event="ledger.verified").count() == 1


def test_a_worker_that_still_speaks_keeps_it_and_a_silent_one_loses_it(auditor):
    asked = ask()
    Verification.objects.update(runner="00000000-0000-4000-8000-000000000001", heard_at=NOW)
    assert run(asked, NOW + timedelta(minutes=1)).outcome == ""
    assert verifying.waiting(now=NOW + timedelta(minutes=1)) == []
    later = NOW + verifying.SILENT
    assert verifying.waiting(now=later) == [asked.pk]
    Verification.objects.update(heard_at=timezone.now() - verifying.SILENT)
    address = f"/desk/ledger/verification/{asked.reference}/"
    assert "No worker has said anything" in text_of(auditor, address)
    assert run(asked, timezone.now()).outcome == "whole"


def test_a_worker_that_was_taken_for_dead_writes_nothing_down(monkeypatch):
    write()
    seal()
    asked = ask()

    def slow(progress, after):
        Verification.objects.update(runner="00000000-0000-4000-8000-000000000001")
        progress(1)

    monkeypatch.setattr(verifying, "verify", slow)
    assert run(asked).outcome == ""
    assert not Entry.objects.filter(body__event="ledger.verified").exists()


@pytest.mark.worker
def test_a_verification_in_the_hands_of_a_killed_worker_ends_after_all(celery_worker):
    write(3)
    seal()
    asked = ask(now=timezone.now())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE audit_leaf IN ACCESS EXCLUSIVE MODE")
        tasks.verify.delay(asked.pk)
        until(somebody_waits_for_leaves)
        celery_worker.kill()
    asked.refresh_from_db()
    assert asked.runner is not None
    assert asked.outcome == ""
    Verification.objects.update(heard_at=timezone.now() - verifying.SILENT)
    celery_worker.restart()
    # As the beat does, whether or not the broker gives the lost task back.
    tasks.resume_verifications.delay()
    until(lambda: Verification.objects.filter(outcome="whole").exists())


def somebody_waits_for_leaves():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted"
            " AND relation = 'audit_leaf'::regclass)"
        )
        return cursor.fetchone()[0]


# --- one entry, one certificate -------------------------------------------------------------------


def test_an_entry_is_looked_up_by_number(auditor):
    [pk] = write()
    answer = auditor.post("/desk/ledger/verification/entry/", {"entry-number": pk})
    assert answer.headers["Location"] == f"/desk/ledger/{pk}/"
    for number in (pk + 1000, "x", "-1"):
        refused = auditor.post("/desk/ledger/verification/entry/", {"entry-number": number})
        assert refused.status_code == 422


def check(client, made):
    content = made if isinstance(made, bytes) else json.dumps(made).encode()
    file = SimpleUploadedFile("certificate.json", content, "application/json")
    return client.post("/desk/ledger/verification/certificate/", {"certificate-certificate": file})


def test_a_true_certificate_is_found_true_and_still_in_the_ledger(auditor):
    pks = write(4)
    seal()
    answer = check(auditor, certificate.build(pks[2]))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "place 3 of the 4 entries" in text
    assert f'href="/desk/ledger/{pks[2]}/"' in text
    assert "thing:2" in text
    assert "What it does not prove" in text


def test_a_certificate_of_text_that_the_ledger_lost_says_so(auditor):
    pks = write(2)
    seal()
    made = certificate.build(pks[0])
    tamper(pks[0])
    text = check(auditor, made).content.decode()
    assert "does not hold that text" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"leaf_index": 1}, "not in the signed ledger"),
        ({"public_key": "x"}, "never signed this ledger"),
        ({"more": 1}, "Something was added"),
        ({"statement": {}}, "differs from what was recorded"),
    ],
)
def test_a_certificate_with_anything_changed_is_not_true(auditor, change, said):
    pks = write(2)
    seal()
    answer = check(auditor, certificate.build(pks[0]) | change)
    assert answer.status_code == 422
    assert said in answer.content.decode()


@pytest.mark.parametrize("content", [b"", b"not json", b"[]", b"\xff", b"{" * 5000, b" " * 300_000])
def test_a_file_that_is_no_certificate_is_refused_with_a_sentence(auditor, content):
    answer = check(auditor, content)
    assert answer.status_code == 422
    assert "Traceback" not in answer.content.decode()


def test_a_certificate_of_another_ledgers_key_is_refused(auditor):
    [pk] = write()
    seal()
    other = keys.published(Ed25519PrivateKey.generate().public_key())
    assert check(auditor, certificate.build(pk) | {"public_key": other}).status_code == 422


# --- what was signed ------------------------------------------------------------------------------


def test_checkpoints_are_shown_with_their_signatures_and_the_keys(auditor):
    write()
    seal()
    write()
    seal()
    text = text_of(auditor, "/desk/ledger/checkpoints/")
    assert certificate.public_key() in text
    assert text.count('bg-success-subtle">True') == 2
    one = text_of(auditor, "/desk/ledger/checkpoints/2/")
    assert settings.LEDGER_ORIGIN in one
    file = auditor.get("/desk/ledger/checkpoints/2/?file")
    assert file.content.decode() == Checkpoint.objects.get(size=2).note
    assert auditor.get("/desk/ledger/checkpoints/3/").status_code == 404


def test_a_checkpoint_that_was_not_signed_by_us_is_said_to_be_untrue(auditor):
    write()
    seal()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE audit_checkpoint SET note = replace(note, E'\\n1\\n', E'\\n2\\n')")
    assert "Not true" in text_of(auditor, "/desk/ledger/checkpoints/")
    assert "not true" in text_of(auditor, "/desk/ledger/checkpoints/1/")


def test_a_key_that_signed_before_stays_in_the_list_and_its_checkpoints_stay_true(
    auditor, settings
):
    write()
    seal()
    old, new = certificate.public_key(), Ed25519PrivateKey.generate()
    services.hand_over(keys.published(new.public_key()), actor="system", now=NOW)
    settings.LEDGER_OLD_PUBLIC_KEYS = [old]
    settings.LEDGER_SIGNING_KEY = base64.b64encode(new.private_bytes_raw()).decode()
    write()
    seal()
    text = text_of(auditor, "/desk/ledger/checkpoints/")
    assert old in text
    assert keys.published(new.public_key()) in text
    assert "Not true" not in text
    assert run(ask()).outcome == "whole"


@pytest.mark.parametrize("address", ["verification/", "checkpoints/"])
def test_pages_cost_few_queries(auditor, address, django_assert_max_num_queries):
    for _ in range(3):
        write()
        seal()
        run(ask())
    with django_assert_max_num_queries(20):
        auditor.get(f"/desk/ledger/{address}")


def test_who_reads_the_ledger_without_the_right_to_ask_cannot_start_one(client):
    sync_roles()
    client.force_login(make_colleague("privacy officer"), backend=BACKEND)
    assert client.get("/desk/ledger/verification/").status_code == 200
    assert client.post("/desk/ledger/verification/begin/", {"part": "all"}).status_code == 403
    client.force_login(make_colleague("intake"), backend=BACKEND)
    for address in ("verification/", "checkpoints/"):
        assert client.get(f"/desk/ledger/{address}").status_code == 403
