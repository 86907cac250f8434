"""Erasure: from the letter to the list, agreed by two, and gone down the one road."""

from datetime import date, timedelta

import pytest

from requests import services
from requests.constants import Outcome, Right, Situation, State
from requests.decisions.lines import Choice
from requests.exceptions import CannotBeDone, Incomplete, SecondPersonNeeded
from requests.models import Decision, Effect
from requests.tests.answers import lines_for
from requests.tests.makers import ANOTHER, OFFICER
from requests.tests.rights import (
    LONG_CLOSED,
    NOW,
    TODAY,
    approve,
    decide,
    granting,
    line_of,
    make_asked,
    refusing,
)
from retention.models import DestructionItem, DestructionList
from retention.running import destroy_list
from subjects.models import Dossier, Involvement, Record, Subject
from subjects.tests.makers import (
    make_consent,
    make_dossier,
    make_involvement,
    make_record,
    make_special_record,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
WEIGHED = {"reason": "Uw belang weegt zwaarder.", "grounds": "Zaak is oud; geen geschil meer."}


def make_old_case():
    return make_involvement(make_dossier(**LONG_CLOSED))


def erase_weighed(person):
    asked = make_asked(Right.ERASURE, people=[person])
    line = line_of(asked, Right.ERASURE, person)
    choices = granting(line, **WEIGHED)
    decide(asked, choices=choices)
    return approve(asked)


def test_the_erasure_of_an_old_case_is_listed_for_today_by_its_two_people():
    person = make_old_case()
    asked = erase_weighed(person)
    assert asked.state == State.APPROVED
    listed = DestructionList.objects.get(case=asked.reference)
    assert (listed.kind, listed.status, listed.runs_from) == ("granted", "approved", TODAY)
    assert (listed.prepared_by, listed.approved_by) == (OFFICER, ANOTHER)
    effect = Effect.objects.get()
    assert (effect.kind, effect.state, effect.planned_on) == ("erase", "waiting", TODAY)


@pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
def test_what_was_granted_is_gone_and_noted_as_carried_out():
    person = make_old_case()
    asked = erase_weighed(person)
    assert services.settle_erasures(now=NOW) == 0
    destroy_list(DestructionList.objects.get().pk, today=TODAY)
    assert not Dossier.objects.filter(purpose="COL").exists()
    assert services.settle_erasures(now=NOW) == 1
    assert services.settle_erasures(now=NOW) == 0
    effect = Effect.objects.get(request=asked)
    assert (effect.state, effect.carried_out_at) == ("done", NOW)


def test_an_open_case_is_refused_by_proposal_and_needs_a_second_person():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    asked = make_asked(Right.ERASURE, people=[person])
    proposed = line_of(asked, Right.ERASURE, person).proposed
    assert (proposed.outcome, proposed.article) == (Outcome.REFUSED, "17.3.e")
    decide(asked)
    with pytest.raises(SecondPersonNeeded):
        approve(asked, officer=OFFICER)
    assert approve(asked).state == State.APPROVED
    assert not DestructionList.objects.exists()


def test_a_case_closed_less_than_two_years_ago_is_refused_on_the_law():
    person = make_involvement(make_dossier(closed_on=TODAY - timedelta(days=300)))
    asked = make_asked(Right.ERASURE, people=[person])
    proposed = line_of(asked, Right.ERASURE, person).proposed
    assert (proposed.outcome, proposed.article) == (Outcome.REFUSED, "17.3.b")


def test_what_is_granted_before_two_years_stands_ready_for_the_day_after_them():
    closed = date(2025, 2, 10)
    person = make_involvement(make_dossier(closed_on=closed))
    asked = make_asked(Right.ERASURE, people=[person])
    line = line_of(asked, Right.ERASURE, person)
    decide(asked, choices=granting(line, "Wij wissen zodra het mag."))
    approve(asked)
    person.dossier.refresh_from_db()
    day = date(2027, 2, 11)
    assert person.dossier.early_erasure_decided_on == day
    assert DestructionList.objects.get().runs_from == day
    assert Effect.objects.get().planned_on == day


def test_of_a_relation_the_part_that_is_no_longer_relevant_goes_and_the_rest_stays():
    person = make_involvement(make_dossier("CLI"), category="client_contact")
    letters = make_record(person, "correspondence")
    agreement = make_record(person, "agreement")
    asked = make_asked(Right.ERASURE, people=[person])
    line = line_of(asked, Right.ERASURE, person)
    assert line.proposed.outcome == Outcome.REFUSED
    assert [code for code, _name in line.data] == ["agreement", "correspondence"]
    reason = "De oude brieven zijn niet meer van belang."
    with pytest.raises(Incomplete):
        decide(asked, choices={line.key: Choice(Outcome.PARTLY, "17.1.a", reason)})
    part = Choice(Outcome.PARTLY, "17.1.a", reason, data=("correspondence",))
    decide(asked, choices={line.key: part})
    with pytest.raises(SecondPersonNeeded):
        approve(asked, officer=OFFICER)
    approve(asked)
    letters.refresh_from_db()
    agreement.refresh_from_db()
    assert (letters.delete_from, agreement.delete_from) == (TODAY, None)
    assert services.settle_erasures(now=NOW) == 0
    letters.delete()
    assert services.settle_erasures(now=NOW) == 1


def test_granting_an_open_case_all_the_same_is_not_possible_and_nothing_is_kept():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    asked = make_asked(Right.ERASURE, people=[person])
    decide(asked, choices=granting(line_of(asked, Right.ERASURE, person), article="17.1.a"))
    with pytest.raises(CannotBeDone):
        approve(asked)
    asked.refresh_from_db()
    assert asked.state == State.HANDLING
    assert not Effect.objects.exists()
    assert Decision.objects.exclude(approved_by=None).count() == 0


def test_what_should_never_have_been_held_goes_at_once_also_from_an_open_case():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    asked = make_asked(Right.ERASURE, people=[person])
    decide(asked, choices=granting(line_of(asked, Right.ERASURE, person), article="17.1.d"))
    approve(asked)
    person.refresh_from_db()
    assert person.delete_from == TODAY
    assert person.use_ended_at is not None


def test_one_debtor_never_touches_a_co_debtor():
    case = make_dossier(**LONG_CLOSED)
    person, other = make_involvement(case), make_involvement(case, category="co_liable")
    asked = erase_weighed(person)
    item = DestructionItem.objects.get(list__case=asked.reference)
    assert (item.unit, item.unit_id) == ("involvement", person.pk)
    other.refresh_from_db()
    case.refresh_from_db()
    assert other.delete_from is None
    assert case.early_erasure_decided_on is None


def test_marketing_data_go_the_same_day_and_books_stay():
    marketing = make_involvement(make_dossier("MKT", last_contact_on=date(2026, 1, 5)))
    books = make_involvement(
        make_dossier("ACC", financial_year_ended_on=date(2025, 12, 31)), marketing.subject
    )
    asked = make_asked(Right.ERASURE, people=[marketing, books])
    assert line_of(asked, Right.ERASURE, books).proposed.outcome == Outcome.REFUSED
    decide(asked)
    approve(asked)
    marketing.dossier.refresh_from_db()
    books.dossier.refresh_from_db()
    assert marketing.dossier.unsubscribed_on == TODAY
    assert marketing.dossier.delete_from == TODAY
    assert books.dossier.delete_from is None


def test_old_scores_go_and_the_newest_of_an_open_case_stays():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    for year in (2024, 2025, 2026):
        make_record(person, "score", source="own", collected_on=date(year, 2, 1))
    debt = make_record(person)
    asked = make_asked(Right.ERASURE, people=[person])
    assert line_of(asked, Right.ERASURE, person, "score").proposed.outcome == Outcome.GRANTED
    decide(asked)
    approve(asked)
    going = Record.objects.filter(delete_from=TODAY).values_list("collected_on__year", flat=True)
    assert sorted(going) == [2024, 2025]
    debt.refresh_from_db()
    assert debt.delete_from is None


def test_of_the_only_score_of_an_open_case_nothing_apart_is_proposed():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    make_record(person, "score", source="own", collected_on=date(2026, 2, 1))
    asked = make_asked(Right.ERASURE, people=[person])
    assert [line.key.part for line in lines_for(asked)] == [""]
    decide(asked)
    assert approve(asked).state == State.APPROVED


def test_special_data_kept_by_consent_alone_go_and_those_of_the_claim_stay():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    consent = make_consent(person)
    private = make_special_record(
        person, special_ground="9.2.a", consent=consent, lawful_basis="6.1.a"
    )
    asked = make_asked(Right.ERASURE, people=[person])
    line = line_of(asked, Right.ERASURE, person, "special")
    assert (line.proposed.outcome, line.proposed.article) == (Outcome.GRANTED, "17.1.b")
    decide(asked)
    approve(asked)
    private.refresh_from_db()
    assert private.delete_from == TODAY
    claim = make_special_record(person)
    again = make_asked(Right.ERASURE, people=[person])
    assert line_of(again, Right.ERASURE, person, "special").proposed.article == "17.3.e"
    claim.refresh_from_db()
    assert claim.delete_from is None


def test_the_books_go_by_their_own_day_and_no_decision_moves_it():
    books = make_involvement(make_dossier("ACC", delete_from=date(2030, 1, 1)))
    asked = make_asked(Right.ERASURE, people=[books])
    decide(asked, choices=granting(line_of(asked, Right.ERASURE, books)))
    with pytest.raises(CannotBeDone):
        approve(asked)


def test_a_weighing_needs_its_reasons_for_the_person_and_for_the_file():
    person = make_old_case()
    asked = make_asked(Right.ERASURE, people=[person])
    line = line_of(asked, Right.ERASURE, person)
    assert line.proposed.outcome is None
    assert line.proposed.is_weighed
    with pytest.raises(Incomplete):
        decide(asked, choices=granting(line))
    decide(asked, choices=refusing(line, grounds="Er loopt nog een procedure."))
    assert Decision.objects.get().outcome == Outcome.REFUSED


def test_who_decided_an_erasure_may_not_approve_it():
    person = make_old_case()
    asked = make_asked(Right.ERASURE, people=[person])
    line = line_of(asked, Right.ERASURE, person)
    decide(asked, choices=granting(line, grounds="Oud en afgedaan."))
    with pytest.raises(SecondPersonNeeded):
        approve(asked, officer=OFFICER)


def test_somebody_who_is_not_the_debtor_is_unlinked_and_erased_by_two():
    wrong = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    mine = make_involvement(make_dossier("MKT"), wrong.subject)
    asked = make_asked(
        Right.RECTIFICATION,
        Right.ERASURE,
        people=[wrong, mine],
        situation=Situation.NOT_ME,
    )
    line = line_of(asked, Right.ERASURE, wrong)
    assert (line.proposed.outcome, line.proposed.article) == (Outcome.GRANTED, "17.1.d")
    other = line_of(asked, Right.RECTIFICATION, mine)
    spare = {
        other.key: Choice(Outcome.NOT_APPLICABLE, "16", "Dit dossier klopt wel."),
        line_of(asked, Right.ERASURE, mine).key: Choice(
            Outcome.NOT_APPLICABLE, "17", "Dit dossier blijft."
        ),
    }
    decide(asked, choices=spare)
    with pytest.raises(SecondPersonNeeded):
        approve(asked, officer=OFFICER)
    approve(asked)
    wrong.refresh_from_db()
    assert wrong.subject_id != mine.subject_id
    assert wrong.delete_from == TODAY
    assert Subject.objects.count() == 2
    assert Involvement.objects.get(pk=mine.pk).delete_from is None
