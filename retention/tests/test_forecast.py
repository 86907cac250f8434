from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from policy.calendars import add_months
from retention import planning, services
from retention.forecast import (
    Expected,
    count,
    counted,
    forecast,
    missing_anchors,
    missing_by_rule,
)
from retention.models import DestructionItem, HeldDossier, HoldKind, LegalHold
from retention.tests.makers import TODAY, a_case, make_dossier
from subjects.models import Dossier, Involvement, Record, RestrictionMark

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
JUNE = date(2027, 6, 1)


def hold(dossier):
    services.place_hold(HoldKind.ACCESS, a_case(), [dossier.pk], today=TODAY, actor="user:1")


def test_a_forecast_counts_dossiers_per_month_and_rule_in_one_query():
    make_dossier(due=JUNE)
    make_dossier(due=date(2027, 6, 30))
    make_dossier(due=date(2027, 6, 30), rule="CLI-60")
    make_dossier(due=None)
    with CaptureQueriesContext(connection) as queries:
        found = forecast(TODAY)
    assert len(queries) == 1
    assert found == [
        Expected(JUNE, "CLI-60", "dossier", 1),
        Expected(JUNE, "COL-60", "dossier", 2),
    ]


def test_what_is_overdue_counts_as_this_month_and_what_is_far_off_not_at_all():
    make_dossier(due=date(2020, 1, 1))
    make_dossier(due=date(2029, 5, 1))
    make_dossier(due=date(2029, 4, 30))
    assert forecast(TODAY) == [
        Expected(date(2027, 5, 1), "COL-60", "dossier", 1),
        Expected(date(2029, 4, 1), "COL-60", "dossier", 1),
    ]
    assert len(forecast(TODAY, months=1)) == 1


def test_what_is_held_or_restricted_is_counted_apart():
    make_dossier(due=JUNE)
    hold(make_dossier(due=JUNE))
    restricted = make_dossier(due=JUNE)
    RestrictionMark.objects.create(
        involvement=restricted.involvements.get(), dossier=restricted, since=TODAY, ground="18.1.a"
    )
    assert forecast(TODAY) == [Expected(JUNE, "COL-60", "dossier", 1, held=2)]


def test_people_and_data_that_go_before_their_dossier_are_counted_and_others_not():
    soon, later = make_dossier(due=JUNE), make_dossier(due=date(2027, 9, 1))
    for dossier in (soon, later):
        dossier.involvements.update(delete_from=date(2027, 7, 1), rule="MKT-36")
        first = Record.objects.filter(involvement__dossier=dossier).earliest("pk")
        Record.objects.filter(pk=first.pk).update(delete_from=date(2027, 6, 3), rule="INS")
    assert forecast(TODAY) == [
        Expected(JUNE, "COL-60", "dossier", 1),
        Expected(JUNE, "INS", "record", 1),
        Expected(date(2027, 7, 1), "MKT-36", "involvement", 1),
        Expected(date(2027, 9, 1), "COL-60", "dossier", 1),
    ]


def test_what_was_counted_is_kept_for_the_overview_and_counted_anew():
    make_dossier(due=JUNE)
    first = make_dossier(due=JUNE, rule="CLI-60")
    now = datetime(2027, 5, 20, 8, tzinfo=UTC)
    assert count(now) == 2
    first.delete_from = date(2027, 7, 1)
    first.save()
    assert [(one.month, one.rule, one.number) for one in counted(TODAY)] == [
        (JUNE, "CLI-60", 1),
        (JUNE, "COL-60", 1),
    ]
    assert count(now) == 2
    assert [(one.month, one.rule) for one in counted(TODAY)] == [
        (JUNE, "COL-60"),
        (date(2027, 7, 1), "CLI-60"),
    ]


Key = tuple[date, str, str]
DUE = st.one_of(st.none(), st.integers(-60, 400))


@settings(max_examples=20, deadline=None)
@given(files=st.lists(st.tuples(DUE, DUE, DUE, st.booleans()), max_size=6))
def test_the_forecast_is_what_planning_lists_month_by_month(files):
    DestructionItem.objects.all().delete()
    HeldDossier.objects.all().delete()
    LegalHold.objects.all().delete()
    Dossier.objects.update(delete_from=None)
    Involvement.objects.update(delete_from=None)
    Record.objects.update(delete_from=None)
    for days, person, piece, held in files:
        due = [None if n is None else TODAY + timedelta(n) for n in (days, person, piece)]
        dossier = make_dossier(due=due[0])
        if held:
            hold(dossier)
        ends = [due[0] or date.max, due[1] or date.max]
        if due[1] and due[1] < ends[0]:
            dossier.involvements.update(delete_from=due[1], rule="MKT-36")
        if due[2] and due[2] < min(ends):
            record = Record.objects.filter(involvement__dossier=dossier).earliest("pk")
            Record.objects.filter(pk=record.pk).update(delete_from=due[2], rule="INS")
    # A plan that looks as far ahead as the forecast does lists these and no others. It lists
    # what is held ahead of its day too, and leaves it when the day comes.
    last = add_months(TODAY.replace(day=1), 12) - timedelta(1)
    planning._plan(TODAY, list(planning.Unit), list(planning.ListKind), until=last)
    listed, listed_though_held = Counter[Key](), Counter[Key]()
    for item in DestructionItem.objects.select_related("list"):
        counts = listed_though_held if _is_held(item) else listed
        counts[item.list.first_day.replace(day=1), item.list.rule, item.unit] += 1
    rows = forecast(TODAY, months=12)
    assert listed == +Counter({(row.month, row.rule, row.unit): row.number for row in rows})
    assert listed_though_held <= Counter({(r.month, r.rule, r.unit): r.held for r in rows})


def _is_held(item: DestructionItem) -> bool:
    of = {"dossier": "pk", "involvement": "involvements", "record": "involvements__records"}
    held = HeldDossier.objects.filter(released_on=None).values("dossier_id")
    return Dossier.objects.filter(pk__in=held, **{of[item.unit]: item.unit_id}).exists()


def test_missing_anchors_are_listed_page_by_page_each_once():
    for anchor in ("transaction_on", "closed_on", "closed_on"):
        make_dossier(due=None, missing_anchor=anchor)
    make_dossier(due=None)
    first = missing_anchors(limit=2)
    assert [row.anchor for row in first] == ["closed_on", "closed_on"]
    last = missing_anchors((first[-1].anchor, first[-1].id), limit=2)
    assert [row.anchor for row in last] == ["transaction_on"]
    assert missing_anchors((last[-1].anchor, last[-1].id)) == []
    assert missing_by_rule() == [
        ("COL-60", "closed_on", 2),
        ("COL-60", "transaction_on", 1),
    ]
