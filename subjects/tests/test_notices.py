"""Each recipient of a person's data is told what happened to them, and heard."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from audit.models import Entry
from subjects import notices, recipients_told, services, telling
from subjects.constants import ImpossibleReason, NoticeEvent, NoticeState, RestrictionGround
from subjects.models import RecipientNotice
from subjects.tests import makers
from vault import services as vault
from vault.keystore.models import DataKey

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
ACTOR = "user:7"
CHANGES = [{"field": "last_name", "old": "El Amrani", "new": "Amrani"}]


def tell(involvement, event=NoticeEvent.RECTIFICATION, **options):
    return telling.tell_recipients(
        event, involvement=involvement, actor=ACTOR, now=options.pop("now", NOW), **options
    )


@pytest.fixture
def person():
    return makers.make_involvement(identity=makers.an_identity(dossier_number="2020-17"))


def test_each_recipient_gets_one_notice_that_says_whom_it_is_about_by_what_it_received(person):
    bailiff, bureau = makers.make_recipient(), makers.make_recipient("Bureau BV")
    makers.make_disclosure(person, bailiff)
    makers.make_disclosure(person, bailiff, disclosed_on=date(2025, 1, 1), data_categories=["debt"])
    makers.make_disclosure(person, bureau)
    made = tell(person, changes=CHANGES, case=uuid4())
    assert {notice.recipient for notice in made} == {bailiff, bureau}
    content = notices.contents_of(made)[made[0].pk]
    assert content["changes"] == CHANGES
    assert content["people"] == [
        {
            "name": "Fatima El Amrani",
            "birth_date": "1984-03-09",
            "number": "2020-17",
            "received_on": "2025-01-01",
            "data_categories": ["debt", "identity"],
        }
    ]
    assert b"Amrani" not in bytes(made[0].sealed_content or b"")
    assert "Amrani" not in str([entry.body for entry in Entry.objects.all()])


def test_a_corrected_piece_of_data_is_told_to_those_only_who_received_its_kind(person):
    with_health, without = makers.make_recipient("Arts BV"), makers.make_recipient("Bank NV")
    makers.make_disclosure(person, with_health, data_categories=["identity", "health"])
    makers.make_disclosure(person, without, data_categories=["identity", "debt"])
    (notice,) = tell(person, changes=CHANGES, data_category="health")
    assert notice.recipient == with_health


def test_who_received_nothing_is_not_told(person):
    makers.make_recipient()
    assert tell(person) == []


def test_a_restriction_and_its_lifting_are_told_to_the_same_recipients(person):
    makers.make_disclosure(person)
    mark = services.place_restriction(
        person.pk, RestrictionGround.ACCURACY, today=TODAY, actor=ACTOR
    )
    makers.make_disclosure(person, makers.make_recipient("Later BV"))
    services.lift_restriction(mark.pk, informed_on=TODAY, today=TODAY, actor=ACTOR)
    told = RecipientNotice.objects.order_by("pk").values_list("event", "recipient")
    (first, recipient), (second, same) = told
    assert (first, second) == ("restriction", "lifted")
    assert recipient == same


def test_what_is_still_to_be_told_is_not_told_twice(person):
    makers.make_disclosure(person)
    assert len(tell(person, NoticeEvent.RESTRICTION)) == 1
    assert tell(person, NoticeEvent.RESTRICTION) == []


def test_a_confirmed_notice_loses_its_words_and_their_key(person):
    makers.make_disclosure(person)
    (notice,) = tell(person)
    for done in (1, 0):
        ended = notices.end([notice.pk], NoticeState.ACKNOWLEDGED, actor=ACTOR, now=NOW)
        assert ended == done
    vault.drain_outbox()
    assert not DataKey.objects.filter(pk=notice.key_id).exists()
    notice.refresh_from_db()
    assert (notice.state, notice.sealed_content) == ("acknowledged", None)


def test_what_is_impossible_has_a_reason_and_what_is_confirmed_has_none(person):
    makers.make_disclosure(person)
    (notice,) = tell(person)
    with pytest.raises(TypeError):
        notices.end([notice.pk], NoticeState.IMPOSSIBLE, actor=ACTOR, now=NOW)
    notices.end(
        [notice.pk],
        NoticeState.IMPOSSIBLE,
        reason=ImpossibleReason.ENDED,
        actor=ACTOR,
        now=NOW,
    )
    notice.refresh_from_db()
    assert (notice.state, notice.reason) == ("impossible", "ended")


def test_the_person_is_shown_whom_we_told_when_and_how_far_it_came(person):
    case = uuid4()
    makers.make_disclosure(person, makers.make_recipient("Bailiff BV"))
    tell(person, case=case)
    (told,) = recipients_told.told(case)
    assert (told.recipient, told.day, told.state) == ("Bailiff BV", None, "to_send")
    organisation = RecipientNotice.objects.get().recipient.organisation_id
    notices.give_link(organisation, b"d" * 16, now=NOW)
    (told,) = recipients_told.told(case)
    assert (told.day, told.state) == (TODAY, "sent")
    assert recipients_told.told(uuid4()) == []


def test_a_link_takes_what_is_new_and_what_was_not_confirmed_and_nothing_else(person):
    makers.make_disclosure(person)
    (first,) = tell(person)
    organisation = first.recipient.organisation_id
    assert notices.give_link(organisation, b"1" * 16, now=NOW)[1] == 1
    assert notices.give_link(organisation, b"2" * 16, now=NOW + timedelta(days=13))[1] == 0
    assert notices.give_link(organisation, b"3" * 16, now=NOW + timedelta(days=15))[1] == 1
    first.refresh_from_db()
    assert first.reminded_at == NOW + timedelta(days=15)
    assert notices.give_link(organisation, b"4" * 16, now=NOW + timedelta(days=16))[1] == 0


def test_only_who_has_an_address_and_something_to_hear_is_written_to(person):
    makers.make_disclosure(person, makers.make_recipient(privacy_email=""))
    tell(person)
    assert notices.organisations_to_tell(NOW) == []
    organisation = RecipientNotice.objects.get().recipient.organisation
    organisation.privacy_email = "avg@example.nl"
    organisation.save()
    assert notices.organisations_to_tell(NOW) == [organisation.pk]
    notices.give_link(organisation.pk, b"1" * 16, now=NOW)
    assert notices.organisations_to_tell(NOW + timedelta(days=1)) == []
    assert notices.organisations_to_tell(NOW + timedelta(days=15)) == [organisation.pk]


def test_what_nobody_confirms_in_sixty_days_ends_and_says_nothing_any_more(person):
    makers.make_disclosure(person, makers.make_recipient(privacy_email=""))
    (sent,) = tell(person)
    notices.give_link(sent.recipient.organisation_id, b"1" * 16, now=NOW)
    (unsent,) = tell(person, NoticeEvent.RESTRICTION)
    assert notices.end_unanswered(now=NOW + timedelta(days=60)) == 0
    assert notices.end_unanswered(now=NOW + timedelta(days=61)) == 2
    for row, reason in ((sent, "no_answer"), (unsent, "no_address")):
        row.refresh_from_db()
        assert (row.state, row.reason, row.key_id) == ("impossible", reason, None)


def test_what_an_officer_is_to_hand_over_does_not_end_for_want_of_an_address(person):
    by_hand = makers.make_recipient(privacy_email="", notice_channel="file")
    makers.make_disclosure(person, by_hand)
    (notice,) = tell(person)
    assert notices.end_unanswered(now=NOW + timedelta(days=61)) == 0
    assert notices.end(
        [notice.pk],
        NoticeState.IMPOSSIBLE,
        reason=ImpossibleReason.EFFORT,
        actor=ACTOR,
        now=NOW,
    )


def test_that_nobody_can_be_told_is_known_before_the_data_go_and_is_no_confirmation(person):
    makers.make_disclosure(person, makers.make_recipient(privacy_email=""))
    (notice,) = tell(person, NoticeEvent.ERASURE, after_destruction=True)
    (waits,) = recipients_told.open_per_organisation()
    assert (waits.email, waits.to_send, waits.oldest_at) == ("", 1, NOW)
    assert not notices.end([notice.pk], NoticeState.ACKNOWLEDGED, actor=ACTOR, now=NOW)
    assert notices.end(
        [notice.pk],
        NoticeState.IMPOSSIBLE,
        reason=ImpossibleReason.NO_ADDRESS,
        actor=ACTOR,
        now=NOW,
    )


def test_what_is_told_once_the_data_go_waits_for_nobody_who_has_an_address(person):
    makers.make_disclosure(person)
    tell(person, NoticeEvent.ERASURE, after_destruction=True)
    assert recipients_told.open_per_organisation() == []


def test_what_ended_two_years_ago_is_forgotten(person):
    makers.make_disclosure(person)
    (notice,) = tell(person)
    notices.end([notice.pk], NoticeState.ACKNOWLEDGED, actor=ACTOR, now=NOW)
    assert notices.forget(now=NOW + timedelta(days=730)) == 0
    assert notices.forget(now=NOW + timedelta(days=740)) == 1
