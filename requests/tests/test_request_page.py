"""One screen answers one person: each lack leads to its place, and nobody overwrites anybody."""

import re

import pytest
from django.utils import timezone

from audit.event_words import words_of
from requests import services
from requests.constants import MatchState, Right, State
from requests.models import PrivacyRequest
from requests.officer.timeline import happened
from requests.tests import rights
from requests.tests.answers import make_approved, make_case, make_ready
from requests.tests.makers import OFFICER, make_match, make_request
from requests.tests.test_desk import address, enter, refusing, text_of
from requests.tests.test_right_review import make_waiting
from subjects.matching import Kind
from subjects.tests.makers import an_identity, lose_key, make_decision

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
FORM = re.compile(r'<form[^>]*method="post"[^>]*action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
ELSEWHERE = ("/sign-out/", "/i18n/")


@pytest.fixture
def officer(client):
    return enter(client, "privacy officer")


def with_candidates(number, **fields):
    request = make_request(**fields)
    for one in range(number):
        person = make_case(last_name=f"Amrani-{one}")
        make_match(
            request,
            person.subject,
            score=10 - one,
            evidence=["last_name:near", "birth_date:equal", "postcode:differs"],
            involvements=[person.reference],
        )
    return request


def begun(request):
    services.begin(request.pk, officer=OFFICER)
    request.refresh_from_db()
    return request


def states():
    """Make a request as it stands in each state that the page knows."""
    reviewed, _old, _row = make_waiting()
    return {
        "new": with_candidates(1),
        "one": begun(with_candidates(1)),
        "three": begun(with_candidates(3)),
        "ready": make_ready(make_case()),
        "reviewed": reviewed,
        "approved": make_approved(make_case()),
    }


# --- where things are ----------------------------------------------------------------------


def test_every_link_within_the_page_leads_to_something_that_is_there(client, officer):
    for name, request in states().items():
        page = text_of(client.get(address(request)))
        ids = set(re.findall(r'\bid="([^"]+)"', page))
        links = set(re.findall(r'href="#([^"]+)"', page))
        assert links - ids == set(), name


def test_no_id_stands_twice_on_the_page(client, officer):
    for name, request in states().items():
        ids = re.findall(r'\bid="([^"]+)"', text_of(client.get(address(request))))
        assert sorted(ids) == sorted(set(ids)), name


def test_each_item_that_is_missing_names_its_place(client, officer):
    request = begun(with_candidates(2))
    items = client.get(address(request)).context["checklist"]
    assert next(item.href for item in items if not item.is_done) == "#who"
    ready = make_ready(make_case())
    items = client.get(address(ready)).context["checklist"]
    line = next(item.href for item in items if item.href.startswith("#line-"))
    assert f'id="{line[1:]}"' in text_of(client.get(address(ready)))
    assert any(item.is_done and item.href == "#identity" for item in items)


def test_what_is_to_be_done_now_stands_open_and_the_rest_is_folded(client, officer):
    asked = begun(with_candidates(1))
    assert client.get(address(asked)).context["open_steps"] == {"who"}
    ready = make_ready(make_case())
    # Whether it is the same as that earlier one comes first.
    assert client.get(address(ready)).context["open_steps"] == {"asked"}
    services.note_not_the_same(ready.pk, asked.reference, officer=OFFICER)
    page = client.get(address(ready))
    assert page.context["open_steps"] == {"decide"}
    assert [step.key for step in page.context["steps"] if step.is_now] == ["decide"]


def test_people_stand_side_by_side_with_what_was_given(client, officer):
    request = begun(with_candidates(4, identity=an_identity(last_name="El Amrani")))
    page = client.get(address(request))
    first, second = page.context["comparisons"]
    assert [one.number for one in first.people] == [1, 2, 3]
    assert [one.number for one in second.people] == [4]
    name = first.rows[0]
    assert "El Amrani" in name.given[0]
    assert [cell.values[0].split()[-1] for cell in name.cells] == [f"Amrani-{n}" for n in range(3)]
    assert {mark.kind for mark in name.cells[0].marks} == {str(Kind.NEAR.label)}
    assert "Postcode: Verschilt" in text_of(page)


def test_who_is_rejected_leaves_the_table_and_can_come_back(client, officer):
    request = begun(with_candidates(2))
    match = request.matches.order_by("-score").first()
    services.reject_match(match.pk, officer=OFFICER, now=timezone.now())
    page = client.get(address(request))
    [table] = page.context["comparisons"]
    assert [one.number for one in table.people] == [2]
    assert address(request, "match", str(match.pk)) in text_of(page)


def test_what_happened_is_told_in_words(client, officer):
    request = make_ready(make_case())
    client.get(address(request))
    told = client.get(address(request)).context["happened"]
    assert words_of("request.received") == told[-1].words
    page = text_of(client.get(address(request)))
    assert "request.received" not in page
    assert "request.viewed" not in page
    assert "de persoon" in page


def test_the_same_by_the_same_hand_at_once_is_told_once():
    body = {"at": "2026-06-24T09:30:00+00:00", "actor": "user:7", "event": "request.decided"}
    other = body | {"actor": "worker", "event": "made.up"}
    told = happened([body, body, other], {7: "Anna"})
    assert [(one.by, one.times) for one in told] == [("Anna", 2), (told[1].by, 1)]
    assert told[1].words


def test_a_second_colleague_sees_what_the_first_decided_and_why(client, officer):
    person = make_case()
    request = make_ready(person)
    client.post(address(request, "answer"), refusing(request, person, "decide"))
    enter(client, "senior officer")
    page = text_of(client.get(address(request)))
    assert f"besloten door {officer.username}" in page
    assert "Dit gaat over een ander." in page


def test_a_gap_of_a_dossier_without_number_says_which(client, officer):
    person = make_case()
    request = make_ready(person)
    lose_key(person)
    gaps = client.get(address(request)).context["gaps"]
    mark = person.dossier.reference.hex[:8]
    assert [gap.href for gap in gaps if mark in str(gap)] == [
        f"{address(request, 'found')}#lacks-{person.dossier.reference}"
    ] * len(gaps[1:])


def test_each_lack_leads_to_which_system_delivers_it_in_which_field(client, officer):
    person = make_case()
    account = {"inputs": {"days_late": 30}, "result": "letter 2", "effect": "letter"}
    make_decision(person, account=account)
    request = make_ready(person)
    gaps = client.get(address(request)).context["gaps"]
    place = f"{address(request, 'found')}#lacks-{person.dossier.reference}"
    assert [gap.href for gap in gaps if gap.article == "15(1)(h)"] == [place, place]
    page = client.get(address(request, "found"))
    assert f'id="lacks-{person.dossier.reference}"' in page.content.decode()
    text = text_of(page)
    assert "automated_decision: weights" in text
    assert "automated_decision: would_change" in text


def test_a_whole_answer_says_nothing_of_lacks(client, officer):
    page = client.get(address(make_ready(make_case()), "found"))
    assert 'id="lacks' not in page.content.decode()


# --- how much it asks ----------------------------------------------------------------------


@pytest.mark.parametrize("state", ["new", "one", "three", "ready", "reviewed", "approved"])
def test_in_every_state_the_page_asks_at_most_twenty_times(
    client, officer, state, django_assert_max_num_queries
):
    request = states()[state]
    with django_assert_max_num_queries(20):
        client.get(address(request))


# --- two at once ---------------------------------------------------------------------------


def test_every_form_on_the_page_says_which_version_was_seen(client, officer):
    seen = 0
    for name, request in states().items():
        request.refresh_from_db()
        for action, inside in FORM.findall(text_of(client.get(address(request)))):
            if action.startswith(ELSEWHERE) or "/desk/requests/" not in action:
                continue
            assert f'name="version" value="{request.version}"' in inside.replace(
                ' type="hidden"', ""
            ), (name, action)
            seen += 1
    assert seen > 20


def changed_by(who, request):
    """Let somebody change a request after its page was opened; return the version that was seen."""
    request.refresh_from_db()
    version = request.version
    services.send_message(request.pk, "Wij kijken.", officer=who, now=timezone.now())
    PrivacyRequest.objects.filter(pk=request.pk).update(version=version + 1)
    return version


def deeds_of(request):
    match = request.matches.get()
    return {
        "match": (("match", str(match.pk)), {"do": "reject"}),
        "begin": (("begin",), {}),
        "pause": (("pause",), {}),
        "forward": (("forward",), {}),
        "close": (("close",), {}),
    }


@pytest.mark.parametrize("deed", ["match", "begin", "pause", "forward", "close"])
def test_no_button_works_on_what_changed_meanwhile_and_says_who_did(client, officer, deed):
    colleague = enter(client, "privacy officer")
    request = make_ready(make_case())
    version = changed_by(colleague.pk, request)
    enter(client, "privacy officer")
    way, fields = deeds_of(request)[deed]
    response = client.post(address(request, *way), fields | {"version": version})
    assert response.status_code == 409
    assert f"{colleague.username} heeft dit verzoek gewijzigd" in text_of(response)
    assert request.matches.get().state == MatchState.CONFIRMED


def test_who_presses_twice_does_it_once_and_hears_that_it_was_themself(client, officer):
    request = with_candidates(1)
    match = request.matches.get()
    fields = {"do": "confirm", "version": PrivacyRequest.objects.get(pk=request.pk).version}
    way = address(request, "match", str(match.pk))
    assert client.post(way, fields).status_code == 302
    response = client.post(way, fields)
    assert response.status_code == 409
    assert "U heeft dit verzoek zelf gewijzigd" in text_of(response)
    assert request.matches.get().state == MatchState.CONFIRMED


def test_decisions_typed_in_two_tabs_are_both_kept_until_somebody_chooses(client, officer):
    person = make_case()
    request = make_ready(person)
    first, second = (refusing(request, person, "decide") for _ in range(2))
    name = f"reason-access-{person.dossier.reference.hex}"
    second[name] = "In het tweede tabblad getypt."
    assert client.post(address(request, "answer"), first).status_code == 302
    response = client.post(address(request, "answer"), second)
    page = text_of(response)
    assert response.status_code == 409
    assert "In het tweede tabblad getypt." in page
    assert "Dit gaat over een ander." in page
    request.refresh_from_db()
    again = second | {"version": request.version}
    assert client.post(address(request, "answer"), again).status_code == 302


# --- an earlier request, and words that lead on ---------------------------------------------


def two_of_one_person():
    first = begun(make_request(received_at=timezone.now()))
    return first, make_request(received_at=timezone.now(), words="Nogmaals: wat heeft u van mij?")


def test_what_is_not_the_same_is_said_once_and_not_proposed_again(client, officer):
    first, later = two_of_one_person()
    page = client.get(address(later))
    assert page.context["duplicates"] == [first]
    later.refresh_from_db()
    fields = {"into": str(first.reference), "do": "differs", "version": later.version}
    assert client.post(address(later, "merge"), fields).status_code == 302
    assert client.get(address(later)).context["duplicates"] == []
    later.refresh_from_db()
    assert (later.state, later.merged_into) == (State.RECEIVED, None)


def test_a_request_joins_no_other_on_a_version_that_was_not_seen(client, officer):
    first, later = two_of_one_person()
    fields = {"into": str(first.reference), "do": "join", "version": later.version + 5}
    assert client.post(address(later, "merge"), fields).status_code == 409
    later.refresh_from_db()
    assert later.merged_into is None


def test_what_would_do_nothing_is_named_at_its_line(client, officer):
    person = make_case()
    asked = rights.make_asked(Right.RECTIFICATION, people=[person])
    enter(client, "senior officer")
    line = rights.line_of(asked, Right.RECTIFICATION, person)
    asked.refresh_from_db()
    fields = {"version": asked.version, "do": "approve"}
    for one in rights.lines_for(asked):
        fields[f"outcome-{one.key.name}"] = "granted"
        fields[f"article-{one.key.name}"] = one.articles[0]
        fields[f"reason-{one.key.name}"] = "Wij verbeteren dit."
    response = client.post(address(asked, "answer"), fields)
    assert response.status_code == 422
    assert f'href="#decisionsform_outcome-{line.key.name}"' in text_of(response)
    assert "Dit zou niets doen" in text_of(response)


def test_the_gate_waits_for_the_words_of_a_person_where_a_computer_decided(client, officer):
    asked, _old, _row = make_waiting()
    items = client.get(address(asked)).context["checklist"]
    assert "#reviews" in [item.href for item in items if not item.is_done]
    assert any(gap.href == "#reviews" for gap in client.get(address(asked)).context["gaps"])


def test_a_part_of_the_page_is_given_to_who_asks_for_a_part(client, officer):
    request = make_ready(make_case())
    part = text_of(client.get(address(request, "found"), headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert "120.00" in part
    new = with_candidates(1)
    assert client.get(address(new, "found")).headers["Location"] == address(new)
