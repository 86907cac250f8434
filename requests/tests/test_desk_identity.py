"""The officer's pages about who asks and about the clock, as a browser without script uses them."""

import io
from datetime import timedelta
from itertools import count

import pikepdf
import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.utils import timezone

from audit.services import entries_about
from requests import services
from requests.constants import DoubtReason, Outcome, State
from requests.identity.code_letter import render_code_letter
from requests.identity.constants import AsksFor
from requests.identity.models import Mandate, PostedCode
from requests.tests.makers import LATER, OFFICER, ask_in_vain, make_match, make_request, prove
from subjects.tests.makers import an_identity, make_involvement, make_subject

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
_numbers = count(1)
HOME = {"street": "Dorpsstraat", "number": "12", "postcode": "1234 AB", "city": "Utrecht"}


def enter(client, role="privacy officer"):
    colleague = User.objects.create_user(f"ladder-{next(_numbers)}")
    colleague.groups.add(Group.objects.get(name=role))
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    return colleague


@pytest.fixture
def officer(client):
    return enter(client)


def address(request, *rest):
    return "/".join(["/desk/requests", str(request.reference), *rest, ""])


def text_of(response):
    return response.content.decode()


def fresh(**fields):
    """Make a request that came in today, with somebody proposed."""
    request = make_request(received_at=timezone.now(), **fields)
    person = make_involvement()
    match = make_match(request, person.subject)
    request.refresh_from_db()
    return request, person, match


def post(client, request, *way, **fields):
    request.refresh_from_db()
    return client.post(address(request, *way), {"version": request.version} | fields)


def asked_who(request):
    services.ask_identity(
        request.pk,
        [DoubtReason.TOO_LITTLE],
        text="Wat is uw geboortedatum?",
        without_undue_delay=True,
        officer=OFFICER,
        now=timezone.now(),
    )


DEEDS = ("extend", "go-on", "withdraw", "write", "mandate", "without-data")
WAYS = ("facts", "email", "call", "seen", "post")


@pytest.mark.parametrize("deed", [*DEEDS, *(f"identity/{way}" for way in WAYS)])
def test_only_who_handles_requests_does_this(client, deed):
    request, _person, _match = fresh()
    assert client.post(address(request, deed)).status_code == 302
    for role in ("auditor", "intake", "marketing"):
        enter(client, role)
        assert client.post(address(request, deed)).status_code == 403


def test_letters_and_calendar_ask_for_a_role(client):
    enter(client, "auditor")
    assert client.get("/desk/requests/letters/").status_code == 403
    assert client.get("/desk/requests/calendar/").status_code == 200


@pytest.mark.parametrize("deed", DEEDS)
def test_each_deed_has_a_page_that_keeps_what_was_typed(client, officer, deed):
    request, _person, _match = fresh()
    assert client.get(address(request, deed)).status_code == 200
    response = post(client, request, deed, text="Dit heb ik getypt", kind="lawyer", name="Mr. Vos")
    if deed == "go-on":
        assert response.status_code == 422  # nothing was asked
    elif deed not in ("write", "withdraw"):
        assert response.status_code == 422
        assert "Dit heb ik getypt" in text_of(response)


def test_the_page_shows_each_way_to_know_who_asks_and_what_is_missing(client, officer):
    request, person, match = fresh()
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    page = text_of(client.get(address(request)))
    for way in WAYS:
        assert f"identity/{way}/" in page
    assert "Persoon 1, voor Incasso" in page
    assert "0612345678" in page
    prove(request, match.pk)
    assert "Persoon 1, voor Incasso" not in text_of(client.get(address(request)))
    assert person.subject.reference in services.proven_rungs(request)


def test_no_field_of_the_page_has_the_name_of_another(client, officer):
    request, _person, _match = fresh()
    page = text_of(client.get(address(request)))
    ids = [part.split('"')[0] for part in page.split(' id="')[1:]]
    assert sorted({one for one in ids if ids.count(one) > 1}) == []


def test_what_is_seen_needs_its_destruction_and_its_reason(client, officer):
    request, _person, match = fresh()
    fields = {"how": "masked_document", "people": [match.pk], "text": "Niets anders lukte"}
    refused = post(client, request, "identity", "seen", **fields)
    assert refused.status_code == 422
    assert "Niets anders lukte" in text_of(refused)
    done = post(client, request, "identity", "seen", **fields, destroyed="on")
    assert done.status_code == 302
    check = request.identitychecks.get()
    assert (check.method, check.officer) == ("masked_document", officer.pk)


def test_facts_that_do_not_fit_are_said_so(client, officer):
    request, _person, _match = fresh()
    response = post(client, request, "identity", "facts")
    assert response.status_code == 422
    assert "niet met een code bevestigd" in text_of(response)


def test_a_way_that_is_none_is_not_there(client, officer):
    request, _person, _match = fresh()
    assert post(client, request, "identity", "passport").status_code == 404


def test_a_page_seen_before_a_colleague_changed_it_changes_nothing(client, officer):
    request, _person, match = fresh()
    seen = request.version
    services.begin(request.pk, officer=OFFICER)
    fields = {"how": "in_person", "people": [match.pk], "text": "Langs", "destroyed": "on"}
    response = client.post(address(request, "identity", "seen"), fields | {"version": seen})
    assert response.status_code == 409
    assert "Langs" in text_of(response)
    for deed in ("write", "extend", "withdraw"):
        response = client.post(
            address(request, deed),
            {"version": seen, "text": "Getypt", "further_months": 1, "reason": "complexity"},
        )
        assert response.status_code == 409
        assert "Getypt" in text_of(response)
    assert not request.identitychecks.exists()
    assert not request.messages.exists()


# --- a code by post


def post_letter(client, request, person, **more):
    fields = {"involvement": str(person.reference), "reasons": ["address_unknown"]} | more
    return post(client, request, "identity", "post", **fields)


def test_a_letter_is_made_printed_posted_and_gone(client, officer):
    request, person, _match = fresh()
    assert post_letter(client, request, person, reasons=[]).status_code == 422
    assert post_letter(client, request, person).status_code == 302
    code = PostedCode.objects.get()
    page = text_of(client.get("/desk/requests/letters/"))
    assert request.number in page
    assert "Dorpsstraat" not in page
    assert client.post(f"/desk/requests/letters/{code.reference}/posted/").status_code == 302
    assert PostedCode.objects.get().posted_at is None
    printed = client.post(f"/desk/requests/letters/{code.reference}/print/")
    assert printed.headers["Content-Type"] == "application/pdf"
    assert printed.headers["Cache-Control"] == "no-store"
    client.post(f"/desk/requests/letters/{code.reference}/posted/")
    assert request.number not in text_of(client.get("/desk/requests/letters/"))
    assert client.post(f"/desk/requests/letters/{code.reference}/print/").status_code == 302
    events = [one.body["event"] for one in entries_about(f"request:{request.reference}")]
    assert events.count("request.code_printed") == 1


def test_who_did_not_ask_without_undue_delay_does_not_stop_the_clock(client, officer):
    request, person, _match = fresh()
    post_letter(client, request, person)
    request.refresh_from_db()
    assert request.state == State.WAITING
    assert request.due_on is not None


@pytest.mark.parametrize("access", ["", "K7QF-93MD-AB2C-9XYZ"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_letter_is_tagged_in_its_language_and_has_address_and_code(language, access):
    pages = render_code_letter(
        {"name": "F. El Amrani", "address": HOME, "code": "K7QF-93MD", "access": access},
        number="AP-2026-000001",
        language=language,
        made_on=LATER.date(),
        expires_on=LATER.date() + timedelta(days=21),
    )
    with pikepdf.open(io.BytesIO(pages)) as pdf:
        assert str(pdf.Root.Lang) == language
        assert pdf.Root.MarkInfo.Marked
        assert len(pdf.pages) == 1


# --- representatives


def test_a_representative_is_noted_and_used_for_a_second_request(client, officer):
    request, person, match = fresh()
    fields = {
        "match": match.pk,
        "kind": "guardian",
        "name": "Mr. Vos",
        "email": "vos@example.nl",
        "proof": "power",
        "text": "Beschikking gezien",
        "since": "2026-01-01",
    }
    refused = post(client, request, "mandate", **fields)
    assert refused.status_code == 422
    assert "Beschikking van de rechter" in text_of(refused)
    assert "Mr. Vos" in text_of(refused)
    assert post(client, request, "mandate", **fields | {"proof": "court_order"}).status_code == 302
    assert "Mr. Vos" in text_of(client.get(address(request)))
    request.refresh_from_db()
    assert request.asks_for == AsksFor.OTHER
    second = make_request(identity=an_identity(emails=["vos@example.nl"]))
    make_match(second, person.subject)
    mandate = Mandate.objects.get()
    assert client.post(address(second, "mandate", str(mandate.reference))).status_code == 422
    second.email_verified_at = LATER
    second.save()
    assert f"mandate/{mandate.reference}/" in text_of(client.get(address(second)))
    assert client.post(address(second, "mandate", str(mandate.reference))).status_code == 302
    assert services.mandate_of(second) == mandate


@pytest.mark.parametrize(
    ("days", "wrong"),
    [
        ({"until": "2020-01-01", "since": "2021-01-01"}, "ligt voor de eerste"),
        ({"until": "2020-01-01", "since": "2019-01-01"}, "is afgelopen"),
        ({"since": "2999-01-01"}, "nog niet begonnen"),
    ],
)
def test_days_of_a_mandate_that_cannot_be_are_said_so(client, officer, days, wrong):
    request, _person, match = fresh()
    fields = {"match": match.pk, "kind": "parent", "name": "V", "proof": "birth", "text": "Akte"}
    response = post(client, request, "mandate", **fields, **days)
    assert response.status_code == 422
    assert wrong in text_of(response)


# --- without data


@pytest.mark.parametrize(
    ("outcome", "article"),
    [("not_proven", "12.2"), ("unidentifiable", "11.2"), ("deceased", "4.1")],
)
def test_an_answer_without_data_says_why_with_its_article(client, officer, outcome, article):
    request, _person, match = fresh()
    services.leave_unproven(match.pk, officer=OFFICER, now=LATER)
    services.begin(request.pk, officer=OFFICER)
    assert post(client, request, "without-data", outcome=outcome).status_code == 302
    [decision] = request.decisions.all()
    assert (decision.outcome, decision.article) == (outcome, article)
    assert services.reason_of(decision)


def test_nothing_is_closed_over_somebody_who_is_confirmed(client, officer):
    request, _person, match = fresh()
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    services.begin(request.pk, officer=OFFICER)
    response = post(client, request, "without-data", outcome="nothing_found")
    assert response.status_code == 422
    assert not request.decisions.exists()


def test_not_proven_is_a_refusal_and_needs_a_second_person(client, officer):
    request, _person, match = fresh()
    services.leave_unproven(match.pk, officer=OFFICER, now=LATER)
    services.begin(request.pk, officer=OFFICER)
    services.decide_without_data(request.pk, Outcome.NOT_PROVEN, officer=officer.pk, now=LATER)
    response = post(client, request, "answer", do="approve")
    assert response.status_code in (403, 422)
    request.refresh_from_db()
    assert request.state == State.HANDLING


@pytest.mark.parametrize(("role", "approved"), [("privacy officer", 403), ("senior officer", 302)])
def test_a_refusal_of_the_whole_is_approved_by_a_senior_only(client, role, approved):
    request, _person, match = fresh()
    services.leave_unproven(match.pk, officer=OFFICER, now=LATER)
    services.begin(request.pk, officer=OFFICER)
    ask_in_vain(request, now=timezone.now())
    first = enter(client)
    services.decide_without_data(request.pk, Outcome.NOT_PROVEN, officer=first.pk, now=LATER)
    enter(client, role)
    assert post(client, request, "answer", do="approve").status_code == approved


def test_who_does_not_answer_our_question_is_answered_all_the_same(client, officer):
    request, _person, match = fresh()
    services.leave_unproven(match.pk, officer=OFFICER, now=LATER)
    services.begin(request.pk, officer=OFFICER)
    asked_who(request)
    page = text_of(client.get(address(request)))
    assert address(request, "go-on") in page
    assert post(client, request, "go-on").status_code == 302
    request.refresh_from_db()
    assert (request.state, request.due_on is None) == (State.HANDLING, False)
    page = text_of(client.get(address(request)))
    assert "gingen wij zonder antwoord verder" in page
    assert address(request, "go-on") not in page
    assert post(client, request, "without-data", outcome="not_proven").status_code == 302
    enter(client, "senior officer")
    assert post(client, request, "answer", do="approve").status_code == 302


def test_nobody_is_refused_for_want_of_a_proof_that_was_never_asked(client):
    request, _person, match = fresh()
    services.leave_unproven(match.pk, officer=OFFICER, now=LATER)
    services.begin(request.pk, officer=OFFICER)
    first = enter(client)
    services.decide_without_data(request.pk, Outcome.NOT_PROVEN, officer=first.pk, now=LATER)
    enter(client, "senior officer")
    response = post(client, request, "answer", do="approve")
    assert response.status_code == 422
    assert "een vraag aan de persoon wie die is" in text_of(response)
    request.refresh_from_db()
    assert request.state == State.HANDLING


@pytest.mark.parametrize("mark", ["unproven", "deceased"])
def test_a_proposed_person_may_be_left_unproven_or_dead(client, officer, mark):
    request = make_request()
    match = make_match(request, make_subject())
    client.post(address(request, "match", str(match.pk)), {"do": mark})
    match.refresh_from_db()
    assert match.state == mark


# --- the clock


def test_more_time_is_taken_once_and_the_person_is_told(client, officer):
    request, _person, _match = fresh()
    fields = {"further_months": 2, "reason": "complexity", "text": "Het zijn veel gegevens."}
    assert post(client, request, "extend", **fields | {"text": " "}).status_code == 422
    assert post(client, request, "extend", **fields).status_code == 302
    request.refresh_from_db()
    first = request.due_on
    assert post(client, request, "extend", **fields).status_code == 422
    request.refresh_from_db()
    assert request.due_on == first
    assert [text for _, text in services.messages_of(request)] == ["Het zijn veel gegevens."]
    page = text_of(client.get(address(request)))
    assert "2 maanden langer nodig" in page


def test_a_day_late_no_more_time_is_taken(client, officer):
    request, _person, _match = fresh()
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        enter(client)
        assert "Het is te laat" in text_of(client.get(address(request, "extend")))
        fields = {"further_months": 1, "reason": "number", "text": "Er zijn er veel."}
        response = post(client, request, "extend", **fields)
        assert response.status_code == 422
        assert "Er zijn er veel." in text_of(response)


def test_after_its_day_a_refusal_is_warned_of(client, officer):
    request, _person, _match = fresh()
    services.begin(request.pk, officer=OFFICER)
    assert "Wie nu weigert" not in text_of(client.get(address(request)))
    with time_machine.travel(timezone.now() + timedelta(days=40)):
        enter(client)
        assert "Wie nu weigert" in text_of(client.get(address(request)))


def test_the_queue_and_the_page_warn_of_what_is_due_soon(client, officer):
    request, _person, _match = fresh()
    assert "De helft van de tijd" not in text_of(client.get("/desk/requests/"))
    with time_machine.travel(timezone.now() + timedelta(days=17)):
        enter(client)
        assert "De helft van de tijd" in text_of(client.get("/desk/requests/"))
        assert "De helft van de tijd" in text_of(client.get(address(request)))


def test_a_request_taken_back_by_telephone_ends_with_a_note(client, officer):
    request, _person, _match = fresh()
    assert post(client, request, "withdraw", text="").status_code == 422
    assert post(client, request, "withdraw", text="Belde op 3 juni").status_code == 302
    request.refresh_from_db()
    assert request.state == State.WITHDRAWN
    assert services.messages_of(request)[0][1] == "Belde op 3 juni"
    assert post(client, request, "withdraw", text="Nog eens").status_code == 422


def test_a_message_of_a_colleague_is_on_the_page_of_the_person(client, officer):
    request, _person, _match = fresh()
    words = "Mijn BSN is 111222333, en wij zoeken nog."
    assert post(client, request, "write", text=words).status_code == 302
    [(message, text)] = services.messages_of(request)
    assert message.author == officer.pk
    assert "111222333" not in text
    assert "wij zoeken nog" in text


@pytest.mark.parametrize("way", [("withdraw",), ("letter",)])
def test_the_person_hears_of_it_when_a_colleague_says_that_they_took_it_back(client, officer, way):
    request, _person, _match = fresh()
    mails = request.mails.count()
    post(client, request, *way, do="withdraw", text="Belde op")
    request.refresh_from_db()
    assert request.state == State.WITHDRAWN
    assert any("intrekt" in text for _, text in services.messages_of(request))
    assert request.mails.count() == mails + 1
