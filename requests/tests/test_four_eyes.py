"""Two people, nobody about themself, and what needs a role of its own."""

from datetime import date

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.services import actor_of
from requests import services
from requests.constants import Channel, IdentityMethod, Outcome, Right, State
from requests.decisions import deciding
from requests.decisions.lines import Choice
from requests.exceptions import ChangedMeanwhile, Incomplete, OwnFile, SecondPersonNeeded
from requests.models import Decision, PrivacyRequest
from requests.packs import making
from requests.tests.answers import choices_for, lines_for, make_case
from requests.tests.makers import (
    ANOTHER,
    LATER,
    OFFICER,
    a_submission,
    make_match,
    make_request,
    prove,
)
from requests.tests.rights import NOW, approve, decide, line_of, make_asked, refusing
from subjects.constants import InstructionKind
from subjects.instructions import instruct
from subjects.tests.makers import an_identity, make_dossier, make_involvement, make_record

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def colleague(name="anna", role=None, **fields):
    user = User.objects.create_user(name, **fields)
    if role:
        user.groups.add(Group.objects.get(name=role))
    return user


# --- two people ----------------------------------------------------------------------------


def test_the_database_itself_refuses_one_person_for_what_needs_two():
    person = make_case()
    asked = make_asked(Right.ACCESS, people=[person])
    decide(asked, choices=refusing(line_of(asked, Right.ACCESS, person), article="15.4"))
    refused = Decision.objects.filter(outcome=Outcome.REFUSED)
    with pytest.raises(IntegrityError), transaction.atomic():
        refused.update(approved_by=OFFICER, approved_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        refused.update(needs_second=False)
    assert refused.update(approved_by=ANOTHER, approved_at=NOW) == 1


def test_an_abuse_needs_what_shows_the_intention_and_two_people():
    person = make_case()
    asked = make_asked(Right.ACCESS, people=[person])
    line = line_of(asked, Right.ACCESS, person)
    words = "U vraagt dit elke week."
    with pytest.raises(Incomplete):
        decide(asked, choices=refusing(line, words, article="12.5"))
    shown = "Schrijft zelf alleen te vragen om ons werk te geven."
    decide(asked, choices=refusing(line, words, article="12.5", grounds=shown))
    with pytest.raises(SecondPersonNeeded):
        approve(asked, officer=OFFICER)
    assert approve(asked).state == State.APPROVED
    kept = line_of(asked, Right.ACCESS, person).decided
    assert kept is not None
    assert (kept.reason, kept.grounds) == (words, shown)


def test_an_outcome_other_than_proposed_needs_a_reason_of_its_own():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    asked = make_asked(Right.PORTABILITY, people=[person])
    line = line_of(asked, Right.PORTABILITY, person)
    for reason in ("", line.reason):
        with pytest.raises(Incomplete):
            decide(asked, choices={line.key: Choice(Outcome.GRANTED, "20.1", reason)})
    decide(asked, choices={line.key: Choice(Outcome.GRANTED, "20.1", "Alles gaf u zelf.")})


def test_an_article_or_outcome_that_is_no_choice_is_refused():
    person = make_case()
    asked = make_asked(Right.ACCESS, people=[person])
    key = line_of(asked, Right.ACCESS, person).key
    for outcome, article in ((Outcome.REFUSED, "99"), (Outcome.FORWARDED, "15")):
        with pytest.raises(Incomplete):
            decide(asked, choices={key: Choice(outcome, article, "Reden.")})


def entered_by(officer, person):
    made = services.submit(a_submission(channel=Channel.LETTER), actor=actor_of(officer)).request
    services.confirm_match(make_match(made, person.subject).pk, officer=OFFICER, now=LATER)
    return made


def test_who_entered_it_and_proved_who_asks_may_not_approve_it_too():
    one = colleague()
    person = make_case()
    asked = entered_by(one, person)
    prove(asked, officer=one.pk)
    with pytest.raises(SecondPersonNeeded):
        approve(asked, officer=one.pk)
    assert approve(asked).state == State.APPROVED


def test_who_entered_it_and_typed_the_code_of_their_own_letter_may_not_approve_it_too():
    one = colleague()
    person = make_case()
    asked = entered_by(one, person)
    services.begin(asked.pk, officer=one.pk)
    code, _mail = services.make_posted_code(
        asked.pk,
        person.reference,
        reasons=["address_unknown"],
        without_undue_delay=True,
        officer=one.pk,
        now=LATER,
    )
    _code, letter = services.open_letter(code.reference, officer=one.pk, now=LATER)
    services.verify_posted_code(asked.pk, letter["code"], now=LATER)
    with pytest.raises(SecondPersonNeeded):
        approve(asked, officer=one.pk)
    assert approve(asked).state == State.APPROVED


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY])
def test_who_alone_saw_who_asks_lets_no_data_go_also_where_it_came_by_the_site(right):
    one = colleague()
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    make_record(person, provided_by_subject=True, lawful_basis="6.1.b", source="person")
    asked = make_request(rights=[right])
    services.confirm_match(make_match(asked, person.subject).pk, officer=OFFICER, now=LATER)
    prove(asked, officer=one.pk)
    decide(asked)
    with pytest.raises(SecondPersonNeeded):
        approve(asked, officer=one.pk)
    asked.refresh_from_db()
    assert asked.state == State.HANDLING
    assert approve(asked).state == State.APPROVED


@pytest.mark.parametrize("field", ["emails", "addresses", "phones", "birth_date"])
def test_who_alone_saw_who_asks_changes_nothing_by_which_they_prove_it_the_next_time(field):
    one = colleague()
    person = make_case()
    asked = make_request(rights=[Right.RECTIFICATION])
    services.confirm_match(make_match(asked, person.subject).pk, officer=one.pk, now=LATER)
    prove(asked, officer=one.pk)
    new = an_identity(emails=["dief@example.nl"])[field]
    services.note_identity(asked.pk, field, new, evidence="Gezien", officer=one.pk, now=LATER)
    decide(asked, officer=one.pk)
    with pytest.raises(SecondPersonNeeded):
        approve(asked, officer=one.pk)
    assert approve(asked).state == State.APPROVED


def test_a_proof_of_another_beside_ones_own_lets_one_approve():
    one = colleague()
    asked = make_request()
    services.confirm_match(make_match(asked, make_case().subject).pk, officer=OFFICER, now=LATER)
    prove(asked, officer=one.pk)
    prove(asked, officer=ANOTHER)
    assert approve(asked, officer=one.pk).state == State.APPROVED


def test_what_is_compared_by_the_computer_needs_no_second_person():
    one = colleague()
    person = make_case(dossier_number="D-1")
    asked = make_request(identity=an_identity(dossier_number="D-1"))
    services.confirm_match(make_match(asked, person.subject).pk, officer=one.pk, now=LATER)
    PrivacyRequest.objects.filter(pk=asked.pk).update(email_verified_at=LATER)
    services.confirm_identity(asked.pk, IdentityMethod.FILE_FACTS, officer=one.pk, now=LATER)
    assert approve(asked, officer=one.pk).state == State.APPROVED


def test_who_printed_the_letter_may_know_its_code_and_does_not_approve():
    maker, printer = colleague(), colleague("bea")
    person = make_case()
    asked = make_request()
    services.confirm_match(make_match(asked, person.subject).pk, officer=OFFICER, now=LATER)
    services.begin(asked.pk, officer=maker.pk)
    code, _mail = services.make_posted_code(
        asked.pk,
        person.reference,
        reasons=["address_unknown"],
        without_undue_delay=True,
        officer=maker.pk,
        now=LATER,
    )
    _code, letter = services.open_letter(code.reference, officer=printer.pk, now=LATER)
    services.verify_posted_code(asked.pk, letter["code"], now=LATER)
    for known in (maker, printer):
        with pytest.raises(SecondPersonNeeded):
            approve(asked, officer=known.pk)
    assert approve(asked).state == State.APPROVED


def test_a_correction_of_a_name_gives_nothing_away_and_needs_one_person():
    one = colleague()
    person = make_case()
    asked = make_request(rights=[Right.RECTIFICATION])
    services.confirm_match(make_match(asked, person.subject).pk, officer=one.pk, now=LATER)
    prove(asked, officer=one.pk)
    # Where somebody is reached is another matter: by that they prove who they are the next time.
    services.note_identity(
        asked.pk, "last_name", "Amrani", evidence="Akte", officer=one.pk, now=LATER
    )
    assert approve(asked, officer=one.pk).state == State.APPROVED


def test_the_page_says_that_another_approves_what_rests_on_ones_own_word(client):
    me = colleague(role="privacy officer")
    client.force_login(me, backend="django.contrib.auth.backends.ModelBackend")
    asked = make_request()
    services.confirm_match(make_match(asked, make_case().subject).pk, officer=OFFICER, now=LATER)
    prove(asked, officer=me.pk)
    decide(asked, officer=ANOTHER)
    page = client.get(f"/desk/requests/{asked.reference}/").content.decode()
    assert "Een andere collega keurt dit goed" in page


@pytest.mark.parametrize("outcome", [Outcome.NOTHING_FOUND, Outcome.DECEASED])
def test_an_answer_without_data_though_somebody_was_proposed_is_for_two(outcome):
    asked = make_request()
    services.reject_match(make_match(asked, make_case().subject).pk, officer=OFFICER, now=LATER)
    services.begin(asked.pk, officer=OFFICER)
    services.decide_without_data(asked.pk, outcome, officer=OFFICER, now=LATER)
    with pytest.raises(SecondPersonNeeded):
        approve(asked, officer=OFFICER)
    assert approve(asked).state == State.APPROVED


def test_that_who_is_meant_has_died_is_for_two():
    asked = make_request()
    services.note_deceased(make_match(asked, make_case().subject).pk, officer=OFFICER, now=LATER)
    services.begin(asked.pk, officer=OFFICER)
    decide(asked)
    with pytest.raises(SecondPersonNeeded):
        approve(asked, officer=OFFICER)
    assert approve(asked).state == State.APPROVED


def test_who_entered_it_may_approve_where_another_proved_who_asks():
    one = colleague()
    asked = entered_by(one, make_case())
    prove(asked)
    assert approve(asked, officer=one.pk).state == State.APPROVED


def test_nothing_found_though_somebody_was_proposed_is_for_two():
    asked = make_request()
    services.reject_match(make_match(asked, make_case().subject).pk, officer=OFFICER, now=LATER)
    prove(asked)
    decide(asked)
    with pytest.raises(SecondPersonNeeded):
        approve(asked, officer=OFFICER)
    assert approve(asked).state == State.APPROVED


def test_nothing_found_where_nobody_was_proposed_needs_one():
    asked = make_request()
    services.begin(asked.pk, officer=OFFICER)
    assert approve(asked, officer=OFFICER).state == State.APPROVED


def test_a_decision_about_what_was_unmatched_meanwhile_is_forgotten():
    person, other = make_case(), make_case()
    asked = make_asked(Right.ACCESS, people=[person, other])
    decide(asked)
    wrong = asked.matches.get(subject_reference=other.subject.reference)
    services.reject_match(wrong.pk, officer=OFFICER, now=NOW)
    decide(asked)
    kept = Decision.objects.exclude(dossier_reference=None)
    assert [one.dossier_reference for one in kept] == [person.dossier.reference]


def test_a_proposal_is_written_in_the_language_of_the_person():
    person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
    asked = make_asked(Right.ERASURE, people=[person], language="en")
    assert line_of(asked, Right.ERASURE, person).reason.startswith("The debt is still open")


# --- the own file --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "fatima@example.nl"},
        {"first_name": "Fatima", "last_name": "El Amrani"},
    ],
)
def test_nobody_handles_decides_or_approves_a_request_about_themself(fields):
    me = colleague(**fields)
    person = make_case()
    asked = make_request()
    with pytest.raises(OwnFile):
        services.begin(asked.pk, officer=me.pk)
    with pytest.raises(OwnFile):
        services.confirm_match(make_match(asked, person.subject).pk, officer=me.pk, now=LATER)
    asked = make_asked(Right.ACCESS, people=[person])
    with pytest.raises(OwnFile):
        decide(asked, officer=me.pk)
    decide(asked)
    with pytest.raises(OwnFile):
        services.approve(asked.pk, officer=me.pk, now=NOW)


def test_a_request_of_another_about_a_colleagues_file_is_closed_to_that_colleague():
    me = colleague(email="piet@example.nl")
    person = make_case(emails=["piet@example.nl"], first_name="Piet", last_name="Jansen")
    asked = make_request()
    make_match(asked, person.subject)
    with pytest.raises(OwnFile):
        services.begin(asked.pk, officer=me.pk)


def test_the_page_of_a_request_about_oneself_is_not_shown(client):
    me = colleague(role="privacy officer", email="fatima@example.nl")
    client.force_login(me, backend="django.contrib.auth.backends.ModelBackend")
    asked = make_asked(Right.ACCESS, people=[make_case()])
    address = f"/desk/requests/{asked.reference}/"
    assert client.get(address).status_code == 403
    assert client.post(f"{address}answer/", {"do": "decide"}).status_code == 403


# --- money laundering ----------------------------------------------------------------------


def make_with_check():
    person = make_case()
    check = make_involvement(make_dossier("AML", transaction_on=date(2025, 1, 1)), person.subject)
    return make_asked(Right.ACCESS, people=[person, check]), person, check


def test_a_money_laundering_check_waits_for_a_colleague_who_may_see_it():
    asked, person, check = make_with_check()
    officer = colleague(role="privacy officer")
    hidden = check.dossier.reference
    mine = {key: one for key, one in choices_for(asked).items() if key.dossier != hidden}
    with pytest.raises(ChangedMeanwhile):
        deciding.decide(asked.pk, choices_for(asked), officer=officer.pk, now=NOW)
    deciding.decide(asked.pk, mine, officer=officer.pk, now=NOW)
    with pytest.raises(Incomplete):
        deciding.decide_and_approve(asked.pk, mine, officer=officer.pk, now=NOW)
    aml = colleague("bea", role="AML officer")
    deciding.decide(asked.pk, choices_for(asked), officer=aml.pk, now=NOW)
    decided = next(line for line in lines_for(asked) if line.purpose == "AML")
    assert decided.decision is not None
    assert decided.decision.decided_by == aml.pk
    done = deciding.decide_and_approve(asked.pk, mine, officer=officer.pk, now=NOW)
    assert done.state == State.APPROVED
    assert person.dossier.purpose_id == "COL"


@pytest.mark.parametrize(("role", "sees"), [("privacy officer", False), ("AML officer", True)])
def test_who_asks_is_shown_without_what_only_the_check_holds(client, role, sees):
    person = make_case()
    check = make_involvement(
        make_dossier("AML", transaction_on=date(2025, 1, 1)),
        person.subject,
        identity=an_identity(phones=["0687654321"], dossier_number="WWFT-7"),
    )
    asked = make_request()
    make_match(asked, person.subject, involvements=[check.reference, person.reference])
    instruct(
        InstructionKind.RESTRICT, dossier=check.dossier, case=asked.reference, actor="-", now=NOW
    )
    me = colleague(role=role)
    client.force_login(me, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/desk/requests/{asked.reference}/").content.decode()
    assert ("0687654321" in page) is sees
    assert ("WWFT-7" in page) is sees
    assert ('id="told"' in page) is sees


def test_an_officer_without_the_role_sees_nothing_of_the_check(client):
    asked, _person, _check = make_with_check()
    officer = colleague(role="privacy officer")
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/desk/requests/{asked.reference}/").content.decode()
    assert "witwascontroles mag zien" in page
    assert "Witwascontrole" not in page
    assert "2025-01-01" not in page
    aml = colleague("bea", role="AML officer")
    client.force_login(aml, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/desk/requests/{asked.reference}/").content.decode()
    assert "witwascontroles mag zien" not in page


def test_the_pack_that_tells_of_a_check_is_taken_by_whoever_may_see_it(client):
    asked, _person, _check = make_with_check()
    aml = colleague("bea", role="AML officer")
    deciding.decide_and_approve(asked.pk, choices_for(asked), officer=aml.pk, now=NOW)
    making.build_pack(asked.pk, now=timezone.now())
    address = f"/desk/requests/{asked.reference}/pack/pdf/"
    officer = colleague(role="privacy officer")
    for user, status in ((officer, 403), (aml, 200)):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        assert client.post(address).status_code == status
