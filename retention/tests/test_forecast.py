from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from retention.forecast import Expected, forecast, missing_anchors
from retention.tests.makers import TODAY, make_dossier

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def test_a_forecast_counts_dossiers_per_month_and_rule_in_one_query():
    make_dossier(due=date(2027, 6, 1))
    make_dossier(due=date(2027, 6, 30))
    make_dossier(due=date(2027, 6, 30), rule="CLI-60")
    make_dossier(due=None)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = forecast(TODAY)
    assert len(queries) == 1
    assert found == [
        Expected(date(2027, 6, 1), "CLI-60", 1),
        Expected(date(2027, 6, 1), "COL-60", 2),
    ]


def test_what_is_overdue_counts_as_this_month_and_what_is_far_off_not_at_all():
    make_dossier(due=date(2020, 1, 1))
    make_dossier(due=date(2029, 5, 1))
    make_dossier(due=date(2029, 4, 30))
    assert forecast(TODAY) == [
        Expected(date(2027, 5, 1), "COL-60", 1),
        Expected(date(2029, 4, 1), "COL-60", 1),
    ]
    assert len(forecast(TODAY, months=1)) == 1


def test_missing_anchors_are_listed_page_by_page_each_once():
    for anchor in ("transaction_on", "closed_on", "closed_on"):
        make_dossier(due=None, missing_anchor=anchor)
    make_dossier(due=None)
    first = missing_anchors(limit=2)
    assert [row.anchor for row in first] == ["closed_on", "closed_on"]
    last = missing_anchors((first[-1].anchor, first[-1].id), limit=2)
    assert [row.anchor for row in last] == ["transaction_on"]
    assert missing_anchors((last[-1].anchor, last[-1].id)) == []
