"""What was granted to one person of a dossier never takes somebody who joins it later."""

from datetime import date
from typing import Any

import pytest

from audit.models import Entry
from policy.tests.makers import load_policy
from subjects.models import Dossier, Involvement
from subjects.services import move_anchors
from subjects.tests.test_door import DOSSIER, INVOLVEMENT, ORGANISATION, send

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

GOES_ON = date(2024, 5, 21)
JOINING: dict[str, Any] = INVOLVEMENT | {
    "id": "i2",
    "person": "p2",
    "category": "co_liable",
    "identity": {"first_name": "Bram", "last_name": "Bakker"},
}


@pytest.fixture
def granted() -> Dossier:
    """Take in a closed case of one debtor, whose erasure was granted and waits two years."""
    load_policy()
    send(ORGANISATION, DOSSIER, INVOLVEMENT)
    dossier = Dossier.objects.get()
    moved = move_anchors(dossier.pk, actor="user:1", early_erasure_decided_on=GOES_ON)
    assert moved.delete_from == GOES_ON
    return moved


def test_the_newcomer_stays_and_the_one_who_asked_goes_on_their_day(granted):
    send(JOINING)
    granted.refresh_from_db()
    assert (granted.early_erasure_decided_on, granted.delete_from) == (None, date(2027, 5, 21))
    asked = Involvement.objects.exclude(category="co_liable").get()
    assert asked.delete_from == GOES_ON
    assert Involvement.objects.get(category="co_liable").delete_from is None
    entry = Entry.objects.get(body__event="erasure.kept_to_its_people")
    assert (entry.body["object"], entry.body["people"]) == (f"dossier:{granted.reference}", 1)


def test_the_same_person_in_another_part_changes_nothing(granted):
    send(JOINING | {"person": "p1", "identity": INVOLVEMENT["identity"]})
    granted.refresh_from_db()
    assert (granted.early_erasure_decided_on, granted.delete_from) == (GOES_ON, GOES_ON)


def test_it_is_moved_once_however_often_the_newcomer_is_sent(granted):
    send(JOINING)
    send(JOINING)
    assert Entry.objects.filter(body__event="erasure.kept_to_its_people").count() == 1


def test_where_nothing_was_granted_nothing_moves(granted):
    Dossier.objects.update(early_erasure_decided_on=None, delete_from=date(2027, 5, 21))
    send(JOINING)
    assert not Entry.objects.filter(body__event="erasure.kept_to_its_people").exists()
