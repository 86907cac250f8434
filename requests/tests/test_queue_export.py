"""The queue as a file: what stands in it and what not, who takes it, and workers that die."""

import csv
import io
import itertools
import threading
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection, connections, transaction
from django.utils import timezone
from openpyxl import load_workbook

from audit.models import Entry
from embedded.killing import killed_before
from embedded.worker import until
from requests import erasers, services, tasks
from requests.exceptions import Gone
from requests.models import PrivacyRequest
from requests.queue import export_rows, exporting, spreadsheets
from requests.queue.exporting import TooManyExports, Wish
from requests.queue.filters import Filters
from requests.queue.models import QueueExport, QueueExportPiece
from requests.tests.makers import make_match, make_request
from subjects.models import RestrictionMark
from subjects.tests.makers import an_identity, make_involvement
from vault import services as vault
from vault.keystore.models import DataKey

BOTH = ["default", "keystore"]
pytestmark = pytest.mark.django_db(databases=BOTH)
really = pytest.mark.django_db(transaction=True, databases=BOTH)

EXPORT = "/desk/requests/export/"
_numbers = count(1)


def colleague(role="privacy officer", **fields):
    user = User.objects.create_user(f"export-{next(_numbers)}", **fields)
    user.groups.add(Group.objects.get(name=role))
    return user


def enter(client, role="privacy officer", **fields):
    user = colleague(role, **fields)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


def asked(user, form="csv", names="", filters=None, **fields):
    wish = Wish(uuid4(), filters or Filters(), form, names, **fields)
    return exporting.ask_export(wish, user=user, now=timezone.now())


def made(user, *args, **fields):
    export = asked(user, *args, **fields)
    exporting.make_export(export.pk)
    export.refresh_from_db()
    return export


def content(export):
    pieces = exporting.open_export(export, user=export.owner, now=timezone.now())
    return b"".join(pieces)


def rows_of(export):
    return list(csv.DictReader(io.StringIO(content(export).decode("utf-8-sig"))))


def events(name):
    return [entry.body for entry in Entry.objects.filter(body__event=name).order_by("pk")]


# --- what stands in it ---------------------------------------------------------------------


def test_the_file_holds_what_the_filters_show_in_their_order():
    officer = colleague(first_name="Noor")
    first, second, other = make_request(), make_request(), make_request()
    services.take(first.reference, version=first.version, officer=officer.pk)
    services.withdraw(other.pk, actor="person", now=other.received_at)
    export = made(officer, filters=Filters(sort="-number"))
    rows = rows_of(export)
    assert [row["Nummer"] for row in rows] == [second.number, first.number]
    assert rows[1]["In behandeling bij"] == "Noor"
    assert rows[0]["Vraagt"] == "Mijn gegevens inzien"
    assert rows[0]["Ontvangen op"] == "2026-06-09"
    assert export.rows == 2
    assert "Amrani" not in content(export).decode()


def test_a_workbook_opens_with_dates_that_are_dates():
    request = make_request()
    sheet = load_workbook(io.BytesIO(content(made(colleague(), "xlsx", language="en")))).active
    heads = [cell.value for cell in sheet[1]]
    row = dict(zip(heads, [cell.value for cell in sheet[2]], strict=True))
    assert row["Number"] == request.number
    assert row["Received on"] == datetime(2026, 6, 9)  # noqa: DTZ001 - a workbook has no zones
    assert sheet.freeze_panes == "A2"
    assert sheet.max_row == 2


def test_nothing_in_it_is_a_formula():
    make_request(identity=an_identity(first_name="=1+1", last_name='"<&'))
    officer = colleague(first_name="@SUM(A1)")
    request = PrivacyRequest.objects.get()
    services.take(request.reference, version=request.version, officer=officer.pk)
    [row] = rows_of(made(officer, names="request"))
    assert row["Wie het vraagt"] == "'=1+1 \"<&"
    assert row["In behandeling bij"] == "'@SUM(A1)"
    sheet = load_workbook(io.BytesIO(content(made(officer, "xlsx", "request")))).active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {
        "s",
        "n",
        "d",
        "inlineStr",
    }
    assert sheet.cell(2, 13).value == "'=1+1 \"<&"


def test_people_whose_data_may_not_be_used_are_left_out_and_counted():
    person, free = make_involvement(), make_involvement()
    left_out, lifted, none = make_request(), make_request(), make_request()
    for request, one, until_day in (
        (left_out, person, None),
        (lifted, free, date(2026, 6, 20)),
    ):
        make_match(request, one.subject, involvements=[one.reference])
        RestrictionMark.objects.create(
            involvement=one,
            dossier=one.dossier,
            ground="18.1.a",
            since=date(2026, 6, 10),
            lifted_on=until_day,
        )
    export = made(colleague())
    assert {row["Nummer"] for row in rows_of(export)} == {lifted.number, none.number}
    assert (export.rows, export.restricted) == (2, 1)


def test_a_file_made_before_somebody_was_restricted_is_not_given_and_one_made_after_is(client):
    officer, person = enter(client), make_involvement()
    make_match(make_request(), person.subject, involvements=[person.reference])
    before = made(officer)
    mark = RestrictionMark.objects.create(
        involvement=person, dossier=person.dossier, ground="18.1.a", since=timezone.localdate()
    )
    answer = client.get(f"{EXPORT}{before.reference}/file/", follow=True)
    assert answer.redirect_chain[-1][0] == f"{EXPORT}{before.reference}/"
    assert "beperkt" in answer.content.decode()
    with pytest.raises(exporting.Overtaken):
        exporting.open_export(before, user=officer, now=timezone.now())
    assert not Entry.objects.filter(body__event="queue.export_downloaded").exists()
    after = made(officer)
    assert after.restricted == 1
    assert list(rows_of(after)) == []
    RestrictionMark.objects.filter(pk=mark.pk).update(lifted_on=timezone.localdate())
    assert len(list(rows_of(before))) == 1


def restrict(person):
    RestrictionMark.objects.create(
        involvement=person, dossier=person.dossier, ground="18.1.a", since=timezone.localdate()
    )


def test_a_restriction_of_somebody_who_is_not_in_the_file_leaves_it_as_it_is(
    client, django_assert_max_num_queries
):
    officer, inside, outside = enter(client), make_involvement(), make_involvement()
    make_match(make_request(channel="email"), inside.subject, involvements=[inside.reference])
    other = make_request(channel="letter")
    make_match(other, outside.subject, involvements=[outside.reference])
    stranger = make_involvement()
    export = made(officer, filters=Filters(channel="email"))
    assert export.rows == 1
    restrict(outside)
    restrict(stranger)
    with django_assert_max_num_queries(4):
        assert not exporting.overtaken(export)
    assert len(list(rows_of(export))) == 1
    assert "beperkt" not in client.get(f"{EXPORT}{export.reference}/").content.decode()
    restrict(inside)
    assert exporting.overtaken(export)


def test_who_is_in_a_file_stands_in_it_sealed_and_goes_with_it():
    request = make_request()
    export = made(colleague())
    piece = QueueExportPiece.objects.get(export=export, number=exporting.REQUESTS)
    assert request.pk.to_bytes(8, "little") not in bytes(piece.sealed_content)
    assert list(exporting._held_by(export) or []) == [request.pk]
    exporting.erase_expired(now=timezone.now() + timedelta(days=2))
    assert not QueueExportPiece.objects.filter(export=export).exists()


def test_where_nobody_can_tell_who_is_in_a_file_any_restriction_ends_it():
    export = made(colleague())
    QueueExportPiece.objects.filter(export=export, number=exporting.REQUESTS).delete()
    assert not exporting.overtaken(export)
    person = make_involvement()
    restrict(person)
    # Of whom no request is, nothing stands in any file.
    assert not exporting.overtaken(export)
    make_match(make_request(), person.subject, involvements=[person.reference])
    assert exporting.overtaken(export)


def test_when_very_many_were_restricted_since_nobody_is_looked_up(monkeypatch):
    monkeypatch.setattr(exporting, "MOST_SINCE", 1)
    export = made(colleague())
    for _number in range(2):
        person = make_involvement()
        make_match(make_request(), person.subject, involvements=[person.reference])
        restrict(person)
    assert exporting.overtaken(export)


def test_names_are_in_it_where_asked_with_a_reason_and_each_is_noted():
    request = make_request()
    officer = colleague()
    [row] = rows_of(made(officer, names="audit"))
    assert row["Wie het vraagt"] == "Fatima El Amrani"
    [noted] = events("request.name_exported")
    assert noted["object"] == f"request:{request.reference}"
    assert (noted["actor"], noted["purpose"]) == (f"user:{officer.pk}", "audit")
    assert "Wie het vraagt" not in rows_of(made(officer))[0]
    assert len(events("request.name_exported")) == 1


def test_ones_own_file_is_not_in_an_export_with_names():
    make_request()
    officer = colleague(email="fatima@example.nl")
    export = made(officer, names="request")
    assert (export.rows, export.own) == (0, 1)
    assert made(officer).rows == 1


def test_many_are_read_batch_by_batch(monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr(export_rows, "BATCH", 2)
    monkeypatch.setattr(spreadsheets, "PIECE_BYTES", 100)
    numbers = [make_request().number for _ in range(5)]
    export = made(colleague(), filters=Filters(sort="number"))
    assert [row["Nummer"] for row in rows_of(export)] == numbers
    assert export.pieces.count() > 3
    assert export.size == len(content(export))


def test_more_than_a_file_may_hold_is_refused_and_leaves_nothing(monkeypatch):
    monkeypatch.setattr(exporting, "MOST_ROWS", 2)
    monkeypatch.setattr(export_rows, "BATCH", 1)
    for _ in range(3):
        make_request()
    export = made(colleague())
    assert (export.state, export.failure, export.key_id) == ("failed", "too_many", None)
    assert not QueueExportPiece.objects.exists()


# --- sealed, and gone in time --------------------------------------------------------------


def test_it_stands_sealed_under_a_key_of_its_own():
    number = make_request().number
    export = made(colleague(), names="request")
    # Which requests are in it, and the file itself.
    [_who, piece] = export.pieces.order_by("number")
    assert number.encode() not in bytes(piece.sealed_content)
    assert b"Amrani" not in bytes(piece.sealed_content)


def test_after_a_day_it_is_erased_with_its_key_and_a_second_run_finds_nothing():
    make_request()
    export = made(colleague())
    key_id, later = export.key_id, timezone.now() + timedelta(days=1)
    assert exporting.erase_expired(now=later - timedelta(hours=1)) == 0
    assert exporting.erase_expired(now=later) == 1
    assert exporting.erase_expired(now=later) == 0
    export.refresh_from_db()
    assert (export.state, export.key_id) == ("expired", None)
    assert not QueueExportPiece.objects.exists()
    with pytest.raises(Gone):
        content(export)
    assert len(events("queue.export_erased")) == 1
    assert key_id is not None
    exporting.erase_expired(now=later + timedelta(days=31))
    assert not QueueExport.objects.exists()


def test_it_cannot_be_taken_once_its_day_is_over_though_nobody_erased_it_yet():
    export = made(colleague())
    with pytest.raises(Gone):
        exporting.open_export(
            export, user=export.owner, now=timezone.now() + timedelta(days=1, seconds=1)
        )


def test_when_a_request_is_destroyed_no_export_keeps_it():
    request = make_request()
    export, going = made(colleague()), asked(colleague())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        keys = erasers.erase([request.dossier_id])
    assert export.key_id in keys
    assert not QueueExportPiece.objects.exists()
    for one in (export, going):
        one.refresh_from_db()
        assert (one.state, one.key_id) == ("expired", None)


# --- asking and taking ---------------------------------------------------------------------


def test_an_export_is_asked_followed_and_downloaded(client, monkeypatch):
    officer = enter(client)
    request = make_request()
    token = str(uuid4())
    page = client.get(f"{EXPORT}?state=open&right=access").content.decode()
    assert "Openstaand · Mijn gegevens inzien" in page
    fields = {"token": token, "form": "csv", "name_purpose": ""}
    response = client.post(f"{EXPORT}?state=open&right=access", fields)
    there = f"{EXPORT}{token}/"
    assert response.headers["Location"] == there
    waits = client.get(there).content.decode()
    assert "Het bestand wacht" in waits
    assert 'hx-trigger="every 2s"' in waits
    exporting.make_export(QueueExport.objects.get().pk)
    part = client.get(there, headers={"HX-Request": "true"}).content.decode()
    assert "Het bestand is klaar: 1 verzoek." in part
    assert "<html" not in part
    assert "hx-trigger" not in part
    file = client.get(f"{there}file/")
    assert file.headers["Content-Disposition"].startswith('attachment; filename="verzoeken-')
    assert request.number in b"".join(file.streaming_content).decode()
    assert [one["actor"] for one in events("queue.export_downloaded")] == [f"user:{officer.pk}"]


def test_a_second_click_finds_the_first_export(client):
    enter(client)
    fields = {"token": str(uuid4()), "form": "xlsx"}
    for _ in range(2):
        assert client.post(EXPORT, fields).status_code == 302
    assert QueueExport.objects.count() == 1


def test_anothers_export_is_not_there(client):
    export = made(colleague())
    enter(client, "senior officer")
    assert client.get(f"{EXPORT}{export.reference}/").status_code == 404
    assert client.get(f"{EXPORT}{export.reference}/file/").status_code == 404
    response = client.post(EXPORT, {"token": str(export.reference), "form": "csv"})
    assert response.status_code == 422
    assert not events("queue.export_downloaded")


@pytest.mark.parametrize("role", ["intake", "AML officer", "auditor", "marketing"])
def test_a_role_that_exports_nothing_is_refused(client, role):
    enter(client, role)
    assert client.get(EXPORT).status_code == 403
    assert client.post(EXPORT, {"token": str(uuid4()), "form": "csv"}).status_code == 403
    assert "requests/export" not in client.get("/desk/requests/").content.decode()
    assert not QueueExport.objects.exists()


def test_a_stranger_signs_in_first(client):
    assert client.get(EXPORT).status_code == 302
    assert client.get(f"{EXPORT}{uuid4()}/file/").status_code == 302


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("?state=lost", {"token": str(uuid4()), "form": "csv"}),
        ("", {"token": "x", "form": "csv"}),
        ("", {"token": str(uuid4()), "form": "doc"}),
        ("", {"token": str(uuid4()), "form": "csv", "name_purpose": "curiosity"}),
    ],
)
def test_nonsense_is_told_and_makes_nothing(client, query, fields):
    enter(client)
    assert client.post(EXPORT + query, fields).status_code == 422
    assert not QueueExport.objects.exists()


def test_three_at_once_are_enough():
    officer = colleague()
    for _ in range(3):
        asked(officer)
    with pytest.raises(TooManyExports):
        asked(officer)
    asked(colleague())


def test_who_lost_the_role_meanwhile_gets_no_file():
    make_request()
    officer = colleague()
    ready, going = made(officer), asked(officer)
    officer.groups.set([Group.objects.get(name="intake")])
    officer = User.objects.get(pk=officer.pk)
    exporting.make_export(going.pk)
    going.refresh_from_db()
    assert (going.state, going.failure) == ("failed", "not_allowed")
    with pytest.raises(Gone):
        exporting.open_export(ready, user=officer, now=timezone.now())


# --- twice, at once, and killed ------------------------------------------------------------


def test_a_second_run_makes_no_second_file():
    make_request()
    export = made(colleague())
    before = content(export)
    exporting.make_export(export.pk)
    export.refresh_from_db()
    assert content(export) == before
    assert len(events("queue.exported")) == 1


def test_who_went_silent_is_followed_by_another_and_writes_no_more(monkeypatch):
    make_request()
    export = asked(colleague())
    now = timezone.now()
    first = exporting._begin(export.pk, now)
    assert first is not None
    assert exporting._begin(export.pk, now + timedelta(minutes=1)) is None
    exporting.make_export(export.pk, now=now + timedelta(minutes=3))
    with pytest.raises(exporting.Superseded):
        exporting._finish(first, [b"late"], 4)
    export.refresh_from_db()
    assert export.state == "ready"
    assert len(rows_of(export)) == 1


@really
def test_two_workers_at_once_make_one_file():
    make_request()
    export = asked(colleague())
    gate = threading.Barrier(2)

    def work():
        gate.wait()
        exporting.make_export(export.pk)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    export.refresh_from_db()
    assert export.state == "ready"
    assert len(rows_of(export)) == 1
    assert len(events("queue.exported")) == 1


@really
def test_a_worker_killed_anywhere_leaves_no_half_file():
    make_request()
    officer = colleague()
    for step in itertools.count(1):
        export = asked(officer, names="request")
        killed = killed_before(step, partial(exporting.make_export, export.pk))
        export.refresh_from_db()
        if export.state != "ready":
            later = timezone.now() + timedelta(minutes=3)
            assert export.pk in exporting.waiting(now=later)
            exporting.make_export(export.pk, now=later)
            export.refresh_from_db()
        assert [row["Wie het vraagt"] for row in rows_of(export)] == ["Fatima El Amrani"]
        assert list(export.pieces.order_by("number").values_list("number", flat=True)) == [0, 1]
        assert len(events("queue.exported")) == step
        if not killed:
            break
        assert step < 80
    vault.drain_outbox()
    held = set(QueueExport.objects.values_list("key_id", flat=True))
    assert held <= set(DataKey.objects.values_list("pk", flat=True))


@really
@pytest.mark.worker
def test_an_export_in_the_hands_of_a_killed_worker_is_made_after_all(celery_worker):
    make_request()
    export = asked(colleague())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE requests_queueexportpiece IN SHARE MODE")
        tasks.make_export.delay(export.pk)
        until(lambda: _waits("requests_queueexportpiece"))
        celery_worker.kill()
    QueueExport.objects.filter(pk=export.pk).update(moved_at=datetime(2026, 1, 1, tzinfo=UTC))
    celery_worker.restart()
    tasks.tend_queue.delay()
    until(lambda: QueueExport.objects.get(pk=export.pk).state == "ready")


def _waits(table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass)",
            [table],
        )
        return cursor.fetchone()[0]
