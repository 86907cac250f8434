"""What runs all day over millions of keys keeps to the indexes."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from vault import services
from vault.keystore.models import DataKey

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

KEYS = 60_000
SLICE = 1_000


@pytest.fixture(autouse=True)
def _many_keys(tables_as_new):
    with connections["keystore"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO keystore_datakey (id, kind, wrapped, kek)"
            " SELECT n, 1, decode(repeat('00', 61), 'hex'), 1 FROM generate_series(1, %s) n",
            [KEYS],
        )
        cursor.execute(
            "INSERT INTO keystore_searchtokens"
            " SELECT n, ARRAY[n, n + 1, n %% 100], 1 FROM generate_series(1, %s) n",
            [KEYS],
        )
        cursor.execute("ANALYZE keystore_datakey, keystore_searchtokens")


def nodes(plan: dict[str, Any]) -> Iterator[str]:
    yield f"{plan['Node Type']} {plan.get('Relation Name', '')}".strip()
    for part in plan.get("Plans", []):
        yield from nodes(part)


def scanned_whole(work: Callable[[], object]) -> list[str]:
    """Return the tables of the keystore that `work` reads from beginning to end."""
    with CaptureQueriesContext(connections["keystore"]) as captured:
        work()
    found = []
    with connections["keystore"].cursor() as cursor:
        for query in captured.captured_queries:
            if query["sql"].startswith(("SELECT", "DELETE", "UPDATE", "WITH")):
                # As in the probe itself: its statement before this one is not explained.
                seqscan = "off" if "unnest" in query["sql"] else "on"
                cursor.execute(f"SET LOCAL enable_seqscan = {seqscan}")
                cursor.execute("EXPLAIN (FORMAT JSON) " + query["sql"])
                [(explained,)] = cursor.fetchall()
                plan = explained if isinstance(explained, list) else json.loads(explained)
                found += [node for node in nodes(plan[0]["Plan"]) if node.startswith("Seq Scan")]
    assert captured.captured_queries
    return found


def test_a_scan_of_a_whole_table_is_seen():
    assert scanned_whole(lambda: list(DataKey.objects.filter(wrapped=b""))) == [
        "Seq Scan keystore_datakey"
    ]


def test_no_table_of_the_keystore_is_read_whole():
    ids = range(1, SLICE)
    deeds: dict[str, Callable[[], object]] = {
        "probe": lambda: services.probe([5, 70_000_000, 50]),
        "open": lambda: DataKey.objects.filter(pk__in=ids).count(),
        "require fresh": lambda: services.require_fresh(
            [services.OpenKey(n, bytes(32)) for n in ids]
        ),
        "store tokens": lambda: services.store_tokens({n: [1] for n in ids}, version=2),
        "read old keys": lambda: next(services._old_keys(), None),
        "tokens without key": services._destroy_tokens_without_key,
        "keys to rotate": services.keys_to_rotate,
        "destroy": lambda: services._destroy(ids),
    }
    scans = {name: scanned_whole(work) for name, work in deeds.items()}
    assert scans == {name: [] for name in deeds}
