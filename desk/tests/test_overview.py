"""The overview: right figures, each with its rows, and to each role only its parts."""

import re
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import User
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from desk.charts import Column, draw, together
from desk.overview.filters import OverviewForm
from desk.roles import ROLES
from desk.tests.makers import make_colleague
from policy.services import load
from requests.constants import Channel, Outcome, Right
from requests.identity.models import Reminder
from requests.models import PrivacyRequest
from requests.tests.figuring import at, make_answered
from requests.tests.makers import make_request
from retention import forecast, services
from retention.models import HoldKind, LegalHold
from retention.tests.makers import make_dossier

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
MOST_QUERIES = 20


@pytest.fixture
def look(client):
    """Return the overview as a role sees it, in English."""

    def page(role: str, query: str = "") -> BeautifulSoup:
        client.force_login(
            make_colleague(role), backend="django.contrib.auth.backends.ModelBackend"
        )
        answer = client.get(f"/desk/{query}", headers={"accept-language": "en"})
        assert answer.status_code == 200
        return BeautifulSoup(answer.content, "html.parser")

    return page


def make_month(today: date) -> None:
    """Three that were answered lately, one of them late; two that are open, one late."""
    make_answered(today - timedelta(days=20), 10)
    make_answered(today - timedelta(days=60), 45, Outcome.REFUSED, rights=[Right.ERASURE])
    make_answered(today - timedelta(days=30), 12, extended=True, channel=Channel.EMAIL)
    make_request(received_at=at(today - timedelta(days=50)))
    make_request(received_at=at(today))


def section(page: BeautifulSoup, name: str):
    return page.find("section", attrs={"aria-labelledby": name})


def words(node) -> str:
    return " ".join(node.get_text(" ").split())


def test_figures_are_those_counted_by_hand_and_lead_to_their_rows(look):
    today = timezone.localdate()
    make_month(today)
    page = look("privacy officer")
    tiles = {
        words(tile.find(class_="tile-label")): tile for tile in page.select("main > .tiles .tile")
    }
    assert words(tiles["Too late"].find(class_="tile-number")) == "1"
    assert tiles["Too late"]["href"] == "/desk/requests/?kind=request&state=late"
    assert words(tiles["Open in all"].find(class_="tile-number")) == "2"
    answers = section(page, "answers")
    assert "3 requests were answered" in words(answers)
    shares = {
        words(tile.find(class_="tile-label")): words(tile.find(class_="tile-number"))
        for tile in answers.select(".tile")
    }
    assert shares["Answered in time"] == "67%"
    assert (shares["Period extended"], shares["Refused"]) == ("33%", "33%")
    assert (shares["Answered too late"], shares["Refused in part"]) == ("33%", "0%")
    assert "12" in shares.values()
    arrivals = section(page, "arrivals")
    assert sum(int(words(cell)) for cell in arrivals.select("tbody td")) == 5
    assert len(arrivals.select("tbody tr")) == 26


def test_every_figure_keeps_the_filters_it_was_counted_with(look):
    today = timezone.localdate()
    make_month(today)
    first = (today - timedelta(days=40)).isoformat()
    page = look("auditor", f"?from={first}&to={today}&right=access&channel=email")
    answers = section(page, "answers")
    assert "1 request was answered" in words(answers)
    asked = [parse_qs(urlsplit(link["href"]).query) for link in answers.select("a[href]")]
    names = {name for query in asked for name in query}
    assert names >= {"answered_from", "extended", "refused", "answered", "outcome", "days_to"}
    assert all(query["right"] == ["access"] and query["channel"] == ["email"] for query in asked)
    assert {query["answered_from"][0] for query in asked} == {first}
    assert page.find("input", attrs={"name": "from"})["value"] == first
    assert page.find("select", attrs={"name": "right"}).find(selected=True)["value"] == "access"


def warn(one: PrivacyRequest, before: timedelta = timedelta(0)) -> None:
    """Note that officers were warned of the day it has, or of one before."""
    assert one.due_on is not None
    due_on = one.due_on - before
    Reminder.objects.create(request=one, kind="half", due_on=due_on, noted_at=timezone.now())


def number_of(link) -> tuple[str, int]:
    """Return which figure a link is, and how many rows it says there are."""
    label = link.get("aria-label") or words(link)
    if part := re.search(r"(\d+) of \d+", label):
        return label, int(part[1])
    number = link.find(class_="tile-number")
    return label, int(words(number) if number else words(link).split()[0])


@pytest.mark.parametrize("query", ["", "?right=access", "?channel=email", "?right=erasure"])
def test_each_figure_is_the_number_of_rows_its_link_shows(look, client, query):
    today = timezone.localdate()
    make_month(today)
    make_answered(today - timedelta(days=9), 2, Outcome.PARTLY)
    warned = make_request(received_at=at(today - timedelta(days=25)))
    warn(warned)
    warn(warned, timedelta(days=9))
    # What is no request is counted nowhere here; nor is what was answered before the period,
    # nor who was warned of a day that moved, or of a request that has ended.
    make_request(kind="complaint", rights=[], received_at=at(today))
    make_answered(today - timedelta(days=400), 90, Outcome.REFUSED, extended=True)
    gone = make_answered(today - timedelta(days=8), 3)
    moved = make_request(received_at=at(today - timedelta(days=26)))
    warn(gone)
    warn(moved, timedelta(days=3))
    links = look("privacy officer", query).select('a[href^="/desk/requests/?"]')
    assert len(links) > 40
    whole, medians = 0, 0
    for link in links:
        label, number = number_of(link)
        shown = client.get(link["href"]).context["page"].count
        whole = shown if "answered from" in label else whole
        if "median" in label.lower():
            # Its rows are those of which it is the middle.
            medians += 1
            number = whole if "nine in ten" in label else shown
        assert number == shown, (label, link["href"])
    assert whole
    assert medians >= 3


def test_no_number_of_the_requests_stands_without_its_rows(look):
    make_month(timezone.localdate())
    page = look("privacy officer")
    for name in ("waits", "arrivals", "answers"):
        part = section(page, name)
        bare = [words(cell) for cell in part.select("td.number, .tile-number") if not linked(cell)]
        assert bare == [], name
    assert all(linked(tile) for tile in page.select("main > .tiles .tile-number"))


def linked(node) -> bool:
    return bool(node.find("a", href=True) or node.find_parent("a", href=True))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=2026-13-01", "This day does not exist"),
        ("from=2026-05-01&to=2026-04-01", "This day comes before the first one"),
        ("from=2020-01-01&to=2026-04-01", "at most one year"),
        ("from=0001-01-01&to=0001-02-01", "between 2000 and 2099"),
        ("right=everything", "no such right"),
        ("channel=pigeon", "no such channel"),
    ],
)
def test_a_filter_that_makes_no_sense_is_said_and_kept(client, query, said):
    client.force_login(
        make_colleague("auditor"), backend="django.contrib.auth.backends.ModelBackend"
    )
    answer = client.get(f"/desk/?{query}", headers={"accept-language": "en"})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    if "from" in query:
        assert f'value="{query.split("&")[0].split("=")[1]}"' in answer.content.decode()


PARTS = {
    "arrivals": "requests.view_privacyrequest",
    "answers": "requests.view_privacyrequest",
    "holds": "retention.view_legalhold",
    "goes": "retention.view_destructionlist",
    "ledger": "audit.view_entry",
    "marketing": "desk.view_marketingfigures",
    "accounts": "auth.view_user",
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_sees_its_own_parts_only(look, role):
    page = look(role)
    there = {name for name in PARTS if section(page, name) is not None}
    assert there == {name for name, permission in PARTS.items() if permission in ROLES[role]}
    assert bool(page.select('a[href^="/desk/requests/"]')) == (
        "requests.view_privacyrequest" in ROLES[role]
    )
    assert section(page, "statement") is not None


def test_who_sees_no_instruction_is_not_told_how_many_there_are(look):
    assert "A connected system" in words(section(look("auditor"), "waits"))
    assert "A connected system" not in words(section(look("intake"), "waits"))


def test_marketing_sees_how_many_objected_and_no_request(look):
    today = timezone.localdate()
    make_answered(today - timedelta(days=20), 1, rights=[Right.MARKETING])
    make_answered(today - timedelta(days=20), 9)
    page = look("marketing")
    numbers = [words(one) for one in section(page, "marketing").select(".tile-number")]
    # The address and the number that came with the objection are shut.
    assert numbers == ["1", "1", "2"]
    assert not page.select('a[href*="requests"]')


def test_an_administrator_sees_accounts_by_role_and_each_number_leads_to_them(look, client):
    long_ago = timezone.now() - timedelta(days=92)
    User.objects.filter(pk=make_colleague("auditor").pk).update(last_login=long_ago)
    make_colleague()
    page = section(look("administrator"), "accounts")
    assert [words(one) for one in page.select(".tile-number")] == ["3", "1", "1", "1"]
    User.objects.filter(groups__name="administrator").update(is_staff=True)
    for tile in page.select("a.tile"):
        rows = client.get(tile["href"]).context["cl"].result_count
        assert str(rows) == words(tile.find(class_="tile-number")), tile["href"]
    rows = {words(row.th): words(row.td) for row in page.select("tbody tr")}
    assert (rows["Auditor"], rows["Administrator"], rows["Intake"]) == ("1", "1", "0")


@pytest.mark.parametrize("role", ["senior officer", "auditor", "marketing", "administrator"])
def test_the_overview_takes_few_queries(client, role):
    today = timezone.localdate()
    load(today=today)
    make_month(today)
    make_dossier(due=today)
    forecast.count(timezone.now())
    client.force_login(make_colleague(role), backend="django.contrib.auth.backends.ModelBackend")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/desk/").status_code == 200
    assert len(queries) <= MOST_QUERIES


def test_what_goes_is_drawn_by_month_and_rule_with_its_numbers(look):
    today = timezone.localdate()
    make_dossier(due=today)
    make_dossier(due=today, rule="CLI-60")
    assert "Nothing was counted yet" in words(section(look("auditor"), "goes"))
    forecast.count(timezone.now())
    goes = section(look("auditor"), "goes")
    assert len(goes.select("tbody tr")) == 24
    assert [words(cell) for cell in goes.select_one("tbody tr").select("td")] == ["1", "1"]
    drawing = goes.find("svg", attrs={"role": "img"})
    assert drawing.title
    assert drawing.desc
    assert len(drawing.select("rect")) == 2
    assert [words(one) for one in goes.select(".legend li")] == ["CLI-60", "COL-60"]


def test_each_number_of_what_goes_is_the_number_of_rows_its_link_shows(look, client):
    today = timezone.localdate()
    rules = [f"R{number}-60" for number in range(9)]
    for number, rule in enumerate(rules):
        for _ in range(number + 1):
            make_dossier(due=today + timedelta(days=40), rule=rule)
    make_dossier(due=today - timedelta(days=40), rule=rules[8])
    held = make_dossier(due=today + timedelta(days=40), rule=rules[8])
    services.place_hold(HoldKind.ACCESS, uuid4(), [held.pk], today=today, actor="user:1")
    make_dossier(due=None)
    forecast.count(timezone.now())
    goes = section(look("auditor"), "goes")
    links = [one for one in goes.select("tbody td a") if words(one) != "0"]
    assert len(links) == 9
    for link in links:
        assert client.get(link["href"]).context["number"] == int(words(link)), link["href"]
    months = [client.get(one["href"]).context["number"] for one in goes.select("tbody th a")]
    assert sum(months) == 46
    [kept_back] = [one for one in goes.select("p a") if "Held back" in words(one)]
    assert client.get(kept_back["href"]).context["number"] == 1
    assert not [words(cell) for cell in goes.select("td.number, .tile-number") if not linked(cell)]


def test_holds_are_counted_by_when_they_are_looked_at_again_and_lead_to_them(look, client):
    today = timezone.localdate()
    for days in (-1, 0, 3, 30, 31, 60, 90):
        LegalHold.objects.create(
            kind="claim",
            case=uuid4(),
            state="in_force",
            proposed_by=1,
            approver_id=2,
            placed_on=today,
            review_on=today + timedelta(days=days),
        )
    page = section(look("auditor"), "holds")
    assert [words(one) for one in page.select(".tile-number")] == ["2", "2", "3"]
    assert len(page.select("tbody tr")) == 6
    for tile in page.select("a.tile"):
        rows = client.get(tile["href"]).context["holds"]
        assert str(len(rows)) == words(tile.find(class_="tile-number"))


def test_columns_are_as_high_as_their_share_and_stand_on_each_other():
    drawn = draw([Column("a", [30, 10]), Column("b", [0, 20]), Column("c", [0, 0])], ["x", "y"])
    assert [(part.y, part.height) for part in drawn[0].parts] == [
        ("57.5", "112.5"),
        ("20.0", "37.5"),
    ]
    assert [(part.y, part.height, part.colour) for part in drawn[1].parts] == [("95.0", "75.0", 1)]
    assert (drawn[2].parts, drawn[2].number) == ([], "0")
    assert draw([], ["x"]) == []


def test_what_has_no_colour_left_is_taken_together():
    series = [f"R{number}" for number in range(12)]
    columns, names = together([Column("a", range(12))], series, "others")
    assert names == [*series[5:], "others"]
    assert list(columns[0].values) == [*range(5, 12), 10]
    assert columns[0].total == sum(range(12))


def test_without_filters_the_last_26_weeks_are_meant():
    scope = OverviewForm(QueryDict(), today=date(2026, 7, 1)).scope()
    assert (scope.first, scope.last) == (date(2026, 1, 5), date(2026, 7, 1))
