"""What took effect at once is told at once: its letter waits for no proof and no decision."""

from datetime import timedelta

import pytest
import time_machine

from requests import services
from requests.constants import Right, State
from requests.letters.making import letters_of
from requests.letters.text import as_text
from requests.models import Effect, OutgoingMail, PrivacyRequest
from requests.packs import making
from requests.tests.answers import make_case
from requests.tests.makers import LATER, OFFICER, make_match, make_request, prove
from requests.tests.rights import NOW, approve, make_asked
from requests.tests.test_page import opened, text_of
from subjects.models import Consent
from subjects.tests.makers import (
    make_consent,
    make_dossier,
    make_involvement,
    make_special_record,
)

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
AT = {"now": NOW}


def with_consent(**fields):
    person = make_case(**fields)
    consent = make_consent(person)
    make_special_record(
        person, special_ground="9.2.a", consent=consent, content={"text": "ZWANGER"}
    )
    return person


def letters(request):
    return [letter for row, letter in letters_of(request) if row.kind == "at_once"]


def asked_of_two():
    """Make a withdrawal whose person is proven for one file, and not for another of hers."""
    person, other = with_consent(), make_case(last_name="El Amrani-Jansen")
    asked = make_request(rights=[Right.CONSENT, Right.ACCESS])
    for one in (person, other):
        services.confirm_match(make_match(asked, one.subject).pk, officer=OFFICER, now=LATER)
    prove(asked, asked.matches.get(subject_reference=person.subject.reference).pk, now=NOW)
    return asked, person, other


def test_the_letter_about_a_withdrawn_consent_waits_for_no_proof_of_other_files():
    asked, _person, other = asked_of_two()
    assert {one.involvement for one in services.unproven(asked)} == {other.reference}
    assert Consent.objects.get().withdrawn_on is not None
    assert services.to_confirm(limit=10) == [asked.pk]
    assert services.confirm_at_once(asked.pk, **AT)
    [letter] = letters(asked)
    text = as_text(letter)
    assert "Uw toestemming is ingetrokken" in text
    assert "24 juni 2026" in text
    assert [right["code"] for right in letter["rights"]] == ["consent"]
    assert OutgoingMail.objects.filter(request=asked, kind="news").count() == 1
    asked.refresh_from_db()
    assert asked.state == State.HANDLING


def test_it_names_no_file_and_no_kind_of_data():
    asked, person, _other = asked_of_two()
    services.confirm_at_once(asked.pk, **AT)
    text = as_text(letters(asked)[0])
    for secret in ("ZWANGER", "Gezondheid", "gezondheid", "Webwinkel", str(person.reference)):
        assert secret not in text


def test_it_is_told_once_and_again_only_when_more_took_effect():
    asked, _person, _other = asked_of_two()
    services.confirm_at_once(asked.pk, **AT)
    assert services.to_confirm(limit=10) == []
    assert services.confirm_at_once(asked.pk, now=NOW + timedelta(days=1)) is None
    Effect.objects.filter(request=asked).update(sure_at=NOW + timedelta(days=1))
    assert services.to_confirm(limit=10) == [asked.pk]
    services.confirm_at_once(asked.pk, now=NOW + timedelta(days=2))
    assert len(letters(asked)) == 2


def test_marketing_that_ended_by_a_proven_address_alone_is_told_the_same_way(client):
    make_involvement(make_dossier("MKT"))
    asked = make_request(rights=[Right.MARKETING])
    services.propose_matches(asked.pk, now=LATER)
    PrivacyRequest.objects.filter(pk=asked.pk).update(email_verified_at=LATER)
    assert services.carry_out_at_once(asked.pk, **AT)
    services.confirm_at_once(asked.pk, **AT)
    assert "Wij sturen u geen reclame meer" in as_text(letters(asked)[0])
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        page = text_of(client.get(opened(client, asked)))
    assert "Wij hebben meteen gedaan wat u vroeg" in page


def test_where_nothing_took_effect_nothing_is_told():
    asked = make_request(rights=[Right.CONSENT])
    make_match(asked, with_consent().subject)
    services.carry_out_at_once(asked.pk, **AT)
    assert services.to_confirm(limit=10) == []
    assert services.confirm_at_once(asked.pk, **AT) is None
    assert not letters(asked)


def test_the_answer_still_tells_all_and_from_then_on_nothing_is_told_twice():
    person = with_consent()
    asked = make_asked(Right.CONSENT, people=[person])
    services.confirm_at_once(asked.pk, **AT)
    approve(asked)
    assert services.to_confirm(limit=10) == []
    making.build_pack(asked.pk, **AT)
    kinds = [row.kind for row, _letter in letters_of(asked)]
    assert sorted(kinds) == ["answer", "at_once"]
