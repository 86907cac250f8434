"""Colleagues hear in time of a breach that the authority does not know of; the overview counts."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User

from requests import tasks
from requests.clock import reminders
from requests.constants import MailKind
from requests.incidents import reminding
from requests.incidents.constants import Risk
from requests.mail import mailing
from requests.models import OutgoingMail
from requests.tests.makers import make_request
from requests.tests.test_desk import enter
from requests.tests.test_incidents import KNEW, assess, make_incident, tell_authority
from requests.tests.test_reminders import make_officer

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
SOON = KNEW + timedelta(hours=25)


def mails(now):
    pks = reminding.remind(now=now)
    return [mailing.content_of(row) for row in OutgoingMail.objects.filter(pk__in=pks)]


def test_who_keeps_the_register_gets_numbers_and_a_link_once():
    incident, told = make_incident(), assess(make_incident())
    tell_authority(told, KNEW + timedelta(hours=1))
    make_officer("one@alektum.example")
    make_officer("two@alektum.example")
    make_officer("auditor@alektum.example", role="auditor")
    sent = mails(SOON)
    assert {one["to"] for one in sent} == {"one@alektum.example", "two@alektum.example"}
    assert incident.number in sent[0]["body"]
    assert told.number not in sent[0]["body"]
    assert "/desk/incidents/" in sent[0]["body"]
    assert "Amrani" not in str(sent)
    assert mails(SOON) == []
    assert len(mails(KNEW + timedelta(hours=49))) == 2


def test_a_reminder_that_reached_nobody_still_comes():
    make_incident()
    assert mails(SOON) == []
    make_officer("one@alektum.example")
    assert len(mails(SOON)) == 1


def test_a_run_that_dies_leaves_the_reminder_to_the_next(monkeypatch):
    incident = make_incident()
    make_officer("one@alektum.example")
    monkeypatch.setattr(reminding, "queue_plain", lambda *args, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reminding.remind(now=SOON)
    monkeypatch.undo()
    incident.refresh_from_db()
    assert incident.reminded == 0
    assert len(mails(SOON)) == 1


def test_the_task_runs_twice_without_harm():
    make_incident()
    make_officer("one@alektum.example")
    with time_machine.travel(SOON):
        tasks.remind_of_breaches()
        tasks.remind_of_breaches()
    assert OutgoingMail.objects.filter(kind=MailKind.REMINDER).count() == 1


# --- the overview


@pytest.mark.parametrize(
    ("hours", "says"),
    [(0.9, "Nog 71 uur om het de toezichthouder"), (73.5, "1 uur te laat voor de toezichthouder")],
)
def test_the_overview_tells_the_hours_that_are_left(client, hours, says):
    incident = make_incident()
    with time_machine.travel(KNEW + timedelta(hours=hours)):
        enter(client, "privacy officer")
        page = client.get("/desk/").content.decode()
    assert incident.number in page
    assert says in page


def test_the_overview_counts_no_hours_where_nobody_needs_be_told_in_time(client):
    unlikely = assess(make_incident(), Risk.UNLIKELY)
    with time_machine.travel(SOON):
        enter(client, "privacy officer")
        page = client.get("/desk/").content.decode()
        enter(client, "marketing")
        assert unlikely.number not in client.get("/desk/").content.decode()
    assert unlikely.number in page
    assert "toezichthouder te melden" not in page


def test_the_overview_counts_what_was_warned_of(client):
    make_request()
    quiet = make_request(received_at=datetime(2026, 7, 1, 10, tzinfo=UTC))
    User.objects.all().delete()
    at = datetime(2026, 7, 2, 8, tzinfo=UTC)
    reminders.remind(now=at)
    with time_machine.travel(at):
        enter(client, "privacy officer")
        page = client.get("/desk/").content.decode()
    assert quiet.due_on
    found = re.findall(r'tile-number">([^<]*)</span><span class="tile-label">([^<]*)<', page)
    tiles = {label: number for number, label in found}
    assert tiles["Te laat"] == "0"
    assert tiles["Gewaarschuwd per e-mail, en nog open"] == "1"
