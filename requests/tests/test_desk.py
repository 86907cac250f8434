"""The officer's pages: what is due, who is meant, what was found, and the way to the answer."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from audit.services import entries_about
from requests import services
from requests.constants import MatchState, Outcome, State
from requests.models import Decision, PackDownload, PrivacyRequest, SubjectMatch
from requests.packs import making
from requests.tests.answers import lines_for, make_approved, make_case, make_ready
from requests.tests.makers import OFFICER, make_match, make_request
from subjects.matching import Field, Kind
from subjects.tests.makers import lose_key, make_dossier, make_involvement, make_record

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

_numbers = count(1)


def enter(client, role):
    colleague = User.objects.create_user(f"colleague-{next(_numbers)}")
    colleague.groups.add(Group.objects.get(name=role))
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    return colleague


@pytest.fixture
def officer(client):
    return enter(client, "privacy officer")


def address(request, *rest):
    return "/".join(["/desk/requests", str(request.reference), *rest, ""])


def text_of(response):
    return response.content.decode()


def form_of(request, **fields):
    """What the form of the decisions posts when nothing is changed."""
    request.refresh_from_db()
    filled = {"version": request.version, "do": "approve"}
    for line in lines_for(request, timezone.localdate()):
        if line.current:
            filled[f"outcome-{line.key.name}"] = line.current.outcome.value
    return filled | fields


def refusing(request, person, do):
    name = f"access-{person.dossier.reference.hex}"
    fields = {
        "do": do,
        f"outcome-{name}": "refused",
        f"article-{name}": "15.4",
        f"reason-{name}": "Dit gaat over een ander.",
    }
    return form_of(request, **fields)


# --- who gets in ---------------------------------------------------------------------------


def test_a_stranger_signs_in_first(client):
    request = make_request()
    assert client.get("/desk/requests/").status_code == 302
    assert client.get(address(request)).status_code == 302
    assert client.post(address(request, "answer")).status_code == 302


def test_marketing_sees_no_requests(client):
    enter(client, "marketing")
    assert client.get("/desk/requests/").status_code == 403
    assert client.get(address(make_request())).status_code == 403


def test_an_auditor_sees_how_it_stands_and_nothing_of_the_person(client):
    enter(client, "auditor")
    request = make_ready(make_case())
    page = text_of(client.get(address(request)))
    assert request.number in page
    assert "Amrani" not in page
    assert "Ik wil weten" not in page
    assert client.post(address(request, "answer"), form_of(request)).status_code == 403
    assert not entries_about(f"request:{request.reference}").filter(body__event="request.viewed")


def test_who_looks_is_noted_in_the_ledger(client, officer):
    request = make_request()
    assert "Ik wil weten wat u van mij heeft." in text_of(client.get(address(request)))
    [seen] = entries_about(f"request:{request.reference}").filter(body__event="request.viewed")
    assert seen.body["actor"] == f"user:{officer.pk}"


def test_an_unknown_request_is_not_there(client, officer):
    assert client.get("/desk/requests/6f1c0f1e-0000-4000-8000-000000000000/").status_code == 404


# --- the queue -----------------------------------------------------------------------------


def set_due(request, due_on):
    PrivacyRequest.objects.filter(pk=request.pk).update(due_on=due_on)
    return request


def test_the_queue_shows_the_first_due_first_and_the_waiting_last(client, officer):
    today = timezone.localdate()
    later = set_due(make_request(), today + timedelta(days=20))
    late = set_due(make_request(), today - timedelta(days=2))
    still = set_due(make_request(), None)
    page = text_of(client.get("/desk/requests/"))
    assert page.index(late.number) < page.index(later.number) < page.index(still.number)
    assert "2 dagen te laat" in page
    assert "20 dagen over" in page


def test_the_overview_counts_what_is_due_and_links_to_it(client, officer):
    today = timezone.localdate()
    set_due(make_request(), today - timedelta(days=1))
    set_due(make_request(), today)
    page = text_of(client.get("/desk/"))
    for state in ("late", "today"):
        address = f"/desk/requests/?kind=request&amp;state={state}"
        assert f'href="{address}"><span class="tile-number">1</span>' in page


# --- who is meant, and who asks ------------------------------------------------------------


def test_each_candidate_shows_its_evidence_and_can_be_confirmed_or_rejected(client, officer):
    person, other = make_case(), make_case(last_name="Ander")
    request = make_request()
    match = make_match(
        request,
        person.subject,
        evidence=["last_name:equal", "postcode:near", "birth_date:differs"],
        involvements=[person.reference],
    )
    wrong = make_match(request, other.subject, involvements=[other.reference], score=0.5)
    page = text_of(client.get(address(request)))
    for field, kind in (
        (Field.LAST_NAME, Kind.EQUAL),
        (Field.POSTCODE, Kind.NEAR),
        (Field.BIRTH_DATE, Kind.DIFFERS),
    ):
        assert f"{field.label}: {kind.label}" in page
    assert "Ander" in page
    client.post(address(request, "match", str(match.pk)), {"do": "confirm"})
    client.post(address(request, "match", str(wrong.pk)), {"do": "reject"})
    states = SubjectMatch.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [MatchState.CONFIRMED, MatchState.REJECTED]


def test_the_match_of_another_request_is_not_there(client, officer):
    match = make_match(make_request())
    response = client.post(address(make_request(), "match", str(match.pk)), {"do": "confirm"})
    assert response.status_code == 404


def test_the_way_of_knowing_who_asks_is_kept(client, officer):
    person, request = make_involvement(), make_request()
    make_match(request, person.subject)
    fields = {
        "involvement": str(person.reference),
        "called_at": "2026-06-10T10:00",
        "text": "Naar de laatste betaling gevraagd",
        "version": request.version,
    }
    assert client.post(address(request, "identity", "call"), fields).status_code == 302
    request.refresh_from_db()
    assert request.state == State.HANDLING
    assert request.identitychecks.get().method == "call_back"
    assert "Naar de laatste betaling gevraagd" in text_of(client.get(address(request)))


def test_a_question_of_identity_needs_a_reason_and_what_was_typed_stays(client, officer):
    request = make_request()
    fields = {"about": "identity", "text": "Wie bent u precies?", "version": request.version}
    response = client.post(address(request, "ask"), fields)
    assert response.status_code == 422
    assert "Wie bent u precies?" in text_of(response)
    response = client.post(
        address(request, "ask"), fields | {"reasons": ["too_little"], "without_undue_delay": "on"}
    )
    assert response.status_code == 302
    request.refresh_from_db()
    assert (request.state, request.due_on) == (State.WAITING, None)


# --- the answer ----------------------------------------------------------------------------


def test_what_was_found_is_shown_and_approved(client, officer, django_capture_on_commit_callbacks):
    request = make_ready(make_case())
    page = text_of(client.get(address(request)))
    for words in ("Incasso", "Webwinkel De Zon", address(request, "found")):
        assert words in page
    page = text_of(client.get(address(request, "found")))
    for words in ("Incasso", "Webwinkel De Zon", "120.00", "Deurwaarder BV", "Belt over regeling"):
        assert words in page
    response = client.post(address(request, "answer"), form_of(request))
    assert response.status_code == 302
    request.refresh_from_db()
    assert request.state == State.APPROVED


def test_an_incomplete_answer_says_what_is_missing_and_is_not_approved(client, officer):
    person = make_case()
    request = make_ready(person)
    lose_key(person)
    response = client.post(address(request, "answer"), form_of(request))
    page = text_of(response)
    assert response.status_code == 422
    assert "AVG artikel 15 lid 1 onder h" in page
    assert "Incasso, dossier" in page
    assert "Webwinkel De Zon" in page.partition("Incasso, dossier")[2][:60]
    request.refresh_from_db()
    assert request.state == State.HANDLING


def test_the_second_of_two_officers_is_told_and_loses_nothing(client, officer):
    person = make_case()
    request = make_ready(person)
    seen = refusing(request, person, "decide")
    services.send_message(request.pk, "Wij kijken ernaar.", officer=OFFICER, now=timezone.now())
    services.confirm_match(request.matches.get().pk, officer=OFFICER, now=timezone.now())
    response = client.post(address(request, "answer"), seen)
    page = text_of(response)
    assert response.status_code == 409
    assert "Iemand heeft dit verzoek gewijzigd" in page
    assert "Dit gaat over een ander." in page
    assert not Decision.objects.exists()
    request.refresh_from_db()
    response = client.post(address(request, "answer"), seen | {"version": request.version})
    assert response.status_code == 302


def test_a_refusal_needs_ground_and_reason(client, officer):
    person = make_case()
    request = make_ready(person)
    name = f"access-{person.dossier.reference.hex}"
    response = client.post(
        address(request, "answer"), form_of(request, **{f"outcome-{name}": "refused"})
    )
    assert response.status_code == 422
    assert not Decision.objects.exists()


def test_a_refusal_is_saved_by_an_officer_and_approved_by_a_senior(client, officer):
    person = make_case()
    request = make_ready(person)
    response = client.post(address(request, "answer"), refusing(request, person, "approve"))
    assert response.status_code == 403
    client.post(address(request, "answer"), refusing(request, person, "decide"))
    assert Decision.objects.get(outcome=Outcome.REFUSED).decided_by == officer.pk
    enter(client, "senior officer")
    response = client.post(address(request, "answer"), refusing(request, person, "approve"))
    assert response.status_code == 302
    request.refresh_from_db()
    assert request.state == State.APPROVED


def test_a_senior_does_not_approve_their_own_refusal(client):
    enter(client, "senior officer")
    person = make_case()
    request = make_ready(person)
    response = client.post(address(request, "answer"), refusing(request, person, "approve"))
    assert response.status_code == 422
    assert "een andere collega" in text_of(response)


def test_an_answered_request_cannot_be_decided_again(client, officer):
    request = make_approved(make_case())
    response = client.post(address(request, "answer"), form_of(request))
    assert response.status_code == 422


def test_a_report_of_an_unusual_transaction_is_nowhere_on_the_page(client, officer):
    person = make_case()
    check = make_involvement(
        make_dossier("AML", unusual_report_on=date(2024, 6, 3)), person.subject
    )
    make_record(check, "unusual_report", content={"text": "GEHEIM"}, source="own")
    page = text_of(client.get(address(make_ready(person))))
    for trace in ("GEHEIM", "AML", "itwas", "ngebruikelijk"):
        assert trace not in page


def test_two_hundred_records_cost_no_more_queries(client, officer, django_assert_max_num_queries):
    request = make_ready(make_case(records=200))
    for way in ((), ("found",)):
        with django_assert_max_num_queries(20):
            page = text_of(client.get(address(request, *way)))
    assert page.count("120.00") >= 200


def test_ten_dossiers_cost_no_more_queries(client, officer, django_assert_max_num_queries):
    first = make_case()
    for _ in range(9):
        make_record(make_involvement(make_dossier(), first.subject))
    request = make_ready(first)
    with django_assert_max_num_queries(20):
        page = text_of(client.get(address(request)))
    assert page.count("outcome-access-") >= 10


# --- after the answer ----------------------------------------------------------------------


def test_an_officer_takes_the_pack_to_send_it_by_post_and_that_is_noted(client, officer):
    request = make_approved(make_case())
    making.build_pack(request.pk, now=timezone.now())
    response = client.post(address(request, "pack", "pdf"))
    assert response.content.startswith(b"%PDF")
    assert response.headers["Cache-Control"] == "no-store"
    assert PackDownload.objects.get().actor == f"user:{officer.pk}"
    assert client.post(address(request, "pack", "exe")).status_code == 404


def test_an_expired_pack_is_said_to_be_gone(client, officer):
    request = make_approved(make_case())
    making.build_pack(request.pk, now=datetime(2026, 6, 24, tzinfo=UTC))
    assert client.post(address(request, "pack", "pdf")).status_code == 422


def test_an_answered_request_is_closed(client, officer):
    request = make_approved(make_case())
    assert client.post(address(request, "close")).status_code == 422
    making.build_pack(request.pk, now=timezone.now())
    assert client.post(address(request, "close")).status_code == 302
    request.refresh_from_db()
    assert request.state == State.CLOSED
