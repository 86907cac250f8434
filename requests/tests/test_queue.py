"""The work queue: what its address asks, in which order, and page by page."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from requests import services
from requests.constants import Cause, Channel, Outcome, Right, State
from requests.identity.models import Reminder
from requests.models import ClockEvent, Decision, PrivacyRequest
from requests.queue import reading
from requests.queue.filters import FilterForm, Filters, parsed
from requests.tests.figuring import make_answered
from requests.tests.makers import LATER, OFFICER, make_request, submit

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])

HERE = "/desk/requests/"
TODAY = timezone.localdate
_numbers = count(1)


def enter(client, role, **fields):
    colleague = User.objects.create_user(f"queue-{next(_numbers)}", **fields)
    colleague.groups.add(Group.objects.get(name=role))
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    return colleague


@pytest.fixture
def officer(client):
    return enter(client, "privacy officer")


def made(**fields):
    """Make a request and set what the queue reads of it."""
    request = make_request()
    PrivacyRequest.objects.filter(pk=request.pk).update(**fields)
    request.refresh_from_db()
    return request


def text_of(response):
    return response.content.decode()


def numbers_on(response):
    return re.findall(r'<th scope="row"><a[^>]*>(AP-[^<]+)</a>', text_of(response))


def asked(client, query=""):
    response = client.get(HERE + query)
    assert response.status_code == 200, text_of(response)
    return numbers_on(response)


# --- filters -------------------------------------------------------------------------------


def test_each_state_shows_its_own(client, officer):
    today = TODAY()
    late = made(due_on=today - timedelta(days=1))
    now = made(due_on=today)
    soon = made(due_on=today + timedelta(days=7))
    later = made(due_on=today + timedelta(days=8))
    waiting = made(due_on=None, state=State.WAITING)
    question = made(due_on=None, kind="enquiry")
    ended = made(state=State.WITHDRAWN, ended_on=today)
    shown = {
        "open": {late, now, soon, later, waiting, question},
        "late": {late},
        "today": {now},
        "week": {soon},
        "waiting": {waiting},
        "questions": {question},
        "approved": set(),
        "ended": {ended},
        "all": {late, now, soon, later, waiting, question, ended},
    }
    for state, requests in shown.items():
        numbers = asked(client, f"?state={state}")
        assert sorted(numbers) == sorted(one.number for one in requests), state
        assert len(numbers) == len(set(numbers))


def test_what_was_called_show_before_still_leads_there(client, officer):
    late = made(due_on=TODAY() - timedelta(days=1))
    made(due_on=TODAY())
    assert asked(client, "?show=late") == [late.number]
    assert len(asked(client, "?show=nonsense")) == 2


def test_who_looks_back_sees_the_ended_ones_too(client, officer):
    ended = made(state=State.WITHDRAWN, ended_on=TODAY())
    assert asked(client) == []
    assert asked(client, "?received_from=2026-06-09&received_to=2026-06-09") == [ended.number]
    assert asked(client, "?received_from=2026-06-09&state=open") == []


def test_a_day_begins_where_the_answer_is_given(client, officer):
    evening = made(received_at=datetime(2026, 6, 9, 21, 59, tzinfo=UTC))
    night = made(received_at=datetime(2026, 6, 9, 22, 0, tzinfo=UTC))
    assert asked(client, "?received_to=2026-06-09") == [evening.number]
    assert asked(client, "?received_from=2026-06-10") == [night.number]


def test_right_channel_and_days_narrow_the_list(client, officer):
    access = made(due_on=date(2030, 1, 2))
    erasure = submit(rights=(Right.ERASURE,), channel=Channel.PHONE).request
    answered = made(state=State.WITHDRAWN, ended_on=TODAY(), answered_at=LATER)
    assert asked(client, "?right=erasure") == [erasure.number]
    assert asked(client, "?channel=phone") == [erasure.number]
    assert asked(client, "?due_from=2030-01-01&due_to=2030-01-02") == [access.number]
    assert asked(client, "?due_from=2030-01-03") == []
    assert asked(client, "?answered_from=2026-06-11&answered_to=2026-06-11") == [answered.number]
    assert asked(client, "?answered_from=2026-06-12") == []


def test_extended_refused_and_waiting_for_a_second_person_can_be_found(client, officer):
    extended, refused, waits = made(), made(), made(state=State.HANDLING)
    made()
    ClockEvent.objects.create(
        request=extended, cause=Cause.EXTENDED, status="running", noted_at=LATER
    )
    for one, approved_by in ((refused, 102), (waits, None)):
        Decision.objects.create(
            request=one,
            right=one.rights.get(),
            outcome=Outcome.REFUSED,
            sealed_reason=b"-",
            needs_second=True,
            decided_by=OFFICER,
            decided_at=LATER,
            approved_by=approved_by,
        )
    assert asked(client, "?extended=1") == [extended.number]
    assert set(asked(client, "?refused=1")) == {refused.number, waits.number}
    assert asked(client, "?second=1") == [waits.number]
    assert "Wacht op een tweede" in text_of(client.get(HERE + "?second=1"))


def test_what_a_seller_must_still_get_is_chosen_and_what_ended_meanwhile_is_not(client, officer):
    by = date(2026, 6, 11)
    goes_on = made(forward_by=by)
    made(forward_by=by, state=State.WITHDRAWN, ended_on=TODAY())
    made()
    assert asked(client, "?send_on=1") == [goes_on.number]
    assert asked(client, "?send_on=1&state=all") == [goes_on.number]
    assert "Moet nog naar een verkoper" in text_of(client.get(HERE + "?send_on=1"))


def test_how_a_request_was_answered_can_be_asked(client, officer):
    day = date(2026, 3, 2)
    soon = make_answered(day, 0)
    late = make_answered(day, 45, Outcome.REFUSED)
    partly = make_answered(day, 30, Outcome.GRANTED, Outcome.REFUSED)
    made()
    assert set(asked(client, "?answered=in-time")) == {soon.number, partly.number}
    assert asked(client, "?answered=late") == [late.number]
    assert asked(client, "?outcome=no") == [soon.number]
    assert asked(client, "?outcome=partly") == [partly.number]
    assert asked(client, "?outcome=wholly") == [late.number]
    assert asked(client, "?days_to=0") == [soon.number]
    assert asked(client, "?days_from=31") == [late.number]
    assert asked(client, "?days_from=30&days_to=30&answered=in-time") == [partly.number]
    assert asked(client, "?days_from=0&state=open") == []
    assert "Beantwoord in 45 dagen" in text_of(client.get(HERE + "?answered=late"))


def test_who_was_warned_of_by_mail_can_be_asked_by_the_day_it_has_now(client, officer):
    warned, moved, ended = made(), made(), made(state=State.WITHDRAWN, ended_on=TODAY())
    made()
    for one, days in ((warned, 0), (moved, 1), (ended, 0)):
        due_on = one.due_on - timedelta(days=days)
        Reminder.objects.create(request=one, kind="half", due_on=due_on, noted_at=LATER)
    assert asked(client, "?warned=1") == [warned.number]
    assert set(asked(client, "?warned=1&state=all")) == {warned.number, ended.number}


def test_each_filter_word_takes_its_own_filter_away_and_keeps_the_others(client, officer):
    query = "?state=all&right=access&answered=late&days_from=0&warned=1&received_from=2026-01-01"
    page = client.get(HERE + query).context["said"]
    assert [words for words, _without in page] == [
        *("Mijn gegevens inzien", "Te laat beantwoord", "Ontvangen vanaf 1 januari 2026"),
        *("Dagen tot het antwoord, vanaf 0", "Gewaarschuwd per e-mail"),
    ]
    for number, (words, without) in enumerate(page):
        left = [one for one, _further in client.get(HERE + without).context["said"]]
        assert left == [one for one, _without in page[:number] + page[number + 1 :]], words
    english = client.get(HERE + query, headers={"accept-language": "en"})
    assert "Answered too late" in text_of(english)


def test_by_whom_a_request_is_in_hand_can_be_asked(client, officer):
    mine, another = made(assigned_to=officer.pk), made(assigned_to=officer.pk + 1000)
    nobodys = made()
    assert asked(client, "?assigned=me") == [mine.number]
    assert asked(client, f"?assigned={officer.pk + 1000}") == [another.number]
    assert asked(client, "?assigned=nobody") == [nobodys.number]
    page = text_of(client.get(HERE + f"?assigned={officer.pk + 1000}"))
    assert "een collega die weg is" in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("state=lost", "Zo kan een verzoek niet staan."),
        ("right=life", "Dit recht bestaat niet."),
        ("channel=pigeon", "Zo komt er niets binnen."),
        ("assigned=boss", "Deze collega bestaat niet."),
        ("assigned=9999999999999999999999", "Deze collega bestaat niet."),
        ("assigned=%C2%B2", "Deze collega bestaat niet."),
        ("received_from=2026-02-30", "Deze dag bestaat niet."),
        ("received_to=9999-12-31", "Geef een dag tussen 2000 en 2099."),
        ("answered_from=0001-01-01", "Geef een dag tussen 2000 en 2099."),
        ("due_from=2026-02-02&due_to=2026-02-01", "Deze dag ligt voor de eerste."),
        ("answered=soon", "Een antwoord is op tijd of te laat: iets anders is er niet."),
        ("outcome=lost", "Deze uitkomst bestaat niet."),
        ("days_from=-1", "Geef een aantal dagen tussen 0 en 9999."),
        ("days_to=99999999999999999999", "Geef een aantal dagen tussen 0 en 9999."),
        ("days_from=9&days_to=8", "Dit zijn minder dagen dan het eerste aantal."),
        ("sort=name", "De lijst kan hier niet op worden gesorteerd."),
        ("sort=--due", "De lijst kan hier niet op worden gesorteerd."),
    ],
)
def test_a_wrong_filter_gets_one_sentence_and_no_rows(client, officer, query, words):
    make_request()
    response = client.get(f"{HERE}?{query}")
    assert response.status_code == 422
    assert words in text_of(response)
    # Not the number itself: the 123rd request is the example beside the field.
    assert numbers_on(response) == []


def test_an_address_is_read_and_written_the_same():
    filters = Filters(
        state="late",
        right="access",
        due_to=date(2030, 1, 2),
        second=True,
        send_on=True,
        sort="-due",
        answered="late",
        outcome="partly",
        days_from=0,
        days_to=30,
        warned=True,
    )
    assert FilterForm(filters.pairs()).is_valid()
    assert parsed(filters.pairs()) == filters
    assert parsed({"state": "lost", "right": "access"}) == Filters(right="access")


def test_a_stranger_signs_in_and_a_role_without_the_right_is_refused(client):
    assert client.get(HERE + "?state=late").status_code == 302
    enter(client, "marketing")
    assert client.get(HERE + "?state=late").status_code == 403


# --- order and pages -----------------------------------------------------------------------

ORDERS = ("due", "-due", "received", "-received", "number", "-number", "state", "-state")


@pytest.mark.parametrize("sort", [*ORDERS, "assigned", "-assigned"])
def test_every_order_is_paged_by_key_and_forgets_nobody(client, officer, monkeypatch, sort):
    monkeypatch.setattr(reading, "PAGE", 2)
    day, moment = date(2030, 1, 2), datetime(2026, 6, 9, 10, tzinfo=UTC)
    rows = [
        made(due_on=day, assigned_to=7, received_at=moment),
        made(due_on=day, assigned_to=None, received_at=moment),
        made(due_on=None, assigned_to=7, received_at=moment + timedelta(microseconds=1)),
        made(due_on=day - timedelta(days=1), assigned_to=3, state=State.HANDLING),
        made(due_on=None, assigned_to=None, state=State.WAITING),
        made(due_on=day, assigned_to=None, state=State.WAITING),
        made(due_on=None, assigned_to=8),
    ]
    seen, following = [], f"?sort={sort}"
    while following:
        page = client.get(HERE + following)
        assert len(numbers_on(page)) <= 2
        seen += numbers_on(page)
        [following] = re.findall(r'rel="next" href="([^"]+)"', text_of(page)) or [""]
        following = following.replace("&amp;", "&")
    column = {"due": "due_on", "received": "received_at", "assigned": "assigned_to"}.get(
        sort.strip("-"), sort.strip("-")
    )
    column = {"state": "state_order"}.get(column, column)

    def key(one):
        value = getattr(one, column)
        return (value is None, value or 0, one.pk) if value is not None else (True, 0, one.pk)

    for one in rows:
        one.refresh_from_db()
    with_value = sorted((one for one in rows if getattr(one, column) is not None), key=key)
    without = sorted((one for one in rows if getattr(one, column) is None), key=lambda one: one.pk)
    whole = [one.number for one in with_value + without]
    assert seen == (whole[::-1] if sort.startswith("-") else whole)


BROKEN = ("x", "2030-13-01~1", "-~", "-~9223372036854775808000", "~", "2030-01-01~-1", "%00~1")


@pytest.mark.parametrize("sort", ["due", "received", "number", "state", "assigned"])
def test_a_broken_page_key_does_no_harm(client, officer, sort):
    make_request()
    for after in BROKEN:
        assert client.get(f"{HERE}?sort={sort}&after={after}").status_code == 200


def test_a_heading_sorts_says_so_and_turns_round(client, officer):
    make_request()
    page = text_of(client.get(HERE + "?state=open&sort=received"))
    assert page.count("aria-sort") == 1
    assert re.search(r'aria-sort="ascending"><a href="[^"]*sort=-received"', page)
    page = text_of(client.get(HERE + "?state=open&sort=-received"))
    assert re.search(r'aria-sort="descending"><a href="[^"]*sort=received"', page)


def test_a_number_opens_its_request(client, officer):
    request = make_request()
    response = client.get(HERE, {"number": request.number.lower()})
    assert response.headers["Location"] == f"{HERE}{request.reference}/"
    assert "Er is geen verzoek met dit nummer." in text_of(client.get(HERE, {"number": "AP-1"}))


def test_the_queue_costs_the_same_however_long_it_is(
    client, officer, django_assert_max_num_queries
):
    for _ in range(12):
        made(state=State.HANDLING, assigned_to=officer.pk)
    with django_assert_max_num_queries(14):
        client.get(HERE)


def test_who_begins_a_request_has_it_in_hand(officer):
    request = make_request()
    services.begin(request.pk, officer=officer.pk)
    request.refresh_from_db()
    assert request.assigned_to == officer.pk
