"""The demo data: the same every time, all of it fit for the door, and only in demo mode."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from desk.demo.lines import generate
from policy.tests.makers import load_policy
from requests.constants import State
from requests.models import PrivacyRequest
from retention.models import DestructionList, HoldKind, LegalHold
from subjects.models import (
    AutomatedDecision,
    Disclosure,
    Dossier,
    ErasureProof,
    Involvement,
    Record,
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
