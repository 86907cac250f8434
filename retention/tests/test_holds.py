"""A claim holds data back by two people's decision, from the moment one of them proposes it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import Entry
from policy.tests.makers import load_policy
from retention import holds, planning, services, tasks
from retention.constants import HoldReason
from retention.destruction import destroy_slice
from retention.exceptions import HoldRefused, SamePerson
from retention.models import DestructionItem, DestructionList, HeldDossier, HoldKind, LegalHold
from retention.running import destroy_list
from retention.tests.makers import TODAY, a_case, make_dossier, make_list, make_rule, make_subject
from subjects.models import Dossier
from vault.keystore.models import DataKey

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
PROPOSER, APPROVER = 1, 2
WORDS = "Zitting over de vordering op Fatima"


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def propose(*dossiers: Dossier, today: date = TODAY, **fields) -> LegalHold:
    wanted: dict[str, Any] = {
        "dossiers": [dossier.pk for dossier in dossiers],
        "purposes": ["COL"],
        "reason": HoldReason.COURT,
        "words": WORDS,
        "review_on": today + timedelta(days=90),
    } | fields
    return holds.propose(holds.Proposal(**wanted), actor_id=PROPOSER, today=today)


def in_force(*dossiers: Dossier, **fields) -> LegalHold:
    return holds.approve(propose(*dossiers, **fields).pk, actor_id=APPROVER, today=TODAY)


def events() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("body__event", flat=True))


# --- proposing and approving --------------------------------------------------------------------


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_a_proposal_protects_from_its_first_moment():
    dossier = make_dossier()
    listed = make_list(dossier, make_dossier())
    propose(dossier)
    done = destroy_slice(listed.pk, 0, 9, today=TODAY)
    assert done
    assert done.dossiers == 1
    assert list(Dossier.objects.all()) == [dossier]


def test_another_approves_and_each_step_stands_in_the_ledger_without_words():
    hold = in_force(make_dossier())
    assert (hold.state, hold.proposed_by, hold.approver_id) == ("in_force", 1, 2)
    assert events() == ["hold.proposed", "hold.approved"]
    proposed = Entry.objects.earliest("id").body
    assert (proposed["reason"], proposed["purposes"]) == ("court", ["COL"])
    assert not any("Fatima" in str(entry.body) for entry in Entry.objects.all())


def test_who_proposed_may_neither_approve_nor_refuse_and_the_database_says_so_too():
    hold = propose(make_dossier())
    for step in (holds.approve, holds.refuse):
        with pytest.raises(SamePerson):
            step(hold.pk, actor_id=PROPOSER, today=TODAY)
    with pytest.raises(IntegrityError, match="hold_approved_by_another"), transaction.atomic():
        LegalHold.objects.update(state="in_force", approver_id=PROPOSER)
    with pytest.raises(IntegrityError, match="in_force_has_approver"), transaction.atomic():
        LegalHold.objects.update(state="in_force")


@pytest.mark.parametrize("days", [0, -1, 185])
def test_a_review_is_within_six_months(days):
    with pytest.raises(HoldRefused):
        propose(make_dossier(), review_on=in_days(days))
    assert holds.latest_review(date(2027, 5, 21)) == date(2027, 11, 21)


def test_money_laundering_data_are_never_held_for_a_claim():
    check = make_dossier(purpose="AML")
    for purposes in (["AML"], ["COL"], ["COL", "AML"]):
        with pytest.raises(HoldRefused):
            propose(check, purposes=purposes)
    assert not HeldDossier.objects.exists()


def test_only_dossiers_for_a_purpose_in_scope_are_held():
    case, books = make_dossier(), make_dossier(purpose="ACC")
    with pytest.raises(HoldRefused, match="ACC"):
        propose(case, books)
    with pytest.raises(HoldRefused):
        propose()
    hold = propose(case, books, purposes=["COL", "ACC"])
    assert hold.dossiers.count() == 2


def test_the_other_dossiers_of_the_same_people_come_with_it_as_far_as_in_scope():
    person = make_subject()
    case, other = make_dossier(person), make_dossier(person)
    make_dossier(person, purpose="AML")
    make_dossier(person, purpose="MKT")
    make_dossier()
    hold = propose(case, same_people=True)
    assert set(hold.dossiers.values_list("dossier", flat=True)) == {case.pk, other.pk}


def test_a_claim_is_not_placed_or_released_by_one():
    with pytest.raises(HoldRefused):
        services.place_hold(HoldKind.CLAIM, a_case(), [], today=TODAY, actor="user:1")
    with pytest.raises(HoldRefused):
        services.release_hold(
            in_force(make_dossier()), today=TODAY, actor="user:1", released_by=1, approver_id=2
        )


# --- lapsing and refusing -----------------------------------------------------------------------


def test_a_proposal_that_nobody_approves_lapses_after_fourteen_days_and_what_is_due_goes_on():
    make_rule(run=True)
    dossier, later = make_dossier(due=in_days(3)), make_dossier(due=in_days(400))
    hold = propose(dossier, later)
    assert holds.lapse(in_days(13)) == 0
    with pytest.raises(HoldRefused):
        holds.approve(hold.pk, actor_id=APPROVER, today=in_days(14))
    assert holds.lapse(in_days(14)) == 1
    assert holds.lapse(in_days(14)) == 0
    hold.refresh_from_db()
    assert (hold.state, hold.ended_on) == ("lapsed", in_days(14))
    [made] = planning.plan_same_day(in_days(14))
    assert (made.kind, made.status, made.runs_from) == ("released", "approved", in_days(14))
    assert DestructionItem.objects.get().unit_id == dossier.pk
    assert events()[:2] == ["hold.proposed", "hold.lapsed"]


def test_a_second_colleague_refuses_and_what_is_due_goes_on():
    make_rule(run=True)
    hold = propose(make_dossier())
    refused = holds.refuse(hold.pk, actor_id=APPROVER, today=TODAY)
    assert refused.state == "refused"
    assert [made.kind for made in planning.plan_same_day(TODAY)] == ["released"]
    with pytest.raises(HoldRefused):
        holds.approve(hold.pk, actor_id=APPROVER, today=TODAY)


def test_what_a_lapsed_hold_kept_of_a_rule_in_review_waits_for_people():
    make_rule(run=True)
    services.begin_review("COL-60", actor_id=3, today=TODAY)
    propose(make_dossier())
    holds.lapse(in_days(14))
    assert [made.status for made in planning.plan_same_day(in_days(14))] == ["planned"]


# --- looking again ------------------------------------------------------------------------------


def test_a_hold_to_be_looked_at_again_is_marked_once_and_prolonged_by_a_decision():
    hold = in_force(make_dossier())
    assert holds.mark_reviews(in_days(89)) == 0
    assert holds.mark_reviews(in_days(90)) == 1
    assert holds.mark_reviews(in_days(91)) == 0
    with pytest.raises(HoldRefused):
        holds.prolong(hold.pk, review_on=in_days(300), words="-", actor_id=3, today=in_days(92))
    holds.prolong(
        hold.pk, review_on=in_days(180), words="Hoger beroep", actor_id=3, today=in_days(92)
    )
    hold.refresh_from_db()
    assert (hold.review_on, hold.review_marked_on) == (in_days(180), None)
    assert holds.mark_reviews(in_days(180)) == 1
    assert events()[2:] == ["hold.review_due", "hold.prolonged", "hold.review_due"]
    words, reviews = holds.words_of(hold)
    assert words == WORDS
    assert list(reviews.values()) == ["Hoger beroep"]


# --- releasing ----------------------------------------------------------------------------------


def test_two_people_release_a_hold_and_what_is_due_goes_that_day():
    hold = in_force(make_dossier(), make_dossier(due=in_days(50)))
    with pytest.raises(HoldRefused):
        holds.confirm_release(hold.pk, actor_id=APPROVER, today=TODAY)
    holds.propose_release(hold.pk, actor_id=APPROVER)
    assert HeldDossier.objects.filter(released_on=None).count() == 2
    with pytest.raises(SamePerson):
        holds.confirm_release(hold.pk, actor_id=APPROVER, today=TODAY)
    [made] = holds.confirm_release(hold.pk, actor_id=PROPOSER, today=TODAY)
    assert (made.kind, made.status, made.size, made.runs_from) == ("released", "approved", 1, TODAY)
    listed = DestructionList.objects.get()
    assert (listed.prepared_by, listed.approved_by) == (APPROVER, PROPOSER)
    with pytest.raises(IntegrityError, match="hold_released_by_two"), transaction.atomic():
        LegalHold.objects.update(released_by=APPROVER)


def test_a_release_that_is_not_shared_is_dropped_and_the_hold_stays():
    hold = in_force(make_dossier())
    holds.propose_release(hold.pk, actor_id=PROPOSER)
    with pytest.raises(HoldRefused):
        holds.propose_release(hold.pk, actor_id=APPROVER)
    holds.refuse_release(hold.pk, actor_id=APPROVER)
    with pytest.raises(HoldRefused):
        holds.refuse_release(hold.pk, actor_id=APPROVER)
    assert HeldDossier.objects.filter(released_on=None).count() == 1


# --- the words ----------------------------------------------------------------------------------


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_the_words_go_with_the_last_dossier_that_the_hold_kept():
    dossier, other = make_dossier(), make_dossier(due=in_days(30))
    hold = in_force(dossier, other)
    assert WORDS.encode() not in bytes(hold.sealed_words or b"")
    holds.propose_release(hold.pk, actor_id=PROPOSER)
    [made] = holds.confirm_release(hold.pk, actor_id=APPROVER, today=TODAY)
    assert destroy_list(made.id, today=TODAY)
    assert list(Dossier.objects.all()) == [other]
    assert holds.erase_words() == 0
    HeldDossier.objects.all().delete()
    key = hold.key_id or 0
    assert holds.erase_words() == 1
    assert holds.erase_words() == 0
    hold.refresh_from_db()
    assert (hold.key_id, hold.sealed_words) == (None, None)
    assert holds.words_of(hold) == ("", {})
    assert not DataKey.objects.filter(pk=key).exists()


# --- what the beat starts -----------------------------------------------------------------------


def test_the_daily_plan_first_lets_late_proposals_lapse():
    load_policy()
    today = timezone.localdate()
    propose(make_dossier(due=today), today=today - timedelta(days=14))
    tasks.plan()
    assert LegalHold.objects.get().state == "lapsed"
    assert DestructionList.objects.get().kind == "released"


@pytest.mark.django_db(databases=["default", "keystore"], transaction=True)
def test_the_beat_marks_holds_and_erases_words_that_nothing_needs():
    today = timezone.localdate()
    hold = holds.approve(
        propose(make_dossier(), today=today - timedelta(days=100), review_on=today).pk,
        actor_id=APPROVER,
        today=today - timedelta(days=90),
    )
    tasks.look_at_holds()
    hold.refresh_from_db()
    assert hold.review_marked_on == today
