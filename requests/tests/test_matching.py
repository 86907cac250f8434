"""Looking for who may be meant, when a request comes in."""

from datetime import date

import pytest

from requests import services
from requests.models import SubjectMatch
from requests.tests.makers import LATER, OFFICER, make_request
from retention.models import HeldDossier
from subjects.tests.makers import an_identity, make_dossier, make_involvement

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def held() -> set[int]:
    return set(HeldDossier.objects.filter(released_on=None).values_list("dossier_id", flat=True))


def test_who_fits_is_proposed_with_the_evidence_as_codes():
    involvement = make_involvement()
    make_involvement(identity=an_identity(last_name="Jansen", emails=[], birth_date="1950-01-01"))
    privacy_request = make_request()
    services.propose_matches(privacy_request.pk, now=LATER)
    [match] = SubjectMatch.objects.all()
    assert match.subject_reference == involvement.subject.reference
    assert match.involvements == [involvement.reference]
    assert "last_name:equal" in match.evidence
    assert "Amrani" not in str(SubjectMatch.objects.values().get())


def test_looking_twice_proposes_once():
    make_involvement()
    privacy_request = make_request()
    services.propose_matches(privacy_request.pk, now=LATER)
    assert services.propose_matches(privacy_request.pk, now=LATER) == []
    assert SubjectMatch.objects.count() == 1


def test_a_stranger_is_not_found_and_the_search_is_noted_all_the_same():
    make_involvement(identity=an_identity(last_name="Jansen", first_name="Piet", emails=[]))
    privacy_request = make_request(
        identity=an_identity(last_name="Zwart", first_name="Kees", emails=[], phones=[])
        | {"birth_date": "1951-02-03", "addresses": []}
    )
    services.propose_matches(privacy_request.pk, now=LATER)
    assert not SubjectMatch.objects.exists()
    privacy_request.refresh_from_db()
    assert privacy_request.searched_at == LATER
    assert services.without_search(limit=10) == []


def test_what_is_not_yet_due_is_held_from_the_proposal_on_until_somebody_rejects_it():
    involvement = make_involvement(make_dossier(delete_from=date(2026, 6, 12), rule="COL-60"))
    privacy_request = make_request()
    [match] = services.propose_matches(privacy_request.pk, now=LATER)
    assert held() == {involvement.dossier_id}
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    assert HeldDossier.objects.count() == 1
    services.reject_match(match.pk, officer=OFFICER, now=LATER)
    assert held() == set()


def test_requests_that_wait_for_a_search_are_listed():
    privacy_request = make_request()
    assert services.without_search(limit=10) == [privacy_request.pk]
