"""An officer tries another rule, and reads what it would do."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from policy.tests.makers import load_policy
from retention import simulating, tasks
from retention.models import Simulation
from subjects.models import Dossier
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
LIST = "/desk/retention/simulations/"
SHORTER = {"rule": "COL-60", "number": "4", "unit": "years", "anchor": ""}


@pytest.fixture(autouse=True)
def _statement():
    load_policy()


@pytest.fixture
def asked(monkeypatch):
    """Return the simulations that were handed to a worker."""
    queued: list[int] = []
    monkeypatch.setattr(tasks.simulate, "delay", queued.append)
    return queued


def make_closed(**fields) -> Dossier:
    fields = {"closed_on": date(2025, 1, 1), "delete_from": date(2030, 1, 2)} | fields
    return makers.make_dossier("COL", rule="COL-60", **fields)


def page_of(run: Simulation) -> str:
    return reverse("retention:simulation", args=[run.reference])


def text(answer) -> str:
    return answer.content.decode()


def test_an_officer_tries_another_period_and_reads_what_it_would_do(client, sign_in, asked):
    make_closed(client=makers.make_organisation("Winkel & Zonen BV"))
    make_closed(closed_on=date(2022, 1, 1), delete_from=date(2027, 1, 2))
    colleague = sign_in("privacy officer")
    answer = client.post(LIST, SHORTER)
    run = Simulation.objects.get()
    assert answer.headers["Location"] == page_of(run)
    assert (asked, run.asked_by, run.changes) == (
        [run.pk],
        colleague.pk,
        {"COL-60": {"months": 48}},
    )
    waiting = text(client.get(page_of(run)))
    assert "Er wordt geteld" in waiting
    assert "hx-trigger" in waiting
    tasks.simulate(run.pk)
    page = text(client.get(page_of(run)))
    for shown in (
        "COL-60: 48 maanden",
        "tot 60 maanden na afsluiting van de zaak",
        "until 60 months after the case is closed",
        "Winkel &amp; Zonen BV",
        "Zou meteen gaan",
        "<svg",
        colleague.username,
    ):
        assert shown in page
    assert "hx-trigger" not in page
    assert "COL-60: 48 maanden" in text(client.get(LIST))


def test_a_row_of_progress_comes_alone_and_reloads_the_page_at_the_end(client, sign_in, asked):
    sign_in("privacy officer")
    client.post(LIST, SHORTER)
    run = Simulation.objects.get()
    address = reverse("retention:simulation_progress", args=[run.reference])
    answer = client.get(address)
    assert "<html" not in text(answer)
    assert "HX-Refresh" not in answer.headers
    tasks.simulate(run.pk)
    assert client.get(address).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    "typed",
    [
        {},
        SHORTER | {"number": "5"},
        SHORTER | {"number": "0"},
        SHORTER | {"number": "51"},
        SHORTER | {"number": "four"},
        SHORTER | {"rule": "COL-61"},
        SHORTER | {"rule": "AML-5", "anchor": "opened_on"},
        SHORTER | {"number": ""},
    ],
)
def test_what_cannot_be_tried_is_said_and_what_was_typed_stays(client, sign_in, asked, typed):
    sign_in("privacy officer")
    answer = client.post(LIST, typed)
    assert answer.status_code == 422
    assert not Simulation.objects.exists()
    assert asked == []


def test_too_many_at_a_time_is_said(client, sign_in, asked):
    sign_in("privacy officer")
    for _ in range(simulating.MOST_OPEN):
        assert client.post(LIST, SHORTER).status_code == 302
    answer = client.post(LIST, SHORTER)
    assert answer.status_code == 422
    assert "wacht tot er een klaar is" in text(answer)


def test_counting_is_stopped(client, sign_in, asked):
    sign_in("privacy officer")
    client.post(LIST, SHORTER)
    run = Simulation.objects.get()
    stop = reverse("retention:cancel_simulation", args=[run.reference])
    assert client.get(stop).status_code == 405
    assert client.post(stop).status_code == 302
    assert client.post(stop).status_code == 302
    assert "Gestopt om" in text(client.get(page_of(run)))
    assert Entry.objects.filter(body__event="simulation.cancelled").count() == 1


def test_less_than_the_law_asks_is_warned_of(client, sign_in, asked):
    sign_in("privacy officer")
    client.post(LIST, SHORTER | {"number": "12", "unit": "months"})
    assert "Bki" in text(client.get(page_of(Simulation.objects.get())))


def test_the_auditor_reads_and_tries_nothing(client, sign_in, asked):
    run = simulating.ask({"COL-60": {"months": 48}}, actor_id=1, today=timezone.localdate())
    sign_in("auditor")
    assert "Tellen wat het zou doen" not in text(client.get(LIST))
    assert client.get(page_of(run)).status_code == 200
    assert client.post(LIST, SHORTER).status_code == 403
    stop = reverse("retention:cancel_simulation", args=[run.reference])
    assert client.post(stop).status_code == 403


@pytest.mark.parametrize("role", ["intake", "AML officer", "marketing", "administrator"])
def test_other_roles_and_strangers_see_nothing_of_it(client, sign_in, role):
    run = simulating.ask({"COL-60": {"months": 48}}, actor_id=1, today=timezone.localdate())
    assert client.get(page_of(run)).status_code == 302
    sign_in(role)
    assert client.get(LIST).status_code == 403
    assert client.get(page_of(run)).status_code == 403
    assert client.post(LIST, SHORTER).status_code == 403


def test_who_asks_for_what_is_not_there_gets_nothing(client, sign_in):
    sign_in("auditor")
    assert client.get(reverse("retention:simulation", args=[uuid4()])).status_code == 404
    assert client.get(LIST, {"after": "x"}).status_code == 404


def test_the_pages_take_few_queries(client, sign_in, asked, django_assert_max_num_queries):
    for _ in range(5):
        make_closed(client=makers.make_organisation())
    sign_in("senior officer")
    client.post(LIST, SHORTER)
    run = Simulation.objects.get()
    tasks.simulate(run.pk)
    client.get(page_of(run))
    for address in (page_of(run), LIST):
        with django_assert_max_num_queries(20):
            client.get(address)
