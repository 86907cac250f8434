"""Another rule is tried on the data there are, before it is published, and nothing changes."""

from collections import Counter
from datetime import date, timedelta
from itertools import count
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from audit.models import Entry
from embedded.killing import killed_before
from policy import services as policy
from policy.models import PolicyVersion
from policy.periods import Anchors
from policy.tests.makers import load_policy, publish
from retention import services, simulated, simulating, tasks
from retention.exceptions import SimulationRefused
from retention.models import HeldDossier, HoldKind, SimulatedCount, Simulation
from retention.simulation_models import Outcome
from subjects import recomputing
from subjects.anchors import end_of
from subjects.models import Dossier
from subjects.tests import makers

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
TODAY = date(2027, 5, 21)
SHORTER = {"COL-60": {"months": 48}}
_years = count(2100)


def make_dossier(purpose: str = "COL", **anchors):
    """Make a dossier with the day that the published rules give it."""
    load_policy()
    client = anchors.pop("client", None)
    end = end_of(purpose, Anchors(**anchors))
    return makers.make_dossier(
        purpose,
        client=client,
        rule=end.rule,
        delete_from=end.delete_from,
        missing_anchor=end.missing_anchor,
        **anchors,
    )


def tried(changes=SHORTER, today=TODAY, **fields) -> Simulation:
    load_policy()
    asked = simulating.ask(changes, actor_id=1, today=today, **fields)
    simulating.count(asked.pk)
    asked.refresh_from_db()
    return asked


def fates(simulation: Simulation) -> dict[str, int]:
    found: Counter[str] = Counter()
    for of_rule in simulated.by_rule(simulation):
        found.update({str(what): numbers.dossiers for what, numbers in of_rule.of.items()})
    return dict(+found)


def test_a_shorter_period_tells_what_goes_at_once_what_earlier_and_what_stays():
    at_once = make_dossier(closed_on=date(2022, 6, 1))
    makers.make_record(makers.make_involvement(at_once))
    makers.make_record(makers.make_involvement(at_once))
    make_dossier(closed_on=date(2025, 1, 1))
    make_dossier(closed_on=date(2020, 1, 1))
    make_dossier(opened_on=date(2025, 1, 1))
    make_dossier("ACC", financial_year_ended_on=date(2019, 12, 31))
    run = tried()
    assert fates(run) == {"at_once": 1, "earlier": 1, "same": 2}
    [of_rule] = simulated.by_rule(run)
    assert of_rule.of[Outcome.AT_ONCE].records == 2
    assert (run.per_cent, run.looked_at) == (100, 4)


def test_the_months_stand_side_by_side_and_what_is_overdue_counts_as_this_month():
    make_dossier(closed_on=date(2023, 8, 10))
    make_dossier(closed_on=date(2020, 1, 1))
    months = simulated.by_month(tried())
    assert len(months) == 24
    assert [(row.month, row.now, row.then) for row in months if row.now or row.then] == [
        (date(2027, 5, 1), 1, 1),
        (date(2027, 8, 1), 0, 1),
        (date(2028, 8, 1), 1, 0),
    ]


def test_what_is_held_or_restricted_is_told_apart():
    held, restricted = (make_dossier(closed_on=date(2022, 6, 1)) for _ in range(2))
    services.place_hold(HoldKind.ACCESS, uuid4(), [held.pk], today=TODAY, actor="user:1")
    makers.make_restriction(makers.make_involvement(restricted))
    lifted = make_dossier(closed_on=date(2022, 6, 1))
    makers.make_restriction(makers.make_involvement(lifted), lifted_on=date(2026, 2, 1))
    [of_rule] = simulated.by_rule(tried())
    assert (of_rule.moved.dossiers, of_rule.moved.held) == (3, 2)
    assert simulated.by_month(Simulation.objects.get())[0].then == 1
    assert HeldDossier.objects.filter(released_on=None).count() == 1


def test_clients_are_named_those_with_most_that_moves_first(monkeypatch):
    big, small = makers.make_organisation("Groot BV"), makers.make_organisation("Klein BV")
    for client in (big, big, small, None):
        make_dossier(closed_on=date(2025, 1, 1), client=client)
    run = tried()
    found, others = simulated.by_client(run)
    assert [(row.name, row.moved.dossiers) for _, row in found] == [
        ("Groot BV", 2),
        ("Klein BV", 1),
        ("", 1),
    ]
    assert others == 0
    monkeypatch.setattr(simulated, "CLIENTS", 1)
    found, others = simulated.by_client(run)
    assert ([row.name for _, row in found], others) == (["Groot BV"], 2)


def test_another_moment_to_count_from_may_leave_a_dossier_without_a_day():
    make_dossier(opened_on=date(2020, 1, 1), closed_on=date(2025, 1, 1))
    make_dossier(closed_on=date(2025, 1, 1))
    make_dossier(opened_on=date(2010, 1, 1))
    run = tried({"COL-60": {"anchor": "opened_on"}})
    assert fates(run) == {"at_once": 1, "undated": 1, "same": 1}


def test_nothing_of_the_data_changes_and_the_ledger_tells_who_tried_what():
    dossier = make_dossier(closed_on=date(2025, 1, 1))
    before = Dossier.objects.values().get()
    run = tried()
    assert Dossier.objects.values().get() == before
    asked, done = Entry.objects.filter(body__object=f"simulation:{run.reference}").order_by("pk")
    assert asked.body["event"] == "simulation.asked"
    assert (asked.body["actor"], asked.body["changes"]) == ("user:1", ["COL-60:months:48"])
    assert (done.body["event"], done.body["moved"]) == ("simulation.done", 1)
    assert str(dossier.reference) not in str(done.body)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"COL-60": {"months": 60}}, "same"),
        ({}, "same"),
        ({"COL-60": {"months": 0}}, "period"),
        ({"COL-60": {"months": 601}}, "period"),
        ({"SPC": {"months": 3}}, "period"),
        ({"COL-61": {"months": 48}}, "unknown"),
        ({"AML-5": {"anchor": "opened_on"}}, "anchor"),
        ({"COL-60": {"anchor": "made_on"}}, "anchor"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_a_reason(changes, why):
    load_policy()
    with pytest.raises(SimulationRefused, match=why):
        simulating.ask(changes, actor_id=1, today=TODAY)
    assert not Simulation.objects.exists()
    assert not Entry.objects.filter(body__event="simulation.asked").exists()


def test_more_than_a_few_at_a_time_are_refused_until_one_is_done_or_stopped():
    load_policy()
    made = [simulating.ask(SHORTER, actor_id=1, today=TODAY) for _ in range(simulating.MOST_OPEN)]
    with pytest.raises(SimulationRefused, match="busy"):
        simulating.ask(SHORTER, actor_id=1, today=TODAY)
    assert simulating.cancel(made[0].pk, actor_id=2)
    assert not simulating.cancel(made[0].pk, actor_id=2)
    simulating.ask(SHORTER, actor_id=1, today=TODAY)
    simulating.count(made[0].pk)
    made[0].refresh_from_db()
    assert (made[0].finished_at, made[0].looked_at) == (None, 0)


def test_counting_twice_counts_once(monkeypatch):
    monkeypatch.setattr(simulating, "BATCH", 2)
    for _ in range(5):
        make_dossier(closed_on=date(2025, 1, 1))
    run = tried()
    simulating.count(run.pk)
    assert fates(run) == {"earlier": 5}


def test_memory_is_bounded_by_a_batch_and_so_are_the_queries_for_it(monkeypatch):
    for _ in range(6):
        make_dossier(closed_on=date(2025, 1, 1))
    monkeypatch.setattr(simulating, "BATCH", 3)
    run = simulating.ask(SHORTER, actor_id=1, today=TODAY)
    with CaptureQueriesContext(connection) as queries:
        simulating.count(run.pk)
    reads = [query for query in queries if "FROM subjects_dossier d" in query["sql"]]
    assert len(reads) == 2
    assert len(queries) < 30


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_a_worker_that_dies_anywhere_leaves_nothing_lost_or_counted_twice(monkeypatch):
    monkeypatch.setattr(simulating, "BATCH", 2)
    for _ in range(4):
        make_dossier(closed_on=date(2025, 1, 1))
    run = simulating.ask(SHORTER, actor_id=1, today=TODAY)
    step = 1
    while killed_before(step, lambda: simulating.count(run.pk)):
        step += 7
    assert step > 1
    tasks.simulate(run.pk)
    assert fates(run) == {"earlier": 4}
    assert Entry.objects.filter(body__event="simulation.done").count() == 1


def test_the_beat_counts_what_was_left_and_forgets_old_results(monkeypatch):
    load_policy()
    open_one = simulating.ask(SHORTER, actor_id=1, today=TODAY)
    old = tried({"MKT-36": {"months": 24}})
    Simulation.objects.filter(pk=old.pk).update(asked_at=timezone.now() - timedelta(days=31))
    asked: list[int] = []
    monkeypatch.setattr(tasks.simulate, "delay", asked.append)
    tasks.tend_simulations()
    assert asked == [open_one.pk]
    assert list(Simulation.objects.all()) == [open_one]
    assert not SimulatedCount.objects.filter(simulation_id=old.pk).exists()


def test_a_draft_is_tried_by_what_it_changes(tmp_path):
    load_policy()
    make_dossier(closed_on=date(2025, 1, 1))
    text = policy.newest_file().read_text(encoding="utf-8")
    path = tmp_path / "2027-01.yaml"
    text = text.replace('"2026-11"', '"2027-01"').replace(
        "code: COL-60\n    months: 60", "code: COL-60\n    months: 72"
    )
    path.write_text(text, encoding="utf-8")
    draft = policy.load_draft(path)
    assert policy.current().version == "2026-11"
    assert policy.changes_of(draft.version) == {"COL-60": {"months": 72}}
    run = tried(policy.changes_of(draft.version), draft=draft.version)
    assert fates(run) == {"later": 1}
    published, new = policy.load(path, today=TODAY)
    assert (published.status, new) == (PolicyVersion.Status.PUBLISHED, True)
    assert policy.current().version == "2027-01"
    assert recomputing.compute_dates_anew() == 1


# --- it tells what will be stored ---------------------------------------------------------------

DAY = st.none() | st.dates(date(2015, 1, 1), date(2027, 12, 31))
FILES = st.lists(
    st.one_of(
        st.tuples(
            st.just("COL"),
            st.fixed_dictionaries(
                {"opened_on": DAY, "closed_on": DAY, "reopened_on": DAY, "last_contact_on": DAY}
            ),
        ),
        st.tuples(
            st.just("MKT"),
            st.fixed_dictionaries(
                {"opened_on": DAY, "last_contact_on": DAY, "unsubscribed_on": DAY}
            ),
        ),
        st.tuples(
            st.just("CLI"),
            st.fixed_dictionaries({"relation_ended_on": DAY, "mutual_claims_settled_on": DAY}),
        ),
        st.tuples(
            st.just("AML"),
            st.fixed_dictionaries({"transaction_on": DAY, "statutory_period_until": DAY}),
        ),
    ),
    max_size=8,
)
TRIED = {
    "COL-60": ("closed_on", "code: COL-60\n    months: 60\n    anchor: closed_on"),
    "MKT-36": ("last_contact_on", "code: MKT-36\n    months: 36\n    anchor: last_contact_on"),
    "CLI-60": ("relation_ended_on", "code: CLI-60\n    months: 60\n    anchor: relation_ended_on"),
    "AML-5": (
        "relationship_ended_on",
        "code: AML-5\n    months: 60\n    anchor: relationship_ended_on",
    ),
}
CHANGE = st.one_of(
    st.tuples(st.sampled_from(sorted(TRIED)), st.integers(1, 120), st.just("")),
    st.tuples(st.sampled_from(["COL-60", "MKT-36"]), st.integers(1, 120), st.just("opened_on")),
)


def fill(files) -> None:
    Dossier.objects.all().delete()
    for purpose, given_days in files:
        days = dict(given_days)
        if days.get("opened_on") and days.get("closed_on"):
            days["opened_on"], days["closed_on"] = sorted([days["opened_on"], days["closed_on"]])
        make_dossier(purpose, **days)


def nothing_tried(purposes: list[str] | None = None) -> Simulation:
    """Return a finished simulation of the published rules themselves."""
    statement = policy.current()
    run = Simulation.objects.create(
        version=statement.version,
        changes={},
        purposes=purposes or list(statement.purposes),
        today=TODAY,
        asked_by=1,
        last=0,
    )
    simulating.count(run.pk)
    return run


# Without shrinking: it would take longer than the database lets a transaction last.
SLOWLY = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@SLOWLY
@given(files=FILES)
def test_the_published_rules_tried_give_the_days_that_are_stored(files):
    load_policy()
    fill(files)
    run = nothing_tried()
    assert set(fates(run)) <= {"same"}
    assert sum(fates(run).values()) == len(files)
    assert all(row.now == row.then for row in simulated.by_month(run))


@SLOWLY
@given(files=FILES, change=CHANGE)
def test_a_change_tried_tells_what_publishing_it_then_stores(tmp_path, files, change):
    version = f"{next(_years)}"
    rule, months, anchor = change
    before, words = TRIED[rule]
    statement = load_policy()
    path = tmp_path / f"{statement.version}-again-{version}.yaml"
    path.write_text(
        policy.newest_file().read_text(encoding="utf-8").replace('"2026-11"', f'"{version}-01"'),
        encoding="utf-8",
    )
    policy.load(path, today=TODAY)
    recomputing.compute_dates_anew()
    fill(files)
    days = dict(Dossier.objects.values_list("pk", "delete_from"))
    changed = {"months": months, "anchor": anchor or before}
    if months == policy.rules()[rule].months and not anchor:
        return
    run = tried({rule: changed})
    told = words.split("\n")
    told[1], told[2] = f"    months: {months}", f"    anchor: {changed['anchor']}"
    publish(tmp_path, f"{version}-02", **{words: "\n".join(told)})
    recomputing.compute_dates_anew()
    assert {row.month: row.then for row in simulated.by_month(run)} == {
        row.month: row.now for row in simulated.by_month(nothing_tried(run.purposes))
    }
    stored: dict[str, int] = {}
    for pk, purpose, day in Dossier.objects.values_list("pk", "purpose_id", "delete_from"):
        if purpose in run.purposes:
            what = str(simulating.outcome(days[pk], day, TODAY))
            stored[what] = stored.get(what, 0) + 1
    assert fates(run) == stored
