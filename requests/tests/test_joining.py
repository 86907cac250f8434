"""A reminder joins its request and starts no clock; duplicates are proposed, a person decides."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import InternalError, transaction
from django.db.utils import ProgrammingError
from django.utils import timezone

from audit.models import Entry
from requests import services
from requests.constants import Channel, Direction, DoubtReason, Kind, Mention, Right, State
from requests.exceptions import Incomplete, WrongState
from requests.files.types import looked_at
from requests.models import ClockEvent, PrivacyRequest
from requests.tests.makers import (
    LATER,
    OFFICER,
    RECEIVED_AT,
    make_match,
    make_request,
    prove,
    submit,
)
from retention.models import LegalHold
from subjects.tests.makers import an_identity, make_involvement

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
SOMEBODY_ELSE = an_identity(
    last_name="Jansen", birth_date="1970-01-01", emails=[], phones=[], addresses=[]
)
AFTER = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


def events() -> list[str]:
    return [entry.body["event"] for entry in Entry.objects.order_by("pk")]


# --- a letter about a request that is there


def test_a_reminder_joins_the_open_request_and_no_clock_changes():
    request = make_request()
    due, clocks = request.due_on, ClockEvent.objects.count()
    services.join_letter(
        request.pk,
        "Ik wacht nog steeds op antwoord.",
        received_at=AFTER,
        channel=Channel.LETTER,
        actor="user:101",
        now=AFTER,
        files=[looked_at("brief.txt", b"nog steeds")],
        mentions=[Mention.REMINDER],
    )
    request.refresh_from_db()
    assert (request.due_on, ClockEvent.objects.count()) == (due, clocks)
    assert PrivacyRequest.objects.count() == 1
    assert request.mentions == ["reminder"]
    [(message, words)] = services.messages_of(request)
    assert (message.direction, message.sent_at) == (Direction.BY_PERSON, AFTER)
    assert words.startswith("Ik wacht")
    assert [one.name for one in services.attachments_of(request)] == ["brief.txt"]
    assert events()[-1] == "request.letter_joined"


def ask_who(request, at):
    services.begin(request.pk, officer=OFFICER)
    services.ask_identity(
        request.pk,
        [DoubtReason.TOO_LITTLE],
        text="Wat is uw geboortedatum?",
        without_undue_delay=True,
        officer=OFFICER,
        now=at,
    )
    request.refresh_from_db()
    assert (request.state, request.due_on) == (State.WAITING, None)


def join(request, received_at, now=AFTER):
    services.join_letter(
        request.pk,
        "Ik ben geboren op 9 maart 1984.",
        received_at=received_at,
        channel=Channel.LETTER,
        actor="user:101",
        now=now,
    )
    request.refresh_from_db()


def test_an_answer_by_letter_lets_the_clock_run_again_from_the_day_it_came():
    request = make_request()
    assert request.due_on == date(2026, 7, 9)
    ask_who(request, RECEIVED_AT + timedelta(days=2))
    join(request, RECEIVED_AT + timedelta(days=9))
    assert request.state == State.HANDLING
    answer = ClockEvent.objects.latest("pk")
    assert answer.facts["answered_on"] == (RECEIVED_AT + timedelta(days=9)).date().isoformat()
    assert request.due_on == date(2026, 7, 16)


def test_a_letter_that_came_before_our_question_answers_nothing():
    request = make_request()
    ask_who(request, RECEIVED_AT + timedelta(days=2))
    join(request, RECEIVED_AT + timedelta(days=1))
    assert (request.state, request.due_on) == (State.WAITING, None)


def test_a_later_request_that_joins_answers_the_question_of_the_first():
    first, later = make_request(), make_request(received_at=AFTER)
    ask_who(first, RECEIVED_AT + timedelta(days=2))
    services.merge(later.pk, first.reference, officer=OFFICER, now=AFTER)
    first.refresh_from_db()
    assert first.state == State.HANDLING
    assert first.due_on


def test_a_letter_does_not_join_a_request_that_has_ended():
    request = make_request()
    services.withdraw(request.pk, actor="person", now=LATER)
    with pytest.raises(WrongState):
        services.join_letter(
            request.pk, "Hallo", received_at=AFTER, channel=Channel.LETTER, actor="x", now=AFTER
        )
    assert not services.messages_of(request)


def test_a_letter_without_words_or_files_joins_nothing():
    request = make_request()
    with pytest.raises(Incomplete):
        services.join_letter(
            request.pk, " ", received_at=AFTER, channel=Channel.LETTER, actor="x", now=AFTER
        )


# --- found again


@pytest.mark.parametrize(
    "same",
    [
        {"emails": ["FATIMA@example.nl "]},
        {"phones": ["+31 6 12345678"]},
        {"dossier_number": "d100"},
        {"last_name": "El Amrani", "birth_date": "1984-03-09"},
    ],
)
def test_requests_of_the_same_person_are_found_by_any_mark(same):
    request = make_request(
        identity=an_identity(
            emails=["fatima@example.nl"], phones=["06 12345678"], dossier_number="D-100"
        )
    )
    make_request(identity=SOMEBODY_ELSE)
    asked = {"last_name": "Anders", "emails": [], "phones": []} | same
    assert services.alike(asked, now=LATER) == [request]


def test_a_number_named_in_the_letter_finds_its_request():
    request = make_request()
    assert services.alike({}, now=LATER, numbers=[request.number]) == [request]


def test_somebody_else_is_not_found_nor_what_ended_long_ago():
    make_request(identity=an_identity())
    assert services.alike(SOMEBODY_ELSE, now=LATER) == []
    request = PrivacyRequest.objects.get()
    services.withdraw(request.pk, actor="worker", now=LATER)
    assert services.alike(an_identity(), now=LATER) == [request]
    assert services.alike(an_identity(), now=LATER + timedelta(days=120)) == []


def test_the_marks_die_with_the_request_s_key():
    from vault import services as vault

    request = make_request()
    vault._destroy([request.key_id])
    assert services.alike(an_identity(), now=LATER) == []


# --- duplicates


def test_the_same_letter_twice_is_proposed_and_not_joined_by_itself():
    first = make_request()
    second = make_request(received_at=LATER)
    assert services.duplicates_of(second, now=LATER) == [first]
    assert services.duplicates_of(first, now=LATER) == []
    assert PrivacyRequest.objects.filter(merged_into=None).count() == 2


@pytest.mark.parametrize(("channel", "proposed"), [("portal", False), ("letter", True)])
def test_the_same_few_words_of_somebody_else_on_the_portal_are_no_duplicate(channel, proposed):
    first = make_request(channel=channel, words="Stop met die reclame!")
    second = make_request(
        channel=channel,
        words="Stop met die reclame!",
        identity=SOMEBODY_ELSE,
        received_at=LATER,
    )
    assert (services.duplicates_of(second, now=LATER) == [first]) is proposed


def test_merging_keeps_both_facts_and_the_clock_of_the_first():
    first = make_request(words="Wat heeft u van mij?")
    second = make_request(
        received_at=LATER,
        words="Wis alles.",
        rights=[Right.ACCESS, Right.ERASURE],
        files=[looked_at("b.txt", b"b")],
        mentions=[Mention.REMINDER],
    )
    due = first.due_on
    services.merge(second.pk, first.reference, officer=OFFICER, now=AFTER)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.due_on == due
    assert set(first.rights.values_list("right", flat=True)) == {"access", "erasure"}
    [(message, words)] = services.messages_of(first)
    assert (words, message.sent_at) == ("Wis alles.", LATER)
    assert [one.name for one in services.attachments_of(first)] == ["b.txt"]
    assert (second.state, second.merged_into) == (State.CLOSED, first.reference)
    assert second.received_at == LATER
    assert services.body_of(second)["words"] == "Wis alles."
    assert events()[-2:] == ["request.merged", "request.took_in"]


def test_what_the_later_one_held_stays_held_for_the_first():
    person = make_involvement()
    first = make_request(rights=[Right.ERASURE])
    make_match(first, person.subject)
    second = make_request(received_at=LATER)
    match = make_match(second, person.subject)
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    services.merge(second.pk, first.reference, officer=OFFICER, now=AFTER)
    held = first.matches.get().hold_id
    assert held is not None
    assert LegalHold.objects.get(pk=held).case == first.reference


def test_a_request_joins_only_an_open_one_that_came_first():
    first, second = make_request(), make_request(received_at=LATER)
    with pytest.raises(WrongState):
        services.merge(first.pk, second.reference, officer=OFFICER, now=AFTER)
    with pytest.raises(WrongState):
        services.merge(first.pk, first.reference, officer=OFFICER, now=AFTER)
    services.withdraw(first.pk, actor="worker", now=LATER)
    with pytest.raises(WrongState):
        services.merge(second.pk, first.reference, officer=OFFICER, now=AFTER)


def test_who_asks_first_in_anothers_name_does_not_read_what_that_person_writes_later():
    person = make_involvement()
    forged = make_request(identity=an_identity(emails=["dief@example.nl"]))
    later = make_request(received_at=LATER, words="Mijn salaris is")
    with pytest.raises(Incomplete, match="different e-mail addresses"):
        services.merge(later.pk, forged.reference, officer=OFFICER, now=AFTER)
    assert services.messages_of(forged) == []
    # Who is proven to have sent both has two addresses.
    for one in (forged, later):
        prove(one, make_match(one, person.subject).pk)
    services.merge(later.pk, forged.reference, officer=OFFICER, now=AFTER)
    assert len(services.messages_of(forged)) == 1


def test_a_letter_that_joins_is_not_on_the_page_until_it_is_proven_who_has_it(client):
    """Anybody may ask in another's name, and wait for what that person writes on paper."""
    person, now = make_involvement(), timezone.now()
    made = submit(received_at=now, identity=an_identity(emails=["dief@example.nl"]))
    forged, page = made.request, f"/request/{made.request.reference}/"
    client.post("/request/open/", {"number": forged.number, "code": made.page_code})
    joins: dict[str, Any] = {
        "received_at": now,
        "channel": Channel.LETTER,
        "actor": "user:101",
        "now": now,
    }
    letter = [looked_at("salaris.txt", b"mijn salaris")]
    services.join_letter(forged.pk, "Mijn salaris is", files=letter, **joins)
    [paper] = forged.attachments.all()
    with pytest.raises(Incomplete, match="who has the page"):
        services.join_letter(forged.pk, "Mijn salaris is", shown=True, **joins)
    shown = client.get(page).content.decode()
    assert "Verzoek" in shown
    assert "salaris" not in shown
    assert client.get(f"{page}file/{paper.reference}/").status_code == 404
    # So it is of a letter that was taken in as a request, and merged by an officer.
    later = submit(
        received_at=now, words="Mijn loonstrook", identity=an_identity(emails=[]), channel="letter"
    ).request
    services.merge(later.pk, forged.reference, officer=OFFICER, now=now)
    assert len(services.messages_of(forged)) == 2
    assert "loonstrook" not in client.get(page).content.decode()
    # Once it is known who has the page, a colleague may say that it is theirs.
    prove(forged, make_match(forged, person.subject).pk, now=now)
    services.join_letter(forged.pk, "Een herinnering", shown=True, **joins)
    shown = client.get(page).content.decode()
    assert "herinnering" in shown
    assert "salaris" not in shown


@pytest.mark.parametrize("emails", [[], ["FATIMA@example.nl"]])
def test_a_letter_without_another_address_joins_as_the_officer_says(emails):
    first = make_request()
    later = make_request(received_at=LATER, identity=an_identity(emails=emails))
    services.merge(later.pk, first.reference, officer=OFFICER, now=AFTER)
    assert len(services.messages_of(first)) == 1


def test_a_second_merge_finds_nothing_left_to_do():
    first, second = make_request(), make_request(received_at=LATER)
    services.merge(second.pk, first.reference, officer=OFFICER, now=AFTER)
    with pytest.raises(WrongState):
        services.merge(second.pk, first.reference, officer=OFFICER, now=AFTER)
    assert len(services.messages_of(first)) == 1


def test_the_database_refuses_to_close_a_request_that_was_not_answered():
    request = make_request()
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
        PrivacyRequest.objects.filter(pk=request.pk).update(
            state=State.CLOSED, ended_on=LATER.date()
        )


# --- questions and complaints


@pytest.mark.parametrize("kind", [Kind.ENQUIRY, Kind.COMPLAINT])
def test_a_question_or_complaint_has_no_clock_and_nobody_is_looked_for(kind):
    asked = make_request(kind=kind, rights=[])
    assert (asked.due_on, asked.clockevents.count(), asked.rights.count()) == (None, 0, 0)
    assert services.without_search(limit=10) == []
    assert asked.number.startswith("AP-2026-")


def test_a_question_is_answered_by_a_message_and_closed():
    asked = make_request(kind=Kind.ENQUIRY, rights=[])
    with pytest.raises(Incomplete):
        services.answer_question(asked.pk, " ", officer=OFFICER, now=LATER)
    services.answer_question(asked.pk, "Vijf jaar.", officer=OFFICER, now=LATER)
    asked.refresh_from_db()
    assert (asked.state, asked.answered_at) == (State.CLOSED, LATER)
    assert [words for _, words in services.messages_of(asked)] == ["Vijf jaar."]
    with pytest.raises(WrongState):
        services.answer_question(asked.pk, "Nog eens", officer=OFFICER, now=LATER)


def test_a_request_is_not_closed_by_a_message():
    request = make_request()
    with pytest.raises(WrongState):
        services.answer_question(request.pk, "Zo.", officer=OFFICER, now=LATER)


def test_a_question_that_is_a_request_gets_the_clock_it_always_had():
    asked = make_request(kind=Kind.ENQUIRY, rights=[])
    twin = make_request()
    made = services.make_request(asked.pk, [Right.ACCESS], officer=OFFICER, now=AFTER)
    assert (made.kind, made.due_on, made.received_at) == (Kind.REQUEST, twin.due_on, RECEIVED_AT)
    assert made.pk in services.without_search(limit=10)
    with pytest.raises(WrongState):
        services.make_request(asked.pk, [Right.ACCESS], officer=OFFICER, now=AFTER)


def test_a_question_becomes_no_request_without_a_right():
    asked = make_request(kind=Kind.ENQUIRY, rights=[])
    with pytest.raises(Incomplete):
        services.make_request(asked.pk, [], officer=OFFICER, now=AFTER)
