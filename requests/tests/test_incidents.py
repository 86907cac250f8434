"""The breach register: 72 hours, who must be told, and nothing closed before it is done."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from audit.services import entries_about
from policy.tests.makers import load_policy
from requests.exceptions import ChangedMeanwhile, Incomplete, SecondPersonNeeded, WrongState
from requests.incidents import services
from requests.incidents.constants import Kind, NotTelling, Risk
from requests.incidents.deadlines import (
    must_tell_authority,
    must_tell_people,
    reminders_due,
    tell_authority_by,
)
from requests.incidents.models import Incident
from requests.tests.makers import ANOTHER, OFFICER, make_request
from requests.tests.test_desk import enter, text_of
from requests.tests.test_erasers import destroy

KNEW = datetime(2026, 6, 12, 15, 30, tzinfo=UTC)
in_the_database = pytest.mark.django_db(databases=["default", "keystore"])


def make_incident(**fields: Any) -> Incident:
    load_policy()
    whole: dict[str, Any] = {
        "kind": Kind.WRONG_PERSON,
        "aware_at": KNEW,
        "people": 1,
        "happened": "De brief van mevrouw El Amrani ging naar haar buurman.",
    } | fields
    return services.open_incident(services.Breach(**whole), officer=OFFICER)


def assess(incident: Incident, risk: Risk = Risk.RISK, officer: int = OFFICER) -> Incident:
    return services.assess(
        incident.pk, risk, why="De schuld is nu bekend.", officer=officer, version=incident.version
    )


def describe(incident: Incident) -> Incident:
    texts = {"measures": "De brief is teruggehaald."}
    return services.describe(incident.pk, texts, officer=OFFICER, version=incident.version)


def tell_authority(incident: Incident, at: datetime, why_late: str = "") -> Incident:
    return services.tell_authority(
        incident.pk, told_at=at, why_late=why_late, officer=OFFICER, version=incident.version
    )


# --- the law as plain functions ---------------------------------------------------------------


def test_the_authority_must_know_within_72_hours_weekend_or_not():
    friday = datetime(2026, 6, 12, 15, 30, tzinfo=UTC)
    assert tell_authority_by(friday) == datetime(2026, 6, 15, 15, 30, tzinfo=UTC)


def test_72_hours_are_72_hours_also_when_the_clock_changes():
    before = datetime.fromisoformat("2026-10-24T12:00:00+02:00")
    assert tell_authority_by(before) == datetime.fromisoformat("2026-10-27T11:00:00+01:00")


@pytest.mark.parametrize(
    ("risk", "ground", "authority", "people"),
    [
        (Risk.UNLIKELY, "", False, False),
        (Risk.RISK, "", True, False),
        (Risk.HIGH, "", True, True),
        (Risk.HIGH, NotTelling.UNREADABLE, True, False),
    ],
)
def test_the_risk_decides_who_must_be_told(risk, ground, authority, people):
    assert must_tell_authority(risk) is authority
    assert must_tell_people(risk, ground) is people


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=10)))
def test_there_are_never_fewer_reminders_later(passed):
    assert reminders_due(KNEW, KNEW + passed) <= reminders_due(
        KNEW, KNEW + passed + timedelta(hours=1)
    )
    assert (reminders_due(KNEW, KNEW + passed) == 4) is (passed >= timedelta(hours=72))


# --- the register -----------------------------------------------------------------------------


@in_the_database
def test_what_happened_is_sealed_and_the_ledger_names_nobody():
    incident = make_incident()
    assert b"Amrani" not in bytes(incident.sealed_account)
    assert services.account_of(incident)["happened"].startswith("De brief van")
    [entry] = entries_about(f"incident:{incident.reference}")
    assert entry.body["event"] == "incident.opened"
    assert "Amrani" not in str(entry.body)


@in_the_database
def test_a_breach_without_words_or_from_the_future_is_refused():
    with pytest.raises(Incomplete):
        make_incident(happened=" ")
    with pytest.raises(WrongState):
        make_incident(happened_at=KNEW + timedelta(minutes=1))
    assert not Incident.objects.exists()


@in_the_database
def test_a_breach_with_a_risk_closes_once_the_authority_was_told():
    incident = describe(assess(make_incident()))
    assert services.lacking(incident) == ["authority"]
    with pytest.raises(Incomplete):
        services.close(incident.pk, officer=OFFICER, now=KNEW, version=incident.version)
    incident = tell_authority(incident, KNEW + timedelta(hours=71))
    closed = services.close(
        incident.pk, officer=OFFICER, now=KNEW + timedelta(days=9), version=incident.version
    )
    closed.dossier.refresh_from_db()
    assert closed.dossier.rule == "RTS-60"
    assert closed.dossier.delete_from == date(2031, 6, 22)


@in_the_database
def test_telling_the_authority_late_needs_a_reason():
    incident = assess(make_incident())
    with pytest.raises(Incomplete, match="72 hours"):
        tell_authority(incident, KNEW + timedelta(hours=72, seconds=1))
    told = tell_authority(incident, KNEW + timedelta(hours=80), "Het was weekend.")
    assert services.account_of(told)["why_late"] == "Het was weekend."
    assert [e.body.get("late") for e in entries_about(f"incident:{told.reference}")][-1]


@in_the_database
def test_nobody_is_told_before_we_knew():
    with pytest.raises(WrongState):
        tell_authority(assess(make_incident()), KNEW - timedelta(minutes=1))


@in_the_database
def test_a_high_risk_is_told_to_the_people_or_has_a_ground_with_words():
    incident = describe(assess(make_incident(), Risk.HIGH))
    incident = tell_authority(incident, KNEW + timedelta(hours=2))
    assert services.lacking(incident) == ["people"]
    no_words: dict[str, Any] = {"told_at": None, "ground": NotTelling.AVERTED, "why_not_told": " "}
    with pytest.raises(Incomplete):
        services.tell_people(incident.pk, officer=OFFICER, version=incident.version, **no_words)
    with_words = no_words | {"why_not_told": "De brief kwam ongeopend terug."}
    incident = services.tell_people(
        incident.pk, officer=OFFICER, version=incident.version, **with_words
    )
    assert services.lacking(incident) == []


@in_the_database
def test_who_judged_that_nobody_need_be_told_does_not_close_it():
    incident = describe(assess(make_incident(), Risk.UNLIKELY))
    with pytest.raises(SecondPersonNeeded):
        services.close(incident.pk, officer=OFFICER, now=KNEW, version=incident.version)
    closed = services.close(incident.pk, officer=ANOTHER, now=KNEW, version=incident.version)
    assert closed.closed_by == ANOTHER


@in_the_database
def test_who_found_a_ground_not_to_tell_the_people_does_not_close_it():
    incident = tell_authority(
        describe(assess(make_incident(), Risk.HIGH, ANOTHER)), KNEW + timedelta(hours=2)
    )
    incident = services.tell_people(
        incident.pk,
        told_at=None,
        ground=NotTelling.AVERTED,
        why_not_told="De brief kwam ongeopend terug.",
        officer=OFFICER,
        version=incident.version,
    )
    with pytest.raises(SecondPersonNeeded):
        services.close(incident.pk, officer=OFFICER, now=KNEW, version=incident.version)
    closed = services.close(incident.pk, officer=ANOTHER, now=KNEW, version=incident.version)
    assert closed.closed_by == ANOTHER


@in_the_database
def test_nor_does_the_database_let_them():
    incident = assess(make_incident(), Risk.UNLIKELY)
    with pytest.raises(IntegrityError, match="untold_closed_by_another"), transaction.atomic():
        Incident.objects.filter(pk=incident.pk).update(closed_by=OFFICER, closed_at=KNEW)


@in_the_database
def test_nothing_changes_once_it_is_closed_and_nobody_overwrites_a_colleague():
    incident = describe(assess(make_incident(), Risk.UNLIKELY))
    with pytest.raises(ChangedMeanwhile):
        services.describe(incident.pk, {"measures": "x"}, officer=ANOTHER, version=1)
    services.close(incident.pk, officer=ANOTHER, now=KNEW, version=incident.version)
    with pytest.raises(WrongState):
        assess(incident)


@in_the_database
def test_each_reminder_goes_once_and_none_where_the_authority_knows():
    waiting, told = make_incident(), assess(make_incident())
    tell_authority(told, KNEW + timedelta(hours=1))
    soon, over = KNEW + timedelta(hours=25), KNEW + timedelta(hours=73)
    assert [one.pk for one in services.remind(soon)] == [waiting.pk]
    assert services.remind(soon) == []
    assert [one.pk for one in services.remind(over)] == [waiting.pk]
    assert services.remind(over) == []


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_the_file_of_a_breach_goes_like_any_other():
    incident = describe(assess(make_incident(), Risk.UNLIKELY))
    closed = services.close(incident.pk, officer=ANOTHER, now=KNEW, version=incident.version)
    closed.dossier.refresh_from_db()
    destroy(closed.dossier, date(2031, 6, 13))
    assert not Incident.objects.exists()


# --- the pages --------------------------------------------------------------------------------

THERE = "/desk/incidents/"


def opening(**fields) -> dict[str, str]:
    return {
        "kind": "wrong_person",
        "aware_at": "2026-06-12T15:30",
        "people": "1",
        "happened": "Een brief ging naar de verkeerde.",
    } | fields


@in_the_database
def test_intake_reports_a_breach_and_an_officer_takes_it_to_the_end(client):
    load_policy()
    enter(client, "intake")
    client.post(f"{THERE}new/", opening())
    incident = Incident.objects.get()
    page = text_of(client.get(incident.get_absolute_url()))
    assert "Een brief ging naar de verkeerde." in page
    at = incident.get_absolute_url()
    assert client.post(f"{at}assess/", {}).status_code == 403
    enter(client, "privacy officer")
    steps = {
        "assess": {"risk": "risk", "why": "De schuld is bekend."},
        "describe": {"happened": "Een brief.", "measures": "Teruggehaald."},
        "authority": {"told_at": "2026-06-13T10:00"},
    }
    for name, fields in steps.items():
        incident.refresh_from_db()
        posted = client.post(f"{at}{name}/", fields | {"version": incident.version})
        assert posted.status_code == 302
    incident.refresh_from_db()
    client.post(f"{at}close/", {"version": incident.version})
    incident.refresh_from_db()
    assert incident.closed_at is not None
    assert incident.number in text_of(client.get(f"{THERE}?show=closed"))
    assert incident.number not in text_of(client.get(THERE))


@in_the_database
def test_from_a_request_whose_message_went_astray_a_breach_names_it(client):
    request = make_request()
    enter(client, "privacy officer")
    client.post(f"{THERE}new/?request={request.reference}", opening())
    incident = Incident.objects.get()
    assert incident.request_reference == request.reference
    assert request.number in text_of(client.get(incident.get_absolute_url()))


@in_the_database
def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(client):
    load_policy()
    enter(client, "privacy officer")
    tomorrow = (timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    answer = client.post(f"{THERE}new/", opening(aware_at=tomorrow))
    assert answer.status_code == 422
    assert "Een brief ging naar de verkeerde." in text_of(answer)
    assert not Incident.objects.exists()


@in_the_database
def test_who_comes_second_is_told_and_keeps_what_they_typed(client):
    incident = assess(make_incident())
    enter(client, "privacy officer")
    fields = {"happened": "Anders.", "measures": "Mijn woorden", "version": 1}
    answer = client.post(f"{incident.get_absolute_url()}describe/", fields)
    assert answer.status_code == 409
    assert "Mijn woorden" in text_of(answer)


@in_the_database
def test_strangers_sign_in_and_marketing_is_refused(client):
    incident = make_incident()
    addresses = (THERE, f"{THERE}new/", incident.get_absolute_url())
    assert [client.get(at).status_code for at in addresses] == [302, 302, 302]
    enter(client, "marketing")
    assert [client.get(at).status_code for at in addresses] == [403, 403, 403]


@in_the_database
def test_an_auditor_reads_and_changes_nothing_and_each_look_is_noted(client):
    incident = make_incident()
    enter(client, "auditor")
    assert client.get(incident.get_absolute_url()).status_code == 200
    events = [e.body["event"] for e in entries_about(f"incident:{incident.reference}")]
    assert events[-1] == "incident.viewed"
    assert client.post(f"{incident.get_absolute_url()}close/", {}).status_code == 403
    assert client.get(f"{THERE}new/").status_code == 403
