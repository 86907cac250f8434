"""Warnings of due dates: their days, each once, and mail that says nothing of anybody."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from django.contrib.auth.models import Group, User
from hypothesis import given
from hypothesis import strategies as st

from policy.calendars import next_working_day
from policy.deadlines import due_on
from requests import services, tasks
from requests.clock import reminders
from requests.clock.warning_days import most_urgent, reached, warnings_of, working_days_before
from requests.constants import ExtensionReason, MailKind
from requests.identity.constants import WarningKind
from requests.identity.models import Reminder
from requests.mail import mailing
from requests.models import OutgoingMail, PrivacyRequest
from requests.tests.makers import LATER, OFFICER, RECEIVED_AT, make_request

database = pytest.mark.django_db(databases=["default", "keystore"])
D = date.fromisoformat
DAYS = st.dates(D("2020-01-01"), D("2080-12-31"))
_numbers = count(1)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


# --- the days


def test_the_four_warnings_of_a_month():
    days = {one.kind: one.on for one in warnings_of(D("2026-06-09"), D("2026-07-09"))}
    assert days == {
        WarningKind.HALF: D("2026-06-24"),
        WarningKind.THREE_QUARTERS: D("2026-07-01"),
        WarningKind.THREE_DAYS: D("2026-07-06"),
        WarningKind.LAST_DAY: D("2026-07-09"),
    }


def test_a_warning_says_what_is_so_on_each_of_its_days():
    # Due on a Monday: on the Friday before one working day is left, not three.
    friday = reached(D("2026-06-13"), D("2026-07-13"), D("2026-07-10"))
    urgent = most_urgent(friday)
    assert urgent is not None
    assert str(urgent.label) == "Er zijn nog hooguit drie werkdagen"


@pytest.mark.parametrize(
    ("due", "before"),
    [
        ("2026-07-09", "2026-07-06"),  # a Thursday
        ("2026-07-13", "2026-07-08"),  # a Monday: the weekend is no working day
        ("2026-05-07", "2026-05-01"),  # 5 May is a holiday, 2 and 3 May a weekend
        ("2028-12-27", "2028-12-20"),  # both Christmas days and a weekend
    ],
)
def test_three_working_days_before(due, before):
    assert working_days_before(D(due), 3) == D(before)


@given(DAYS)
def test_warnings_come_in_order_on_or_before_the_last_day(received):
    due = due_on(received).due_on
    assert due is not None
    days = [one.on for one in warnings_of(received, due)]
    assert days == sorted(days)
    assert received < days[0]
    assert days[-1] == due
    assert next_working_day(days[2]) == days[2]


@given(DAYS, st.integers(0, 100))
def test_what_was_reached_stays_reached(received, later):
    due = due_on(received).due_on
    assert due is not None
    today = received + timedelta(days=later)
    before, after = reached(received, due, today), reached(received, due, today + timedelta(1))
    assert after[: len(before)] == before
    assert (most_urgent(after) == WarningKind.LAST_DAY) == (today + timedelta(1) >= due)


def test_nothing_is_urgent_before_half_of_the_time():
    assert most_urgent(reached(D("2026-06-09"), D("2026-07-09"), D("2026-06-23"))) is None


# --- reminders


def make_officer(email="officer@alektum.example", role="privacy officer"):
    colleague = User.objects.create_user(f"officer-{next(_numbers)}", email=email)
    colleague.groups.add(Group.objects.get(name=role))
    return colleague


def remind(day):
    """Run the task's service; return the contents of the mails it wrote."""
    found = OutgoingMail.objects.filter(pk__in=reminders.remind(now=at(D(day))))
    return [mailing.content_of(one) for one in found.order_by("pk")]


@database
def test_each_warning_is_noted_and_mailed_once():
    privacy_request = make_request()
    make_officer()
    assert remind("2026-06-23") == []
    [first] = remind("2026-06-24")
    assert remind("2026-06-24") == []
    assert remind("2026-06-25") == []
    [second] = remind("2026-07-01")
    assert privacy_request.number in first["body"]
    assert first["body"] != second["body"]
    kinds = Reminder.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == [WarningKind.HALF, WarningKind.THREE_QUARTERS]


@database
def test_the_mail_says_a_number_and_nothing_of_anybody():
    make_request()
    make_officer()
    [content] = remind("2026-07-09")
    assert content["to"] == "officer@alektum.example"
    assert "Amrani" not in content["body"] + content["subject"]
    assert "fatima" not in content["body"].lower()
    assert "/desk/requests/" in content["body"]
    assert OutgoingMail.objects.latest("id").kind == MailKind.REMINDER


@database
def test_after_days_without_beat_all_is_noted_and_only_the_most_urgent_mailed():
    privacy_request = make_request()
    make_officer()
    [content] = remind("2026-07-09")
    assert content["body"].count(privacy_request.number) == 1
    assert str(WarningKind.LAST_DAY.label) in content["body"] or "laatste dag" in content["body"]
    assert Reminder.objects.count() == 4


@database
def test_a_new_due_date_is_warned_of_anew():
    privacy_request = make_request()
    make_officer()
    remind("2026-06-24")
    services.begin(privacy_request.pk, officer=OFFICER)
    services.extend_deadline(
        privacy_request.pk,
        further_months=2,
        reason=ExtensionReason.COMPLEXITY,
        text="Het zijn veel gegevens.",
        officer=OFFICER,
        now=at(D("2026-06-25")),
    )
    assert remind("2026-07-09") == []
    assert len(remind("2026-07-25")) == 1
    assert set(Reminder.objects.values_list("due_on", flat=True)) == {
        D("2026-07-09"),
        D("2026-09-09"),
    }


@database
def test_nobody_is_warned_of_what_waits_or_has_ended():
    make_officer()
    waiting, ended = make_request(), make_request()
    services.ask_processing(
        waiting.pk,
        text="Welk dossier?",
        without_undue_delay=True,
        officer=OFFICER,
        now=RECEIVED_AT,
    )
    services.withdraw(ended.pk, actor="person", now=LATER)
    assert remind("2026-07-09") == []


@database
def test_only_those_who_handle_requests_and_have_an_address_get_mail():
    make_request()
    make_officer("one@alektum.example")
    make_officer("")
    make_officer("auditor@alektum.example", role="auditor")
    gone = make_officer("gone@alektum.example")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert [one["to"] for one in remind("2026-07-09")] == ["one@alektum.example"]


@database
def test_many_requests_are_reminded_in_few_queries(django_assert_max_num_queries):
    for _ in range(8):
        make_request()
    with django_assert_max_num_queries(8):
        assert reminders.remind(now=at(D("2026-07-09"))) == []
    assert Reminder.objects.count() == 32


@database
def test_a_run_that_dies_leaves_nothing_half(monkeypatch):
    make_request()
    make_officer()
    monkeypatch.setattr(reminders, "_body", lambda fresh: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        reminders.remind(now=at(D("2026-07-09")))
    monkeypatch.undo()
    assert not Reminder.objects.exists()
    assert len(remind("2026-07-09")) == 1


@database
def test_the_task_runs_twice_without_harm():
    make_request()
    make_officer()
    tasks.remind_officers()
    tasks.remind_officers()
    assert PrivacyRequest.objects.count() == 1
    assert OutgoingMail.objects.filter(kind=MailKind.REMINDER).count() == 1
