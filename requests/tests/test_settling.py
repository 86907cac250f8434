"""An erasure is told as done when it is done, and a pause ends when the person knows."""

from datetime import date, timedelta

import pytest

from requests import services
from requests.constants import EffectKind, EffectState, Outcome, Right, State
from requests.decisions.lines import Choice
from requests.exceptions import CannotBeDone
from requests.models import Effect, PrivacyRequest
from requests.tests.makers import OFFICER
from requests.tests.rights import (
    LONG_CLOSED,
    NOW,
    TODAY,
    approve,
    decide,
    granting,
    line_of,
    make_asked,
)
from retention.models import DestructionItem, DestructionList
from subjects.models import Involvement, Record, RestrictionMark
from subjects.tests.makers import make_dossier, make_involvement, make_record, make_restriction

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

TOMORROW = NOW + timedelta(days=1)
LATER = date(2031, 1, 1)


def make_part() -> tuple[PrivacyRequest, Record]:
    """Make a request of which two people granted that the letters of a relation go."""
    person = make_involvement(make_dossier("CLI"), category="client_contact")
    letters = make_record(person, "correspondence")
    make_record(person, "agreement")
    asked = make_asked(Right.ERASURE, people=[person])
    line = line_of(asked, Right.ERASURE, person)
    reason = "De oude brieven zijn niet meer van belang."
    choices = {line.key: Choice(Outcome.PARTLY, "17.1.a", reason, data=("correspondence",))}
    decide(asked, choices=choices)
    approve(asked, choices=choices)
    return asked, letters


def run_without_them(asked: PrivacyRequest, letters: Record) -> None:
    """End the list as when a source moved the date of the letters before it ran."""
    Record.objects.filter(pk=letters.pk).update(delete_from=LATER)
    DestructionList.objects.filter(case=asked.reference).update(status="done", done_at=NOW)


# --- done when it is done ------------------------------------------------------------------


def test_what_is_still_there_is_not_told_as_erased_though_its_date_was_moved():
    asked, letters = make_part()
    run_without_them(asked, letters)
    assert services.settle_erasures(now=NOW) == 0
    assert Effect.objects.get(request=asked).state == EffectState.WAITING
    letters.delete()
    assert services.settle_erasures(now=NOW) == 1


def test_what_its_list_left_behind_is_listed_anew_the_next_day_and_once():
    asked, letters = make_part()
    run_without_them(asked, letters)
    for _ in range(2):
        assert services.settle_erasures(now=TOMORROW) == 0
    letters.refresh_from_db()
    assert letters.delete_from == TODAY + timedelta(days=1)
    item = DestructionItem.objects.get(list__status="approved")
    assert (item.unit_id, item.list.case) == (letters.pk, asked.reference)
    assert item.list.prepared_by != item.list.approved_by


def test_what_is_paused_meanwhile_waits_and_is_not_listed_over_and_over():
    asked, letters = make_part()
    run_without_them(asked, letters)
    make_restriction(letters.involvement)
    services.settle_erasures(now=TOMORROW)
    assert not DestructionList.objects.filter(status="approved").exists()
    assert Effect.objects.get(request=asked).state == EffectState.WAITING


def test_letters_that_came_after_the_decision_do_not_hold_it_open():
    asked, letters = make_part()
    make_record(letters.involvement, "correspondence")
    letters.delete()
    assert services.settle_erasures(now=NOW) == 1
    assert Effect.objects.get(request=asked).state == EffectState.DONE


# --- pauses --------------------------------------------------------------------------------


def make_erased() -> tuple[PrivacyRequest, Involvement]:
    person = make_involvement(make_dossier(**LONG_CLOSED))
    asked = make_asked(Right.ERASURE, people=[person])
    line = line_of(asked, Right.ERASURE, person)
    decide(asked, choices=granting(line, grounds="Zaak is oud; geen geschil meer."))
    return asked, person


def shown_by(asked: PrivacyRequest, mark: RestrictionMark) -> Effect:
    """Make what shows a pause on the page of a request."""
    return Effect.objects.create(
        request=asked,
        right=asked.rights.get(),
        kind=EffectKind.RESTRICT,
        state=EffectState.DONE,
        carried_out_at=NOW,
        mark_id=mark.pk,
        involvement_reference=mark.involvement.reference,
    )


def test_a_pause_that_the_person_asked_for_a_claim_is_not_lifted_by_an_erasure():
    asked, person = make_erased()
    mark = make_restriction(person, ground="18.1.c")
    with pytest.raises(CannotBeDone):
        approve(asked)
    mark.refresh_from_db()
    asked.refresh_from_db()
    assert (mark.lifted_on, asked.state) == (None, State.HANDLING)
    assert services.messages_of(asked) == []


def test_a_pause_of_this_request_ends_with_its_erasure_wherever_it_is_shown():
    asked, person = make_erased()
    mark = make_restriction(person)
    other = make_asked(Right.RESTRICTION, people=[person])
    shown = [shown_by(asked, mark), shown_by(other, mark)]
    approve(asked)
    mark.refresh_from_db()
    assert mark.lifted_on == TODAY
    for one in shown:
        one.refresh_from_db()
        assert (one.informed_at, one.ended_at) == (NOW, NOW)
    [(_message, words)] = services.messages_of(asked)
    assert "pauze" in words


def test_a_pause_that_ends_for_one_request_ends_for_all_that_show_it():
    person = make_involvement(make_dossier(**LONG_CLOSED))
    mark = make_restriction(person)
    one, other = (shown_by(make_asked(Right.RESTRICTION, people=[person]), mark) for _ in range(2))
    services.announce_end(one.pk, "Wij zijn klaar.", officer=OFFICER, now=NOW)
    services.end_pause(one.pk, officer=OFFICER, now=NOW)
    other.refresh_from_db()
    assert other.ended_at == NOW
