"""After a test that commits nothing is left of it, and what migrating wrote stands there again."""

from threading import Event, Thread

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection, transaction
from django.test import TransactionTestCase

from audit.models import Entry
from audit.services import append
from desk.roles import ROLES
from desk.tests.makers import make_colleague
from embedded import emptying
from embedded.killing import somebody_waits
from embedded.worker import until
from vault.constants import KeyKind
from vault.keystore.models import DataKey
from vault.services import create_key

BOTH = ["default", "keystore"]
pytestmark = pytest.mark.django_db(transaction=True, databases=BOTH)


class Committing(TransactionTestCase):
    databases = set(BOTH)


def end_a_test() -> None:
    """Do what follows a test that commits."""
    Committing("run")._fixture_teardown()  # type: ignore[attr-defined]


def fill() -> None:
    """Write rows that refer to each other, one that may not be deleted, and a key."""
    make_colleague("privacy officer")
    write_to_the_ledger()
    create_key(KeyKind.INVOLVEMENT)


def write_to_the_ledger() -> None:
    with transaction.atomic():
        append("request.received", object="request:1", actor="system")


def rows() -> dict[str, int]:
    """Return how many rows each table has that has any."""
    tables = connection.introspection.table_names()
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)
        )
        found = {name: count for name, count in cursor.fetchall() if count}
    return found | ({"keys": DataKey.objects.count()} if DataKey.objects.exists() else {})


def test_nothing_is_left_but_what_migrating_wrote():
    before = rows()
    fill()
    assert {"keys", "audit_entry", "auth_user", "auth_user_groups"} <= rows().keys()
    end_a_test()
    assert rows() == before
    assert before.keys() == {*emptying.KEPT, "django_migrations"}


@pytest.mark.parametrize("many_bytes", [0, 2**30], ids=["many rows", "few rows"])
def test_a_table_of_any_size_is_emptied(monkeypatch, many_bytes):
    monkeypatch.setattr(emptying, "MANY_BYTES", many_bytes)
    before = rows()
    fill()
    emptying.empty("default")
    emptying.empty("keystore")
    assert rows() == before


def test_roles_and_rights_that_a_test_changed_stand_there_again():
    before = rows()
    Group.objects.all().delete()
    Permission.objects.filter(content_type__app_label="requests").delete()
    fill()
    end_a_test()
    assert rows() == before
    assert set(Group.objects.values_list("name", flat=True)) >= set(ROLES)


def test_who_still_writes_is_waited_for():
    """A worker, or a page that answers, must not leave rows to the test that follows."""
    wrote = Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                write_to_the_ledger()
                wrote.set()
                until(somebody_waits)
        finally:
            connection.close()

    writing = Thread(target=write_slowly)
    writing.start()
    wrote.wait()
    emptying.empty("default")
    writing.join()
    assert not Entry.objects.exists()


def test_tables_made_as_new_hold_nothing_that_a_plan_would_weigh(tables_as_new):
    for _ in range(50):
        write_to_the_ledger()
    fill()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_entry")
        assert min(weighed(cursor)) > 0
        emptying.begin_anew("default")
        assert weighed(cursor) == (-1, 0, 0)
    assert list(Group.objects.values_list("name", flat=True))


@pytest.mark.django_db(databases=["default", "keystore"])
def test_filling_such_tables_may_take_longer_than_a_writer_may(tables_as_new):
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_timeout")
        assert cursor.fetchone() == ("0",)


def weighed(cursor) -> tuple[float, int, int]:
    """Return of the ledger the rows counted at the last look, its bytes, its columns looked at."""
    cursor.execute(
        "SELECT reltuples, pg_relation_size(oid),"
        " (SELECT count(*) FROM pg_statistic WHERE starelid = pg_class.oid)"
        " FROM pg_class WHERE oid = 'audit_entry'::regclass"
    )
    return cursor.fetchone()
