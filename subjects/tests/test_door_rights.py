"""What a right did is not undone by the next file of the source."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import services as audit
from policy.tests.makers import load_policy
from subjects import rights
from subjects import services as subjects
from subjects.models import Consent, Dossier, Involvement, Record
from subjects.tests.test_door import (
    CONSENT,
    DOSSIER,
    FILE,
    INVOLVEMENT,
    MARKETING,
    ORGANISATION,
    PROSPECT,
    RECORD,
    SPECIAL,
    outcomes,
    send,
)
from vault import services as vault

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

CORRECTED_ON = date(2025, 6, 1)
HEALTH = {"data_category": "health", "special": SPECIAL | {"ground": "9.2.a"}}
ON_CONSENT: dict[str, Any] = RECORD | {"id": "r2", "consent": "c1"} | HEALTH


@pytest.fixture(autouse=True)
def _policy(db):
    load_policy()


def identity() -> dict[str, Any]:
    row = Involvement.objects.get()
    return dict(vault.open_key(row.key_id).unseal(row.sealed_identity, place=row.identity_place))


def content(row: Record) -> dict[str, Any]:
    key = vault.open_key(row.involvement.key_id)
    return dict(key.unseal(row.sealed_content, place=row.content_place))


def person(**fields: Any) -> dict[str, Any]:
    """Return the involvement's line, with the identity changed."""
    return INVOLVEMENT | {"identity": INVOLVEMENT["identity"] | fields}


def correct(**fields: Any) -> None:
    row = Involvement.objects.get()
    rights.rectify_identity(row.pk, fields, today=CORRECTED_ON, actor="user:1")


# --- what was corrected ---------------------------------------------------------------------


def test_a_corrected_name_stays_and_the_source_is_told_why():
    send(*FILE)
    correct(last_name="de Vrij")
    _run, answers = send(*FILE)
    assert identity()["last_name"] == "de Vrij"
    assert list(answers) == [4]
    assert (answers[4]["outcome"], answers[4]["type"]) == ("unchanged", "involvement")
    assert answers[4]["reason"].startswith("identity: last_name corrected by a right")
    send(*FILE)
    assert identity()["last_name"] == "de Vrij"


def test_who_was_corrected_is_found_by_the_corrected_value_and_by_no_other():
    send(*FILE)
    correct(emails=["new@example.org"])
    send(person(birth_date="1984-03-03"))
    held = vault.probe(
        [vault.token("email", "sanne@example.org"), vault.token("email", "new@example.org")]
    )
    assert held == [[], [Involvement.objects.get().key_id]]


def test_beside_a_corrected_field_the_others_still_come_in():
    send(*FILE)
    correct(last_name="de Vrij")
    _run, answers = send(person(first_name="Sanna"))
    assert (answers[1]["outcome"], bool(answers[1]["reason"])) == ("updated", True)
    assert (identity()["first_name"], identity()["last_name"]) == ("Sanna", "de Vrij")


def test_who_gave_a_corrected_field_stays_known_as_long_as_the_field_is_theirs():
    send(*FILE)
    correct(last_name="de Vrij", emails=["new@example.org"])
    given = {"source": "person", "collected_on": "2025-06-01"}
    assert identity()["sources"] == {"last_name": given, "emails": given}
    assert outcomes(person()) == ["unchanged"]
    send(person(first_name="Sanna"))
    assert identity()["sources"] == {"last_name": given, "emails": given}
    send(person(emails=["third@example.org"]) | {"verified_on": "2025-06-02"})
    assert "emails" not in identity().get("sources", {})


def test_once_the_source_sends_the_corrected_value_its_word_counts_again():
    send(*FILE)
    correct(last_name="de Vrij")
    _run, answers = send(person(last_name=" de  Vrij"), every_line=True)
    assert "reason" not in answers[1]
    assert Involvement.objects.get().sealed_corrections is None
    assert outcomes(person(last_name="de Vries-Bakker")) == ["updated"]


def test_a_correction_that_the_source_took_over_ends_without_another_change():
    send(*FILE)
    correct(last_name="de Vrij")
    assert outcomes(person(last_name="de Vrij")) == ["unchanged"]
    assert Involvement.objects.get().sealed_corrections is None


@pytest.mark.parametrize(
    ("verified", "stands"),
    [
        ({}, "de Vrij"),
        ({"verified_on": "2025-06-01"}, "de Vrij"),
        ({"verified_on": "2025-06-02"}, "Bakker"),
    ],
    ids=["undated", "the-same-day", "the-day-after"],
)
def test_a_third_value_comes_in_only_where_it_is_dated_after_the_correction(verified, stands):
    send(*FILE)
    correct(last_name="de Vrij")
    send(person(last_name="Bakker") | verified)
    assert identity()["last_name"] == stands


def test_a_value_that_was_found_wrong_stays_out_however_it_is_dated():
    send(*FILE)
    correct(last_name="de Vrij")
    correct(last_name="de Vrij-Bakker")
    for wrong in ("de Vries", "de Vrij"):
        _run, answers = send(person(last_name=wrong) | {"verified_on": "2026-01-01"})
        assert "last_name" in answers[1]["reason"]
    assert identity()["last_name"] == "de Vrij-Bakker"


def test_a_field_that_was_filled_in_is_not_emptied_by_a_line_without_it():
    send(*FILE)
    correct(phones=["0612345678"])
    send(*FILE)
    assert identity()["phones"] == ["0612345678"]


def test_a_corrected_record_stays_until_the_source_sends_it_so():
    send(*FILE)
    record = Record.objects.get()
    digest = bytes(record.source_digest)
    rights.rectify_record(digest, "amount", "80.00", today=CORRECTED_ON, actor="user:1")
    _run, answers = send(RECORD | {"content": {"amount": "120.00", "paid": "0"}})
    assert content(Record.objects.get()) == {"amount": "80.00", "paid": "0"}
    assert "amount" not in answers[1]["reason"]
    assert outcomes(RECORD | {"content": {"amount": "80.00", "paid": "0"}}) == ["unchanged"]
    assert Record.objects.get().sealed_corrections is None


def test_a_record_of_after_the_correction_says_something_new():
    send(*FILE)
    digest = bytes(Record.objects.get().source_digest)
    rights.rectify_record(digest, "amount", "80.00", today=CORRECTED_ON, actor="user:1")
    later = {"collected_on": "2025-07-01", "content": {"amount": "60.00"}}
    assert outcomes(RECORD | later) == ["updated"]
    assert content(Record.objects.get()) == {"amount": "60.00"}


def test_what_is_marked_tells_nothing_of_what_was_wrong():
    send(*FILE)
    correct(last_name="de Vrij")
    row = Involvement.objects.get()
    key = vault.open_key(row.key_id)
    assert row.sealed_corrections is not None
    marks = key.unseal(row.sealed_corrections, place=row.corrections_place)
    assert "Vri" not in str(marks)
    assert set(marks) == {"last_name"}


# --- what was withdrawn ---------------------------------------------------------------------


def withdraw() -> None:
    subjects.withdraw_consent(Consent.objects.get().pk, now=timezone.now(), actor=audit.PERSON)


@pytest.mark.parametrize("said", [{}, {"withdrawn_on": None}], ids=["left-out", "null"])
def test_a_consent_that_was_withdrawn_stays_so_file_after_file(said):
    send(*FILE, CONSENT, ON_CONSENT)
    withdraw()
    for _file in range(3):
        _run, answers = send(*FILE, CONSENT | said, ON_CONSENT)
        assert answers[7]["outcome"] == "unchanged"
        assert "a new one has an id of its own" in answers[7]["reason"]
        assert Consent.objects.get().withdrawn_on == timezone.localdate()
        record = Record.objects.get(is_special=True)
        assert (record.rule, record.delete_from) == ("SPC", timezone.localdate())


def test_a_withdrawn_consent_is_not_given_again_under_its_old_id():
    send(*FILE, CONSENT | {"withdrawn_on": "2023-01-01"})
    _run, answers = send(CONSENT | {"given_on": "2024-01-01", "withdrawn_on": None})
    assert answers[1]["outcome"] == "unchanged"
    row = Consent.objects.get()
    assert (row.given_on, row.withdrawn_on) == (date(2020, 2, 1), date(2023, 1, 1))


def test_a_new_consent_with_an_id_of_its_own_is_possible():
    send(*FILE, CONSENT | {"withdrawn_on": "2023-01-01"})
    assert outcomes(CONSENT | {"id": "c2", "given_on": "2024-01-01"}) == ["taken"]


def test_a_withdrawal_may_be_said_to_be_earlier_and_never_later():
    send(*FILE, CONSENT | {"withdrawn_on": "2023-01-01"}, ON_CONSENT)
    send(CONSENT | {"withdrawn_on": "2023-02-01"})
    assert Consent.objects.get().withdrawn_on == date(2023, 1, 1)
    send(CONSENT | {"withdrawn_on": "2022-12-01"})
    assert Consent.objects.get().withdrawn_on == date(2022, 12, 1)
    assert Record.objects.get(is_special=True).delete_from == date(2022, 12, 1)


def test_another_basis_does_not_keep_what_rested_on_a_withdrawn_consent():
    send(*FILE, CONSENT, ON_CONSENT)
    withdraw()
    _run, answers = send(RECORD | {"id": "r2"})
    assert "a right of the person" in answers[1]["reason"]
    assert Record.objects.exclude(delete_from=None).count() == 1


def test_a_marketing_consent_withdrawn_here_ends_marketing_for_good():
    consent = CONSENT | {"involvement": "im", "purpose": "MKT"}
    send(MARKETING, PROSPECT, consent)
    withdraw()
    before = Dossier.objects.values("consent_withdrawn_on", "rule", "delete_from").get()
    send(MARKETING, PROSPECT, consent)
    send(MARKETING | {"consent_withdrawn_on": None}, PROSPECT, consent)
    after = Dossier.objects.values("consent_withdrawn_on", "rule", "delete_from").get()
    assert before == after


# --- what was granted -----------------------------------------------------------------------


def test_a_record_whose_erasure_was_granted_keeps_its_day():
    send(*FILE)
    today = timezone.localdate()
    # As `retention.services.erase_records` does.
    Record.objects.update(rule="COL-60", delete_from=today)
    for _file in range(2):
        _run, answers = send(*FILE)
        assert "the day that a right of the person set" in answers[5]["reason"]
        record = Record.objects.get()
        assert (record.rule, record.delete_from) == ("COL-60", today)


def test_a_day_by_the_register_follows_the_register():
    insolvency = RECORD | {"data_category": "insolvency", "source": "insolvency_register"}
    send(*FILE[:4], insolvency | {"register_removed_on": "2024-01-31"})
    assert outcomes(insolvency) == ["unchanged"]
    assert Record.objects.get().delete_from == date(2024, 1, 31)
    assert outcomes(insolvency | {"register_removed_on": None}) == ["updated"]
    assert Record.objects.get().delete_from is None


RELATION: dict[str, Any] = {"type": "dossier", "id": "l1", "purpose": "CLI"}
CONTACT: dict[str, Any] = INVOLVEMENT | {"dossier": "l1", "category": "client_contact"}


def grant_relation(today: date) -> None:
    """Grant the erasure, with the anchors that `retention.granting` gives a relation."""
    anchors = {"no_longer_relevant_on": today, "early_erasure_decided_on": today}
    subjects.move_anchors(Dossier.objects.get().pk, actor="user:1", **anchors)


def test_a_relation_whose_erasure_was_granted_keeps_its_day():
    send(ORGANISATION, RELATION, CONTACT)
    today = timezone.localdate()
    grant_relation(today)
    _run, answers = send(RELATION | {"no_longer_relevant_on": None}, CONTACT)
    assert answers[1]["reason"].startswith("no_longer_relevant_on: a right of the person")
    dossier = Dossier.objects.get()
    assert (dossier.no_longer_relevant_on, dossier.delete_from) == (today, today)


def test_a_day_that_the_source_itself_set_may_be_taken_back():
    send(ORGANISATION, RELATION | {"no_longer_relevant_on": "2026-01-01"}, CONTACT)
    assert outcomes(RELATION | {"no_longer_relevant_on": None}) == ["updated"]
    assert Dossier.objects.get().delete_from is None


def test_a_granted_relation_stays_for_somebody_who_joins_it():
    send(ORGANISATION, RELATION, CONTACT)
    today = timezone.localdate()
    grant_relation(today)
    send(CONTACT | {"id": "i2", "person": "p2", "identity": {"last_name": "Bakker"}})
    assert Dossier.objects.get().delete_from is None
    assert Involvement.objects.filter(delete_from=today).count() == 1


# --- and without a query for each line ------------------------------------------------------


def test_many_corrected_people_cost_no_more_queries_than_one():
    def lines(number: int) -> list[dict[str, Any]]:
        own = {"id": f"x{number}", "person": f"q{number}", "dossier": f"e{number}"}
        return [DOSSIER | {"id": f"e{number}"}, INVOLVEMENT | own]

    many = [line for number in range(6) for line in lines(number)]
    send(ORGANISATION, *many)
    for row in Involvement.objects.all():
        rights.rectify_identity(row.pk, {"last_name": "Vrij"}, today=CORRECTED_ON, actor="user:1")
    counted = [_queries(lines(0)), _queries(many)]
    assert counted[0] == counted[1]


def _queries(lines: list[dict[str, Any]]) -> int:

    with CaptureQueriesContext(connection) as queries:
        send(*lines)
    return len(queries)
