"""Who is taken for somebody is told at the other addresses on file; not what was asked."""

from datetime import date

import pytest

from requests import services
from requests.constants import IdentityMethod, MatchState
from requests.identity.constants import AuthorityProof, MandateKind
from requests.mail import mailing
from requests.models import OutgoingMail
from requests.tests.makers import LATER, OFFICER, make_match, make_request, prove
from requests.tests.test_posted import send, text_of
from subjects.tests.makers import an_identity, make_dossier, make_involvement

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
MINE = "fatima@example.nl"


def told():
    rows = OutgoingMail.objects.filter(kind="signed_in").order_by("pk")
    return [mailing.content_of(one) for one in rows]


def matched(*emails, **fields):
    person = make_involvement(identity=an_identity(emails=list(emails)), **fields)
    request = make_request()
    return request, person, make_match(request, person.subject)


def test_who_reads_the_post_at_an_old_address_is_noticed_by_mail():
    request, person, _match = matched("Thuis@example.nl", MINE, "thuis@example.nl")
    code = send(request, person)
    assert told() == []
    services.verify_posted_code(request.pk, text_of(code), now=LATER)
    [mail] = told()
    assert mail["to"] == "thuis@example.nl"
    assert request.number in mail["body"]
    assert "bel " in mail["body"]
    for personal in ("Amrani", "Fatima", "Inzage", "http"):
        assert personal not in mail["subject"] + mail["body"]


def test_an_address_in_another_file_of_the_same_person_is_told_too():
    request, person, match = matched(MINE)
    identity = an_identity(emails=["ander@example.nl"])
    make_involvement(dossier=make_dossier(), subject=person.subject, identity=identity)
    prove(request, match.pk)
    assert [one["to"] for one in told()] == ["ander@example.nl"]


def test_the_address_that_the_request_gave_hears_of_all_and_is_not_told():
    request, _person, match = matched(MINE.upper())
    prove(request, match.pk)
    assert told() == []


def test_who_is_proven_once_more_is_not_told_again():
    request, person, match = matched("thuis@example.nl")
    prove(request, match.pk)
    services.verify_posted_code(request.pk, text_of(send(request, person)), now=LATER)
    assert len(told()) == 1


def test_who_is_represented_hears_that_somebody_may_ask_for_them():
    request, _person, match = matched("thuis@example.nl")
    services.note_mandate(
        request.pk,
        match.pk,
        kind=MandateKind.GUARDIAN,
        proof=AuthorityProof.COURT_ORDER,
        since=date(2026, 1, 1),
        identity={"name": "Mr. Vos", "email": "vos@example.nl"},
        text="Beschikking gezien",
        officer=OFFICER,
        now=LATER,
    )
    [mail] = told()
    assert "namens u" in mail["body"]
    assert "Vos" not in mail["body"]


def test_of_somebody_else_who_was_found_no_address_is_told():
    request, _person, match = matched("thuis@example.nl")
    other = make_involvement(identity=an_identity(emails=["vreemd@example.nl"]))
    make_match(request, other.subject)
    make_match(request, make_involvement().subject, state=MatchState.REJECTED, decided_by=OFFICER)
    prove(request, match.pk)
    assert [one["to"] for one in told()] == ["thuis@example.nl"]


def test_a_proof_that_failed_tells_nobody():
    request, _person, _match = matched("thuis@example.nl")
    services.note_not_proven(request.pk, IdentityMethod.CALL_BACK, officer=OFFICER, now=LATER)
    assert told() == []


def test_an_address_of_a_file_of_which_nothing_may_be_told_has_no_mail():
    request, person, match = matched("thuis@example.nl")
    identity = an_identity(emails=["controle@example.nl"])
    reported = make_dossier("AML", unusual_report_on=LATER.date())
    make_involvement(reported, person.subject, identity=identity)
    prove(request, match.pk)
    assert [one["to"] for one in told()] == ["thuis@example.nl"]
