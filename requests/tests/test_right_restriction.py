"""Restriction: use, export and deletion stop; before it ends the person is told."""

from datetime import date, timedelta

import pytest

from requests import services
from requests.constants import Outcome, Right
from requests.decisions import deciding
from requests.decisions.lines import Choice
from requests.exceptions import Incomplete
from requests.models import Effect
from requests.tests.answers import choices_for
from requests.tests.makers import ANOTHER, OFFICER, make_match, make_request
from requests.tests.rights import (
    NOW,
    TODAY,
    approve,
    decide,
    granting,
    line_of,
    make_asked,
    refusing,
)
from retention import planning
from retention.models import DestructionItem
from subjects import services as subjects
from subjects.constants import InstructionKind, RestrictionGround
from subjects.exceptions import Restricted
from subjects.models import Instruction, RecipientNotice, RestrictionMark
from subjects.tests.makers import (
    make_disclosure,
    make_dossier,
    make_involvement,
    make_recipient,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def make_case(**fields):
    return make_involvement(make_dossier(opened_on=date(2025, 1, 1), **fields))


def make_paused(**fields):
    person = make_case(**fields)
    asked = make_asked(Right.RESTRICTION, people=[person])
    line = line_of(asked, Right.RESTRICTION, person)
    choices = {line.key: Choice(Outcome.GRANTED, "18.1", line.reason, ground="18.1.c")}
    approve(asked, choices=choices)
    return asked, person


def test_a_pause_blocks_use_and_the_source_is_told():
    asked, person = make_paused(source_system="casus")
    mark = RestrictionMark.objects.get()
    assert (mark.ground, mark.since) == ("18.1.c", TODAY)
    with pytest.raises(Restricted):
        subjects.record_disclosure(
            person.pk,
            make_recipient(),
            purpose="COL",
            data_categories=["debt"],
            disclosed_on=TODAY,
            reason="Dagvaarding",
            actor="user:1",
        )
    effect = Effect.objects.get(request=asked)
    assert (effect.kind, effect.mark_id) == ("restrict", mark.pk)
    assert Instruction.objects.get().kind == InstructionKind.RESTRICT


def test_a_pause_blocks_deletion():
    _asked, person = make_paused()
    type(person.dossier).objects.filter(pk=person.dossier_id).update(
        delete_from=TODAY - timedelta(days=1), rule="COL-60"
    )
    planning.plan(TODAY)
    assert not DestructionItem.objects.exists()


def test_a_pause_needs_one_of_the_four_grounds():
    asked = make_asked(Right.RESTRICTION, people=[make_case()])
    with pytest.raises(Incomplete):
        approve(asked)


def test_while_an_objection_is_weighed_the_use_is_paused_at_once_and_once():
    person = make_case()
    asked = make_asked(Right.OBJECTION, Right.RESTRICTION, people=[person])
    assert services.pause_meanwhile(asked.pk, officer=OFFICER, now=NOW) == 1
    assert services.pause_meanwhile(asked.pk, officer=OFFICER, now=NOW) == 0
    assert person.restrictions.get().ground == "18.1.d"
    objection = line_of(asked, Right.OBJECTION, person)
    choices = refusing(objection, grounds="De vordering is een dwingende grond.")
    decide(asked, choices=choices)
    approve(asked)
    assert person.restrictions.count() == 1
    decision = Effect.objects.get(kind="restrict").decision
    assert decision is not None
    assert decision.right.right == Right.RESTRICTION


def test_a_file_of_which_nothing_may_be_told_is_not_paused_and_leaves_no_effect():
    """Else the page would count a report of an unusual transaction too (Wwft 23)."""
    person = make_case()
    check = make_dossier("AML", unusual_report_on=date(2025, 3, 1))
    reported = make_involvement(check, person.subject)
    asked = make_asked(Right.OBJECTION, Right.RESTRICTION, people=[person, reported])
    assert services.pause_meanwhile(asked.pk, officer=OFFICER, now=NOW) == 1
    assert not reported.restrictions.exists()
    assert Effect.objects.get().dossier_reference == person.dossier.reference


@pytest.mark.parametrize("purpose", ["COL", "DEV"])
def test_a_pause_for_the_weighing_ends_when_the_objection_holds_and_deletion_goes_on(purpose):
    facts = {"COL": {"opened_on": date(2025, 1, 1)}, "DEV": {"last_contact_on": date(2026, 1, 5)}}
    person = make_involvement(make_dossier(purpose, source_system="casus", **facts[purpose]))
    make_disclosure(person)
    asked = make_asked(Right.OBJECTION, Right.RESTRICTION, people=[person])
    services.pause_meanwhile(asked.pk, officer=OFFICER, now=NOW)
    line = line_of(asked, Right.OBJECTION, person)
    approve(asked, choices=granting(line, grounds="De situatie van de persoon weegt zwaarder."))
    mark = person.restrictions.get()
    assert (mark.ground, mark.lifted_on) == ("18.1.d", TODAY)
    effect = Effect.objects.get(kind="restrict")
    assert (effect.informed_at, effect.ended_at) == (NOW, NOW)
    told = [words for _message, words in services.messages_of(asked)]
    assert told[-1].startswith("Uw bezwaar is gegrond")
    # Use has ended for good: nobody hears that it may begin again.
    assert InstructionKind.LIFT not in Instruction.objects.values_list("kind", flat=True)
    assert not RecipientNotice.objects.filter(event="lifted").exists()
    dossier = person.dossier
    type(dossier).objects.filter(pk=dossier.pk).update(
        delete_from=TODAY - timedelta(days=1), rule="COL-60"
    )
    planning.plan(TODAY)
    assert DestructionItem.objects.exists()


def test_a_pause_on_another_ground_outlasts_an_objection_that_holds():
    person = make_case()
    asked = make_asked(Right.OBJECTION, people=[person])
    subjects.place_restriction(
        person.pk, RestrictionGround.CLAIM, today=TODAY, actor="user:1", case=asked.reference
    )
    line = line_of(asked, Right.OBJECTION, person)
    approve(asked, choices=granting(line, grounds="De situatie van de persoon weegt zwaarder."))
    assert person.restrictions.get().lifted_on is None
    assert services.messages_of(asked) == []


def test_nobody_is_paused_who_did_not_ask_it_or_is_not_known():
    asked = make_asked(Right.OBJECTION, people=[make_case()])
    with pytest.raises(Incomplete):
        services.pause_meanwhile(asked.pk, officer=OFFICER, now=NOW)
    person = make_case()
    unknown = make_request(rights=[Right.OBJECTION, Right.RESTRICTION])
    services.confirm_match(make_match(unknown, person.subject).pk, officer=OFFICER, now=NOW)
    services.begin(unknown.pk, officer=OFFICER)
    with pytest.raises(Incomplete):
        services.pause_meanwhile(unknown.pk, officer=OFFICER, now=NOW)
    assert not RestrictionMark.objects.exists()


def test_a_pause_ends_only_after_the_person_was_told():
    asked, person = make_paused()
    effect = Effect.objects.get()
    with pytest.raises(Incomplete):
        services.end_pause(effect.pk, officer=OFFICER, now=NOW)
    with pytest.raises(Incomplete):
        services.announce_end(effect.pk, " ", officer=OFFICER, now=NOW)
    services.announce_end(effect.pk, "Wij zijn klaar.", officer=OFFICER, now=NOW)
    assert services.messages_of(asked)[-1][1] == "Wij zijn klaar."
    assert person.restrictions.get().lifted_on is None
    services.end_pause(effect.pk, officer=OFFICER, now=NOW)
    services.end_pause(effect.pk, officer=OFFICER, now=NOW)
    assert person.restrictions.get().lifted_on == TODAY
    effect.refresh_from_db()
    assert effect.ended_at == NOW


def test_in_the_books_and_in_money_laundering_checks_the_pause_is_partial():
    books = make_involvement(make_dossier("ACC"))
    asked = make_asked(Right.RESTRICTION, Right.OBJECTION, people=[books])
    proposed = line_of(asked, Right.RESTRICTION, books).proposed
    assert (proposed.outcome, proposed.article) == (Outcome.PARTLY, "18.2")


def test_a_client_decides_about_a_pause_in_the_invoice_phase():
    person = make_involvement(make_dossier("INV", phase="invoice"))
    asked = make_asked(Right.RESTRICTION, people=[person])
    assert line_of(asked, Right.RESTRICTION, person).outcomes == [Outcome.FORWARDED]
    deciding.decide_and_approve(asked.pk, choices_for(asked), officer=ANOTHER, now=NOW)
    assert not RestrictionMark.objects.exists()


def test_a_refused_pause_places_nothing():
    person = make_case()
    asked = make_asked(Right.RESTRICTION, people=[person])
    decide(asked, choices=refusing(line_of(asked, Right.RESTRICTION, person)))
    approve(asked)
    assert not RestrictionMark.objects.exists()
    assert not Effect.objects.exists()
