from datetime import date, timedelta

import pytest

from policy.periods import Anchors, first_deletion_day
from policy.statement import newest_rules
from retention import granting, planning, services
from retention.exceptions import ErasureForbidden, SamePerson
from retention.models import DestructionItem, DestructionList
from retention.tests.makers import TODAY, a_case, make_dossier, make_subject
from subjects.models import Dossier, Involvement
from subjects.services import move_anchors

CLOSED = date(2025, 2, 10)
DECIDED = date(2025, 5, 1)


def moved(purpose, decided_on=DECIDED, *, regulated=True, **anchors):
    return granting.anchors_moved(
        purpose, Anchors(**anchors), newest_rules(), decided_on=decided_on, regulated=regulated
    )


def test_the_file_of_a_regulated_collection_stays_two_years_after_closing():
    assert moved("COL", closed_on=CLOSED) == {"early_erasure_decided_on": date(2027, 2, 11)}


def test_another_collection_goes_on_the_day_of_the_decision():
    assert moved("COL", closed_on=CLOSED, regulated=False) == {"early_erasure_decided_on": DECIDED}


def test_the_anchor_gives_the_same_day_when_it_is_computed_again():
    anchors = Anchors(closed_on=CLOSED, **moved("COL", closed_on=CLOSED))
    due = first_deletion_day("COL", anchors, newest_rules())
    assert (due.first_day, due.rule) == (date(2027, 2, 11), "COL-min")


def test_a_decision_from_before_the_last_closing_no_longer_counts():
    anchors = Anchors(closed_on=date(2026, 6, 1), early_erasure_decided_on=DECIDED)
    due = first_deletion_day("COL", anchors, newest_rules())
    assert (due.first_day, due.rule) == (date(2031, 6, 2), "COL-60")


def test_an_erasure_never_comes_later_than_the_period_itself():
    late = date(2031, 1, 1)
    assert moved("COL", late, closed_on=CLOSED) == {"early_erasure_decided_on": date(2030, 2, 11)}


@pytest.mark.parametrize(
    ("purpose", "anchors"),
    [
        ("CLI", ["no_longer_relevant_on", "early_erasure_decided_on"]),
        ("MKT", ["unsubscribed_on"]),
        ("DEV", ["unsubscribed_on"]),
    ],
)
def test_other_purposes_go_on_the_day_of_the_decision(purpose, anchors):
    assert moved(purpose) == dict.fromkeys(anchors, DECIDED)


@pytest.mark.parametrize("purpose", ["ACC", "AML", "INV", "RTS", "STF"])
def test_what_the_law_fixes_or_is_not_ours_to_decide_is_refused(purpose):
    with pytest.raises(ErasureForbidden):
        moved(purpose)


@pytest.mark.parametrize("anchors", [{}, {"closed_on": CLOSED, "reopened_on": CLOSED}])
def test_an_open_case_is_refused(anchors):
    with pytest.raises(ErasureForbidden):
        moved("COL", opened_on=date(2024, 1, 1), **anchors)


# --- the services -------------------------------------------------------------------------------

in_database = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture(autouse=True)
def _statement(request):
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        from policy.services import load

        load(today=TODAY)


def grant(*dossiers, people=(1, 2), **how):
    ids = [dossier.pk for dossier in dossiers]
    return services.erase_dossiers(ids, case=a_case(), people=people, today=TODAY, **how)


@in_database
def test_a_granted_erasure_goes_at_once():
    dossier = make_dossier(due=TODAY + timedelta(days=700), closed_on=date(2025, 1, 1))
    [made] = grant(dossier)
    assert (made.kind, made.status, made.runs_from) == ("granted", "approved", TODAY)
    dossier.refresh_from_db()
    assert (dossier.delete_from, dossier.rule) == (TODAY, "COL-min")


@in_database
def test_a_granted_erasure_that_must_wait_stands_ready_for_its_day():
    dossier = make_dossier(due=TODAY + timedelta(days=1700), closed_on=date(2026, 12, 1))
    [made] = grant(dossier)
    assert (made.status, made.runs_from) == ("approved", date(2028, 12, 2))
    assert planning.plan(TODAY) == []
    assert not planning.plan(made.runs_from - timedelta(days=14))


@in_database
def test_two_days_make_two_lists():
    now = make_dossier(due=None, closed_on=date(2025, 1, 1))
    later = make_dossier(due=None, closed_on=date(2026, 12, 1))
    assert len(grant(now, later)) == 2


@in_database
def test_an_erasure_needs_two_people_and_one_refusal_stops_all():
    closed = make_dossier(due=None, closed_on=date(2025, 1, 1))
    with pytest.raises(SamePerson):
        grant(closed, people=(1, 1))
    with pytest.raises(ErasureForbidden):
        grant(closed, make_dossier(due=None, closed_on=None))
    assert not DestructionList.objects.exists()
    assert not Dossier.objects.filter(delete_from__isnull=False).exists()


@in_database
def test_what_was_kept_unlawfully_goes_today_even_from_an_open_case():
    dossier = make_dossier(due=None, closed_on=None)
    [made] = grant(dossier, unlawful=True)
    assert made.runs_from == TODAY


@in_database
def test_one_person_of_a_dossier_is_erased_and_is_not_used_any_more():
    dossier = make_dossier(make_subject(), make_subject(), due=None, closed_on=date(2025, 1, 1))
    gone, stays = dossier.involvements.order_by("pk")
    [made] = services.erase_involvements([gone.pk], case=a_case(), people=(1, 2), today=TODAY)
    assert (made.kind, made.runs_from) == ("granted", TODAY)
    assert DestructionItem.objects.get().unit_id == gone.pk
    gone.refresh_from_db()
    assert gone.use_ended_at is not None
    assert Involvement.objects.get(pk=stays.pk).delete_from is None
    dossier.refresh_from_db()
    assert dossier.delete_from is None


@in_database
def test_an_anchor_that_moves_keeps_a_granted_erasure():
    dossier = make_dossier(due=None, closed_on=date(2026, 12, 1))
    grant(dossier)
    moved = move_anchors(dossier.pk, actor="user:1", opened_on=date(2026, 1, 1))
    assert moved.delete_from == date(2028, 12, 2)


@in_database
def test_what_was_kept_unlawfully_stays_due_whatever_date_moves_later():
    dossier = make_dossier(due=None, closed_on=None)
    grant(dossier, unlawful=True)
    moved = move_anchors(dossier.pk, actor="user:1", opened_on=date(2026, 1, 1))
    assert (moved.delete_from, moved.found_unlawful_on) == (TODAY, TODAY)
