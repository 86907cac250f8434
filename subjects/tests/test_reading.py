"""Everything held of a person comes out whole, in order, and nobody else's with it."""

from datetime import UTC, date, datetime

import pytest

from subjects.services import person_view
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def test_what_was_sealed_comes_out_with_its_names_and_dates():
    client = makers.make_organisation("Winkel BV", privacy_email="privacy@winkel.example")
    dossier = makers.make_dossier(client=client, closed_on=date(2022, 5, 20), rule="COL-60")
    involvement = makers.make_involvement(dossier)
    consent = makers.make_consent(involvement)
    makers.make_record(
        involvement,
        content={"amount": "99.95", "text": "été"},
        consent=consent,
        source_organisation=client,
    )
    makers.make_disclosure(involvement, makers.make_recipient("Deurwaarder BV", "adviser"))
    makers.make_contact(involvement)
    makers.make_decision(involvement)
    makers.make_notice(involvement)
    makers.make_restriction(involvement)
    [held] = person_view(involvement_ids=[involvement.pk])
    assert held.identity == makers.an_identity()
    assert (held.dossier.client, held.dossier.client_email) == (
        "Winkel BV",
        "privacy@winkel.example",
    )
    assert (held.dossier.purpose, held.dossier.rule) == ("COL", "COL-60")
    assert held.dossier.anchors.closed_on == date(2022, 5, 20)
    [record] = held.records
    assert record.content == {"amount": "99.95", "text": "été"}
    assert (record.source, record.source_organisation) == ("client", "Winkel BV")
    assert (record.consent, record.lawful_basis) == (consent.pk, "6.1.b")
    assert held.consents[0].proof == "Vinkje op de site"
    [disclosure] = held.disclosures
    assert (disclosure.recipient, disclosure.role) == ("Deurwaarder BV", "adviser")
    assert (disclosure.reason, disclosure.data_categories) == ("Dagvaarding", ["identity", "debt"])
    assert held.contacts[0].note == "Belt over regeling"
    assert held.decisions[0].account == {
        "inputs": {"days_late": 30},
        "weights": {"days_late": 1},
        "result": "letter 2",
        "effect": "letter",
        "would_change": "Within 14 days it had been letter 1",
    }
    assert held.notices[0].objection_shown_apart
    assert held.restrictions[0].ground == "18.1.a"


def test_of_a_subject_all_involvements_come_and_of_the_other_debtor_nothing():
    dossier, subject = makers.make_dossier(), makers.make_subject()
    mine = makers.make_involvement(dossier, subject)
    also_mine = makers.make_involvement(makers.make_dossier("ACC"), subject)
    other = makers.make_involvement(dossier, identity=makers.an_identity(first_name="Jan"))
    makers.make_record(other)
    found = person_view(subject_ids=[subject.pk])
    assert [held.pk for held in found] == [also_mine.pk, mine.pk]
    assert all(held.records == () for held in found)


def test_both_selections_are_joined_and_each_involvement_comes_once():
    one, other = makers.make_involvement(), makers.make_involvement()
    found = person_view(involvement_ids=[one.pk, other.pk], subject_ids=[one.subject_id])
    assert {held.pk for held in found} == {one.pk, other.pk}
    assert len(found) == 2


def test_of_nobody_and_of_the_unknown_nothing_comes(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert person_view() == []
    assert person_view(involvement_ids=[987654], subject_ids=[987654]) == []


def test_records_come_by_the_day_they_were_collected_and_contacts_by_the_hour():
    involvement = makers.make_involvement()
    late = makers.make_record(involvement, collected_on=date(2025, 1, 1))
    early = makers.make_record(involvement, collected_on=date(2023, 1, 1))
    second = makers.make_contact(involvement, happened_at=datetime(2024, 1, 1, 12, tzinfo=UTC))
    first = makers.make_contact(involvement, happened_at=datetime(2024, 1, 1, 11, tzinfo=UTC))
    [held] = person_view(involvement_ids=[involvement.pk])
    assert [record.pk for record in held.records] == [early.pk, late.pk]
    assert [contact.pk for contact in held.contacts] == [first.pk, second.pk]


def test_what_lost_its_key_is_none_and_no_fault():
    lost, whole = makers.make_involvement(), makers.make_involvement()
    for involvement in (lost, whole):
        makers.make_record(involvement)
        makers.make_contact(involvement)
    makers.lose_key(lost)
    found = {held.pk: held for held in person_view(involvement_ids=[lost.pk, whole.pk])}
    assert found[lost.pk].identity is None
    assert found[lost.pk].records[0].content is None
    assert found[lost.pk].contacts[0].note is None
    assert found[whole.pk].records[0].content == {"amount": "120.00"}


@pytest.mark.parametrize("people", [1, 4])
def test_the_number_of_queries_does_not_grow(people, django_assert_max_num_queries):
    subject = makers.make_subject()
    for _ in range(people):
        involvement = makers.make_involvement(subject=subject)
        for _ in range(3 * people):
            makers.make_record(involvement)
            makers.make_disclosure(involvement)
    with (
        django_assert_max_num_queries(8),
        django_assert_max_num_queries(1, using="keystore"),
    ):
        assert len(person_view(subject_ids=[subject.pk])) == people
