"""Who received what, counted: right, once, and safe to run again."""

from datetime import date

import pytest
from django.utils import timezone

from subjects import sharing
from subjects.models import DisclosureCount
from subjects.tests.makers import make_disclosure, make_involvement, make_recipient

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
NOW = timezone.now()


def test_disclosures_are_counted_by_recipient_month_purpose_and_country():
    person, bailiff = make_involvement(), make_recipient()
    for day in (date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)):
        make_disclosure(person, bailiff, disclosed_on=day)
    abroad = {"country": "US", "transfer_mechanism": "45"}
    make_disclosure(person, bailiff, disclosed_on=date(2026, 4, 2), **abroad)
    assert sharing.count_anew(now=NOW) == 4
    rows = DisclosureCount.objects.order_by("month", "country")
    assert list(rows.values_list("month", "country", "number")) == [
        (date(2026, 3, 1), "NL", 2),
        (date(2026, 4, 1), "NL", 1),
        (date(2026, 4, 1), "US", 1),
    ]


def test_counting_goes_on_over_windows_and_leaves_none_out(monkeypatch):
    monkeypatch.setattr(sharing, "WINDOW", 2)
    person, bailiff = make_involvement(), make_recipient()
    for _ in range(5):
        make_disclosure(person, bailiff)
    assert sharing.count_anew(now=NOW) == 5
    assert DisclosureCount.objects.get().number == 5


def test_counting_twice_replaces_and_what_is_gone_counts_no_more():
    person, bailiff = make_involvement(), make_recipient()
    make_disclosure(person, bailiff)
    make_disclosure(person, bailiff).delete()
    assert sharing.count_anew(now=NOW) == 1
    assert sharing.count_anew(now=NOW) == 1
    assert DisclosureCount.objects.get().number == 1
    person.disclosures.all().delete()
    assert sharing.count_anew(now=NOW) == 0
    assert sharing.counted_at() is None


def test_a_run_that_is_killed_leaves_the_former_counts(monkeypatch):
    person, bailiff = make_involvement(), make_recipient()
    make_disclosure(person, bailiff)
    sharing.count_anew(now=NOW)
    make_disclosure(person, bailiff)

    def killed(*_args, **_fields):
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(DisclosureCount.objects, "bulk_create", killed)
        with pytest.raises(SystemExit):
            sharing.count_anew(now=NOW)
    assert DisclosureCount.objects.get().number == 1


def test_a_period_takes_whole_months_and_a_purpose_can_be_left_out():
    person, bailiff = make_involvement(), make_recipient()
    make_disclosure(person, bailiff, disclosed_on=date(2026, 3, 9))
    make_disclosure(person, bailiff, disclosed_on=date(2026, 5, 9))
    make_disclosure(person, bailiff, purpose_id="AML", disclosed_on=date(2026, 3, 9))
    sharing.count_anew(now=NOW)
    found = sharing.counts(since=date(2026, 2, 28), until=date(2026, 3, 1), without=["AML"])
    [share] = sharing.shares(found)
    assert (share.number, share.purpose, share.first) == (1, "COL", date(2026, 3, 1))
