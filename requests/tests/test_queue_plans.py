"""With 100,000 requests every filter in every order is a walk along an index, and quick."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.utils import timezone

from requests.models import PrivacyRequest
from requests.queue.constants import Order, Show
from requests.queue.filters import Filters
from requests.queue.reading import PAGE, chosen, in_order, page_of, seen_at
from requests.tests.many import fill

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

MANY = 100_000
# What is open, or chosen by its own index, may be sorted; never the whole table.
SORTED_AT_MOST = 15_000
SORTS = [sign + order for order in Order for sign in ("", "-")]


def questions():
    """Return every state in every order, and each other filter in the orders used most."""
    today = timezone.localdate()
    ago = {days: today - timedelta(days=days) for days in (7, 30, 180, 365)}
    found = [Filters(state=state, sort=sort) for state in Show for sort in SORTS]
    others: list[dict[str, Any]] = [
        {"state": "open", "assigned": "me"},
        {"state": "open", "assigned": "nobody"},
        {"state": "all", "assigned": "1003"},
        {"state": "open", "channel": "api"},
        {"state": "all", "right": "consent"},
        {"state": "open", "right": "access"},
        {"state": "ended", "right": "access", "refused": True},
        {"state": "all", "received_from": ago[7]},
        {"state": "all", "received_from": ago[365], "received_to": ago[180]},
        {"state": "all", "answered_from": ago[30], "answered_to": ago[7]},
        {"state": "all", "due_from": ago[30], "due_to": today},
        {"state": "all", "extended": True},
        {"state": "ended", "refused": True, "answered_from": ago[30]},
        {"state": "open", "second": True},
        {"state": "open", "send_on": True},
        {"state": "open", "warned": True},
        {"state": "all", "warned": True},
        {"state": "all", "answered": "in-time"},
        {"state": "all", "answered": "late", "answered_from": ago[180], "answered_to": today},
        {"state": "all", "answered": "late"},
        {"state": "all", "outcome": "wholly", "answered_from": ago[30], "answered_to": today},
        {"state": "all", "days_from": 8, "days_to": 14, "answered_from": ago[180]},
        {"state": "all", "days_from": 28},
    ]
    return found + [Filters(**one, sort=sort) for one in others for sort in SORTS]


def nodes(plan):
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def plan_of(queryset):
    sql, params = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
    return (json.loads(found) if isinstance(found, str) else found)[0]


def wrong_with(plan):
    for node in nodes(plan["Plan"]):
        reads = node["Node Type"] == "Seq Scan" and node["Relation Name"]
        if reads == "requests_privacyrequest":
            yield "reads the whole table"
        if node["Node Type"] == "Sort":
            rows = node["Plans"][0]["Actual Rows"] * node["Plans"][0]["Actual Loops"]
            if rows > SORTED_AT_MOST:
                yield f"sorts {rows:.0f} rows"


def at(times, share):
    return sorted(times)[int(len(times) * share)]


@pytest.mark.usefixtures("tables_as_new")
@pytest.mark.timeout(600)
def test_no_filter_in_any_order_reads_or_sorts_the_whole_table(client):
    fill(MANY)
    officer = User.objects.create_user("many")
    officer.groups.add(Group.objects.get(name="privacy officer"))
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    visible, today = PrivacyRequest.objects.all(), timezone.localdate()
    wrong, slow, pages = [], [], []
    for filters in questions():
        found = chosen(visible, filters, user=1007, today=today)
        [question] = in_order(found, filters)
        plan = plan_of(question[: PAGE + 1])
        wrong += [f"{filters.address()}: {fault}" for fault in wrong_with(plan)]
        slow.append((plan["Execution Time"], filters.address()))
    for filters in questions()[::5]:
        found = chosen(visible, filters, user=1007, today=today)
        start = time.perf_counter()
        page_of(found, filters, after="", today=today)
        pages.append((time.perf_counter() - start) * 1000)
    shown = []
    for filters in questions()[::23]:
        start = time.perf_counter()
        assert client.get("/desk/requests/" + filters.address()).status_code == 200
        shown.append((time.perf_counter() - start) * 1000)
    print(  # noqa: T201 - what was measured is told with -s
        f"\n{len(slow)} questions; ms p50/p95/max: plan"
        f" {at([ms for ms, _ in slow], 0.5):.1f}/{at([ms for ms, _ in slow], 0.95):.1f}"
        f"/{max(slow)[0]:.1f} page {at(pages, 0.5):.0f}/{at(pages, 0.95):.0f}/{max(pages):.0f}"
        f" whole view {at(shown, 0.5):.0f}/{at(shown, 0.95):.0f}/{max(shown):.0f}"
    )
    print(*sorted(slow)[-8:], sep="\n")  # noqa: T201
    assert wrong == []


@pytest.mark.usefixtures("tables_as_new")
@pytest.mark.timeout(600)
def test_the_last_page_is_as_near_as_the_first():
    fill(20_000)
    visible, today = PrivacyRequest.objects.all(), timezone.localdate()
    for sort in SORTS:
        filters = Filters(state=Show.ALL, sort=sort)
        found = chosen(visible, filters, user=1, today=today)
        [backwards] = in_order(found, Filters(state=Show.ALL, sort=_turned(sort)))
        far = backwards[PAGE * 3]
        for question in in_order(found, filters, seen=seen_at(far, filters)):
            plan = plan_of(question[: PAGE + 1])
            read = sum(
                node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                for node in nodes(plan["Plan"])
                if "Scan" in node["Node Type"]
            )
            # The planner may rather sort a thousand of one value than walk.
            assert read <= 2_000, f"{filters.address()}: reads {read}"


def _turned(sort):
    return sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
