"""The demo data: the same every time, all of it fit for the door, and only in demo mode."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desk.demo import former
from desk.demo.days import attainable
from desk.demo.lines import CAST, generate
from desk.demo.stream import Stream
from desk.management.commands import demo as demo_command
from policy import files
from policy import services as policy
from policy.changes import changes
from policy.models import PolicyVersion, RetentionRule
from policy.periods import Anchors, first_deletion_day
from policy.statement import Statement, newest_file, newest_rules
from policy.tests.makers import load_policy
from requests.constants import Channel, Right, State
from requests.models import AnswerFigure, Decision, PrivacyRequest, RequestedRight
from retention.models import DestructionList, HoldKind, LegalHold
from subjects import ingest as door
from subjects.anchors import ANCHORS
from subjects.constants import ToldHow
from subjects.ingest import ingest
from subjects.models import (
    AutomatedDecision,
    Disclosure,
    Dossier,
    ErasureProof,
    IngestRun,
    Involvement,
    Record,
    RestrictionMark,
    StatementTold,
    Subject,
)

TODAY = date(2026, 11, 24)


@pytest.fixture
def demo(transactional_db, settings):
    settings.DEMO_MODE = True
    load_policy()

    def run(**options):
        out = StringIO()
        call_command("demo", stdout=out, stderr=StringIO(), **options)
        return out.getvalue()

    return run


def test_the_same_seed_and_day_make_the_same_people():
    assert list(generate(30, today=TODAY)) == list(generate(30, today=TODAY))


def test_another_seed_makes_others():
    assert list(generate(30, today=TODAY)) != list(generate(30, seed=2, today=TODAY))


def test_the_ratios_are_those_of_an_agency():
    counted = Counter(line["type"] for line in generate(3_000, today=TODAY))
    per_person = {kind: number / 3_000 for kind, number in counted.items()}
    assert 1.5 < per_person["dossier"] < 1.8
    assert 2.0 < per_person["involvement"] < 2.4
    assert 7.5 < per_person["record"] < 9.5


def test_a_person_is_the_same_wherever_he_or_she_comes_back():
    births = defaultdict(set)
    for line in generate(300, today=TODAY):
        if line["type"] == "involvement" and line["identity"]["birth_date"]:
            births[line["person"]].add(
                (line["identity"]["birth_date"], line["identity"]["last_name"])
            )
    assert all(len(found) == 1 for found in births.values())


def test_nobody_can_be_reached_by_what_is_made_up():
    people = [line["identity"] for line in generate(300, today=TODAY) if "identity" in line]
    assert all(email.endswith(".example") for one in people for email in one["emails"])
    assert all(phone.startswith("06-0") for one in people for phone in one["phones"])
    assert all("DEMO" in iban for one in people for iban in one["ibans"])


LEAP_DAYS = [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1), date(2033, 2, 28)]


def dues_of(today: date) -> dict[str, set[date]]:
    """Return on which days dossiers of the cast go, by purpose, as the statement's rules say."""
    rules, found = newest_rules(), defaultdict(set)
    for line in generate(len(CAST), today=today):
        if line["type"] == "dossier":
            given: dict[str, Any] = {
                name: date.fromisoformat(value) if isinstance(value, str) else value
                for name, value in line.items()
                if name in ANCHORS
            }
            due = first_deletion_day(line["purpose"], Anchors(**given), rules)
            if due.first_day:
                found[line["purpose"]].add(due.first_day)
    return found


@given(st.dates(date(2026, 1, 1), date(2040, 12, 31)))
@example(LEAP_DAYS[0])
@example(LEAP_DAYS[1])
@example(LEAP_DAYS[2])
@example(LEAP_DAYS[3])
@settings(max_examples=40, deadline=None)
def test_on_every_day_something_goes_today_was_to_go_and_is_to_go_soon(today):
    cases = dues_of(today)["COL"]
    # Where nothing can fall due on a 1 March, what would goes the day before.
    today_or_so = today if attainable(today) == today else today - timedelta(days=1)
    assert today_or_so in cases
    assert any(day < today_or_so for day in cases)
    for purpose in ("COL", "MKT"):
        assert any(today < day <= today + timedelta(days=14) for day in dues_of(today)[purpose])


@pytest.mark.parametrize("day", [date(2027, 3, 1), date(2028, 2, 29), date(2028, 3, 2)])
def test_a_day_on_which_something_can_fall_due_is_left_as_it_is(day):
    assert attainable(day) == day


def test_nothing_falls_due_on_the_first_of_march_of_a_leap_year():
    assert attainable(date(2028, 3, 1)) == date(2028, 3, 2)
    closed = [date(2023, 2, 26) + timedelta(days=days) for days in range(6)]
    dues = {
        first_deletion_day("COL", Anchors(closed_on=day), newest_rules()).first_day
        for day in closed
    }
    assert date(2028, 3, 1) not in dues
    assert {date(2028, 2, 29), date(2028, 3, 2)} <= dues


@pytest.mark.django_db(databases=["default", "keystore"])
def test_few_people_are_enough_for_every_state():
    load_policy()
    today = timezone.localdate()
    run = ingest(Stream(generate(len(CAST), today=today)), source="demo")
    assert run.refused == 0
    due = Dossier.objects.filter(purpose="COL")
    goes_today = today if attainable(today) == today else today - timedelta(days=1)
    assert due.filter(delete_from=goes_today).exists()
    assert due.filter(delete_from__lt=today).exists()
    assert due.filter(delete_from__gt=today, delete_from__lte=today + timedelta(14)).exists()
    assert due.filter(closed_on=None, missing_anchor="").exists()
    assert due.filter(reopened_on__isnull=False, delete_from=None).exists()
    missing = set(Dossier.objects.exclude(missing_anchor="").values_list("purpose", flat=True))
    assert {"CLI", "MKT", "AML", "ACC"} <= missing
    assert Dossier.objects.filter(unsubscribed_on=today).exists()
    assert Dossier.objects.filter(unusual_report_on__isnull=False).exists()
    assert Record.objects.filter(is_special=True, special_ground="9.2.a").exists()
    assert Record.objects.filter(is_special=True, special_ground="10").exists()
    assert Record.objects.filter(data_category="insolvency").exists()
    assert Record.objects.filter(rule="SPC").exists()
    assert Disclosure.objects.filter(country="TR", transfer_mechanism="46.2.c").exists()
    assert Disclosure.objects.filter(country="DE").exists()
    assert AutomatedDecision.objects.filter(is_legal_step=True).exists()


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_an_empty_registry_is_filled_with_cases_of_every_kind(demo):
    demo(subjects=300)
    purposes = set(Dossier.objects.values_list("purpose", flat=True))
    assert {"COL", "INV", "CRD", "MKT", "ACC", "AML", "CLI", "AUT"} <= purposes
    assert Subject.objects.count() > 250  # those whose files were due are gone
    assert Involvement.objects.count() > Dossier.objects.count()
    assert Record.objects.count() > 2 * Dossier.objects.count()
    assert Disclosure.objects.filter(country="TR").count() < Disclosure.objects.count()
    assert AutomatedDecision.objects.filter(is_legal_step=True).exists()
    assert Dossier.objects.filter(delete_from__isnull=False).exists()
    assert Dossier.objects.exclude(missing_anchor="").exists()
    assert set(PrivacyRequest.objects.values_list("state", flat=True)) >= {
        State.RECEIVED,
        State.WAITING,
        State.HANDLING,
        State.ANSWERED,
        State.WITHDRAWN,
    }
    assert set(RequestedRight.objects.values_list("right", flat=True)) == set(Right)
    assert set(PrivacyRequest.objects.values_list("channel", flat=True)) == set(Channel)
    outcomes = set(Decision.objects.values_list("right__right", "outcome"))
    assert {("marketing", "granted"), ("consent", "granted"), ("erasure", "refused")} <= outcomes
    waiting = PrivacyRequest.objects.filter(state=State.HANDLING)
    assert waiting.filter(decisions__needs_second=True, approved_by=None).exists()
    assert LegalHold.objects.filter(kind=HoldKind.CLAIM).exists()
    assert RestrictionMark.objects.filter(lifted_on=None).exists()
    assert ErasureProof.objects.exists()
    assert DestructionList.objects.filter(status=DestructionList.Status.PLANNED).exists()
    answered = AnswerFigure.objects.values_list("rights", flat=True)
    for right in (Right.ACCESS, Right.ERASURE):
        assert sum(right in rights for rights in answered) > 10
    assert [one.version for one in policy.history()] == [newest_file().stem, former.VERSION]
    assert not policy.stale_rules().exists()
    told = StatementTold.objects.filter(version=newest_file().stem)
    assert set(told.values_list("how", flat=True)) == {ToldHow.MAIL, ToldHow.LETTER}


def test_the_earlier_statement_differs_in_words_and_one_period_and_is_fit_to_be_published():
    newest = files.load(newest_file())
    made = former.former(newest)
    assert files.disagreements(made) == []
    found = changes(Statement(made), Statement(newest))
    assert len(found.sentences) == 3
    assert [(one.old.months, one.new.months) for one in found.periods] == [(48, 36)]
    assert newest == files.load(newest_file())


@pytest.mark.django_db
def test_the_earlier_statement_is_taken_in_once_and_leaves_the_rules_as_they_are():
    load_policy()
    rules = list(RetentionRule.objects.order_by("pk").values())
    for _ in range(2):
        former.publish_former(today=TODAY)
    assert list(RetentionRule.objects.order_by("pk").values()) == rules
    earlier = PolicyVersion.objects.get(pk=former.VERSION)
    assert earlier.published_on == former.PUBLISHED_ON
    assert policy.current().version == newest_file().stem


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_a_registry_that_is_not_empty_is_left_alone(demo):
    demo(subjects=3)
    before = Dossier.objects.count()
    assert "not empty" in demo(subjects=5)
    assert Dossier.objects.count() == before


class Stopped(Exception):
    """Somebody pressed Ctrl-C."""


@pytest.fixture
def stopped_halfway(demo, monkeypatch):
    monkeypatch.setattr(door, "CHUNK_LINES", 100)
    monkeypatch.setattr(demo_command, "live", lambda **options: None)

    def stop(self, run):
        if run.lines_done > 300:
            raise Stopped

    with monkeypatch.context() as patched:
        patched.setattr(demo_command._Progress, "__call__", stop)
        with pytest.raises(Stopped):
            demo(subjects=40)
    assert 0 < Dossier.objects.count() < 60


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_a_filling_that_was_stopped_goes_on_and_misses_nobody(demo, stopped_halfway):
    before = set(Dossier.objects.values_list("pk", flat=True))
    said = demo(subjects=40)
    run = IngestRun.objects.get()
    lines = sum(1 for _ in generate(40, today=timezone.localdate()))
    assert (run.taken, run.lines_done, run.updated, run.unchanged) == (lines, lines, 0, 0)
    assert f"{lines:,} lines of 40 made-up people" in said
    assert before < set(Dossier.objects.values_list("pk", flat=True))
    assert "not empty" in demo(subjects=40)


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_a_filling_does_not_go_on_with_other_people(demo, stopped_halfway):
    with pytest.raises(CommandError, match="stopped halfway"):
        demo(subjects=50)
    with pytest.raises(CommandError, match="stopped halfway"):
        demo(subjects=40, seed=2)


@pytest.mark.django_db(databases=["default", "keystore"])
def test_progress_tells_how_long_it_may_still_take(monkeypatch):
    monkeypatch.setattr(demo_command, "SELDOM", 0)
    clock = iter([0.0, 60.0])
    # The command's own clock: the database looks at the real one meanwhile.
    monkeypatch.setattr(demo_command, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    out = StringIO()
    progress = demo_command._Progress(OutputWrapper(out), subjects=10_000, lines_before=0)
    progress(IngestRun(lines_done=17_900))
    assert out.getvalue().strip() == "17,900 lines, 298 a second, about 9 minutes to go"


@pytest.mark.django_db
def test_outside_demo_mode_it_is_refused(demo, settings):
    settings.DEMO_MODE = False
    with pytest.raises(CommandError, match="demo mode only"):
        demo(subjects=3)


def test_the_lines_can_be_written_to_a_file(demo, tmp_path):
    demo(subjects=5, to=tmp_path / "lines.jsonl")
    assert (tmp_path / "lines.jsonl").read_text().count("\n") > 50
