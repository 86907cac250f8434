"""Who has a request in hand: taken up with one click, given in bulk, given back by who leaves."""

from datetime import date
from itertools import count
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.services import entries_about
from requests import services, tasks
from requests.constants import State
from requests.exceptions import ChangedMeanwhile, Gone, MayNotHandle, OwnFile, WrongState
from requests.models import PrivacyRequest
from requests.tests.makers import make_match, make_request
from subjects.tests.makers import an_identity, make_dossier, make_involvement
from vault import services as vault

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

HERE = "/desk/requests/"
ASSIGN = f"{HERE}assign/"
_numbers = count(1)


def colleague(role="privacy officer", **fields):
    user = User.objects.create_user(f"hand-{next(_numbers)}", **fields)
    user.groups.add(Group.objects.get(name=role))
    return user


def sign_in(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


@pytest.fixture
def officer(client):
    return sign_in(client, colleague())


def tick(request):
    return f"{request.reference}:{request.version}"


def holder(request):
    return PrivacyRequest.objects.values_list("assigned_to", flat=True).get(pk=request.pk)


def events(request):
    told = entries_about(f"request:{request.reference}")
    return [e.body for e in told if e.body["event"] in ("request.assigned", "request.given_back")]


def take(client, request, **fields):
    address = f"{HERE}{request.reference}/take/"
    return client.post(address, {"version": request.version} | fields, follow=True)


# --- taking up -----------------------------------------------------------------------------


def test_one_click_takes_a_request_up_and_the_ledger_tells(client, officer):
    request = make_request()
    page = take(client, request, next=f"{HERE}?state=late").content.decode()
    assert "U hebt dit verzoek nu in behandeling." in page
    assert holder(request) == officer.pk
    [told] = events(request)
    assert (told["actor"], told["by_now"]) == (f"user:{officer.pk}", f"user:{officer.pk}")
    assert PrivacyRequest.objects.get(pk=request.pk).version == request.version + 1


def test_a_second_click_does_nothing_and_says_the_same(client, officer):
    request = make_request()
    take(client, request)
    assert "U hebt dit verzoek nu in behandeling." in take(client, request).content.decode()
    assert len(events(request)) == 1


def test_who_clicks_after_a_colleague_took_it_is_told(client, officer):
    request, other = make_request(), colleague()
    services.take(request.reference, version=request.version, officer=other.pk)
    assert "Iemand heeft dit intussen gewijzigd" in take(client, request).content.decode()
    assert holder(request) == other.pk


def test_nobody_takes_up_their_own_file_nor_what_has_ended_nor_what_is_not_there(officer):
    mine = colleague(email="Fatima@example.nl")
    request = make_request()
    for reference, why in ((request.reference, OwnFile), (uuid4(), Gone)):
        with pytest.raises(why):
            services.take(reference, version=request.version, officer=mine.pk)
    services.withdraw(request.pk, actor="person", now=request.received_at)
    with pytest.raises(WrongState):
        services.take(request.reference, version=request.version + 1, officer=officer.pk)
    assert holder(request) is None


def test_an_address_elsewhere_is_not_followed(client, officer):
    request = make_request()
    page = take(client, request, next="https://evil.example/")
    assert page.redirect_chain == [(HERE, 302)]


@pytest.mark.parametrize("role", ["intake", "auditor", "marketing", "administrator"])
def test_a_role_that_handles_no_requests_assigns_none(client, role):
    user = sign_in(client, colleague(role))
    request, officer = make_request(), colleague()
    assert take(client, request).status_code == 403
    given = client.post(ASSIGN, {"chosen": tick(request), "to": officer.pk})
    assert given.status_code == 403
    with pytest.raises(MayNotHandle):
        services.assign({request.reference: request.version}, to=officer.pk, officer=user.pk)
    assert "Oppakken" not in client.get(HERE).content.decode()
    assert holder(request) is None


def test_a_stranger_signs_in_first(client):
    assert client.post(ASSIGN, {"to": "nobody"}).status_code == 302
    assert client.post(f"{HERE}{uuid4()}/take/").status_code == 302


# --- giving, many at once ------------------------------------------------------------------


def test_ticked_requests_go_to_a_colleague_in_one_go(client, officer):
    requests, other = [make_request() for _ in range(3)], colleague(first_name="Noor")
    chosen = [tick(one) for one in requests]
    page = client.post(ASSIGN, {"chosen": chosen, "to": other.pk}, follow=True)
    assert "3 verzoeken toegewezen." in page.content.decode()
    assert page.content.decode().count(">Noor</td>") == 3
    assert {holder(one) for one in requests} == {other.pk}
    client.post(ASSIGN, {"chosen": [tick(PrivacyRequest.objects.first())], "to": "nobody"})
    assert holder(requests[0]) is None
    assert [told["event"] for told in events(requests[0])] == [
        "request.assigned",
        "request.given_back",
    ]


def test_what_changed_meanwhile_stays_and_is_named_and_the_rest_goes(client, officer):
    fine, changed, ended, own = (make_request() for _ in range(4))
    other = colleague(first_name="Noor", last_name="Bakker")
    person = make_involvement(
        make_dossier(opened_on=date(2025, 1, 1)),
        identity=an_identity(first_name="Noor", last_name="Bakker"),
    )
    make_match(own, person.subject, involvements=[person.reference])
    chosen = [tick(one) for one in (fine, changed, ended, own)]
    services.begin(changed.pk, officer=officer.pk)
    services.withdraw(ended.pk, actor="person", now=ended.received_at)
    said = client.post(ASSIGN, {"chosen": chosen, "to": other.pk}, follow=True).content.decode()
    assert "1 verzoek toegewezen." in said
    assert f"Iemand heeft dit intussen gewijzigd: kijk opnieuw: {changed.number}." in said
    assert f"Dit is afgelopen: {ended.number}." in said
    assert f"het dossier van de collega die het geeft of krijgt: {own.number}." in said
    assert holder(fine) == other.pk
    assert {holder(changed), holder(ended), holder(own)} == {officer.pk, None}


def test_one_that_the_colleague_has_already_is_no_conflict(officer):
    request, other = make_request(), colleague()
    services.take(request.reference, version=request.version, officer=other.pk)
    result = services.assign({request.reference: request.version}, to=other.pk, officer=officer.pk)
    assert (result.done, list(result.refused)) == (1, [])
    assert len(events(request)) == 1


def test_a_changed_version_is_refused_by_the_service(officer):
    request, other = make_request(), colleague()
    services.begin(request.pk, officer=officer.pk)
    seen = {request.reference: request.version}
    [(number, why)] = services.assign(seen, to=other.pk, officer=officer.pk).refused
    assert number == request.number
    assert isinstance(why, ChangedMeanwhile)


def test_nothing_ticked_or_nobody_chosen_keeps_the_ticks(client, officer):
    request = make_request()
    there = f"{HERE}?state=open&sort=number"
    empty = client.post(ASSIGN, {"to": officer.pk, "next": there})
    assert empty.status_code == 422
    assert "Vink eerst de verzoeken aan." in empty.content.decode()
    aimless = client.post(ASSIGN, {"chosen": tick(request), "to": "", "next": there})
    assert aimless.status_code == 422
    assert "Kies aan wie ze gaan." in aimless.content.decode()
    assert f'value="{tick(request)}" id="tick-{request.pk}" checked' in aimless.content.decode()
    assert holder(request) is None


def test_nonsense_in_the_form_does_no_harm(client, officer):
    request = make_request()
    for fields in (
        {"chosen": ["x", "1:2", f"{uuid4()}:1"], "to": officer.pk},
        {"chosen": f"{request.reference}:x", "to": officer.pk},
        {"chosen": tick(request), "to": "9" * 30},
    ):
        assert client.post(ASSIGN, fields).status_code in (302, 422)
    assert holder(request) is None


def test_who_may_not_handle_requests_gets_none(client, officer):
    request = make_request()
    closed = colleague()
    closed.is_active = False
    closed.save()
    for to in (colleague("intake").pk, closed.pk, 999_999):
        said = client.post(ASSIGN, {"chosen": tick(request), "to": to})
        assert said.status_code == 422
        assert "Alleen een collega die verzoeken behandelt" in said.content.decode()
    assert holder(request) is None


def test_many_cost_no_more_queries_than_one(officer):
    other = colleague()
    costs = []
    for number in (1, 12):
        requests = [make_request() for _ in range(number)]
        with CaptureQueriesContext(connection) as asked:
            seen = {one.reference: one.version for one in requests}
            assert services.assign(seen, to=other.pk, officer=officer.pk).done == number
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_a_request_whose_key_is_gone_can_still_be_given(officer):
    request = make_request()
    vault.destroy_keys_later([request.key_id])
    vault.drain_outbox()
    services.take(request.reference, version=request.version, officer=officer.pk)
    assert holder(request) == officer.pk


# --- giving back ---------------------------------------------------------------------------


def test_who_leaves_gives_their_work_back(client):
    boss = User.objects.create_superuser("boss")
    sign_in(client, boss)
    leaver = colleague()
    request, ended = make_request(), make_request()
    for one in (request, ended):
        services.take(one.reference, version=one.version, officer=leaver.pk)
    services.withdraw(ended.pk, actor="person", now=ended.received_at)
    fields = {"username": leaver.username, "groups": [group.pk for group in leaver.groups.all()]}
    client.post(f"/admin/auth/user/{leaver.pk}/change/", fields)
    leaver.refresh_from_db()
    assert not leaver.is_active
    assert holder(request) is None
    assert holder(ended) == leaver.pk
    assert events(request)[-1]["before"] == f"user:{leaver.pk}"


def test_who_loses_the_role_gives_their_work_back_and_others_keep_theirs():
    moved, stays = colleague(), colleague()
    request, other = make_request(), make_request()
    services.take(request.reference, version=request.version, officer=moved.pk)
    services.take(other.reference, version=other.version, officer=stays.pk)
    moved.groups.set([Group.objects.get(name="marketing")])
    tasks.tend_queue()
    tasks.tend_queue()
    assert (holder(request), holder(other)) == (None, stays.pk)
    assert len(events(request)) == 2


def test_an_account_that_changes_otherwise_keeps_its_work():
    officer = colleague()
    request = make_request()
    services.take(request.reference, version=request.version, officer=officer.pk)
    officer.first_name = "Anders"
    officer.save()
    assert holder(request) == officer.pk
    assert PrivacyRequest.objects.get(pk=request.pk).state == State.RECEIVED
