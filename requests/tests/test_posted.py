"""A code by post: to the address on file only, once, and never again readable once posted."""

import json
from datetime import timedelta
from typing import Any

import pytest

from audit.models import Entry
from requests import codes, services
from requests.constants import Channel, DoubtReason, IdentityMethod, State
from requests.exceptions import CodeRefused, Incomplete, WrongState
from requests.identity.constants import POSTED_ATTEMPTS, Rung
from requests.identity.models import PostedCode
from requests.models import IdentityCheck, PrivacyRequest
from requests.tests.makers import LATER, OFFICER, make_match, make_request
from subjects.models import Involvement
from subjects.tests.makers import an_identity, make_involvement

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
ELSEWHERE = {
    "street": "Kerkweg",
    "number": "3",
    "postcode": "9999 ZZ",
    "city": "Delft",
    "country": "NL",
}
LAST_DAY = LATER + timedelta(days=21) - timedelta(seconds=1)


def make_matched(person: Involvement) -> PrivacyRequest:
    """Make a request that gives an address of its own, with this person proposed."""
    privacy_request = make_request(identity=an_identity(addresses=[ELSEWHERE]))
    make_match(privacy_request, person.subject)
    return privacy_request


def send(privacy_request: PrivacyRequest, person: Involvement, **more: Any) -> PostedCode:
    whole: dict[str, Any] = {
        "reasons": [DoubtReason.ADDRESS_UNKNOWN],
        "without_undue_delay": True,
        "officer": OFFICER,
        "now": LATER,
    } | more
    made, _mail = services.make_posted_code(privacy_request.pk, person.reference, **whole)
    return made


def text_of(code: PostedCode) -> str:
    return services.open_letter(code.reference, officer=OFFICER, now=LATER)[1]["code"]


def access_of(code: PostedCode) -> str:
    return services.open_letter(code.reference, officer=OFFICER, now=LATER)[1]["access"]


def test_the_letter_goes_to_the_address_on_file_and_never_to_that_of_the_request():
    person = make_involvement()
    privacy_request = make_matched(person)
    code = send(privacy_request, person)
    _code, letter = services.open_letter(code.reference, officer=OFFICER, now=LATER)
    assert letter["address"]["postcode"] == "1234 AB"
    assert letter["name"] == "F. El Amrani"
    assert b"Dorpsstraat" not in bytes(PostedCode.objects.get().sealed_letter or b"")


@pytest.mark.parametrize(
    ("channel", "emails"), [(Channel.LETTER, ["f@example.nl"]), (Channel.PORTAL, [])]
)
def test_who_has_a_link_by_mail_or_saw_the_access_code_gets_no_other(channel, emails):
    person = make_involvement()
    asked = make_request(channel=channel, identity=an_identity(emails=emails))
    make_match(asked, person.subject)
    before = bytes(asked.page_digest)
    assert access_of(send(asked, person)) == ""
    asked.refresh_from_db()
    assert bytes(asked.page_digest) == before


def test_asking_for_a_code_stops_the_clock_and_typing_it_starts_it_again():
    person = make_involvement()
    privacy_request = make_matched(person)
    code = send(privacy_request, person)
    privacy_request.refresh_from_db()
    assert (privacy_request.state, privacy_request.due_on) == (State.WAITING, None)
    later = LATER + timedelta(days=5)
    services.verify_posted_code(privacy_request.pk, text_of(code).lower(), now=later)
    privacy_request.refresh_from_db()
    assert privacy_request.state == State.HANDLING
    assert str(privacy_request.due_on) == "2026-07-14"  # 9 July and five days
    assert services.proven_rungs(privacy_request) == {person.subject.reference: Rung.REACHED}
    check = IdentityCheck.objects.latest("id")
    assert (check.method, check.officer) == (IdentityMethod.POSTED_CODE, None)


def test_a_code_needs_a_reason_for_doubt_and_an_address_of_somebody_who_may_be_meant():
    person, homeless = make_involvement(), make_involvement(identity=an_identity(addresses=[]))
    privacy_request = make_matched(person)
    make_match(privacy_request, homeless.subject)
    with pytest.raises(Incomplete, match="doubt"):
        send(privacy_request, person, reasons=[])
    with pytest.raises(Incomplete, match="no address"):
        send(privacy_request, homeless)
    with pytest.raises(Incomplete, match="may be meant"):
        send(privacy_request, make_involvement())
    assert not PostedCode.objects.exists()
    assert not IdentityCheck.objects.exists()


def test_five_wrong_attempts_and_even_the_right_code_is_refused():
    person = make_involvement()
    privacy_request = make_matched(person)
    text = text_of(send(privacy_request, person))
    for _ in range(POSTED_ATTEMPTS):
        with pytest.raises(CodeRefused):
            services.verify_posted_code(privacy_request.pk, "AAAA-AAAA", now=LATER)
    with pytest.raises(CodeRefused):
        services.verify_posted_code(privacy_request.pk, text, now=LATER)
    assert services.live_code(privacy_request, now=LATER) is None


def test_a_code_works_once_and_until_its_last_day():
    person = make_involvement()
    privacy_request = make_matched(person)
    text = text_of(send(privacy_request, person))
    with pytest.raises(CodeRefused):
        services.verify_posted_code(privacy_request.pk, text, now=LAST_DAY + timedelta(seconds=1))
    services.verify_posted_code(privacy_request.pk, text, now=LAST_DAY)
    with pytest.raises(CodeRefused):
        services.verify_posted_code(privacy_request.pk, text, now=LAST_DAY)


def test_a_new_code_takes_the_place_of_the_old_one_and_asks_no_second_question():
    person = make_involvement()
    privacy_request = make_matched(person)
    old = send(privacy_request, person)
    text = text_of(old)
    new = send(privacy_request, person)
    assert privacy_request.clockevents.filter(cause="asked").count() == 1
    with pytest.raises(CodeRefused):
        services.verify_posted_code(privacy_request.pk, text, now=LATER)
    with pytest.raises(WrongState):
        services.open_letter(old.reference, officer=OFFICER, now=LATER)
    services.verify_posted_code(privacy_request.pk, text_of(new), now=LATER)


def test_the_code_of_one_request_is_none_of_another():
    person = make_involvement()
    one, other = make_matched(person), make_matched(person)
    text = text_of(send(one, person))
    send(other, person)
    with pytest.raises(CodeRefused):
        services.verify_posted_code(other.pk, text, now=LATER)


def test_once_posted_the_code_stands_nowhere_but_on_paper():
    person = make_involvement()
    privacy_request = make_matched(person)
    code = send(privacy_request, person)
    with pytest.raises(WrongState):
        services.note_posted(code.reference, officer=OFFICER, now=LATER)
    text = text_of(code)
    assert [one.pk for one in services.codes_to_post()] == [code.pk]
    services.note_posted(code.reference, officer=OFFICER, now=LATER)
    assert services.codes_to_post() == []
    with pytest.raises(WrongState):
        services.open_letter(code.reference, officer=OFFICER, now=LATER)
    services.verify_posted_code(privacy_request.pk, text, now=LATER)
    ledger = json.dumps([entry.body for entry in Entry.objects.all()])
    assert text not in ledger
    for event in ("code_made_for_post", "code_printed", "code_posted", "identity_proven"):
        assert f"request.{event}" in ledger


def test_a_letter_that_was_never_posted_is_forgotten_with_its_code():
    person = make_involvement()
    send(make_matched(person), person)
    assert services.empty_expired_letters(LAST_DAY) == 0
    assert services.empty_expired_letters(LAST_DAY + timedelta(seconds=1)) == 1
    assert PostedCode.objects.get().sealed_letter is None


def test_codes_are_read_as_people_type_them():
    reference = make_request().reference
    code = codes.new_posted_code(reference)
    assert codes.posted_digest(reference, f" {code.text.lower().replace('-', ' ')} ") == code.digest
    assert repr(code) == "Secret()"


def test_an_ended_request_takes_no_code():
    person = make_involvement()
    privacy_request = make_matched(person)
    text = text_of(send(privacy_request, person))
    services.withdraw(privacy_request.pk, actor="person", now=LATER)
    with pytest.raises(CodeRefused):
        services.verify_posted_code(privacy_request.pk, text, now=LATER)
    with pytest.raises(WrongState):
        send(privacy_request, person)
