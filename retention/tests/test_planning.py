from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.models import Entry
from retention import planning, services
from retention.constants import AbortReason, ListKind
from retention.exceptions import ListRefused, SamePerson
from retention.models import DestructionItem, DestructionList, HoldKind
from retention.tests.makers import TODAY, a_case, make_dossier, make_rule
from subjects.models import Dossier, Involvement, Record, RestrictionMark, Unit

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
PREPARER, APPROVER = 1, 2


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def hold(dossier):
    return services.place_hold(HoldKind.ACCESS, a_case(), [dossier.pk], today=TODAY, actor="user:1")


# --- the table of approvals ---------------------------------------------------------------------


def test_a_rule_that_has_run_before_is_approved_by_itself_and_goes_on_its_first_day():
    make_rule(run=True)
    make_dossier(due=in_days(14))
    [made] = planning.plan(TODAY)
    assert (made.kind, made.status, made.runs_from) == ("scheduled", "approved", in_days(14))
    assert made.size == 1


def test_the_first_run_of_a_rule_waits_for_two_people_and_then_seven_days():
    make_rule()
    make_dossier(due=in_days(14))
    [made] = planning.plan(TODAY)
    assert made.status == "planned"
    with pytest.raises(ListRefused):
        services.approve(made.id, actor_id=APPROVER, today=TODAY)
    services.prepare(made.id, actor_id=PREPARER)
    with pytest.raises(SamePerson):
        services.approve(made.id, actor_id=PREPARER, today=TODAY)
    approved = services.approve(made.id, actor_id=APPROVER, today=in_days(10))
    assert (approved.status, approved.runs_from) == ("approved", in_days(17))


def test_approval_in_good_time_does_not_bring_the_first_day_forward():
    make_rule()
    make_dossier(due=in_days(14))
    [made] = planning.plan(TODAY)
    services.prepare(made.id, actor_id=PREPARER)
    assert services.approve(made.id, actor_id=APPROVER, today=TODAY).runs_from == in_days(14)


def test_a_changed_rule_is_a_first_run_again():
    make_rule(run=True)
    make_dossier(due=in_days(14))
    planning.plan(TODAY)
    make_rule().__class__.objects.update(digest="changed", dates_digest="changed")
    planning.plan(in_days(1))
    assert the_list_of("scheduled").status == "planned"


def the_list_of(kind: str) -> DestructionList:
    return DestructionList.objects.get(kind=kind, size__gt=0)


def test_what_waits_for_a_first_run_that_has_been_meanwhile_waits_no_longer():
    make_rule()
    make_dossier(due=in_days(14))
    planning.plan(TODAY)
    make_rule(run=True)
    planning.plan(in_days(9))
    waited = the_list_of("scheduled")
    assert (waited.status, waited.runs_from) == ("approved", in_days(16))


def test_a_rule_in_review_waits_although_it_has_run_before():
    make_rule(run=True)
    services.begin_review("COL-60", actor_id=1, today=TODAY)
    make_dossier(due=in_days(14))
    make_dossier(due=in_days(-9))
    assert {made.status for made in planning.plan(TODAY)} == {"planned"}
    with pytest.raises(SamePerson):
        services.end_review("COL-60", actor_id=1)
    services.end_review("COL-60", actor_id=2)
    make_dossier(due=in_days(15))
    assert planning.plan(in_days(1))[0].status == "approved"


@pytest.mark.parametrize("has_run", [True, False])
def test_overdue_on_arrival_goes_after_seven_days_in_which_to_abort(has_run):
    make_rule(run=has_run)
    make_dossier(due=in_days(-400))
    make_dossier(due=TODAY)
    [made] = planning.plan(TODAY)
    assert (made.kind, made.status, made.size) == ("overdue", "approved", 2)
    assert made.runs_from == in_days(7)


@pytest.mark.parametrize(("days", "runs_from"), [(3, 7), (7, 7), (12, 12)])
def test_what_arrives_late_keeps_its_seven_days_and_never_goes_before_its_day(days, runs_from):
    make_rule(run=True)
    make_dossier(due=in_days(days))
    [made] = planning.plan(TODAY)
    assert (made.kind, made.status) == ("late", "approved")
    assert made.runs_from == in_days(runs_from)


def test_a_missed_day_of_planning_does_not_spare_a_first_run_its_two_people():
    make_rule()
    make_dossier(due=in_days(13))
    assert planning.plan(TODAY)[0].status == "planned"


def test_a_released_hold_lets_go_that_day_what_two_people_released():
    make_rule()
    dossier = make_dossier()
    placed = hold(dossier)
    [made] = services.release_hold(
        placed, today=TODAY, actor="user:1", released_by=1, approver_id=2
    )
    assert (made.kind, made.status, made.runs_from) == ("released", "approved", TODAY)
    listed = the_list_of("released")
    assert (listed.prepared_by, listed.approved_by, listed.case) == (1, 2, placed.case)


def test_one_person_alone_does_not_let_go_what_a_hold_kept():
    dossier = make_dossier()
    placed = hold(dossier)
    with pytest.raises(SamePerson):
        services.release_hold(placed, today=TODAY, actor="user:1", released_by=1, approver_id=1)
    [made] = services.release_hold(placed, today=TODAY, actor="user:1", released_by=1)
    assert made.status == "planned"
    assert services.approve(made.id, actor_id=2, today=TODAY).runs_from == TODAY


def test_a_released_hold_lists_nothing_that_is_not_due_or_is_held_by_another():
    runs_on, held_twice = make_dossier(due=in_days(1)), make_dossier()
    first, _ = hold(held_twice), hold(held_twice)
    assert services.release_hold(hold(runs_on), today=TODAY, actor="user:1") == []
    assert services.release_hold(first, today=TODAY, actor="user:1") == []


def test_a_lifted_restriction_lets_go_that_day():
    dossier = make_dossier(due=in_days(-3))
    mark = RestrictionMark.objects.create(
        involvement=dossier.involvements.get(), dossier=dossier, since=in_days(-9), ground="18.1.a"
    )
    assert planning.plan(TODAY) == []
    mark.lifted_on = TODAY
    mark.save()
    [made] = planning.plan_same_day(TODAY)
    assert (made.kind, made.status, made.runs_from) == ("released", "approved", TODAY)


def test_a_granted_erasure_goes_at_once_by_the_two_people_of_the_decision():
    dossier = make_dossier()
    [made] = planning.plan_decided(
        Unit.DOSSIER, [dossier.pk], ListKind.GRANTED, today=TODAY, case=a_case(), people=(1, 2)
    )
    assert (made.status, made.runs_from) == ("approved", TODAY)


def test_what_people_decide_leaves_the_list_it_stood_on():
    make_rule(run=True)
    dossier = make_dossier(due=in_days(14))
    planning.plan(TODAY)
    Dossier.objects.update(delete_from=TODAY)
    planning.plan_decided(
        Unit.DOSSIER, [dossier.pk], ListKind.GRANTED, today=TODAY, case=a_case(), people=(1, 2)
    )
    item = DestructionItem.objects.get()
    assert item.list.kind == "granted"


@pytest.mark.parametrize("anchor", ["unsubscribed_on", "consent_withdrawn_on"])
def test_an_unsubscribed_person_waits_for_nobody(anchor):
    make_dossier(purpose="MKT", rule="MKT-36", due=TODAY, **{anchor: TODAY})
    [made] = planning.plan_same_day(TODAY)
    assert (made.kind, made.status, made.runs_from) == ("same_day", "approved", TODAY)


def test_marketing_that_simply_ended_is_not_taken_for_an_unsubscribe():
    make_dossier(purpose="MKT", rule="MKT-36", due=TODAY, last_contact_on=date(2024, 5, 20))
    assert planning.plan_same_day(TODAY) == []


def test_a_person_who_left_a_dossier_and_a_record_without_consent_go_the_same_day():
    dossier = make_dossier(due=None)
    Involvement.objects.update(delete_from=TODAY, use_ended_at="2027-05-21T08:00Z", rule="MKT-36")
    record = dossier.involvements.get().records.earliest("pk")
    Record.objects.filter(pk=record.pk).update(delete_from=TODAY, rule="SPC")
    made = {planned.kind for planned in planning.plan_same_day(TODAY)}
    assert made == {"same_day"}
    units = DestructionItem.objects.values_list("unit", "unit_id")
    assert set(units) == {
        ("involvement", dossier.involvements.get().pk),
        ("record", record.pk),
    }


# --- once, in order, and not too much -----------------------------------------------------------


def test_planning_twice_a_day_and_on_the_next_lists_each_dossier_once():
    make_rule(run=True)
    for days in (-5, 3, 14):
        make_dossier(due=in_days(days))
    assert len(planning.plan(TODAY)) == 3
    assert planning.plan(TODAY) == []
    assert planning.plan(in_days(1)) == []
    assert DestructionItem.objects.count() == 3


def test_a_list_is_in_order_of_day_and_dossier_from_position_one():
    make_rule()
    late, early = make_dossier(due=in_days(-1)), make_dossier(due=in_days(-2))
    planning.plan(TODAY)
    assert list(the_list_of("overdue").items.order_by("position").values_list("unit_id")) == [
        (early.pk,),
        (late.pk,),
    ]
    assert set(DestructionItem.objects.values_list("position", flat=True)) == {1, 2}


def test_there_is_one_list_for_each_rule_and_first_day():
    make_dossier(due=in_days(14))
    make_dossier(due=in_days(14), rule="CLI-60")
    make_dossier(due=in_days(13))
    assert len(planning.plan(TODAY)) == 3


def test_what_is_not_due_held_or_without_a_date_is_not_listed():
    make_dossier(due=in_days(15))
    make_dossier(due=None)
    hold(make_dossier(due=in_days(-2)))
    assert planning.plan(TODAY) == []


def test_a_dossier_on_an_aborted_list_is_listed_again_and_then_waits_for_people():
    make_rule(run=True)
    make_dossier(due=in_days(14))
    [made] = planning.plan(TODAY)
    services.abort(made.id, reason=AbortReason.WRONG_ANCHOR, actor_id=1, today=TODAY)
    [again] = planning.plan(in_days(1))
    assert (again.kind, again.status) == ("late", "planned")


def test_what_was_taken_off_a_list_is_not_listed_again_while_that_list_lives():
    make_rule(run=True)
    make_dossier(due=in_days(14))
    [made] = planning.plan(TODAY)
    assert services.take_off(made.id, [1], actor_id=1, today=in_days(13)) == 1
    assert services.take_off(made.id, [1], actor_id=1, today=in_days(13)) == 0
    assert planning.plan(in_days(1)) == []


def test_nothing_comes_off_from_the_day_on():
    make_rule(run=True)
    make_dossier(due=in_days(14))
    [made] = planning.plan(TODAY)
    with pytest.raises(ListRefused):
        services.take_off(made.id, [1], actor_id=1, today=in_days(14))


def test_each_step_stands_in_the_ledger():
    make_rule()
    make_dossier(due=in_days(14))
    [made] = planning.plan(TODAY)
    services.prepare(made.id, actor_id=1)
    services.approve(made.id, actor_id=2, today=TODAY)
    services.abort(made.id, reason=AbortReason.HOLD_NEEDED, actor_id=3, today=TODAY)
    services.stop(actor_id=3)
    services.stop(actor_id=3)
    services.resume(actor_id=3)
    events = Entry.objects.order_by("id").values_list("body__event", "body__actor")
    assert list(events) == [
        ("list.planned", "worker"),
        ("list.prepared", "user:1"),
        ("list.approved", "user:2"),
        ("list.aborted", "user:3"),
        ("rule.review_began", "user:3"),
        ("destruction.stopped", "user:3"),
        ("destruction.resumed", "user:3"),
    ]


def test_a_finished_list_is_not_aborted_and_a_right_neither():
    make_dossier(purpose="MKT", rule="MKT-36", unsubscribed_on=TODAY)
    [made] = planning.plan_same_day(TODAY)
    with pytest.raises(ListRefused):
        services.abort(made.id, reason=AbortReason.WRONG_RULE, actor_id=1, today=TODAY)


@settings(max_examples=25, deadline=None)
@given(days=st.lists(st.integers(-40, 40), max_size=6), known=st.booleans())
def test_whatever_the_dates_nothing_runs_early_and_nothing_is_forgotten(days, known):
    Dossier.objects.update(delete_from=None)
    DestructionItem.objects.all().delete()
    make_rule()
    for day in days:
        make_dossier(due=in_days(day))
    made = planning.plan(TODAY)
    listed = DestructionItem.objects.select_related("list")
    assert listed.count() == sum(day <= 14 for day in days) == sum(m.size for m in made)
    for item in listed:
        first_day = Dossier.objects.get(pk=item.unit_id).delete_from
        assert first_day is not None
        assert item.list.runs_from >= max(first_day, TODAY)
        if first_day < in_days(14):
            assert item.list.runs_from >= in_days(7)
