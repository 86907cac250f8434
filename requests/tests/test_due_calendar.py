"""The calendar of due dates: read back strictly, secret, and silent about people."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Group, User
from hypothesis import given
from hypothesis import strategies as st

from audit.models import Entry
from requests import services
from requests.clock import due_calendar
from requests.clock.due_calendar import DueDate
from requests.constants import ExtensionReason, Right
from requests.identity.models import CalendarFeed
from requests.models import PrivacyRequest
from requests.tests.makers import LATER, OFFICER, RECEIVED_AT, make_request

database = pytest.mark.django_db(databases=["default", "keystore"])
_numbers = count(1)
HOST = "privacy.example.nl"
ONE = DueDate(
    reference=UUID(int=7),
    title="AP-2026-000001 Inzage",
    due_on=date(2026, 7, 9),
    sequence=0,
    changed_at=datetime(2026, 6, 9, 10, tzinfo=UTC),
    live=True,
)


def parse(text):
    """Return the events of a calendar, refusing whatever RFC 5545 refuses."""
    assert text.endswith(b"\r\n")
    raw = text[:-2].split(b"\r\n")
    assert all(len(line) <= 75 for line in raw)
    assert not any(b"\n" in line or b"\r" in line for line in raw)
    lines: list[bytes] = []
    for line in raw:
        if line.startswith(b" "):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    properties = [line.decode() for line in lines]
    assert properties[0] == "BEGIN:VCALENDAR"
    assert properties[-1] == "END:VCALENDAR"
    head: dict[str, Any] = {}
    events: list[dict[str, Any]] = []
    event: dict[str, Any] | None = None
    for line in properties[1:-1]:
        found = re.fullmatch(r"([A-Z-]+)((?:;[A-Z]+=[A-Z-]+)*):(.*)", line)
        assert found, line
        name, parameters, value = found.groups()
        if name == "BEGIN":
            assert (value, event) == ("VEVENT", None)
            event = {}
        elif name == "END":
            assert value == "VEVENT"
            assert event is not None
            assert {"UID", "DTSTAMP", "DTSTART"} <= event.keys()
            events.append(event)
            event = None
        else:
            where = head if event is None else event
            assert name not in where, name
            where[name] = (value, parameters)
    assert event is None
    assert head["VERSION"] == ("2.0", "")
    assert "PRODID" in head
    return head, events


def text_of(value):
    assert not re.search(r"(?<!\\)[,;]", value), value
    plain = {"\\n": "\n", "\\\\": "\\", "\\,": ",", "\\;": ";"}
    return re.sub(r"\\.", lambda found: plain[found[0]], value)


def test_a_due_date_is_a_whole_day_that_takes_no_time():
    head, [event] = parse(due_calendar.render([ONE], host=HOST))
    assert head["REFRESH-INTERVAL"] == ("PT1H", ";VALUE=DURATION")
    assert head["X-PUBLISHED-TTL"] == ("PT1H", "")
    assert event["DTSTART"] == ("20260709", ";VALUE=DATE")
    assert event["DTEND"] == ("20260710", ";VALUE=DATE")
    assert event["UID"][0] == f"{ONE.reference}@{HOST}"
    assert event["DTSTAMP"][0] == "20260609T100000Z"
    assert event["SEQUENCE"][0] == "0"
    assert event["STATUS"][0] == "CONFIRMED"


def test_what_is_not_awaited_is_cancelled():
    _head, [event] = parse(due_calendar.render([replace(ONE, live=False)], host=HOST))
    assert event["STATUS"][0] == "CANCELLED"


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300))
def test_any_title_comes_back_as_it_was(title):
    _head, [event] = parse(due_calendar.render([replace(ONE, title=title)], host=HOST))
    assert text_of(event["SUMMARY"][0]) == title


def test_an_empty_calendar_is_a_calendar():
    assert parse(due_calendar.render([], host=HOST))[1] == []


# --- from requests


def dates(now=LATER):
    return {
        one.reference: one for one in due_calendar.due_dates(PrivacyRequest.objects.all(), now=now)
    }


@database
def test_each_open_request_stands_once_with_number_and_rights_only():
    privacy_request = make_request(rights=(Right.ACCESS, Right.ERASURE))
    [one] = dates().values()
    assert one.title.startswith(privacy_request.number)
    assert (one.due_on, one.sequence, one.live) == (date(2026, 7, 9), 0, True)
    text = due_calendar.render([one], host=HOST)
    assert b"Amrani" not in text


@database
def test_every_recalculation_raises_the_sequence_and_the_stamp():
    privacy_request = make_request()
    services.begin(privacy_request.pk, officer=OFFICER)
    services.extend_deadline(
        privacy_request.pk,
        further_months=2,
        reason=ExtensionReason.COMPLEXITY,
        text="Het zijn veel gegevens.",
        officer=OFFICER,
        now=LATER,
    )
    [one] = dates().values()
    assert (one.due_on, one.sequence) == (date(2026, 9, 9), 1)
    assert one.changed_at == LATER


@database
def test_while_the_clock_stands_still_the_date_is_cancelled_and_comes_back():
    privacy_request = make_request()
    services.ask_processing(
        privacy_request.pk,
        text="Welk dossier?",
        without_undue_delay=True,
        officer=OFFICER,
        now=RECEIVED_AT,
    )
    [waiting] = dates().values()
    assert (waiting.live, waiting.sequence) == (False, 1)
    services.receive_message(privacy_request.pk, "Het laatste", now=LATER)
    [going] = dates().values()
    assert (going.live, going.sequence) == (True, 2)
    assert going.due_on > waiting.due_on


@database
def test_an_ended_request_is_cancelled_for_sixty_days_and_then_gone():
    privacy_request = make_request()
    services.withdraw(privacy_request.pk, actor="person", now=LATER)
    ended = dates(LATER + timedelta(days=60))[privacy_request.reference]
    assert (ended.live, ended.sequence) == (False, 1)
    assert ended.changed_at >= RECEIVED_AT
    assert dates(LATER + timedelta(days=62)) == {}


@database
def test_the_number_of_queries_does_not_grow_with_the_requests(django_assert_num_queries):
    for _ in range(3):
        make_request()
    with django_assert_num_queries(3):
        dates()


# --- the address


def make_colleague(role="privacy officer"):
    colleague = User.objects.create_user(f"agenda-{next(_numbers)}")
    colleague.groups.add(Group.objects.get(name=role))
    return colleague


@database
def test_who_knows_the_secret_address_reads_the_calendar_without_signing_in(client):
    make_request()
    token = due_calendar.renew(make_colleague(), now=LATER)
    response = client.get(f"/calendar/{token}.ics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/calendar")
    assert "no-store" in response.headers["Cache-Control"]
    assert len(parse(response.content)[1]) == 1


@database
def test_a_wrong_renewed_revoked_or_jobless_address_opens_nothing(client):
    colleague = make_colleague()
    old = due_calendar.renew(colleague, now=LATER)
    new = due_calendar.renew(colleague, now=LATER)
    for token, status in ((old, 404), ("x" * 32, 404), (new, 200)):
        assert client.get(f"/calendar/{token}.ics").status_code == status
    colleague.groups.clear()
    assert client.get(f"/calendar/{new}.ics").status_code == 404
    colleague.groups.add(Group.objects.get(name="privacy officer"))
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    assert client.get(f"/calendar/{new}.ics").status_code == 404
    User.objects.filter(pk=colleague.pk).update(is_active=True)
    due_calendar.revoke(colleague)
    due_calendar.revoke(colleague)
    assert client.get(f"/calendar/{new}.ics").status_code == 404
    assert Entry.objects.filter(body__event="calendar.address_revoked").count() == 1


@database
def test_the_address_is_shown_once_and_stands_nowhere(client):
    colleague = make_colleague()
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    page = "/desk/requests/calendar/"
    assert ".ics" not in client.get(page).content.decode()
    [address] = re.findall(r"/calendar/([\w-]+)\.ics", client.post(page).content.decode())
    assert address not in client.get(page).content.decode()
    assert address.encode() not in bytes(CalendarFeed.objects.get().digest)
    assert client.get(f"/calendar/{address}.ics").status_code == 200
    client.post(page, {"do": "revoke"})
    assert client.get(f"/calendar/{address}.ics").status_code == 404


@database
def test_a_colleague_who_sees_no_requests_makes_no_address(client):
    client.force_login(
        make_colleague("marketing"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.post("/desk/requests/calendar/").status_code == 403
    assert not CalendarFeed.objects.exists()
