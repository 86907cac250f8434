"""Refusals to start: bad keys, one database for both, transactions without end."""

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.models.signals import pre_migrate

from vault import apps, checks

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)

BOTH = ["default", "keystore"]


def transaction_timeout() -> str:
    with connections["default"].cursor() as cursor:
        cursor.execute("SHOW transaction_timeout")
        return cursor.fetchone()[0]


def test_a_bad_key_and_one_address_for_both_databases_are_refused(settings, monkeypatch):
    assert checks.check_keys() == checks.check_two_databases() == []
    settings.VAULT_TOKEN_KEY = "short"
    assert [error.id for error in checks.check_keys()] == ["vault.E001"]
    for part in checks.WHERE:
        monkeypatch.setitem(
            settings.DATABASES["keystore"], part, settings.DATABASES["default"].get(part)
        )
    assert [error.id for error in checks.check_two_databases()] == ["vault.E002"]


def test_one_database_under_two_names_is_refused(monkeypatch):
    assert checks.check_databases(databases=BOTH) == []
    main, keystore = connections["default"], connections["keystore"]
    keystore.close()
    monkeypatch.setitem(keystore.settings_dict, "NAME", main.settings_dict["NAME"])
    monkeypatch.setitem(keystore.settings_dict, "HOST", "localhost")
    try:
        assert checks.check_two_databases() == []
        assert [error.id for error in checks.check_databases(databases=BOTH)] == ["vault.E002"]
    finally:
        keystore.close()


def test_a_check_that_names_no_database_asks_none(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert checks.check_databases() == []


def test_transactions_end_in_time_and_a_server_that_lets_them_go_on_is_refused():
    assert transaction_timeout() == "5min"
    apps.lift_transaction_timeout(using="default")
    try:
        assert [error.id for error in checks.check_databases(databases=BOTH)] == ["vault.E003"]
    finally:
        apps.restore_transaction_timeout(using="default")
    assert checks.check_databases(databases=BOTH) == []


def test_a_migration_may_take_its_time():
    seen = []

    def look(**kwargs):
        seen.append(transaction_timeout())

    pre_migrate.connect(look)
    try:
        call_command("migrate", "vault", verbosity=0)
    finally:
        pre_migrate.disconnect(look)
    assert seen[-1] == "0"
    assert transaction_timeout() == "5min"
