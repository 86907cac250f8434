"""Every change keeps the law it is there for, and tells the ledger."""

from datetime import UTC, date, datetime
from typing import Any, cast
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from policy.calendars import add_months
from subjects import first_contact, services
from subjects.constants import Direction, LookPurpose, RestrictionGround
from subjects.exceptions import (
    AlreadyRestricted,
    EndedForGood,
    ImpossibleDates,
    NotInStatement,
    NotMarketing,
    PersonNotInformed,
    Restricted,
    TransferRefused,
    UseEnded,
)
from subjects.models import (
    Consent,
    Disclosure,
    Dossier,
    Involvement,
    NotTold,
    Record,
    RestrictionMark,
    Suppression,
)
from subjects.names import Person, person_of
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

TODAY = date(2026, 11, 20)
# Half past midnight in Amsterdam: in UTC it is still the day before.
NOW = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
ACTOR = "user:7"


def entry(event: str) -> dict[str, Any]:
    """Return the facts of the one entry of this event."""
    return Entry.objects.get(body__event=event).body


def happened(event: str) -> bool:
    return Entry.objects.filter(body__event=event).exists()


# --- anchors ----------------------------------------------------------------------------------


def test_moving_an_anchor_moves_rule_and_date_with_it():
    dossier = makers.make_dossier("COL", opened_on=date(2019, 1, 1))
    services.move_anchors(dossier.pk, closed_on=date(2022, 5, 20), actor=ACTOR)
    dossier.refresh_from_db()
    assert (dossier.rule, dossier.delete_from) == ("COL-60", date(2027, 5, 21))
    assert entry("dossier.anchors_moved")["due"] == "2027-05-21"
    services.move_anchors(dossier.pk, reopened_on=date(2023, 1, 1), actor=ACTOR)
    dossier.refresh_from_db()
    assert dossier.delete_from is None


def test_an_anchor_that_is_missing_is_named_and_never_guessed():
    dossier = makers.make_dossier("CLI")
    moved = services.move_anchors(dossier.pk, relation_ended_on=date(2023, 1, 31), actor=ACTOR)
    assert (moved.delete_from, moved.missing_anchor) == (None, "mutual_claims_settled_on")
    moved = services.move_anchors(
        dossier.pk, mutual_claims_settled_on=date(2023, 3, 14), actor=ACTOR
    )
    assert (moved.delete_from, moved.missing_anchor) == (date(2028, 3, 15), "")


def test_an_anchor_that_stays_where_it_is_leaves_no_entry():
    dossier = makers.make_dossier("COL", closed_on=date(2022, 5, 20))
    services.move_anchors(dossier.pk, closed_on=date(2022, 5, 20), actor=ACTOR)
    assert not happened("dossier.anchors_moved")


def test_what_is_no_anchor_is_refused_by_name():
    dossier = makers.make_dossier("COL")
    with pytest.raises(TypeError, match="delete_from"):
        services.move_anchors(dossier.pk, delete_from=TODAY, actor=ACTOR)


def test_a_dossier_is_not_closed_before_it_was_opened():
    dossier = makers.make_dossier("COL", opened_on=date(2022, 1, 1))
    with pytest.raises(ImpossibleDates):
        services.move_anchors(dossier.pk, closed_on=date(2021, 12, 31), actor=ACTOR)
    dossier.refresh_from_db()
    assert dossier.closed_on is None


@pytest.mark.parametrize("later", [None, date(2026, 2, 1)])
def test_nothing_revives_who_unsubscribed(later):
    dossier = makers.make_dossier("MKT", unsubscribed_on=date(2026, 1, 15))
    with pytest.raises(EndedForGood):
        services.move_anchors(dossier.pk, unsubscribed_on=later, actor=ACTOR)


def test_a_dossier_destroyed_meanwhile_is_not_moved():
    with pytest.raises(Dossier.DoesNotExist):
        services.move_anchors(987654, closed_on=TODAY, actor=ACTOR)


# --- unsubscribing ------------------------------------------------------------------------------


def test_who_unsubscribes_is_not_used_from_now_goes_today_and_stays_away():
    dossier = makers.make_dossier("MKT", last_contact_on=date(2026, 10, 1))
    involvement = makers.make_involvement(dossier, category="prospect_contact")
    services.unsubscribe(involvement.pk, now=NOW, actor=ACTOR)
    involvement.refresh_from_db()
    dossier.refresh_from_db()
    assert involvement.use_ended_at == NOW
    assert (dossier.unsubscribed_on, dossier.delete_from) == (TODAY, TODAY)
    assert services.suppressed("MKT", "Fatima@example.nl")
    assert not services.suppressed("MKT", "other@example.nl")
    assert not services.suppressed("COL", "fatima@example.nl")
    assert entry("use.ended")["why"] == "unsubscribed"


def test_unsubscribing_twice_changes_nothing_and_keeps_the_first_day():
    involvement = makers.make_involvement(makers.make_dossier("MKT"))
    services.unsubscribe(involvement.pk, now=NOW, actor=ACTOR)
    services.unsubscribe(involvement.pk, now=datetime(2026, 12, 1, tzinfo=UTC), actor=ACTOR)
    involvement.refresh_from_db()
    assert involvement.use_ended_at == NOW
    assert involvement.dossier.unsubscribed_on == TODAY
    assert Entry.objects.filter(body__event="use.ended").count() == 1


def test_of_several_people_in_a_dossier_only_the_one_who_unsubscribes_goes():
    dossier = makers.make_dossier("MKT", last_contact_on=date(2026, 10, 1))
    leaver, stayer = makers.make_involvement(dossier), makers.make_involvement(dossier)
    services.unsubscribe(leaver.pk, now=NOW, actor=ACTOR)
    for row in (leaver, stayer, dossier):
        row.refresh_from_db()
    assert (leaver.rule, leaver.delete_from) == ("MKT-36", TODAY)
    assert (stayer.delete_from, stayer.use_ended_at) == (None, None)
    assert dossier.unsubscribed_on is None


@pytest.mark.parametrize("purpose", ["COL", "ACC", "AML", "CLI"])
def test_nobody_unsubscribes_from_what_is_no_marketing(purpose):
    involvement = makers.make_involvement(makers.make_dossier(purpose))
    with pytest.raises(NotMarketing):
        services.unsubscribe(involvement.pk, now=NOW, actor=ACTOR)
    assert not Suppression.objects.exists()


def test_contact_after_unsubscribing_revives_nothing():
    involvement = makers.make_involvement(makers.make_dossier("MKT"))
    services.unsubscribe(involvement.pk, now=NOW, actor=ACTOR)
    later = datetime(2026, 11, 25, 9, tzinfo=UTC)
    services.record_contact(
        involvement.pk,
        Direction.BY_PERSON,
        channel="phone",
        happened_at=later,
        note="Belt",
        actor=ACTOR,
    )
    assert Dossier.objects.get(pk=involvement.dossier_id).delete_from == TODAY


def test_unsubscribing_whose_key_is_gone_still_ends_the_use():
    involvement = makers.make_involvement(makers.make_dossier("MKT"))
    makers.lose_key(involvement)
    services.unsubscribe(involvement.pk, now=NOW, actor=ACTOR)
    involvement.refresh_from_db()
    assert involvement.use_ended_at == NOW


# --- consent ------------------------------------------------------------------------------------


def test_what_stood_on_consent_alone_goes_the_day_it_is_withdrawn():
    involvement = makers.make_involvement()
    consent = makers.make_consent(involvement)
    only = makers.make_special_record(
        involvement, special_ground="9.2.a", consent=consent, lawful_basis="6.1.b"
    )
    for_claim = makers.make_special_record(involvement, consent=consent)
    other = makers.make_record(involvement)
    assert services.withdraw_consent(consent.pk, now=NOW, actor=ACTOR) == 1
    only.refresh_from_db()
    assert (only.rule, only.delete_from) == ("SPC", TODAY)
    for record in (for_claim, other):
        record.refresh_from_db()
        assert record.delete_from is None
    assert Consent.objects.get(pk=consent.pk).withdrawn_on == TODAY
    assert entry("consent.withdrawn")["records"] == 1


def test_withdrawing_twice_does_nothing_the_second_time():
    involvement = makers.make_involvement()
    consent = makers.make_consent(involvement)
    makers.make_record(involvement, lawful_basis="6.1.a", consent=consent)
    assert services.withdraw_consent(consent.pk, now=NOW, actor=ACTOR) == 1
    later = datetime(2026, 12, 1, tzinfo=UTC)
    assert services.withdraw_consent(consent.pk, now=later, actor=ACTOR) == 0
    assert Record.objects.get(consent=consent).delete_from == TODAY


def test_a_record_that_goes_sooner_is_not_kept_longer():
    involvement = makers.make_involvement()
    consent = makers.make_consent(involvement)
    makers.make_record(
        involvement,
        lawful_basis="6.1.a",
        consent=consent,
        rule="INS",
        delete_from=date(2026, 1, 1),
    )
    services.withdraw_consent(consent.pk, now=NOW, actor=ACTOR)
    assert Record.objects.get(consent=consent).rule == "INS"


def test_withdrawing_consent_to_marketing_ends_its_use_at_once():
    involvement = makers.make_involvement(makers.make_dossier("MKT"))
    consent = makers.make_consent(involvement)
    services.withdraw_consent(consent.pk, now=NOW, actor=ACTOR)
    involvement.refresh_from_db()
    assert involvement.use_ended_at == NOW
    assert involvement.dossier.consent_withdrawn_on == TODAY
    assert involvement.dossier.delete_from == TODAY


def test_withdrawing_consent_given_in_a_case_leaves_the_case():
    involvement = makers.make_involvement(makers.make_dossier("COL"))
    consent = makers.make_consent(involvement)
    services.withdraw_consent(consent.pk, now=NOW, actor=ACTOR)
    involvement.refresh_from_db()
    assert involvement.use_ended_at is None
    assert involvement.dossier.delete_from is None


# --- restriction --------------------------------------------------------------------------------


def test_a_restriction_stands_until_the_person_was_told_that_it_ends():
    involvement = makers.make_involvement()
    mark = services.place_restriction(
        involvement.pk, RestrictionGround.ACCURACY, today=date(2026, 1, 5), actor=ACTOR
    )
    assert (mark.dossier, mark.since) == (involvement.dossier, date(2026, 1, 5))
    for informed_on in (None, date(2026, 11, 21), date(2026, 1, 4)):
        with pytest.raises(PersonNotInformed):
            services.lift_restriction(mark.pk, informed_on=informed_on, today=TODAY, actor=ACTOR)
    services.lift_restriction(mark.pk, informed_on=date(2026, 11, 18), today=TODAY, actor=ACTOR)
    mark.refresh_from_db()
    assert mark.lifted_on == TODAY
    assert entry("restriction.lifted")["informed_on"] == "2026-11-18"


def test_lifting_twice_keeps_the_first_day():
    mark = makers.make_restriction(makers.make_involvement(), lifted_on=date(2026, 2, 1))
    services.lift_restriction(mark.pk, informed_on=None, today=TODAY, actor=ACTOR)
    mark.refresh_from_db()
    assert mark.lifted_on == date(2026, 2, 1)


def test_one_ground_restricts_once_and_another_beside_it():
    involvement = makers.make_involvement()
    place = services.place_restriction
    place(involvement.pk, RestrictionGround.ACCURACY, today=TODAY, actor=ACTOR)
    with pytest.raises(AlreadyRestricted):
        place(involvement.pk, RestrictionGround.ACCURACY, today=TODAY, actor=ACTOR)
    place(involvement.pk, RestrictionGround.OBJECTION, today=TODAY, actor=ACTOR)
    assert RestrictionMark.objects.count() == 2


def test_who_was_destroyed_meanwhile_cannot_be_restricted():
    with pytest.raises(Involvement.DoesNotExist):
        services.place_restriction(987654, RestrictionGround.ACCURACY, today=TODAY, actor=ACTOR)
    assert not happened("restriction.placed")


# --- disclosures, contacts, notices ---------------------------------------------------------------


def disclose(involvement: Involvement, **fields) -> Disclosure:
    wanted: dict[str, Any] = {
        "purpose": "COL",
        "data_categories": ["identity", "debt"],
        "disclosed_on": TODAY,
        "reason": "Dagvaarding van mevrouw El Amrani",
        "actor": ACTOR,
    }
    return services.record_disclosure(involvement.pk, makers.make_recipient(), **wanted | fields)


def test_a_disclosure_is_named_dated_and_its_reason_sealed():
    involvement = makers.make_involvement()
    disclosure = disclose(involvement)
    assert b"Amrani" not in bytes(disclosure.sealed_reason)
    [held] = services.person_view(involvement_ids=[involvement.pk])
    assert held.disclosures[0].reason == "Dagvaarding van mevrouw El Amrani"
    assert "Amrani" not in str(entry("disclosure.recorded"))


def test_a_transfer_outside_the_eea_needs_what_makes_it_lawful():
    involvement = makers.make_involvement()
    with pytest.raises(TransferRefused, match="US"):
        disclose(involvement, country="US")
    assert disclose(involvement, country="US", mechanism="46.2.c").country == "US"
    assert disclose(involvement, country="NO").transfer_mechanism == ""


def test_the_database_refuses_such_a_transfer_too():
    involvement = makers.make_involvement()
    with pytest.raises(IntegrityError), transaction.atomic():
        makers.make_disclosure(involvement, country="US")


@pytest.mark.parametrize("fields", [{"purpose": "XXX"}, {"data_categories": ["identity", "xxx"]}])
def test_what_the_statement_does_not_know_is_not_disclosed(fields):
    with pytest.raises(NotInStatement):
        disclose(makers.make_involvement(), **fields)


def test_restricted_data_are_disclosed_for_a_claim_only():
    involvement = makers.make_involvement()
    makers.make_restriction(involvement)
    with pytest.raises(Restricted):
        disclose(involvement)
    assert disclose(involvement, for_claim=True)


def test_a_restriction_that_was_lifted_blocks_nothing():
    involvement = makers.make_involvement()
    makers.make_restriction(involvement, lifted_on=date(2026, 2, 1))
    assert disclose(involvement)


def test_whose_use_has_ended_nobody_writes_to_but_may_write_to_us():
    involvement = makers.make_involvement(use_ended_at=NOW)
    event: dict[str, Any] = {
        "channel": "letter",
        "happened_at": NOW,
        "note": "Brief",
        "actor": ACTOR,
    }
    with pytest.raises(UseEnded):
        services.record_contact(involvement.pk, Direction.TO_PERSON, **event)
    assert services.record_contact(involvement.pk, Direction.BY_PERSON, **event)


def test_only_contact_by_the_person_renews_marketing():
    dossier = makers.make_dossier("MKT", last_contact_on=date(2023, 3, 31))
    involvement = makers.make_involvement(dossier)
    event: dict[str, Any] = {
        "channel": "e-mail",
        "happened_at": NOW,
        "note": "Nieuwsbrief",
        "actor": ACTOR,
    }
    services.record_contact(involvement.pk, Direction.TO_PERSON, **event)
    assert Dossier.objects.get(pk=dossier.pk).last_contact_on == date(2023, 3, 31)
    services.record_contact(involvement.pk, Direction.BY_PERSON, **event)
    renewed = Dossier.objects.get(pk=dossier.pk)
    assert (renewed.last_contact_on, renewed.delete_from) == (TODAY, date(2029, 11, 21))


def test_an_older_contact_that_is_noted_late_sets_nothing_back():
    dossier = makers.make_dossier("MKT", last_contact_on=TODAY)
    services.record_contact(
        makers.make_involvement(dossier).pk,
        Direction.BY_PERSON,
        channel="phone",
        happened_at=datetime(2025, 1, 1, tzinfo=UTC),
        note="",
        actor=ACTOR,
    )
    assert Dossier.objects.get(pk=dossier.pk).last_contact_on == TODAY


def notify(involvement: Involvement, **fields) -> None:
    wanted: dict[str, Any] = {
        "sent_on": TODAY,
        "channel": "letter",
        "statement_version": "2026-11",
        "objection_shown_apart": True,
        "actor": ACTOR,
    }
    services.add_first_contact_notice(involvement.pk, **wanted | fields)


def not_told(today: date = TODAY) -> list[int]:
    first_contact.look_again(today)
    return [one.involvement_id for one in services.without_first_contact_notice(today)]


def test_a_debtor_nobody_told_within_a_month_is_listed_until_told():
    late = makers.make_involvement(makers.make_dossier("COL", opened_on=date(2026, 10, 19)))
    makers.make_involvement(makers.make_dossier("COL", opened_on=date(2026, 10, 20)))
    first_contact.look_again(TODAY)
    [found] = services.without_first_contact_notice(TODAY)
    assert (found.involvement_id, found.told_by) == (late.pk, date(2026, 11, 19))
    notify(late, objection_shown_apart=False)
    assert not_told() == [late.pk]
    notify(late)
    assert not_told() == []


def test_others_need_no_notice_from_us():
    opened = {"opened_on": date(2026, 1, 1)}
    makers.make_involvement(makers.make_dossier("COL", phase="invoice", **opened))
    makers.make_involvement(makers.make_dossier("COL", closed_on=date(2026, 2, 1), **opened))
    makers.make_involvement(makers.make_dossier("CLI", **opened), category="client_contact")
    makers.make_involvement(makers.make_dossier("COL", **opened), category="guarantor")
    assert not_told() == []


def test_a_reopened_case_is_a_running_one():
    dossier = makers.make_dossier(
        "COL",
        opened_on=date(2025, 1, 1),
        closed_on=date(2025, 2, 1),
        reopened_on=date(2025, 3, 1),
    )
    involvement = makers.make_involvement(dossier)
    assert not_told() == [involvement.pk]


def test_the_list_of_the_untold_is_paged_by_key():
    made = [
        makers.make_involvement(makers.make_dossier("COL", opened_on=date(2026, 1, 1))).pk
        for _ in range(3)
    ]
    first_contact.look_again(TODAY)
    first = services.without_first_contact_notice(TODAY, limit=2)
    rest = services.without_first_contact_notice(TODAY, after=first[-1].involvement_id, limit=2)
    assert [one.involvement_id for one in first + rest] == made


def test_who_was_told_since_last_night_is_not_on_the_list_and_the_dead_are_not_either():
    told, gone, late = (
        makers.make_involvement(makers.make_dossier("COL", opened_on=date(2026, 1, 1)))
        for _ in range(3)
    )
    assert first_contact.look_again(TODAY) == 3
    notify(told)
    gone.delete()
    found = services.without_first_contact_notice(TODAY, limit=1)
    assert [one.involvement_id for one in found] == [late.pk]
    assert first_contact.look_again(TODAY) == 1
    assert NotTold.objects.count() == 1


def test_the_nightly_look_goes_window_by_window(monkeypatch):
    for _ in range(5):
        makers.make_involvement(makers.make_dossier("COL", opened_on=date(2026, 1, 1)))
    monkeypatch.setattr(first_contact, "WINDOW", 2)
    assert first_contact.look_again(TODAY) == 5
    assert first_contact.look_again(TODAY) == 5
    assert NotTold.objects.count() == 5


@pytest.mark.parametrize("today", [date(2026, 3, 1), date(2026, 3, 31), date(2028, 3, 1)])
def test_a_month_ends_as_the_law_counts_it(today):
    last = first_contact._a_month_before(today)
    assert add_months(last, 1) < today
    assert add_months(date.fromordinal(last.toordinal() + 1), 1) >= today


def test_a_notice_names_a_published_statement():
    with pytest.raises(NotInStatement, match="1999-01"):
        notify(makers.make_involvement(), statement_version="1999-01")


def test_a_change_that_rolls_back_leaves_no_entry():
    involvement = makers.make_involvement()
    with transaction.atomic():
        disclose(involvement)
        transaction.set_rollback(True)
    assert not happened("disclosure.recorded")


# --- looking ------------------------------------------------------------------------------------


def test_a_search_is_logged_with_its_purpose_and_fields_and_never_its_words():
    makers.make_involvement()
    query = person_of(makers.an_identity())
    found = services.search_for(ACTOR, LookPurpose.REQUEST, query)
    logged = entry("person.searched")
    assert (logged["purpose"], logged["found"], logged["actor"]) == ("request", 1, ACTOR)
    assert "last_name" in logged["fields"]
    assert "mrani" not in str(logged)
    assert len(found.matches) == 1


def test_a_search_without_a_known_purpose_is_refused():
    with pytest.raises(ValueError, match="curiosity"):
        services.search_for(ACTOR, cast(LookPurpose, "curiosity"), Person(last_name="Bakker"))
    assert not happened("person.searched")


def test_who_looked_is_listed_newest_first_and_of_this_person_only():
    one, other = uuid4(), uuid4()
    services.note_look([one, other], actor=ACTOR, purpose=LookPurpose.REQUEST)
    services.note_look([one], actor="user:8", purpose=LookPurpose.CHECK)
    newest, oldest = services.looks_at(one)
    assert (newest.actor, newest.purpose) == ("user:8", "check")
    assert (oldest.actor, oldest.purpose) == (ACTOR, "request")
    assert services.looks_at(one, before=newest.entry_id) == [oldest]
    assert len(services.looks_at(other)) == 1
