"""What was right at one step is looked at again at the next: own files, and mandates that end."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from requests import services
from requests.constants import DoubtReason, IdentityMethod, State
from requests.exceptions import AnswerLacks, NoMandate, OwnFile, WrongState
from requests.identity.constants import AuthorityProof, MandateKind
from requests.identity.models import PostedCode
from requests.models import IdentityCheck, Pack, PrivacyRequest
from requests.packs import making, taking
from requests.tests.answers import NOW, choices_for, make_case, make_ready
from requests.tests.answers import deciding as answers
from requests.tests.makers import ANOTHER, LATER, OFFICER, make_request
from requests.tests.test_desk import enter
from requests.tests.test_posted import make_matched, send
from subjects.tests.makers import make_involvement

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture
def own():
    """A colleague with the e-mail address of who asks."""
    user = User.objects.create_user("collega", email="fatima@example.nl")
    user.groups.add(Group.objects.get(name="privacy officer"))
    return user


# --- the own file


def test_nobody_asks_themself_anything(own):
    request = make_request()
    common: dict[str, Any] = {"officer": own.pk, "now": LATER}
    with pytest.raises(OwnFile):
        services.ask_identity(
            request.pk,
            [DoubtReason.ADDRESS_UNKNOWN],
            text="Wie?",
            without_undue_delay=True,
            **common,
        )
    with pytest.raises(OwnFile):
        services.ask_processing(request.pk, text="Wat?", without_undue_delay=True, **common)
    with pytest.raises(OwnFile):
        services.confirm_identity(request.pk, IdentityMethod.IN_PERSON, text="Ikzelf", **common)
    request.refresh_from_db()
    assert request.state == State.RECEIVED
    assert not IdentityCheck.objects.exists()


def test_nobody_prints_or_posts_the_code_of_their_own_file(client, own):
    person = make_involvement()
    code = send(make_matched(person), person)
    client.force_login(own, backend="django.contrib.auth.backends.ModelBackend")
    response = client.post(f"/desk/requests/letters/{code.reference}/print/", follow=True)
    assert "uw eigen dossier" in response.content.decode()
    assert response.headers["Content-Type"].startswith("text/html")
    services.open_letter(code.reference, officer=OFFICER, now=LATER)
    response = client.post(f"/desk/requests/letters/{code.reference}/posted/", follow=True)
    assert "uw eigen dossier" in response.content.decode()
    assert PostedCode.objects.get().posted_at is None
    with pytest.raises(OwnFile):
        send(code.request, person, officer=own.pk)


# --- a mandate that ends between approval and answer


def note(request, **fields):
    whole: dict[str, Any] = {
        "kind": MandateKind.GUARDIAN,
        "proof": AuthorityProof.COURT_ORDER,
        "since": date(2026, 1, 1),
        "identity": {"name": "Mr. Vos", "email": "vos@example.nl"},
        "text": "Beschikking van de rechtbank gezien",
        "officer": OFFICER,
        "now": NOW,
    } | fields
    return services.note_mandate(request.pk, request.matches.get().pk, **whole)


def approved_for_another(until) -> PrivacyRequest:
    request = make_ready(make_case())
    note(request, until=until)
    answers.decide_and_approve(request.pk, choices_for(request), officer=ANOTHER, now=NOW)
    return request


def test_no_answer_is_made_once_the_mandate_has_ended_and_the_officer_sees_why(client):
    request = approved_for_another(until=NOW.date())
    later = NOW + timedelta(days=1)
    with pytest.raises(AnswerLacks) as lacks:
        making.build_pack(request.pk, now=later)
    assert [gap.what for gap in lacks.value.gaps] == ["mandate"]
    assert not Pack.objects.exists()
    request.refresh_from_db()
    assert request.state == State.APPROVED
    enter(client, "privacy officer")
    page = client.get(f"/desk/requests/{request.reference}/").content.decode()
    assert "De bevoegdheid is geëindigd nadat" in page


def test_the_answer_goes_while_the_mandate_lasts():
    request = approved_for_another(until=NOW.date())
    making.build_pack(request.pk, now=NOW)
    request.refresh_from_db()
    assert request.state == State.ANSWERED


def test_a_new_mandate_for_the_same_lets_the_answer_go_and_one_for_other_data_does_not():
    request = approved_for_another(until=NOW.date())
    later = NOW + timedelta(days=1)
    with pytest.raises(NoMandate):
        note(request, purposes=["MKT"], now=later)
    with pytest.raises(AnswerLacks):
        making.build_pack(request.pk, now=later)
    note(request, now=later)
    making.build_pack(request.pk, now=later)
    request.refresh_from_db()
    assert request.state == State.ANSWERED


def test_no_new_copy_is_made_for_a_representative_whose_mandate_ended():
    request = approved_for_another(until=NOW.date() + timedelta(days=31))
    making.build_pack(request.pk, now=NOW)
    later = NOW + timedelta(days=31)
    taking.empty_expired(now=later)
    renewal = making.ask_renewal(request.pk, actor="person", now=later)
    assert making.renew(renewal, now=later + timedelta(days=1)).pack is None
    assert not request.packs.filter(key_id__isnull=False).exists()
    assert making.renewals_waiting() == []


def test_a_representative_whose_mandate_ended_cannot_ask_a_new_copy():
    request = approved_for_another(until=NOW.date() + timedelta(days=20))
    making.build_pack(request.pk, now=NOW)
    later = NOW + timedelta(days=31)
    taking.empty_expired(now=later)
    with pytest.raises(WrongState):
        making.ask_renewal(request.pk, actor="person", now=later)
