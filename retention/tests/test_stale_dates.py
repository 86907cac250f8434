"""While dates are computed anew, nothing goes by them; afterwards people look first."""

from datetime import date, timedelta

import pytest

from policy.models import RetentionRule
from policy.tests.makers import publish
from retention import planning, services
from retention.destruction import destroy_slice
from retention.models import DestructionList, HoldKind
from retention.tests.makers import TODAY, a_case, make_list
from retention.tests.makers import make_dossier as make_small
from subjects import recomputing
from subjects.models import Dossier
from subjects.tests.makers import make_dossier

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
SHORTER = {"code: COL-60\n    months: 60": "code: COL-60\n    months: 48"}
LONGER = {"code: COL-60\n    months: 60": "code: COL-60\n    months: 72"}


def make_case(due: date) -> Dossier:
    closed = due.replace(year=due.year - 5) - timedelta(days=1)
    return make_dossier("COL", rule="COL-60", closed_on=closed, delete_from=due)


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def test_nothing_is_listed_by_a_date_that_no_longer_holds(tmp_path):
    make_case(TODAY)
    publish(tmp_path, "2027-01", **LONGER)
    assert planning.plan(TODAY) == []
    recomputing.compute_dates_anew()
    assert planning.plan(TODAY) == []
    assert Dossier.objects.get().delete_from == date(2028, 5, 21)


def test_another_rule_is_planned_meanwhile_and_so_is_a_right_of_today(tmp_path):
    make_dossier("ACC", rule="ACC-7", delete_from=TODAY)
    make_dossier("MKT", rule="MKT-36", delete_from=TODAY, unsubscribed_on=TODAY)
    months = {"months: 36": "months: 24"}
    publish(tmp_path, "2027-01", **SHORTER, **months)
    assert {made.kind for made in planning.plan(TODAY)} == {"overdue", "same_day"}


def test_what_a_shorter_period_makes_overdue_waits_for_two_people(tmp_path):
    make_case(in_days(300))
    publish(tmp_path, "2027-01", **SHORTER)
    recomputing.compute_dates_anew()
    [made] = planning.plan(TODAY)
    assert (made.kind, made.status) == ("overdue", "planned")


def test_a_list_from_before_waits_until_the_dates_are_computed_and_then_for_people(tmp_path):
    make_case(in_days(14))
    [made] = planning.plan(TODAY)
    services.prepare(made.id, actor_id=1)
    services.approve(made.id, actor_id=2, today=TODAY)
    publish(tmp_path, "2027-01", **SHORTER)
    planning.plan(in_days(1))
    listed = DestructionList.objects.get()
    assert (listed.status, listed.rule_digest) == ("approved", made.rule_digest)
    recomputing.compute_dates_anew()
    planning.plan(in_days(1))
    listed.refresh_from_db()
    assert (listed.status, listed.approved_by) == ("planned", None)


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
@pytest.mark.parametrize("kind", ["scheduled", "released"])
def test_a_list_that_runs_destroys_nothing_by_dates_that_no_longer_hold(kind):
    listed = make_list(make_small(), make_small(), kind=kind)
    RetentionRule.objects.update(dates_digest="")
    assert destroy_slice(listed.pk, 0, 1, today=TODAY) is None
    RetentionRule.objects.update(dates_digest=listed.rule_digest)
    done = destroy_slice(listed.pk, 0, 1, today=TODAY)
    assert done
    assert done.dossiers == 1


@pytest.mark.parametrize("change", [SHORTER, LONGER])
def test_what_two_people_released_stays_released_by_its_new_date(tmp_path, change):
    dossier = make_case(TODAY)
    hold = services.place_hold(HoldKind.ACCESS, a_case(), [dossier.pk], today=TODAY, actor="user:1")
    publish(tmp_path, "2027-01", **change)
    services.release_hold(hold, today=TODAY, actor="user:1", released_by=1, approver_id=2)
    recomputing.compute_dates_anew()
    planning.plan(TODAY)
    listed = DestructionList.objects.get()
    rule = RetentionRule.objects.get(pk="COL-60")
    assert (listed.kind, listed.status) == ("released", "approved")
    assert (rule.digest, rule.dates_digest) == (listed.rule_digest, listed.rule_digest)
