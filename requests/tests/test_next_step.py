"""One sentence at the top of a request says what is to be done now, and leads there."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from requests import services
from requests.constants import Kind, Right, State
from requests.officer import next_step as steps
from requests.officer.next_step import Standing, next_step
from requests.tests.makers import make_match, make_request, prove
from requests.tests.rights import approve, decide
from requests.tests.test_desk_identity import LATER, OFFICER, address, enter, fresh, text_of
from subjects.tests.makers import make_dossier, make_involvement, make_record


def standing(**more):
    return Standing(**({"kind": Kind.REQUEST, "state": State.HANDLING} | more))


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({"state": State.RECEIVED}, steps.BEGIN),
        ({"state": State.RECEIVED, "duplicates": True}, steps.DUPLICATE),
        ({"state": State.RECEIVED, "kind": Kind.ENQUIRY}, steps.ANSWER_QUESTION),
        ({"state": State.WAITING, "proposed": True}, steps.PERSON),
        ({"state": State.WAITING, "duplicates": True}, steps.SAME),
        ({"duplicates": True, "proposed": True}, steps.SAME),
        ({"duplicates": True, "proposed": True, "stop_today": True}, steps.STOP_TODAY),
        ({"state": State.RECEIVED, "stop_today": True}, steps.STOP_TODAY),
        ({"state": State.APPROVED, "duplicates": True}, steps.MAKING),
        ({"proposed": True, "lacks_proof": True, "undecided": 2}, steps.WHO),
        ({"lacks_mandate": True, "lacks_proof": True}, steps.MANDATE),
        ({"lacks_proof": True, "to_forward": True}, steps.FORWARD),
        ({"state": State.WAITING, "to_forward": True}, steps.FORWARD),
        ({"state": State.RECEIVED, "to_forward": True}, steps.BEGIN),
        ({"proposed": True, "to_forward": True}, steps.WHO),
        ({"to_forward": True, "undecided": 1}, steps.FORWARD),
        ({"reviews": True, "undecided": 1}, steps.REVIEW),
        ({"undecided": 1, "decided": True, "gaps": True}, steps.DECIDE),
        ({}, steps.DECIDE),
        ({"hidden": 1, "gaps": True}, steps.ANOTHER_ROLE),
        ({"decided": True, "gaps": True, "by_me": True}, steps.GAPS),
        ({"decided": True, "by_me": True}, steps.SECOND),
        ({"decided": True, "proved_by_me": True}, steps.PROVED),
        ({"decided": True, "by_me": True, "proved_by_me": True}, steps.SECOND),
        ({"decided": True, "proved_by_me": True, "may_approve": False}, steps.APPROVER),
        ({"decided": True, "may_approve": False}, steps.APPROVER),
        ({"decided": True}, steps.APPROVE),
        ({"state": State.APPROVED, "gaps": True}, steps.STUCK),
        ({"state": State.APPROVED, "gaps": True, "gaps_pass": True}, steps.UNDER_WAY),
        ({"state": State.APPROVED}, steps.MAKING),
        ({"state": State.ANSWERED, "waits": True}, steps.CARRYING_OUT),
        ({"state": State.ANSWERED}, steps.CLOSE),
        ({"state": State.CLOSED, "waits": True}, steps.ENDED),
    ],
)
def test_the_first_thing_that_is_not_done_comes_first(facts, step):
    assert next_step(standing(**facts)) == step


@pytest.mark.django_db(databases=["default", "keystore"])
class TestPage:
    def now(self, client, request):
        page = client.get(address(request))
        section = page.context["now"].section
        assert f'id="{section}"' in text_of(page), section
        return page.context["now"]

    def test_the_page_leads_to_who_is_meant_and_then_to_who_asks(self, client):
        enter(client)
        request, _person, match = fresh()
        assert self.now(client, request) == steps.BEGIN
        services.begin(request.pk, officer=OFFICER)
        assert self.now(client, request) == steps.WHO
        services.confirm_match(match.pk, officer=OFFICER, now=LATER)
        assert self.now(client, request) == steps.PROOF

    def test_marketing_that_waits_for_a_word_is_for_today_on_the_page_and_above_the_queue(
        self, client
    ):
        enter(client)
        request, _person, match = fresh()
        services.change_rights(request.pk, [Right.MARKETING], officer=OFFICER, now=LATER)
        assert self.now(client, request) == steps.STOP_TODAY
        first = next(
            one for one in client.get(address(request)).context["checklist"] if not one.is_done
        )
        assert first.href == "#who"
        queue = client.get(reverse("requests:queue"))
        assert "Reclame vandaag stoppen" in text_of(queue)
        assert queue.context["stop_today"] == [request]
        services.confirm_match(match.pk, officer=OFFICER, now=LATER)
        assert "Reclame vandaag stoppen" not in text_of(client.get(reverse("requests:queue")))

    @pytest.mark.parametrize("state", [State.RECEIVED, State.WAITING, State.HANDLING])
    def test_what_is_to_be_done_now_is_the_first_that_is_open_on_the_checklist(self, client, state):
        enter(client)
        earlier, _person, _match = fresh()
        request, _person, _match = fresh()
        assert services.duplicates_of(request, now=timezone.now()) == [earlier]
        if state != State.RECEIVED:
            services.begin(request.pk, officer=OFFICER)
        if state == State.WAITING:
            services.ask_processing(
                request.pk,
                text="Welk dossier?",
                without_undue_delay=True,
                officer=OFFICER,
                now=timezone.now(),
            )
        page = client.get(address(request))
        first = next(one for one in page.context["checklist"] if not one.is_done)
        assert first.words == "Is het hetzelfde als een eerder verzoek?"
        assert first.words == page.context["now"].item
        services.note_not_the_same(request.pk, earlier.reference, officer=OFFICER)
        page = client.get(address(request))
        first = next(one for one in page.context["checklist"] if not one.is_done)
        assert first.href == f"#{page.context['now'].section}"
        assert "eerder verzoek" not in first.words

    def test_who_handles_no_requests_is_told_to_do_nothing(self, client):
        enter(client, "auditor")
        request, _person, _match = fresh()
        assert "now" not in client.get(address(request)).context

    def test_of_the_dead_no_report_says_that_nothing_was_found(self, client):
        enter(client)
        request, _person, match = fresh()
        services.begin(request.pk, officer=OFFICER)
        services.note_deceased(match.pk, officer=OFFICER, now=LATER)
        page = client.get(address(request))
        assert page.context["found_report"] is None
        assert "geen persoonsgegevens van u gevonden" not in text_of(page)

    def test_who_alone_noted_who_asks_is_told_so_and_a_colleague_who_notes_it_too_opens_the_way(
        self, client
    ):
        senior = enter(client, "senior officer")
        person = make_involvement(make_dossier(opened_on=date(2025, 1, 1)))
        make_record(person)
        request = make_request(rights=[Right.ACCESS, Right.ERASURE])
        services.confirm_match(make_match(request, person.subject).pk, officer=OFFICER, now=LATER)
        prove(request, officer=senior.pk)
        decide(request, officer=OFFICER)
        page = client.get(address(request))
        assert page.context["now"] == steps.PROVED
        assert "u besliste het" not in text_of(page)
        assert str(page.context["why_not_approve"]).startswith("Alleen u stelde vast wie vraagt.")
        assert "Een andere senior functionaris" in str(page.context["rests_on_one"])
        colleague = enter(client)
        said = str(client.get(address(request)).context["rests_on_one"])
        assert said.startswith(f"Alleen {senior.username} stelde vast wie vraagt")
        prove(request, officer=colleague.pk)
        client.force_login(senior, backend="django.contrib.auth.backends.ModelBackend")
        page = client.get(address(request))
        assert (page.context["now"], page.context["why_not_approve"]) == (steps.APPROVE, "")
        assert page.context["rests_on_one"] == ""
        assert approve(request, officer=senior.pk).state == State.APPROVED

    def test_who_entered_it_and_noted_who_asks_finds_the_reason_and_no_button(self, client):
        officer = enter(client)
        request, _person, match = fresh()
        type(request).objects.filter(pk=request.pk).update(entered_by=officer.pk)
        services.begin(request.pk, officer=OFFICER)
        services.confirm_match(match.pk, officer=OFFICER, now=LATER)
        prove(request, officer=officer.pk)
        prove(request, officer=OFFICER)
        page = client.get(address(request))
        assert str(page.context["why_not_approve"]).startswith("U voerde dit in en stelde vast")
        assert page.context["rests_on_one"] == ""
