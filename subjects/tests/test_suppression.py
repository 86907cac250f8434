"""Who stopped marketing does not come back by the door, whatever address they come with."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import services as audit
from policy.tests.makers import load_policy
from subjects import rights
from subjects import services as subjects
from subjects.constants import Direction
from subjects.exceptions import UseEnded
from subjects.instructions import payloads_of
from subjects.models import Instruction, Involvement, Suppression
from subjects.tests.makers import make_dossier, make_involvement, make_recipient
from subjects.tests.test_door import MARKETING, PROSPECT, outcomes, send

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

HOME = PROSPECT["identity"]["addresses"]
BY_POST: dict[str, Any] = PROSPECT | {
    "identity": {"first_name": "Sanne", "last_name": "de Vries", "addresses": HOME}
}


@pytest.fixture(autouse=True)
def _policy(db):
    load_policy()


def stop(person: dict[str, Any] = BY_POST) -> None:
    send(MARKETING, person)
    subjects.unsubscribe(Involvement.objects.get().pk, now=timezone.now(), actor=audit.PERSON)


def again(**fields: Any) -> str:
    """Send a new marketing dossier of somebody; return why it is refused, or nothing."""
    other = {"id": "im9", "dossier": "m9", "person": "p9"} | fields
    _run, answers = send(MARKETING | {"id": "m9"}, BY_POST | other, every_line=True)
    return str(answers[2].get("reason", ""))


def test_who_has_a_postal_address_only_stays_away():
    stop()
    assert "must not be used for marketing again" in again(person="p1")
    assert not Suppression.objects.filter(is_address=True).exists()


def test_a_new_address_does_not_bring_back_who_stopped():
    stop()
    anew = {"last_name": "Anders", "emails": ["new@example.org"]}
    assert "must not be used" in again(person="p1", identity=anew)


@pytest.mark.parametrize(
    ("identity", "stays_away"),
    [
        ({"first_name": "Sanne", "last_name": "de Vries"}, True),
        ({"initials": "S.", "last_name": "Vries, de"}, True),
        ({"last_name": "de Vries"}, True),
        ({"first_name": "Bram", "last_name": "de Vries"}, False),
        ({"first_name": "Sanne", "last_name": "Bakker"}, False),
    ],
    ids=["same", "initial", "no-initial", "another-initial", "another-name"],
)
def test_a_name_at_the_same_address_is_the_same_person_unless_it_differs(identity, stays_away):
    stop()
    assert bool(again(identity=identity | {"addresses": HOME})) is stays_away


def test_a_namesake_elsewhere_comes_in():
    stop()
    elsewhere = [{"street": "Kade", "number": "1", "postcode": "4321 BA"}]
    assert again(identity=BY_POST["identity"] | {"addresses": elsewhere}) == ""


def test_who_stopped_without_an_initial_is_known_with_one():
    stop(BY_POST | {"identity": {"last_name": "de Vries", "addresses": HOME}})
    assert "must not be used" in again()


def test_an_unsubscription_that_the_source_sends_counts_for_the_person_too():
    send(MARKETING, BY_POST)
    send(MARKETING | {"unsubscribed_on": "2026-01-15"})
    assert "must not be used" in again()


def test_who_stopped_in_a_dossier_of_two_keeps_no_line_of_the_other_out():
    other = {"id": "im2", "person": "p2", "identity": {"last_name": "Bakker"}}
    send(MARKETING, BY_POST, BY_POST | other)
    leaver = Involvement.objects.order_by("pk")[0]
    subjects.unsubscribe(leaver.pk, now=timezone.now(), actor=audit.PERSON)
    called = BY_POST | other | {"identity": {"last_name": "Bakker", "first_name": "Bram"}}
    assert outcomes(MARKETING, BY_POST, called) == ["unchanged", "unchanged", "updated"]


def test_the_door_asks_for_all_marketing_lines_at_once():
    counted = []
    for count in (1, 8):
        people = [
            BY_POST | {"id": f"i{count}-{one}", "person": f"q{count}-{one}", "dossier": f"m{count}"}
            for one in range(count)
        ]
        with CaptureQueriesContext(connection) as queries:
            send(MARKETING | {"id": f"m{count}"}, *people)
        counted.append(sum("subjects_suppression" in one["sql"] for one in queries))
    assert counted == [1, 1]


# --- in a relation --------------------------------------------------------------------------


@pytest.fixture
def contact() -> Involvement:
    """Return a contact of a client who stopped marketing; the relation goes on."""
    person = make_involvement(make_dossier("CLI", source_system="crm"), category="client_contact")
    rights.shut_addresses(person.pk, "MKT", now=timezone.now(), actor=audit.PERSON)
    return person


def test_the_system_of_a_relation_is_told_to_stop_marketing_and_nothing_else(contact):
    told = Instruction.objects.get()
    assert (told.kind, told.source_system, told.purpose) == ("stop_use", "crm", "MKT")
    assert told.involvement == contact
    contact.refresh_from_db()
    assert contact.use_ended_at is None


def test_the_system_is_told_once_however_often_it_is_carried_out(contact):
    rights.shut_addresses(contact.pk, "MKT", now=timezone.now(), actor=audit.PERSON)
    assert Instruction.objects.count() == 1


def test_what_is_told_names_marketing(contact):

    [told] = Instruction.objects.all()
    assert payloads_of([told]) == {told.pk: {"purpose": "MKT"}}


def disclose(person: Involvement, purpose: str) -> None:
    subjects.record_disclosure(
        person.pk,
        make_recipient(),
        purpose=purpose,
        data_categories=["contact"],
        disclosed_on=timezone.localdate(),
        reason="Mailing",
        actor="user:1",
    )


def test_their_data_go_to_nobody_for_marketing_and_still_for_the_relation(contact):
    with pytest.raises(UseEnded):
        disclose(contact, "MKT")
    disclose(contact, "CLI")


def test_who_stopped_elsewhere_is_not_written_to_for_marketing(contact):
    elsewhere = make_involvement(make_dossier("MKT"), category="prospect_contact")
    now = timezone.now()
    told: dict[str, Any] = {"channel": "email", "happened_at": now, "note": "x", "actor": "user:1"}
    with pytest.raises(UseEnded):
        subjects.record_contact(elsewhere.pk, Direction.TO_PERSON, **told)
    subjects.record_contact(elsewhere.pk, Direction.BY_PERSON, **told)
