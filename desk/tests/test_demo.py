"""The demo data: the same every time, all of it fit for the door, and only in demo mode."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from desk.demo.lines import CAST, generate
from desk.demo.stream import Stream
from policy.tests.makers import load_policy
from requests.constants import State
from requests.models import PrivacyRequest
from retention.models import DestructionList, HoldKind, LegalHold
from subjects.ingest import ingest
from subjects.models import (
    AutomatedDecision,
    Disclosure,
    Dossier,
    ErasureProof,
    Involvement,
    Record,
    RestrictionMark,
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


@pytest.mark.django_db(databases=["default", "keystore"])
def test_few_people_are_enough_for_every_state():
    load_policy()
    today = timezone.localdate()
    run = ingest(Stream(generate(len(CAST), today=today)), source="demo")
    assert run.refused == 0
    due = Dossier.objects.filter(purpose="COL")
    assert due.filter(delete_from=today).exists()
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
    }
    assert LegalHold.objects.filter(kind=HoldKind.CLAIM).exists()
    assert RestrictionMark.objects.filter(lifted_on=None).exists()
    assert ErasureProof.objects.exists()
    assert DestructionList.objects.filter(status=DestructionList.Status.PLANNED).exists()


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_a_registry_that_is_not_empty_is_left_alone(demo):
    demo(subjects=3)
    before = Dossier.objects.count()
    assert "not empty" in demo(subjects=5)
    assert Dossier.objects.count() == before


@pytest.mark.django_db
def test_outside_demo_mode_it_is_refused(demo, settings):
    settings.DEMO_MODE = False
    with pytest.raises(CommandError, match="demo mode only"):
        demo(subjects=3)


def test_the_lines_can_be_written_to_a_file(demo, tmp_path):
    demo(subjects=5, to=tmp_path / "lines.jsonl")
    assert (tmp_path / "lines.jsonl").read_text().count("\n") > 50
