from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from audit import merkle, services
from audit.exceptions import NoTransaction, PersonalDataSuspected
from audit.models import Entry
from audit.services import Event

pytestmark = pytest.mark.django_db

DOSSIER = "dossier:0b8f4f3e-6f0e-4f0c-9f3a-0d9c2c7d1a11"


def append(**facts):
    return services.append("dossier.erased", object=DOSSIER, actor=services.WORKER, **facts)


def test_an_entry_says_what_happened_to_what_and_by_whom():
    at = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
    append(at=at, records=3, due=date(2026, 6, 9), list=UUID(int=1), recipients=[4, 7])
    assert Entry.objects.get().body == {
        "at": "2026-06-09T12:00:00.000000+00:00",
        "actor": "worker",
        "event": "dossier.erased",
        "object": DOSSIER,
        "records": 3,
        "due": "2026-06-09",
        "list": str(UUID(int=1)),
        "recipients": [4, 7],
    }


def test_the_database_hashes_the_exact_text_of_the_body():
    pk = append(records=3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT body::text, leaf FROM audit_entry WHERE id = %s", [pk])
        text, leaf = cursor.fetchone()
    assert bytes(leaf) == merkle.leaf_hash(text.encode())


@pytest.mark.parametrize(
    "fact", ["Jan Jansen", "jan@example.nl", "x" * 81, "Dorpsstraat 1\n1234 AB", ["ok", "not ok"]]
)
def test_what_may_be_about_a_person_is_refused_without_repeating_it(fact):
    with pytest.raises(PersonalDataSuspected) as refusal:
        append(reason=fact)
    assert "Jan" not in str(refusal.value)
    assert not Entry.objects.exists()


def test_a_name_in_the_place_of_an_object_is_refused():
    with pytest.raises(PersonalDataSuspected):
        services.append("x", object="Jan Jansen", actor=services.WORKER)


def test_a_fact_cannot_take_the_place_of_event_or_time():
    with pytest.raises(ValueError, match="may not be called event"):
        services.append_many([Event("a", DOSSIER, services.SYSTEM, facts={"event": "b"})])


def test_many_entries_take_one_statement(django_assert_num_queries):
    events = [Event("dossier.erased", DOSSIER, services.WORKER) for _ in range(50)]
    with django_assert_num_queries(1):
        ids = services.append_many(events)
    assert len(set(ids)) == 50


@pytest.mark.django_db(databases=["default", "keystore"])
@pytest.mark.usefixtures("tables_as_new")
def test_what_is_about_an_object_is_found_by_its_index():
    append()
    services.append("other", object="dossier:other", actor=services.SYSTEM)
    about = services.entries_about(DOSSIER)
    assert [entry.body["event"] for entry in about] == ["dossier.erased"]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (body) SELECT jsonb_build_object("
            "'event', 'thing', 'object', 'thing:' || n) FROM generate_series(1, 3000) n"
        )
        cursor.execute("ANALYZE audit_entry")
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "entry_object" in about.explain()


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET body = '{}'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"],
)
def test_nothing_in_the_ledger_is_changed_or_removed(statement):
    append()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL alektum.allow_truncate = off")
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(statement)
    assert Entry.objects.count() == 1


def test_what_is_rolled_back_leaves_no_entry():
    with transaction.atomic():
        append()
        transaction.set_rollback(True)
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused():
    with pytest.raises(NoTransaction):
        append()
