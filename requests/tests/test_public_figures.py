"""The figures anybody may read: counted from the ledger, and nobody to be recognised in them."""

import csv
import io
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from audit import services as audit
from requests import limits, services
from requests.constants import Outcome, Right
from requests.figures.models import AnswerFigure, PublicFigure
from requests.figures.public import FEW, YEAR, count, hide_few, published
from requests.tests.figuring import at, make_answered
from requests.tests.makers import OFFICER, make_request

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
NOW = datetime(2026, 7, 1, 2, 10, tzinfo=UTC)
MARCH, JUNE = date(2026, 3, 2), date(2026, 6, 1)


def the(year: int, quarter: int, right: str = "") -> PublicFigure:
    return PublicFigure.objects.get(year=year, quarter=quarter, right=right)


def make_few():
    """Two in the first quarter, three in the second; one waits, one was taken back."""
    make_answered(MARCH, 10)
    make_answered(MARCH, 20, Outcome.REFUSED, rights=[Right.ERASURE, Right.ACCESS])
    # Received in the first quarter, answered in the second, and late.
    make_answered(date(2026, 3, 30), 45, Outcome.PARTLY, rights=[Right.ERASURE])
    make_answered(JUNE, 5, extended=True)
    make_request(received_at=at(JUNE))
    back = make_request(received_at=at(JUNE))
    services.withdraw(back.pk, actor="person", now=at(JUNE))


def test_the_ledger_is_counted_as_by_hand():
    make_few()
    count(NOW)
    first, second, year = the(2026, 1), the(2026, 2), the(2026, YEAR)
    assert [first.received, second.received, year.received] == [3, 3, 6]
    assert [first.waiting, second.waiting, year.waiting] == [0, 1, 1]
    assert [first.answered, second.answered, year.answered] == [2, 2, 4]
    assert [first.median_days, second.median_days, year.median_days] == [10, 5, 10]
    assert [first.late, second.late, year.late] == [0, 1, 1]
    assert [first.extended, second.extended] == [0, 1]
    assert [(one.partly, one.refused) for one in (first, second)] == [(0, 1), (1, 0)]
    erasure = the(2026, YEAR, "erasure")
    assert (erasure.received, erasure.answered, erasure.median_days) == (2, 2, 20)
    assert (the(2026, 1, "access").received, the(2026, 2, "access").received) == (2, 3)
    assert year.first_answer_on == date(2026, 3, 12)


def test_figures_come_from_the_ledger_and_from_nothing_else():
    make_few()
    AnswerFigure.objects.all().delete()
    count(NOW)
    assert the(2026, YEAR).answered == 4


def test_a_letter_that_joined_another_request_is_not_counted_twice():
    first, later = make_request(received_at=at(MARCH)), make_request(received_at=at(JUNE))
    services.merge(later.pk, first.reference, officer=OFFICER, now=at(JUNE))
    make_request(received_at=at(JUNE), kind="complaint", rights=[])
    count(NOW)
    assert (the(2026, YEAR).received, the(2026, YEAR).waiting) == (1, 1)


def test_entries_from_before_the_codes_are_left_out_of_the_answers():
    asked = make_request(received_at=at(MARCH))
    audit.append("request.answered", object=f"request:{asked.reference}", actor="worker")
    count(NOW)
    assert (the(2026, YEAR).answered, the(2026, YEAR).waiting) == (0, 0)


def test_counting_twice_gives_the_same_and_forgets_what_is_no_more():
    make_few()
    assert count(NOW) == count(NOW) == PublicFigure.objects.count()
    count(NOW.replace(year=2031))
    assert not PublicFigure.objects.exists()


def test_numbers_from_one_to_four_are_hidden_and_so_is_what_gives_them_away():
    quarters = {(2026, 1, ""): 20, (2026, 2, ""): 3, (2026, 3, ""): 8, (2026, 0, ""): 31}
    assert hide_few(quarters) == {
        (2026, 1, ""): 20,
        (2026, 2, ""): None,
        (2026, 3, ""): None,
        (2026, 0, ""): 31,
    }
    rights = {(2026, 0, ""): 30, (2026, 0, "access"): 26, (2026, 0, "erasure"): 4}
    assert hide_few(rights) == {
        (2026, 0, ""): 30,
        (2026, 0, "access"): None,
        (2026, 0, "erasure"): None,
    }
    assert hide_few({(2026, 1, ""): 0, (2026, 0, ""): 0}) == {(2026, 1, ""): 0, (2026, 0, ""): 0}


@given(
    st.dictionaries(
        st.tuples(st.integers(1, 4), st.sampled_from(["access", "erasure", "marketing"])),
        st.integers(0, 12),
        min_size=1,
    )
)
def test_no_small_number_can_be_worked_out_from_what_is_shown(cells):
    # Each request has one right here, so that everything adds up: the worst case.
    numbers: dict[tuple[int, int, str], int] = {}
    for (quarter, right), number in cells.items():
        for key in ((quarter, right), (0, right), (quarter, ""), (0, "")):
            numbers[2026, *key] = numbers.get((2026, *key), 0) + number
    shown = hide_few(numbers)
    assert all(numbers[key] == 0 or shown[key] is None for key in shown if numbers[key] < FEW)
    for line in lines_of(numbers):
        hidden = [key for key in line if shown[key] is None]
        others = [key for key in line if shown[key]]
        assert len(hidden) != 1 or not others


def lines_of(numbers):
    for name in {right for _, _, right in numbers}:
        yield [key for key in numbers if key[2] == name]
    for quarter in {one for _, one, _ in numbers}:
        yield [key for key in numbers if key[1] == quarter]


def test_the_page_explains_itself_and_tells_no_small_number(client):
    make_few()
    count(NOW)
    page = client.get("/figures/", headers={"accept-language": "en"}).content.decode()
    assert "What the numbers mean" in page
    assert "not told" in page
    # Only what came in during the year is five or more.
    assert '<td class="number">6</td>' in page
    assert not {f'<td class="number">{few}</td>' for few in (1, 2, 3, 4)} & set(
        page.replace("><", ">\n<").split("\n")
    )
    assert "since 12 March 2026" in page


def test_six_answers_are_told_with_shares_and_median(client):
    for days in (3, 4, 9, 12, 20, 40):
        make_answered(date(2026, 1, 5), days, Outcome.REFUSED)
    count(NOW)
    row = published(NOW).by_key[2026, 1, ""]
    assert (row.median_days, row.share("refused"), row.share("partly")) == (9, 100, 0)
    assert (row.share("late"), row.is_over) == (None, True)
    assert published(NOW).by_key[2026, YEAR, ""].is_over is False
    page = client.get("/figures/", headers={"accept-language": "nl"}).content.decode()
    assert "100% (6)" in page
    assert "Wat de getallen betekenen" in page


def test_what_waits_is_hidden_where_the_rest_would_be_few():
    for _ in range(7):
        make_request(received_at=at(MARCH))
    make_answered(MARCH, 3)
    count(NOW)
    row = published(NOW).by_key[2026, 1, ""]
    assert (row.numbers["received"], row.numbers["waiting"], row.numbers["answered"]) == (
        8,
        None,
        None,
    )


def test_the_table_for_a_spreadsheet_hides_the_same(client):
    make_few()
    count(NOW)
    answer = client.get("/figures.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    whole = next(row for row in rows if (row["quarter"], row["right"]) == ("all", "all"))
    assert (whole["received"], whole["answered"], whole["median_days"]) == ("6", "hidden", "")
    assert not {"1", "2", "3", "4"} & {row[name] for row in rows for name in ("answered", "late")}


def test_without_figures_the_page_says_so(client):
    page = client.get("/figures/", headers={"accept-language": "en"}).content.decode()
    assert "There are no figures yet" in page
    assert len(client.get("/figures.csv").content.decode().splitlines()) == 1


def test_a_flood_asks_little_of_the_database_and_is_then_refused(client, monkeypatch):
    make_few()
    count(NOW)
    with CaptureQueriesContext(connection) as queries:
        client.get("/figures/")
    assert len(queries) <= 2
    monkeypatch.setitem(limits.LIMITS, "figures", (1, 600))
    assert [client.get("/figures/").status_code, client.get("/figures.csv").status_code] == [
        429
    ] * 2


def test_start_and_rights_page_lead_to_the_figures(client):
    make_request()
    assert 'href="/figures/"' in client.get("/").content.decode()
    assert client.get("/rights/").content.decode().count('href="/figures/"') == 2
