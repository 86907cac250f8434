"""The rows behind the forecast: exactly those it counts, a page at a time, along an index."""

import json
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from desk.tests.makers import make_colleague
from policy.calendars import add_months
from retention import due, forecast, services
from retention.due import Asked, number_of, rows_of
from retention.due_forms import address_of
from retention.models import HoldKind
from retention.tests.makers import TODAY, a_case, make_dossier
from subjects.models import Dossier, Record, RestrictionMark, Unit

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
BEGIN, JUNE, END = date(2027, 5, 1), date(2027, 6, 1), date(2029, 4, 1)


def hold(dossier):
    services.place_hold(HoldKind.ACCESS, a_case(), [dossier.pk], today=TODAY, actor="user:1")


def restrict(dossier):
    RestrictionMark.objects.create(
        involvement=dossier.involvements.get(), dossier=dossier, since=TODAY, ground="18.1.a"
    )


def make_all_kinds(begin: date) -> None:
    """Make units of every kind that go in every manner, and some that count nowhere."""
    june = add_months(begin, 1)
    make_dossier(due=begin - timedelta(days=900))
    make_dossier(due=june)
    make_dossier(due=june + timedelta(days=20), rule="CLI-60")
    hold(make_dossier(due=june))
    restrict(make_dossier(due=june, rule="CLI-60"))
    hold(make_dossier(due=begin - timedelta(days=3)))
    make_dossier(due=None)
    make_dossier(due=add_months(begin, 24))
    make_dossier(due=add_months(begin, 24) - timedelta(days=1))
    for number, held in enumerate((False, True, False)):
        later = make_dossier(due=add_months(begin, 5))
        later.involvements.update(delete_from=add_months(begin, 2), rule="MKT-36")
        first = Record.objects.filter(involvement__dossier=later).earliest("pk")
        # One goes with its person, and is not counted by itself.
        day = add_months(begin, 3 if number == 2 else 1)
        Record.objects.filter(pk=first.pk).update(delete_from=day, rule="INS")
        if held:
            hold(later)


def test_every_number_of_the_forecast_has_exactly_its_rows():
    make_all_kinds(BEGIN)
    counted = forecast.forecast(TODAY)
    assert {row.unit for row in counted} == set(Unit)
    assert sum(row.held for row in counted) == 6
    for row in counted:
        for held, number in ((False, row.number), (True, row.held)):
            asked = Asked(BEGIN, row.month, row.month, row.unit, [row.rule], held)
            found = rows_of(asked, None, limit=99)
            assert (len(found), number_of(asked)) == (number, number), asked
            assert {one.rule for one in found} <= {row.rule}
    for unit in Unit:
        for held in (False, True):
            asked = Asked(BEGIN, BEGIN, END, unit, [], held)
            rows = [row for row in counted if row.unit == unit]
            assert number_of(asked) == sum(row.held if held else row.number for row in rows)


def test_pages_follow_each_other_and_forget_nothing():
    rules = ("COL-60", "CLI-60", "ACC-84")
    for number in range(9):
        day = JUNE + timedelta(days=number // 4)
        make_dossier(due=day, rule=rules[number % 3])
    asked, after, seen = Asked(BEGIN, BEGIN, END), None, []
    while rows := rows_of(asked, after, limit=2):
        seen += [(row.delete_from, row.id) for row in rows]
        after = seen[-1]
    wanted = Dossier.objects.order_by("delete_from", "pk").values_list("delete_from", "pk")
    assert seen == list(wanted)


def test_a_page_of_many_dossiers_walks_along_the_index(tables_as_new):
    one = make_dossier(due=JUNE)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO subjects_dossier (reference, source_system, source_digest, purpose_id,
                phase, created_at, closed_on, rule, delete_from, missing_anchor)
            SELECT gen_random_uuid(), 'bulk', decode(md5('d' || n), 'hex'), 'COL', '', now(),
                '2022-05-20', 'COL-60', %s::date + n %% 700, '' FROM generate_series(1, 4000) n""",
            [JUNE],
        )
        cursor.execute("ANALYZE subjects_dossier")
    hold(one)
    for rules in ([], ["COL-60"]):
        for held in (False, True):
            asked = Asked(BEGIN, JUNE, JUNE, Unit.DOSSIER, rules, held)
            sql = due._chosen(asked, "u.id, u.delete_from, u.rule, u.id", "", due.ORDER)
            values = due._values(asked) | {"limit": 51}
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values)
                plan = json.dumps(cursor.fetchone()[0])
            assert '"Index Name": "dossier_due"' in plan or held
            assert not re.search('"Seq Scan"[^{}]*"Relation Name": "subjects_dossier"', plan)
            assert len(rows_of(asked, None)) == (1 if held else due.PAGE)


# --- the page ------------------------------------------------------------------------------


@pytest.fixture
def auditor(client):
    colleague = make_colleague("auditor")
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    return colleague


PAGE = reverse("retention:due")


def test_the_page_shows_the_rows_their_filters_and_what_was_counted(
    client, auditor, django_assert_max_num_queries
):
    today = timezone.localdate()
    begin = today.replace(day=1)
    make_all_kinds(begin)
    forecast.count(timezone.now())
    query = address_of(Unit.DOSSIER, begin, add_months(begin, 1), rules=["COL-60", "CLI-60"])
    with django_assert_max_num_queries(20):
        page = client.get(PAGE + query, headers={"accept-language": "en"})
    assert len(page.context["rows"]) == page.context["number"] == page.context["counted"][0] == 3
    said = page.context["said"]
    assert [words for words, _without in said][1:] == ["COL-60", "CLI-60"]
    numbers = [client.get(PAGE + without).context["number"] for _words, without in said]
    assert numbers == [6, 1, 2]
    held = client.get(PAGE + query + "&held=1")
    assert held.context["number"] == 3
    assert "blijft voorlopig" in held.content.decode()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?unit=house", "Zoiets kan niet apart worden vernietigd."),
        ("?rule=NO-60", "Deze regel bestaat niet."),
        ("?from=2020-01", "Kies deze maand of een van de 23 daarna."),
        ("?from={last}&to={first}", "Deze maand ligt voor de eerste."),
    ],
)
def test_a_filter_that_makes_no_sense_gets_one_sentence_and_no_rows(client, auditor, query, words):
    today = timezone.localdate()
    make_dossier(due=today)
    months = {"first": f"{today:%Y-%m}", "last": f"{add_months(today, 3):%Y-%m}"}
    answer = client.get(PAGE + query.format(**months))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "rows" not in answer.context


def test_a_broken_page_key_begins_anew_and_a_role_without_the_right_is_refused(client, auditor):
    make_dossier(due=timezone.localdate())
    for after in ("x", "2026-01-01~-1", "2026-01-01~9223372036854775808", "~", "%00"):
        assert len(client.get(f"{PAGE}?after={after}").context["rows"]) == 1
    client.force_login(
        make_colleague("intake"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get(PAGE).status_code == 403
