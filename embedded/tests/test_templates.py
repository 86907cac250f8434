"""Databases of tests are copies of ones that were migrated once, and whole."""

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from embedded import templates

BOTH = ["default", "keystore"]
pytestmark = [
    pytest.mark.django_db(databases=BOTH),
    pytest.mark.skipif(not templates.are_possible(), reason="servers were named"),
]


@pytest.mark.parametrize("alias", BOTH)
def test_a_copy_knows_every_migration(alias):
    executor = MigrationExecutor(connections[alias])
    assert executor.loader.applied_migrations
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_what_is_there_is_not_made_again():
    before = numbers()
    templates.make()
    assert numbers() == before


def test_one_that_a_process_died_over_is_not_taken_for_whole(monkeypatch):
    monkeypatch.setattr(templates, "PREFIX", "died_over_")
    with connections["default"]._nodb_cursor() as cursor:
        cursor.execute("CREATE DATABASE died_over_default_half")
        try:
            assert not templates._exists("default")
        finally:
            cursor.execute("DROP DATABASE died_over_default_half")


def test_nobody_makes_what_another_process_is_making():
    with templates._alone_with("default", wait=True) as first:
        assert first
        with templates._alone_with("default", wait=False) as second:
            assert not second
        with templates._alone_with("keystore", wait=False) as other:
            assert other


def numbers() -> set[tuple[str, int]]:
    """Return the names of the databases that are copied, with the number the server gave each."""
    with connections["default"].cursor() as cursor:
        names = [templates.name_of(alias) for alias in BOTH]
        cursor.execute("SELECT datname, oid FROM pg_database WHERE datname = ANY(%s)", [names])
        found = set(cursor.fetchall())
    assert len(found) == len(BOTH)
    return found
