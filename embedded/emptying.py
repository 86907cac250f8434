"""Empties the databases after a test that commits, as Django does, in a fiftieth of the time.

Django truncates every table, which makes some five hundred files anew, and then writes down types
of content, permissions and roles again. A test fills a few tables with a few rows: those are
deleted, and what Django would write again stays. Where a test changed that, Django does it.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.db import connections, transaction
from django.test import TransactionTestCase

# Written when a database is migrated, and again by Django after it truncated them.
KEPT = ("django_content_type", "auth_permission", "auth_group", "auth_group_permissions")
# Rows that fill more than this are truncated: to delete many takes longer.
MANY_BYTES = 2**20


def empty_quickly() -> Callable[[], None]:
    """Let Django empty the databases of tests by `empty` from now on; call the answer to end it.

    To be called when the databases are as migrating left them.
    """
    by_django = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]
    as_migrated: dict[str, str] = {
        alias: _kept(alias) for alias in connections if _may_set_triggers_aside(alias)
    }

    def teardown(test: Any) -> None:
        aliases = set(test._databases_names(include_mirrors=False))
        quick = {alias for alias in aliases if as_migrated.get(alias) == _kept(alias)}
        for alias in quick:
            empty(alias)
        if quick != aliases:
            by_django(test)
            as_migrated.update({alias: _kept(alias) for alias in aliases & as_migrated.keys()})

    def end() -> None:
        TransactionTestCase._fixture_teardown = by_django  # type: ignore[attr-defined]

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[attr-defined]
    return end


def empty(alias: str) -> None:
    """Delete all rows but those of KEPT; wait, as TRUNCATE does, for whoever still writes."""
    tables = _tables(alias)
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}', pg_relation_size('{table}') WHERE EXISTS (SELECT FROM {table})"
                for table in tables
            )
        )
        filled = cursor.fetchall()
        if not filled:
            return
        # Neither the ledger's refusal to lose rows nor the order of references.
        cursor.execute("SET LOCAL session_replication_role = replica")
        if few := [table for table, size in filled if size <= MANY_BYTES]:
            cursor.execute("; ".join(f"DELETE FROM {table}" for table in few))
        if many := [table for table, size in filled if size > MANY_BYTES]:
            # What refers to them is empty by now, or among them.
            cursor.execute(f"TRUNCATE {', '.join(many)} CASCADE")


def begin_anew(alias: str) -> None:
    """Take away what other tests left in the files and statistics of tables, which plans weigh.

    Rows that were rolled back or deleted still fill pages, and what ANALYZE counted is never
    rolled back; what it found in columns outlives a TRUNCATE. In a test's own transaction all of
    it comes back at the end.
    """
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        tables = list(_tables(alias))
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = ANY (%s::regclass[])", [tables])
        cursor.execute(
            "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class"
            " WHERE oid = ANY (%s::regclass[]) AND (reltuples >= 0 OR pg_relation_size(oid) > 0)",
            [tables],
        )
        [(used,)] = cursor.fetchall()
        if used:
            # Neither references that are still to be checked, nor the ledger's refusal.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(f"TRUNCATE {used} CASCADE")
            cursor.execute("SET LOCAL session_replication_role = origin")


@cache
def _tables(alias: str) -> tuple[str, ...]:
    connection = connections[alias]
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return tuple(f'"{name}"' for name in sorted(names) if name not in KEPT)


def _may_set_triggers_aside(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        return bool(cursor.fetchone()[0])


def _kept(alias: str) -> str:
    """Return a digest of what stays."""
    present = set(connections[alias].introspection.table_names()) & set(KEPT)
    with connections[alias].cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT md5(string_agg(one::text, ' ' ORDER BY one::text)) FROM {name} one"
                for name in sorted(present)
            )
            or "SELECT ''"
        )
        return str(cursor.fetchall())
