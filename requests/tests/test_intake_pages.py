"""The officer's page of a letter, and what the person sees of it: files, answers, joining."""

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from policy.tests.makers import load_policy
from requests import services
from requests.constants import Direction, Kind, Outcome, Right, State
from requests.exceptions import Incomplete, WrongState
from requests.files.models import Attachment
from requests.files.types import looked_at
from requests.models import OutgoingMail, PrivacyRequest
from requests.tests.journey import ask, post, text_of
from requests.tests.makers import LATER, OFFICER, RECEIVED_AT, make_request
from requests.tests.test_attachments import PDF
from requests.tests.test_desk import address, enter
from subjects.tests.makers import an_identity

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture(autouse=True)
def _statement():
    load_policy()


@pytest.fixture
def officer(client):
    return enter(client, "privacy officer")


def make_question(kind=Kind.ENQUIRY, **fields):
    return make_request(kind=kind, rights=[], **fields)


# --- questions and complaints


def test_a_question_is_answered_on_its_page_and_closed(client, officer):
    asked = make_question(identity=an_identity(emails=["fatima@example.nl"]))
    assert "Beantwoord het" in text_of(client.get(address(asked)))
    data = {"version": asked.version, "words": "Vijf jaar.", "do": "answer"}
    before = OutgoingMail.objects.count()
    assert client.post(address(asked, "letter"), data).status_code == 302
    asked.refresh_from_db()
    assert asked.state == State.CLOSED
    assert OutgoingMail.objects.count() == before + 1


def test_an_answer_without_words_is_refused_and_a_late_click_is_told(client, officer):
    asked = make_question()
    data = {"version": asked.version, "words": "", "do": "answer"}
    response = client.post(address(asked, "letter"), data)
    assert (response.status_code, "Schrijf eerst" in text_of(response)) == (422, True)
    data = {"version": asked.version + 7, "words": "Vijf jaar.", "do": "answer"}
    response = client.post(address(asked, "letter"), data)
    assert response.status_code == 409
    assert "Vijf jaar." in text_of(response)


def test_a_question_is_made_the_request_it_is(client, officer):
    asked = make_question()
    data = {"version": asked.version, "rights": ["access", "erasure"], "do": "request"}
    assert client.post(address(asked, "letter"), data | {"rights": []}).status_code == 422
    assert client.post(address(asked, "letter"), data).status_code == 302
    asked.refresh_from_db()
    assert (asked.kind, asked.received_at) == (Kind.REQUEST, RECEIVED_AT)
    assert asked.due_on == make_request().due_on


def test_the_answer_to_a_complaint_tells_where_to_complain_at_home_and_abroad(client, officer):
    abroad = an_identity(addresses=[{"postcode": "10115", "number": "1", "country": "DE"}])
    asked = make_question(Kind.COMPLAINT, identity=abroad)
    page = client.get(address(asked, "letter"))
    shown = page.context["answer_form"]["words"].value()
    assert "Autoriteit Persoonsgegevens" in shown
    assert len(page.context["authorities"]) == 2


def test_a_question_takes_no_clock_no_extension_and_no_approval():
    asked = make_question()
    services.begin(asked.pk, officer=OFFICER)
    with pytest.raises(WrongState):
        services.approve(asked.pk, officer=OFFICER, now=LATER)
    with pytest.raises(WrongState):
        services.ask_processing(
            asked.pk, text="Wat?", officer=OFFICER, now=LATER, without_undue_delay=True
        )
    asked.refresh_from_db()
    assert asked.due_on is None


def test_a_question_shows_no_clock_that_stands_still_and_nothing_to_begin(client, officer):
    privacy_request = make_question()
    page = text_of(client.get(f"/desk/requests/{privacy_request.reference}/"))
    assert "De termijn staat stil" not in page
    assert "Dit verzoek behandelen" not in page
    assert "loopt geen termijn" in page


def test_questions_have_a_tab_of_their_own_in_the_queue(client, officer):
    asked, request = make_question(), make_request()
    page = text_of(client.get("/desk/requests/?show=questions"))
    assert asked.number in page
    assert request.number not in page
    assert asked.number in text_of(client.get("/desk/requests/"))


def test_an_auditor_sees_no_letter(client):
    asked = make_question()
    enter(client, "auditor")
    assert client.get(address(asked, "letter")).status_code == 403
    assert client.post(address(asked, "merge")).status_code == 403


def test_an_officer_changes_the_rights_and_not_those_that_were_decided(client, officer):
    request = make_request()
    data = {"version": request.version, "rights": ["access", "erasure"], "do": "request"}
    assert client.post(address(request, "letter"), data).status_code == 302
    assert set(request.rights.values_list("right", flat=True)) == {"access", "erasure"}
    services.begin(request.pk, officer=OFFICER)
    services.decide(
        request.pk,
        Right.ACCESS,
        dossier=None,
        outcome=Outcome.NOTHING_FOUND,
        reason="",
        officer=OFFICER,
        now=LATER,
    )
    request.refresh_from_db()
    data = {"version": request.version, "rights": ["erasure"], "do": "request"}
    assert client.post(address(request, "letter"), data).status_code == 422
    assert request.rights.count() == 2


def test_a_request_without_any_right_is_not_approved():
    request = make_request(rights=[])
    services.begin(request.pk, officer=OFFICER)
    with pytest.raises(Incomplete):
        services.approve(request.pk, officer=OFFICER, now=LATER)


def test_what_the_person_takes_back_ends_once(client, officer):
    request = make_request()
    assert client.post(address(request, "letter"), {"do": "withdraw"}).status_code == 302
    request.refresh_from_db()
    assert request.state == State.WITHDRAWN
    assert client.post(address(request, "letter"), {"do": "withdraw"}).status_code == 422


# --- joining


def test_a_duplicate_is_proposed_and_joined_by_an_officer(client, officer):
    first, second = make_request(), make_request(received_at=LATER)
    assert "eerder open verzoek" in text_of(client.get(address(second)))
    page = text_of(client.get(address(second, "letter")))
    assert f"Samenvoegen met {first.number}" in page
    response = client.post(address(second, "merge"), {"into": str(first.reference)})
    assert response.headers["Location"] == address(first)
    assert first.number in text_of(client.get(address(second)))


def test_what_was_not_proposed_is_not_joined(client, officer):
    first = make_request(
        identity=an_identity(last_name="A", birth_date=None, emails=[], phones=[], addresses=[])
    )
    second = make_request(received_at=LATER, words="Iets anders")
    for into in (str(first.reference), str(second.reference), "nonsense", ""):
        assert client.post(address(second, "merge"), {"into": into}).status_code == 422
    assert not PrivacyRequest.objects.exclude(merged_into=None).exists()


def test_the_person_is_told_with_which_number_it_was_joined(client):
    first = ask(client)
    second = ask(client)
    services.merge(second.pk, first.reference, officer=OFFICER, now=timezone.now())
    assert f"samen onder nummer {first.number}" in text_of(
        client.get(f"/request/{second.reference}/")
    )


# --- files


def give(request, name="brief.pdf"):
    [kept] = services.attach(
        request.pk,
        [looked_at(name, PDF)],
        direction=Direction.BY_PERSON,
        actor="person",
        now=LATER,
    )
    return kept


def test_an_officer_takes_a_file_as_a_download_that_no_browser_runs(client, officer):
    request = make_request()
    kept = give(request, "brief é.pdf")
    response = client.post(address(request, "file", str(kept.reference)))
    assert response.content == PDF
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"
    opened = Entry.objects.latest("pk").body
    assert (opened["event"], opened["actor"]) == ("request.file_opened", f"user:{officer.pk}")
    assert "brief" not in str(opened)


def test_the_file_of_another_request_is_not_there(client, officer):
    request, other = make_request(), make_request()
    kept = give(other)
    assert client.post(address(request, "file", str(kept.reference))).status_code == 404


def test_a_person_takes_their_own_file_and_nobody_else_s(client):
    request = ask(client)
    kept = give(request)
    page = client.get(request.get_absolute_url()).content.decode()
    assert f"/request/{request.reference}/file/{kept.reference}/" in page
    where = f"/request/{request.reference}/file/{kept.reference}/"
    assert client.get(where).content == PDF
    stranger = Client().get(where)
    never = Client().get(f"/request/{kept.reference}/file/{kept.reference}/")
    assert (stranger.status_code, text_of(stranger)) == (never.status_code, text_of(never))
    assert Attachment.objects.count() == 1


def test_a_message_of_the_person_s_page_still_comes_through(client):
    request = ask(client, wishes={"wishes": ["question"]})
    response = post(client, f"/request/{request.reference}/message/", {"words": "Nog iets"})
    assert response.status_code == 302
