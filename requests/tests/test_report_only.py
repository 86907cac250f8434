"""Whom we hold for a report of an unusual transaction only, is as one we do not hold (Wwft 23).

Two people ask the same, in the same words; of one there is nothing but a report. Whatever the
person, or a colleague without the role, can see must be the same for both.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.test import Client

from audit.services import entries_about
from requests import services
from requests.constants import IdentityMethod, Outcome, Right, State
from requests.exceptions import Incomplete
from requests.letters.making import letters_of
from requests.mail import mailing
from requests.models import OutgoingMail, PrivacyRequest, SubjectMatch
from requests.packs import making
from requests.services.own_file import may_see_aml
from requests.tests.answers import NOW, make_case
from requests.tests.makers import ANOTHER, LATER, OFFICER, RECEIVED_AT, make_match, make_request
from requests.tests.test_desk import enter
from requests.tests.test_page import opened, post, text_of
from retention.models import LegalHold
from subjects.models import Involvement
from subjects.tests.makers import an_identity, make_dossier, make_involvement, make_record

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
UNKNOWN = an_identity(
    first_name="Fatima", last_name="Onbekend", emails=["fatima@example.nl"], phones=["0699999999"]
) | {"birth_date": "1951-02-03", "addresses": [], "dossier_number": "X-1"}


def make_report(subject=None, **identity: Any) -> Involvement:
    held = an_identity(**identity)
    check = make_involvement(
        make_dossier("AML", unusual_report_on=RECEIVED_AT.date()), subject, identity=held
    )
    make_record(check, "unusual_report", content={"text": "GEHEIM"}, source="own")
    return check


def asked(identity=None) -> PrivacyRequest:
    with time_machine.travel(RECEIVED_AT, tick=False):
        request = make_request(**({"identity": identity} if identity else {}))
    services.propose_matches(request.pk, now=LATER)
    request.refresh_from_db()
    return request


def answered_by_one(request: PrivacyRequest) -> PrivacyRequest:
    """Answer as one colleague does where nobody was found."""
    services.begin(request.pk, officer=OFFICER)
    services.decide_without_data(
        request.pk, Outcome.NOTHING_FOUND, officer=OFFICER, now=NOW, text=""
    )
    services.approve(request.pk, officer=OFFICER, now=NOW)
    making.build_pack(request.pk, now=NOW)
    request.refresh_from_db()
    return request


def plain(text: str, request: PrivacyRequest) -> str:
    """Return a text without what differs between any two requests."""
    for mine in (request.number, str(request.reference), "El Amrani", "Onbekend"):
        text = text.replace(mine, "-")
    return re.sub(r"value=\"[^\"]{30,}\"|/request/link/\S+|\b\d{6}\b|[0-9a-f-]{36}", "-", text)


def traces(request: PrivacyRequest, client: Client) -> dict[str, Any]:
    """Return all that the person meets, and what colleagues without the role can read."""
    mails = OutgoingMail.objects.filter(request=request).order_by("pk")
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        page = text_of(client.get(opened(client, request)))
    return {
        "state": (request.state, request.due_on, request.version, request.answered_at),
        "clock": list(request.clockevents.values_list("cause", "status", "due_on")),
        "checks": request.identitychecks.count(),
        "matches": request.matches.count(),
        "decisions": list(request.decisions.values_list("outcome", "article", "needs_second")),
        "effects": request.effects.count(),
        "messages": [words for _message, words in services.messages_of(request)],
        "mails": [(one.kind, plain(mailing.content_of(one)["body"], request)) for one in mails],
        "letters": [
            {name: part for name, part in letter.items() if name not in ("number", "to")}
            for _row, letter in letters_of(request)
        ],
        "packs": [pack.manifest["purposes"] for pack in request.packs.all()],
        "page": plain(page, request),
        "ledger": [
            {name: fact for name, fact in entry.body.items() if name not in ("object", "number")}
            for entry in entries_about(f"request:{request.reference}").order_by("pk")
            if entry.body["event"] not in ("request.received", "pack.made")
        ],
    }


def test_from_question_to_answer_nothing_differs_from_who_is_not_held(client):
    make_report()
    reported, stranger = asked(), asked(UNKNOWN)
    assert not SubjectMatch.objects.exists()
    for request in (reported, stranger):
        assert answered_by_one(request).state == State.ANSWERED
    mine, theirs = traces(reported, client), traces(stranger, Client())
    for what, trace in mine.items():
        if what in ("ledger", "page"):
            continue
        assert trace == theirs[what], what
    assert [one["event"] for one in mine["ledger"]] == [one["event"] for one in theirs["ledger"]]
    assert mine["page"] == theirs["page"]
    assert mine["letters"][0]["kind"] == "nothing_found"


def test_a_code_and_a_sign_in_prove_nothing_of_a_report():
    make_report()
    request = asked()
    PrivacyRequest.objects.filter(pk=request.pk).update(email_verified_at=LATER)
    said = an_identity(addresses=[{"postcode": "1234AB"}])
    assert not services.prove_by_provider(request.pk, said, now=LATER)
    check = request.identitychecks.get()
    assert check.evidence == ["nobody:differs"]
    services.carry_out_at_once(request.pk, now=LATER)
    assert not request.effects.exists()


def test_who_also_has_a_case_is_found_and_proven_by_that_alone():
    person = make_case()
    make_report(person.subject, phones=["0687654321"], emails=["geheim@example.nl"])
    request = asked(an_identity(phones=["0687654321"], emails=["geheim@example.nl"]))
    match = request.matches.get()
    assert match.involvements == [person.reference]
    assert not {"phone:equal", "email:equal"} & set(match.evidence)
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    PrivacyRequest.objects.filter(pk=request.pk).update(email_verified_at=LATER)
    with pytest.raises(Incomplete):
        services.confirm_identity(
            request.pk, IdentityMethod.EMAIL_ON_FILE, officer=OFFICER, now=LATER
        )


def test_of_who_was_matched_before_the_report_was_all_that_is_left_no_proof_is_asked():
    check = make_report()
    request = make_request()
    match = make_match(request, check.subject)
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    services.begin(request.pk, officer=OFFICER)
    services.decide(
        request.pk,
        Right.ACCESS,
        dossier=None,
        outcome=Outcome.NOTHING_FOUND,
        reason="",
        officer=OFFICER,
        now=NOW,
    )
    services.approve(request.pk, officer=ANOTHER, now=NOW)


@pytest.mark.parametrize(("role", "sees"), [("privacy officer", False), ("AML officer", True)])
def test_only_who_may_see_checks_finds_who_is_in_one(client, role, sees):
    make_report(last_name="Meldinga")
    me = enter(client, role)
    assert may_see_aml(me.pk) is sees
    assert Group.objects.filter(user=User.objects.get(pk=me.pk), name=role).exists()
    post(client, "/desk/people/why/", {"purpose": "request", "next": "/desk/people/"})
    found = text_of(post(client, "/desk/people/", {"last_name": "Meldinga"}))
    assert ("El Amrani" in found or "Meldinga, " in found or "Fatima Meldinga" in found) is sees


def test_a_file_that_is_a_report_only_is_not_held_for_an_answer_that_will_not_have_it():
    known = make_involvement(make_dossier(delete_from=RECEIVED_AT.date() + timedelta(days=90)))
    make_report(known.subject)
    request = asked()
    hold = LegalHold.objects.get()
    assert request.matches.get().hold_id == hold.pk
    assert list(hold.dossiers.values_list("dossier", flat=True)) == [known.dossier.pk]
