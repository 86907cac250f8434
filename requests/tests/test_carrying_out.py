"""Carrying out, killed between any two of its statements, and run twice."""

import itertools
from datetime import date

import pytest

from audit.models import Entry
from embedded.killing import killed_before
from requests.constants import Right, State
from requests.decisions import deciding
from requests.decisions.lines import Choice, Key
from requests.exceptions import WrongState
from requests.models import Effect, Rectification
from requests.tests.answers import choices_for
from requests.tests.makers import ANOTHER, OFFICER
from requests.tests.rights import NOW, TODAY, decide, granting, line_of, make_asked
from retention.models import DestructionList
from subjects.models import Involvement, RestrictionMark
from subjects.services import person_view
from subjects.tests.makers import make_dossier, make_involvement

BOTH = ["default", "keystore"]
pytestmark = pytest.mark.django_db(databases=BOTH, transaction=True)


def make_everything():
    """Make a request that corrects, pauses, ends use and erases; decided, not yet approved."""
    from requests import services

    case = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    old = make_involvement(make_dossier(closed_on=date(2023, 1, 5)), case.subject)
    asked = make_asked(
        Right.RECTIFICATION,
        Right.OBJECTION,
        Right.RESTRICTION,
        Right.ERASURE,
        people=[case, old],
    )
    services.note_identity(
        asked.pk, "last_name", "Bouali", evidence="BRP", officer=OFFICER, now=NOW
    )
    choices: dict[Key, Choice] = {}
    for person in (case, old):
        objection = line_of(asked, Right.OBJECTION, person)
        choices |= granting(objection, grounds="Afgewogen.")
    erasure = line_of(asked, Right.ERASURE, old)
    choices |= granting(erasure, grounds="Afgewogen.")
    decide(asked, choices=choices)
    return asked, case, old


def is_done(asked, case, old):
    asked.refresh_from_db()
    done = asked.state == State.APPROVED
    [held] = person_view(involvement_ids=[case.pk])
    assert held.identity is not None
    facts = {
        held.identity["last_name"] == "Bouali",
        Involvement.objects.get(pk=case.pk).use_ended_at is not None,
        RestrictionMark.objects.filter(involvement=case).exists(),
        DestructionList.objects.filter(case=asked.reference).exists(),
        Effect.objects.filter(request=asked).exists(),
        Rectification.objects.filter(request=asked, carried_out_at=NOW).exists(),
        Entry.objects.filter(
            body__event="request.carried_out", body__object=f"request:{asked.reference}"
        ).exists(),
        asked.decisions.exclude(approved_by=None).exists(),
    }
    assert facts == {done}, facts
    return done


def test_killed_anywhere_all_of_it_is_done_or_nothing_and_the_next_try_does_it():
    asked, case, old = make_everything()
    choices = choices_for(asked)

    def approve():
        deciding.decide_and_approve(asked.pk, choices, officer=ANOTHER, now=NOW)

    # Every third step: each tries all that went before it too.
    for step in itertools.count(1, 7):
        killed = killed_before(step, approve)
        done = is_done(asked, case, old)
        if not killed:
            assert done
            break
        if done:
            break
    assert step > 20
    with pytest.raises(WrongState):
        approve()
    assert DestructionList.objects.filter(case=asked.reference).count() == 1
    assert RestrictionMark.objects.filter(involvement=case, since=TODAY).count() == 1
