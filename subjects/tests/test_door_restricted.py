"""A use of restricted data comes in all the same, and does not go unseen."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Entry
from policy.tests.makers import load_policy
from subjects import notices
from subjects import services as subjects
from subjects.constants import ImpossibleReason, NoticeState, RestrictionGround
from subjects.models import ContactEvent, Disclosure, Involvement, RecipientNotice, RestrictionMark
from subjects.tests.test_door import (
    BAILIFF,
    DISCLOSURE,
    DOSSIER,
    FILE,
    INVOLVEMENT,
    ORGANISATION,
    outcomes,
    send,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

SINCE = date(2025, 3, 3)
LETTER: dict[str, Any] = {
    "type": "contact_event",
    "id": "e1",
    "involvement": "i1",
    "direction": "out",
    "channel": "letter",
    "happened_at": "2025-03-10T10:00:00+01:00",
    "note": "Aanmaning",
}
ANOTHER = {"type": "organisation", "id": "inc", "name": "Incasso BV", "roles": ["adviser"]}
SHARED = DISCLOSURE | {"id": "s2", "recipient": "inc", "disclosed_on": "2025-03-10"}


def restrict(row: Involvement) -> RestrictionMark:
    ground = RestrictionGround.values[0]
    return subjects.place_restriction(
        row.pk, RestrictionGround(ground), today=SINCE, actor="user:1"
    )


@pytest.fixture
def mark(db) -> RestrictionMark:
    load_policy()
    send(*FILE, ANOTHER)
    return restrict(Involvement.objects.get())


def passed() -> list[str]:
    found = Entry.objects.filter(body__event="restriction.passed").order_by("pk")
    return [entry.body["kind"] for entry in found]


def test_a_letter_in_spite_of_a_restriction_comes_in_marked_and_noted_once(mark):
    assert outcomes(LETTER) == ["taken"]
    assert ContactEvent.objects.get().despite_restriction
    assert outcomes(LETTER) == ["unchanged"]
    assert passed() == ["contact_event"]


@pytest.mark.parametrize(
    "fields",
    [
        {"happened_at": "2025-03-02T10:00:00+01:00"},
        {"happened_at": "2025-03-03T10:00:00+01:00"},
        {"direction": "in"},
    ],
    ids=["the-day-before", "its-first-day", "by-the-person"],
)
def test_what_is_no_use_in_spite_of_it_is_not_marked(mark, fields):
    send(LETTER | fields)
    assert not ContactEvent.objects.get().despite_restriction
    assert passed() == []


def test_a_use_after_it_was_lifted_is_none(mark):
    lifted = date(2025, 3, 10)
    subjects.lift_restriction(mark.pk, informed_on=lifted, today=lifted, actor="user:1")
    send(LETTER, LETTER | {"id": "e2", "happened_at": "2025-03-09T10:00:00+01:00"})
    assert ContactEvent.objects.filter(despite_restriction=True).count() == 1


def test_who_so_received_data_hears_that_their_use_is_restricted(mark):
    known = RecipientNotice.objects.get()
    send(SHARED)
    assert Disclosure.objects.get(despite_restriction=True).recipient.organisation.name == (
        "Incasso BV"
    )
    told = RecipientNotice.objects.exclude(pk=known.pk).get()
    assert (told.event, told.recipient.organisation.name) == ("restriction", "Incasso BV")
    [about] = notices.contents_of([told])[told.pk]["people"]
    assert (about["name"], about["received_on"]) == ("Sanne de Vries", "2025-03-10")
    assert passed() == ["disclosure"]


def test_who_heard_of_it_is_not_told_again(mark):
    send(SHARED | {"recipient": "dw"})
    send(SHARED, SHARED | {"id": "s3"})
    send(SHARED | {"id": "s4"})
    assert RecipientNotice.objects.count() == 2


def test_who_could_not_be_told_of_it_hears_of_it_when_they_receive_data_again(mark):
    send(SHARED)
    first, why = RecipientNotice.objects.latest("pk"), ImpossibleReason.NO_ADDRESS
    notices.end([first.pk], NoticeState.IMPOSSIBLE, reason=why, actor="user:1", now=timezone.now())
    send(SHARED | {"id": "s3"})
    again = RecipientNotice.objects.exclude(pk=first.pk).latest("pk")
    assert (again.event, again.recipient_id) == ("restriction", first.recipient_id)
    assert again.state == NoticeState.TO_SEND


def test_of_a_restriction_that_was_lifted_nobody_new_hears(mark):
    later = date(2025, 4, 1)
    subjects.lift_restriction(mark.pk, informed_on=later, today=later, actor="user:1")
    before = RecipientNotice.objects.count()
    send(SHARED)
    assert Disclosure.objects.filter(despite_restriction=True).exists()
    assert RecipientNotice.objects.count() == before


def test_each_recipient_hears_of_their_own_person_only_and_many_cost_what_one_costs(mark):
    def people(count: int) -> list[dict[str, Any]]:
        return [
            line
            for one in range(count)
            for line in (
                DOSSIER | {"id": f"d{count}-{one}"},
                INVOLVEMENT
                | {
                    "id": f"i{count}-{one}",
                    "dossier": f"d{count}-{one}",
                    "person": f"p{count}-{one}",
                },
            )
        ]

    counted = []
    for count in (2, 6):
        send(ORGANISATION, BAILIFF, ANOTHER, *people(count))
        for row in Involvement.objects.filter(restrictions=None):
            restrict(row)
        uses = [
            SHARED | {"id": f"s{count}-{one}", "involvement": f"i{count}-{one}"}
            for one in range(count)
        ]
        with CaptureQueriesContext(connection) as queries:
            send(*uses)
        counted.append(len(queries))
    assert counted[0] == counted[1]
    told = list(RecipientNotice.objects.filter(recipient__organisation__source_id="inc"))
    assert len(told) == 8
    assert all(len(one["people"]) == 1 for one in notices.contents_of(told).values())
