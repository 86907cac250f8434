"""The database keeps to its indexes: a scan for each slice would take a night for hours."""

import json
import re
from typing import Any

import pytest
from django.db import connection

from retention import planning
from retention.destruction import _statement
from retention.models import DestructionList
from retention.running import destroy_list
from retention.tests.bulk import make_many
from retention.tests.makers import TODAY
from subjects.models import Dossier, ErasureProof, Unit

pytestmark = pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
# Reading a table of a few pages from end to end is what an index would come down to.
FEW_PAGES = 20


def plan_of(sql: str, parameters: dict[str, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", parameters)
        return json.dumps(cursor.fetchone()[0])


def scanned(plan: str) -> set[str]:
    """The tables of some size that a plan reads from end to end."""
    found = re.findall(r'"Node Type": "Seq Scan"[^{}]*?"Relation Name": "(\w+)"', plan)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname = ANY (%s) AND relpages > %s",
            [found, FEW_PAGES],
        )
        return {row[0] for row in cursor.fetchall()}


@pytest.fixture
def listed(tables_as_new):
    make_many(4_000, due=TODAY)
    [made] = planning.plan(TODAY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return DestructionList.objects.get(pk=made.id)


def test_no_slice_reads_a_table_from_end_to_end(listed):
    assert scanned(plan_of("SELECT * FROM subjects_dossier", {})) == {"subjects_dossier"}
    where = {"list": listed.pk, "after": 0, "to": 300, "positions": [1, 2, 3]}
    for unit in Unit:
        for past in (False, True):
            sql = _statement(unit, past)
            plan = plan_of(sql, where | {"today": TODAY, "at": "2027-05-21"})
            assert scanned(plan) == set(), (unit, past)
            assert "Index" in plan


def test_all_that_is_due_goes_and_what_is_held_stays(listed):
    due = Dossier.objects.filter(delete_from=TODAY).count()
    assert destroy_list(listed.pk, today=TODAY) is False
    DestructionList.objects.update(runs_from=TODAY)
    assert destroy_list(listed.pk, today=TODAY)
    held = Dossier.objects.filter(delete_from=TODAY).count()
    assert held == 40
    assert ErasureProof.objects.count() == due - held
