"""What a proof opens, and what it does not: each identifier carries its own proof."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from audit.models import Entry
from requests import services
from requests.constants import DoubtReason, IdentityMethod, Outcome, Right, State
from requests.exceptions import Incomplete, NoMandate, NotProven
from requests.identity.constants import AsksFor, AuthorityProof, MandateKind, Rung
from requests.identity.models import Mandate, Representative
from requests.identity.proofs import knows_the_file, rung_needed, says_the_same, tells_apart
from requests.models import IdentityCheck, PrivacyRequest, SubjectMatch
from requests.services.people.proof import identities_of, proven_rungs, unproven
from requests.tests.identity_makers import make_mandate
from requests.tests.makers import (
    ANOTHER,
    LATER,
    OFFICER,
    RECEIVED_AT,
    make_match,
    make_request,
    prove,
)
from requests.tests.test_services import code_of, grant
from subjects.matching import Field, Kind
from subjects.models import Involvement, Subject
from subjects.tests.makers import (
    an_identity,
    make_dossier,
    make_involvement,
    make_record,
    make_special_record,
    make_subject,
)

database = pytest.mark.django_db(databases=["default", "keystore"])
WHOLE = an_identity(dossier_number="D-100")


def found(privacy_request: PrivacyRequest, subject: Subject) -> SubjectMatch:
    return services.confirm_match(
        make_match(privacy_request, subject).pk, officer=OFFICER, now=LATER
    )


def note(privacy_request: PrivacyRequest, method: IdentityMethod, **more: Any) -> None:
    services.confirm_identity(privacy_request.pk, method, officer=OFFICER, now=LATER, **more)


def approve(privacy_request: PrivacyRequest) -> PrivacyRequest:
    return services.approve(privacy_request.pk, officer=ANOTHER, now=LATER)


def make_proven_email(**fields: Any) -> PrivacyRequest:
    privacy_request = make_request(**{"identity": WHOLE} | fields)
    services.verify_email_code(privacy_request.pk, code_of(privacy_request), now=RECEIVED_AT)
    privacy_request.refresh_from_db()
    return privacy_request


# --- the rules


@pytest.mark.parametrize(
    ("purpose", "special", "needed"),
    [
        ("COL", False, Rung.FILE),
        ("COL", True, Rung.REACHED),
        ("AML", False, Rung.REACHED),
        ("MKT", False, Rung.CONTACT),
        ("MKT", True, Rung.REACHED),
        ("ACC", False, Rung.FILE),
    ],
)
def test_the_more_it_would_harm_the_surer_we_must_be(purpose, special, needed):
    assert rung_needed(purpose, has_special=special) == needed


@pytest.mark.parametrize(
    "wrong",
    [
        {"dossier_number": "D-101"},
        {"dossier_number": ""},
        {"birth_date": "1984-09-03"},
        {"birth_date": None},
        {"addresses": []},
        {"emails": ["fatima@example.com"]},
    ],
)
def test_a_file_is_known_only_by_all_of_its_facts_at_once(wrong):
    assert knows_the_file(WHOLE, WHOLE, "Fatima@Example.nl ")
    assert not knows_the_file(WHOLE, WHOLE | wrong, "fatima@example.nl")
    assert not knows_the_file(WHOLE | {"emails": []}, WHOLE, "")


def test_a_provider_must_say_what_the_file_says_of_name_and_birth():
    same = {Field.LAST_NAME: Kind.EQUAL, Field.BIRTH_DATE: Kind.EQUAL}
    assert says_the_same(same)
    assert says_the_same(same | {Field.FIRST_NAME: Kind.NEAR})
    assert not says_the_same(same | {Field.FIRST_NAME: Kind.DIFFERS})
    assert not says_the_same(same | {Field.LAST_NAME: Kind.NEAR})
    assert not says_the_same({Field.LAST_NAME: Kind.EQUAL})


def test_what_twins_share_does_not_tell_them_apart():
    theirs = (Field.LAST_NAME, Field.BIRTH_DATE, Field.POSTCODE, Field.INITIALS)
    shared = dict.fromkeys(theirs, Kind.EQUAL)
    assert not tells_apart(shared)
    assert not tells_apart(shared | {Field.FIRST_NAME: Kind.NEAR})
    assert tells_apart(shared | {Field.FIRST_NAME: Kind.EQUAL})
    assert tells_apart(shared | {Field.EMAIL: Kind.EQUAL})


# --- facts of the file


@database
def test_facts_of_the_file_with_the_proven_address_open_that_person():
    person = make_involvement(identity=WHOLE)
    privacy_request = make_proven_email()
    found(privacy_request, person.subject)
    note(privacy_request, IdentityMethod.FILE_FACTS)
    assert proven_rungs(privacy_request) == {person.subject.reference: Rung.FILE}
    assert unproven(privacy_request) == []


@database
def test_facts_of_the_file_prove_nothing_before_the_address_is_proven():
    person = make_involvement(identity=WHOLE)
    privacy_request = make_request(identity=WHOLE)
    found(privacy_request, person.subject)
    with pytest.raises(Incomplete, match="code"):
        note(privacy_request, IdentityMethod.FILE_FACTS)
    assert not IdentityCheck.objects.exists()


@database
def test_an_address_on_file_alone_opens_no_collection_case():
    person = make_involvement(identity=WHOLE)
    privacy_request = make_proven_email()
    found(privacy_request, person.subject)
    note(privacy_request, IdentityMethod.EMAIL_ON_FILE)
    grant(privacy_request, person.dossier)
    with pytest.raises(NotProven) as refused:
        approve(privacy_request)
    [lack] = refused.value.lacks
    assert (lack.purpose, lack.needed, lack.proven) == ("COL", Rung.FILE, Rung.CONTACT)


@database
def test_an_address_on_file_is_enough_for_a_marketing_contact():
    person = make_involvement(make_dossier("MKT"))
    privacy_request = make_proven_email()
    found(privacy_request, person.subject)
    note(privacy_request, IdentityMethod.EMAIL_ON_FILE)
    grant(privacy_request, person.dossier)
    assert approve(privacy_request).state == State.APPROVED


@database
def test_what_one_dossier_proves_opens_nothing_of_somebody_found_by_name():
    known = make_involvement(identity=WHOLE)
    by_name = make_involvement(identity=an_identity(emails=["ander@example.nl"]))
    privacy_request = make_proven_email()
    found(privacy_request, known.subject)
    second = found(privacy_request, by_name.subject)
    note(privacy_request, IdentityMethod.FILE_FACTS)
    for person in (known, by_name):
        grant(privacy_request, person.dossier)
    with pytest.raises(NotProven) as refused:
        approve(privacy_request)
    assert [lack.involvement for lack in refused.value.lacks] == [by_name.reference]
    prove(privacy_request, second.pk)
    assert approve(privacy_request).state == State.APPROVED


@database
def test_a_dossier_of_the_same_person_in_the_registry_opens_with_the_proof_of_another():
    known = make_involvement(identity=WHOLE)
    make_involvement(make_dossier(), known.subject, identity=an_identity(emails=[]))
    privacy_request = make_proven_email()
    found(privacy_request, known.subject)
    note(privacy_request, IdentityMethod.FILE_FACTS)
    assert unproven(privacy_request) == []


@database
def test_health_data_ask_for_a_higher_rung():
    person = make_involvement(identity=WHOLE)
    make_special_record(person)
    privacy_request = make_proven_email()
    found(privacy_request, person.subject)
    note(privacy_request, IdentityMethod.FILE_FACTS)
    [lack] = unproven(privacy_request)
    assert lack.needed == Rung.REACHED
    note(
        privacy_request,
        IdentityMethod.CALL_BACK,
        involvement=person.reference,
        text="Naar de twee laatste betalingen gevraagd",
    )
    assert unproven(privacy_request) == []


@database
def test_a_report_that_may_not_be_told_asks_for_no_higher_rung_either():
    person = make_involvement(identity=WHOLE)
    check = make_involvement(
        make_dossier("AML", unusual_report_on=date(2024, 6, 3)), person.subject
    )
    make_record(check, "unusual_report", source="own")
    privacy_request = make_proven_email()
    found(privacy_request, person.subject)
    note(privacy_request, IdentityMethod.FILE_FACTS)
    assert unproven(privacy_request) == []
    make_record(check, "screening", source="own", collected_on=date(2024, 1, 2))
    assert [lack.needed for lack in unproven(privacy_request)] == [Rung.REACHED]


@database
def test_who_may_be_the_person_and_is_not_proven_stays_closed():
    known, doubtful = make_involvement(identity=WHOLE), make_involvement()
    privacy_request = make_proven_email()
    found(privacy_request, known.subject)
    match = make_match(privacy_request, doubtful.subject)
    note(privacy_request, IdentityMethod.FILE_FACTS)
    services.leave_unproven(match.pk, officer=OFFICER, now=LATER)
    grant(privacy_request, known.dossier)
    approve(privacy_request)
    assert services.confirmed_involvements(privacy_request) == [known.pk]


@database
def test_what_comes_in_after_approval_and_needs_more_is_not_opened():
    person = make_involvement(identity=WHOLE)
    privacy_request = make_proven_email()
    found(privacy_request, person.subject)
    note(privacy_request, IdentityMethod.FILE_FACTS)
    grant(privacy_request, person.dossier)
    approve(privacy_request)
    make_special_record(make_involvement(make_dossier(), person.subject))
    privacy_request.refresh_from_db()
    assert services.confirmed_involvements(privacy_request) == [person.pk]


# --- what an officer notes


@database
def test_a_call_back_needs_a_number_on_file_and_what_was_asked():
    privacy_request = make_request()
    with_number = make_involvement()
    without = make_involvement(identity=an_identity(phones=[]))
    for person in (with_number, without):
        found(privacy_request, person.subject)
    stranger = make_involvement()
    call = IdentityMethod.CALL_BACK
    for wrong in (
        {"involvement": with_number.reference},
        {"involvement": without.reference, "text": "Gevraagd"},
        {"involvement": stranger.reference, "text": "Gevraagd"},
        {"text": "Gevraagd"},
        {
            "involvement": with_number.reference,
            "text": "Gevraagd",
            "called_at": LATER + timedelta(hours=1),
        },
    ):
        with pytest.raises(Incomplete):
            note(privacy_request, call, **wrong)
    note(privacy_request, call, involvement=with_number.reference, text="Geboorteplaats gevraagd")
    [check] = IdentityCheck.objects.all()
    assert check.involvements == [with_number.reference]
    assert b"Geboorteplaats" not in bytes(check.sealed_note or b"")
    ledger = json.dumps([entry.body for entry in Entry.objects.all()])
    assert "0612345678" not in ledger
    assert "Geboorteplaats" not in ledger


@database
def test_what_was_seen_needs_a_reason_and_the_person_it_proves():
    person = make_involvement()
    privacy_request = make_request()
    match = found(privacy_request, person.subject)
    other = make_match(make_request(), make_subject())
    for method in (IdentityMethod.IN_PERSON, IdentityMethod.MASKED_DOCUMENT):
        with pytest.raises(Incomplete):
            note(privacy_request, method, matches=[match.pk])
        with pytest.raises(Incomplete):
            note(privacy_request, method, text="Kwam langs")
        with pytest.raises(Incomplete):
            note(privacy_request, method, text="Kwam langs", matches=[other.pk])
    note(
        privacy_request,
        IdentityMethod.MASKED_DOCUMENT,
        text="Andere weg lukte niet",
        matches=[match.pk],
    )
    assert unproven(privacy_request) == []


@pytest.mark.parametrize(
    "method",
    [
        IdentityMethod.POSTED_CODE,
        IdentityMethod.PROVIDER,
        IdentityMethod.MANDATE,
        IdentityMethod.OTHER,
    ],
)
@database
def test_no_colleague_notes_what_only_the_person_can_do(method):
    with pytest.raises(Incomplete):
        note(make_request(), method, text="Gezien")


@database
def test_an_attempt_that_proved_nobody_undoes_no_proof_but_a_doubt_does():
    person = make_involvement()
    privacy_request = make_request()
    match = found(privacy_request, person.subject)
    prove(privacy_request, match.pk)
    services.note_not_proven(privacy_request.pk, IdentityMethod.PROVIDER, now=LATER)
    grant(privacy_request, person.dossier)
    services.require_proven(privacy_request)
    services.ask_identity(
        privacy_request.pk,
        [DoubtReason.DETAILS_DIFFER],
        text="Wie bent u?",
        without_undue_delay=True,
        officer=OFFICER,
        now=LATER,
    )
    services.receive_message(privacy_request.pk, "Ik ben het echt", now=LATER)
    with pytest.raises(Incomplete, match="not known who asks"):
        approve(privacy_request)


# --- representatives


def mandate_for(privacy_request: PrivacyRequest, match: SubjectMatch, **fields: Any) -> Any:
    whole: dict[str, Any] = {
        "kind": MandateKind.GUARDIAN,
        "proof": AuthorityProof.COURT_ORDER,
        "since": date(2026, 1, 1),
        "identity": {"name": "Mr. Vos", "email": "Vos@example.nl"},
        "text": "Beschikking van de rechtbank gezien",
        "officer": OFFICER,
        "now": LATER,
    } | fields
    return services.note_mandate(privacy_request.pk, match.pk, **whole)


@database
def test_a_guardian_gets_the_answer_of_whom_they_guard():
    person = make_involvement()
    privacy_request = make_request()
    match = found(privacy_request, person.subject)
    mandate = mandate_for(privacy_request, match)
    grant(privacy_request, person.dossier)
    assert approve(privacy_request).asks_for == AsksFor.OTHER
    assert services.confirmed_involvements(privacy_request) == [person.pk]
    assert b"Vos" not in bytes(mandate.representative.sealed_identity)
    assert "Vos" not in json.dumps([entry.body for entry in Entry.objects.all()])


@database
def test_a_mandate_is_used_again_and_its_holder_stays_one():
    person = make_involvement()
    first, second = make_request(), make_request(identity=an_identity(emails=["vos@example.nl"]))
    mandate = mandate_for(first, found(first, person.subject))
    match = found(second, person.subject)
    with pytest.raises(NoMandate):  # anybody may write down somebody's address
        services.use_mandate(second.pk, mandate.reference, officer=OFFICER, now=LATER)
    PrivacyRequest.objects.filter(pk=second.pk).update(email_verified_at=LATER)
    [known] = services.mandates_for(second, today=LATER.date())
    assert services.who_of([known])[known.pk]["name"] == "Mr. Vos"
    services.use_mandate(second.pk, known.reference, officer=OFFICER, now=LATER)
    assert unproven(second) == []
    again = mandate_for(second, match, identity={"name": "Mr. Vos", "email": " vos@EXAMPLE.nl"})
    assert again.representative_id == mandate.representative_id


@database
def test_who_only_names_the_address_of_a_representative_is_another_and_moves_no_letter():
    person, victim = make_involvement(), make_involvement()
    first, second = make_request(), make_request()
    known = mandate_for(first, found(first, person.subject))
    forged = mandate_for(
        second,
        found(second, victim.subject),
        identity={"name": "Mr. Vos", "email": "vos@example.nl", "address": "Kerkweg 3, Delft"},
    )
    assert forged.representative_id != known.representative_id
    [kept] = services.who_of([Mandate.objects.get(pk=known.pk)]).values()
    assert "address" not in kept
    # The forged one is not found by the address either.
    third = make_request(identity=an_identity(emails=["vos@example.nl"]))
    found(third, victim.subject)
    PrivacyRequest.objects.filter(pk=third.pk).update(email_verified_at=LATER)
    with pytest.raises(NoMandate):
        services.use_mandate(third.pk, forged.reference, officer=OFFICER, now=LATER)


@database
def test_who_turns_out_not_to_represent_goes_when_another_takes_their_place():
    request = make_request()
    match = found(request, make_involvement().subject)
    gone = mandate_for(request, match).representative
    now = mandate_for(request, match, identity={"name": "Mr. Bos", "email": "bos@example.nl"})
    assert list(Representative.objects.values_list("pk", flat=True)) == [now.representative_id]
    assert gone.pk != now.representative_id


@database
def test_what_was_noted_of_a_representative_is_noted_better_for_the_same_request():
    request = make_request()
    match = found(request, make_involvement().subject)
    first = mandate_for(request, match)
    better = {"name": "Mr. A. Vos", "email": "vos@example.nl"}
    again = mandate_for(request, match, identity=better)
    assert again.representative_id == first.representative_id
    # Nothing rests on the first any more, and nobody would ever erase it.
    assert list(Mandate.objects.values_list("pk", flat=True)) == [again.pk]
    assert services.who_of([Mandate.objects.get(pk=again.pk)])[again.pk]["name"] == "Mr. A. Vos"


@database
def test_a_mandate_for_another_is_not_used():
    person = make_involvement()
    privacy_request = make_request()
    found(privacy_request, person.subject)
    for other in (make_mandate(make_subject()).reference, person.reference):
        with pytest.raises(NoMandate):
            services.use_mandate(privacy_request.pk, other, officer=OFFICER, now=LATER)


@pytest.mark.parametrize(
    "fields",
    [
        {"until": date(2026, 6, 10)},
        {"since": date(2026, 6, 12)},
    ],
)
@database
def test_a_mandate_counts_from_its_first_to_its_last_day(fields):
    person = make_involvement()
    privacy_request = make_request()
    match = found(privacy_request, person.subject)
    with pytest.raises(NoMandate, match="in force"):
        mandate_for(privacy_request, match, **fields)
    assert mandate_for(privacy_request, match, until=date(2026, 6, 11)).until == LATER.date()


@database
def test_a_mandate_that_ended_meanwhile_stops_the_approval():
    person = make_involvement()
    privacy_request = make_request()
    mandate_for(privacy_request, found(privacy_request, person.subject), until=LATER.date())
    grant(privacy_request, person.dossier)
    with pytest.raises(NoMandate):
        services.approve(privacy_request.pk, officer=ANOTHER, now=LATER + timedelta(days=1))
    assert approve(privacy_request).state == State.APPROVED


@database
def test_a_mandate_for_one_purpose_tells_nothing_of_another():
    debt = make_involvement()
    make_involvement(make_dossier("MKT"), debt.subject)
    privacy_request = make_request()
    mandate_for(privacy_request, found(privacy_request, debt.subject), purposes=["COL"])
    assert services.confirmed_involvements(privacy_request) == [debt.pk]
    grant(privacy_request, debt.dossier)
    assert approve(privacy_request).state == State.APPROVED


@database
def test_a_mandate_for_one_right_grants_no_other():
    person = make_involvement()
    privacy_request = make_request()
    mandate_for(privacy_request, found(privacy_request, person.subject), rights=[Right.ERASURE])
    grant(privacy_request, person.dossier)
    with pytest.raises(NoMandate) as refused:
        approve(privacy_request)
    assert refused.value.rights == [Right.ACCESS]


@database
def test_who_asks_for_another_without_mandate_gets_nothing():
    person = make_involvement()
    privacy_request = make_request()
    match = found(privacy_request, person.subject)
    prove(privacy_request, match.pk)
    PrivacyRequest.objects.filter(pk=privacy_request.pk).update(asks_for=AsksFor.OTHER)
    grant(privacy_request, person.dossier)
    with pytest.raises(NoMandate, match="no mandate"):
        approve(privacy_request)


@database
@pytest.mark.parametrize(
    ("outcome", "goes"), [(Outcome.NOT_PROVEN, True), (Outcome.NOTHING_FOUND, False)]
)
def test_who_asks_for_another_without_mandate_hears_only_that_it_is_not_shown(outcome, goes):
    privacy_request = make_request(asks_for=AsksFor.OTHER)
    services.begin(privacy_request.pk, officer=OFFICER)
    services.decide_without_data(privacy_request.pk, outcome, officer=OFFICER, now=LATER)
    if goes:
        assert approve(privacy_request).state == State.APPROVED
        return
    with pytest.raises(NoMandate, match="no mandate"):
        approve(privacy_request)


@pytest.mark.parametrize(
    "wrong",
    [
        {"proof": AuthorityProof.POWER},
        {"text": " "},
        {"identity": {"name": ""}},
    ],
)
@database
def test_a_mandate_needs_a_proof_that_shows_it(wrong):
    privacy_request = make_request()
    match = found(privacy_request, make_involvement().subject)
    with pytest.raises(Incomplete):
        mandate_for(privacy_request, match, **wrong)


# --- outcomes that open nothing


@pytest.mark.parametrize(
    ("mark", "outcome"),
    [
        (services.reject_match, Outcome.NOTHING_FOUND),
        (services.leave_unproven, Outcome.NOT_PROVEN),
        (services.note_deceased, Outcome.DECEASED),
    ],
)
@database
def test_what_opens_nothing_has_an_outcome_of_its_own(mark, outcome):
    privacy_request = make_request()
    match = make_match(privacy_request, make_subject())
    mark(match.pk, officer=OFFICER, now=LATER)
    assert services.whole_outcome(privacy_request, found=False) == outcome
    assert services.whole_outcome(privacy_request, found=True) == Outcome.GRANTED
    assert services.confirmed_involvements(privacy_request) == []


@database
def test_an_heir_asks_in_their_own_name_and_opens_only_their_own_file():
    heir, dead = make_involvement(), make_involvement()
    privacy_request = make_request()
    own = found(privacy_request, heir.subject)
    services.note_deceased(make_match(privacy_request, dead.subject).pk, officer=OFFICER, now=LATER)
    prove(privacy_request, own.pk)
    privacy_request.refresh_from_db()
    assert privacy_request.asks_for == AsksFor.DECEASED
    assert services.confirmed_involvements(privacy_request) == [heir.pk]


@database
def test_identities_are_read_without_those_whose_key_is_gone():
    person = make_involvement()
    gone = make_involvement()
    Involvement.objects.filter(pk=gone.pk).update(key_id=10**9)
    rows = Involvement.objects.filter(pk__in=[person.pk, gone.pk])
    assert list(identities_of(rows)) == [person.reference]
