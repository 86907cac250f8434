"""Accounts, sign-ins, sessions and logs of colleagues go by rule STF-24."""

from datetime import UTC, date, datetime, timedelta

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.utils import timezone

from audit.models import Entry
from policy.tests.makers import load_policy
from retention import staff

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
TODAY = date(2028, 11, 27)
# 24 months after this day end with 26 November 2028.
OVER, NOT_YET = date(2026, 11, 26), date(2026, 11, 27)


@pytest.fixture(autouse=True)
def _statement():
    load_policy()


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def make_account(name: str, *, joined: date, used: date | None = None) -> User:
    user = User.objects.create_user(
        name, f"{name}@example.nl", "correct horse", first_name="Sanne", last_name="Bakker"
    )
    user.groups.set(Group.objects.filter(name="auditor"))
    user.user_permissions.set(Permission.objects.all()[:1])
    User.objects.filter(pk=user.pk).update(
        date_joined=at(joined), last_login=used and at(used), is_superuser=True
    )
    return user


@pytest.mark.parametrize(
    ("today", "last"),
    [
        (TODAY, OVER),
        (date(2028, 2, 29), date(2026, 2, 28)),
        (date(2028, 3, 1), date(2026, 2, 28)),
        (date(2030, 3, 1), date(2028, 2, 29)),
    ],
)
def test_the_last_day_that_is_over(today, last):
    assert staff.last_day_over(today) == last


def test_an_account_not_used_for_24_months_is_closed_and_says_no_more_who_it_was():
    unused = make_account("sanne", joined=date(2020, 1, 1), used=OVER)
    LogEntry.objects.create(
        user=unused, object_repr="-", action_flag=CHANGE, action_time=at(date(2028, 1, 1))
    )
    staff.forget(TODAY)
    unused.refresh_from_db()
    assert unused.username == f"closed-{unused.pk}"
    assert (unused.first_name, unused.last_name, unused.email) == ("", "", "")
    assert not unused.is_active
    assert not unused.is_superuser
    assert not unused.has_usable_password()
    assert unused.last_login is None
    assert not unused.groups.exists()
    assert not unused.user_permissions.exists()
    assert not LogEntry.objects.exists()
    assert Entry.objects.get(body__event="account.closed").body["object"] == f"user:{unused.pk}"


def test_what_is_used_or_new_stays_and_closing_again_changes_nothing():
    kept = [
        make_account("used", joined=date(2020, 1, 1), used=NOT_YET),
        make_account("new", joined=NOT_YET),
    ]
    make_account("never", joined=OVER)
    staff.forget(TODAY)
    staff.forget(TODAY)
    for user in kept:
        user.refresh_from_db()
        assert user.is_active
    assert Entry.objects.filter(body__event="account.closed").count() == 1


@pytest.mark.parametrize("model", [AccessAttempt, AccessFailureLog, AccessLog])
def test_sign_ins_go_after_24_months(model, monkeypatch):
    monkeypatch.setattr(staff, "BATCH", 2)
    for day in (OVER, OVER, OVER, NOT_YET):
        extra = {"failures_since_start": 1} if model is AccessAttempt else {}
        row = model.objects.create(
            username=f"u{model.objects.count()}",
            ip_address=f"192.0.2.{model.objects.count()}",
            user_agent="x",
            **extra,
        )
        model.objects.filter(pk=row.pk).update(attempt_time=at(day))
    staff.forget(TODAY)
    assert model.objects.count() == 1
    assert Entry.objects.filter(body__event="log.erased").count() == 2


def test_a_session_goes_when_it_has_ended():
    now = timezone.now()
    for key, ends in (("old", now - timedelta(hours=1)), ("open", now + timedelta(hours=1))):
        Session.objects.create(session_key=key, session_data="-", expire_date=ends)
    staff.forget(TODAY)
    assert [session.pk for session in Session.objects.all()] == ["open"]
