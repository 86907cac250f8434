"""The officer's page of decisions: proposals, corrections, reviews, pauses, what was done."""

import re
from datetime import date
from html import unescape

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from requests import services
from requests.constants import Right, State
from requests.models import Decision, Effect, Rectification, Review
from requests.tests.answers import lines_for
from requests.tests.makers import OFFICER
from requests.tests.rights import NOW, make_asked
from subjects.models import AutomatedDecision
from subjects.services import person_view
from subjects.tests.makers import (
    make_contact,
    make_decision,
    make_dossier,
    make_involvement,
    make_record,
)

APPROVE = "Goedkeuren, uitvoeren en het antwoord maken"
pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def enter(client, role, name="anna"):
    user = User.objects.create_user(name)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


@pytest.fixture
def officer(client):
    return enter(client, "privacy officer")


def make_case(**fields):
    return make_involvement(make_dossier(opened_on=date(2025, 1, 1), **fields))


def at(asked, *rest):
    return "/".join(["/desk/requests", str(asked.reference), *rest, ""])


def page_of(response):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def filled(asked, do="decide", **fields):
    asked.refresh_from_db()
    form = {"version": asked.version, "do": do}
    for line in lines_for(asked, timezone.localdate()):
        if line.current:
            form[f"outcome-{line.key.name}"] = line.current.outcome.value
    return form | fields


def name_of(asked, right, person, part=""):
    lines = lines_for(asked, timezone.localdate())
    return next(
        line.key.name
        for line in lines
        if (line.right, line.key.dossier, line.key.part) == (right, person.dossier.reference, part)
    )


def test_each_right_shows_its_files_with_proposal_article_and_reason(client, officer):
    person = make_case()
    make_record(person, "contact", provided_by_subject=True)
    asked = make_asked(Right.ERASURE, Right.PORTABILITY, people=[person])
    page = page_of(client.get(at(asked)))
    assert "Mijn gegevens laten wissen" in page
    assert "Geweigerd (AVG artikel 17 lid 3 onder e) In woorden voor de persoon: De schuld" in page
    assert "Deels toegewezen (AVG artikel 20 lid 1)" in page
    assert "Dit is het antwoord" not in page


def test_what_is_weighed_has_no_proposal_and_must_be_chosen(client, officer):
    asked = make_asked(Right.OBJECTION, people=[make_case()])
    page = page_of(client.get(at(asked)))
    assert "Weeg het zelf af" in page
    assert "Meestal geweigerd" in page
    response = client.post(at(asked, "answer"), filled(asked))
    assert response.status_code == 422
    assert "Kies een uitkomst" in page_of(response)


def test_a_weighing_without_reasons_says_so_beside_the_field_and_keeps_what_was_typed(
    client, officer
):
    person = make_case()
    asked = make_asked(Right.OBJECTION, people=[person])
    name = name_of(asked, Right.OBJECTION, person)
    typed = {
        f"outcome-{name}": "refused",
        f"article-{name}": "21.1",
        f"reason-{name}": "Wij wogen dit af.",
    }
    response = client.post(at(asked, "answer"), filled(asked, **typed))
    page = page_of(response)
    assert response.status_code == 422
    assert "Schrijf wat is afgewogen" in page
    assert "Wij wogen dit af." in page
    typed[f"grounds-{name}"] = "De vordering staat vast."
    assert client.post(at(asked, "answer"), filled(asked, **typed)).status_code == 302
    decision = Decision.objects.get()
    assert (decision.outcome, decision.needs_second) == ("refused", True)
    assert "Een andere collega keurt dit goed" in page_of(client.get(at(asked)))


def test_a_refusal_by_the_article_that_grants_is_not_saved_and_the_summary_says_what_is_wrong(
    client, officer
):
    person = make_case()
    asked = make_asked(Right.ACCESS, people=[person])
    name = name_of(asked, Right.ACCESS, person)
    typed = {f"outcome-{name}": "refused", f"article-{name}": "15", f"reason-{name}": ""}
    response = client.post(at(asked, "answer"), filled(asked, **typed))
    assert response.status_code == 422
    assert not Decision.objects.exists()
    markup = response.content.decode()
    assert "<title>Fout:" in markup
    summary = unescape(markup.split('class="error-summary"')[1].split("</ul>")[0])
    assert f'href="#decisionsform_article-{name}"' in summary
    assert "Kies het artikel waarop de weigering rust." in summary
    assert f'href="#decisionsform_reason-{name}"' in summary
    assert 'id="decisionsform_reason-' in markup
    typed |= {f"article-{name}": "15.4", f"reason-{name}": "Het gaat ook over een ander."}
    assert client.post(at(asked, "answer"), filled(asked, **typed)).status_code == 302


def test_what_a_refusal_needs_is_not_called_optional(client, officer):
    asked = make_asked(Right.ACCESS, people=[make_case()])
    page = page_of(client.get(at(asked)))
    assert "Reden, voor de persoon Verplicht bij een weigering" in page
    assert "Reden, voor de persoon (niet verplicht)" not in page


def test_a_refusal_by_proposal_is_saved_by_one_and_approved_by_a_senior(client, officer):
    person = make_case()
    asked = make_asked(Right.ERASURE, people=[person])
    page = page_of(client.get(at(asked)))
    assert "een senior functionaris keurt ze dan goed" in page
    assert APPROVE not in page
    refused = client.post(at(asked, "answer"), filled(asked, "approve"))
    assert refused.status_code == 403
    assert "Er is niets goedgekeurd." in page_of(refused)
    assert client.post(at(asked, "answer"), filled(asked)).status_code == 302
    assert APPROVE not in page_of(client.get(at(asked)))
    enter(client, "senior officer", "bea")
    assert APPROVE in page_of(client.get(at(asked)))
    assert client.post(at(asked, "answer"), filled(asked, "approve")).status_code == 302
    asked.refresh_from_db()
    assert asked.state == State.APPROVED
    page = page_of(client.get(at(asked)))
    assert "Wat is beslist" in page
    assert "Geweigerd" in page


def test_who_decided_what_takes_two_is_told_who_approves_it_and_finds_no_button(client):
    enter(client, "senior officer", "cor")
    asked = make_asked(Right.ERASURE, people=[make_case()])
    page = page_of(client.get(at(asked)))
    assert "Hierover beslissen twee mensen." in page
    assert APPROVE not in page
    assert client.post(at(asked, "answer"), filled(asked)).status_code == 302
    page = page_of(client.get(at(asked)))
    assert "U hebt dit besloten: een andere collega keurt het goed" in page
    assert APPROVE not in page
    assert client.post(at(asked, "answer"), filled(asked, "approve")).status_code == 422
    asked.refresh_from_db()
    assert asked.state == State.HANDLING


def test_who_decides_what_one_may_decide_finds_the_button(client, officer):
    asked = make_asked(Right.ACCESS, people=[make_case()])
    assert APPROVE in page_of(client.get(at(asked)))


def test_a_correction_is_noted_shown_taken_back_and_carried_out(client, officer):
    person = make_case()
    record = make_record(person, content={"amount": "120.00"})
    asked = make_asked(Right.RECTIFICATION, people=[person])
    typed = {
        "version": asked.version,
        "what": f"{record.pk}:amount",
        "value": "90.00",
        "evidence": "Factuur",
    }
    assert client.post(at(asked, "correct"), typed).status_code == 302
    row = Rectification.objects.get()
    assert "90.00" in page_of(client.get(at(asked)))
    client.post(at(asked, "correct", str(row.reference), "drop"))
    assert not Rectification.objects.exists()
    asked.refresh_from_db()
    typed = {"version": asked.version, "evidence": "BRP", "what": "identity:addresses"}
    response = client.post(at(asked, "correct"), typed | {"value": "Dorpsstraat 1"})
    assert response.status_code == 422
    assert "elk op een eigen regel" in page_of(response)
    assert "Dorpsstraat 1" in page_of(response)
    lines = "Kerkstraat\n5\n3511 AB\nUtrecht"
    assert client.post(at(asked, "correct"), typed | {"value": lines}).status_code == 302
    assert client.post(at(asked, "answer"), filled(asked, "approve")).status_code == 302
    [held] = person_view(involvement_ids=[person.pk])
    assert held.identity is not None
    assert held.identity["addresses"][0]["street"] == "Kerkstraat"
    page = page_of(client.get(at(asked)))
    assert "Gegevens verbeterd: uitgevoerd" in page


@pytest.mark.parametrize(("typed", "kept"), [("9 maart 1985", "1985-03-09"), ("31-2-1985", None)])
def test_a_date_of_birth_is_read_as_people_write_it(client, officer, typed, kept):
    person = make_case()
    asked = make_asked(Right.RECTIFICATION, people=[person])
    form = {
        "version": asked.version,
        "what": "identity:birth_date",
        "value": typed,
        "evidence": "-",
    }
    response = client.post(at(asked, "correct"), form)
    assert response.status_code == (302 if kept else 422)
    values = [values["new"] for _row, values in services.corrections_of(asked)]
    assert values == ([kept] if kept else [])


def test_a_review_is_done_by_a_senior_and_by_nobody_else(client, officer):
    person = make_case()
    make_decision(person)
    asked = make_asked(Right.REVIEW, people=[person])
    client.post(at(asked, "answer"), filled(asked))
    row = Review.objects.get()
    prefix = f"review{row.pk}"
    typed = {
        f"{prefix}-version": asked.version,
        f"{prefix}-result": "changed",
        f"{prefix}-view": "Ik betaalde op tijd.",
        f"{prefix}-outcome": "Geen brief",
        f"{prefix}-effect": "Geen aanmaning",
        f"{prefix}-reasons": "Betaling gezien.",
    }
    address = at(asked, "review", str(row.reference))
    assert client.post(address, typed).status_code == 403
    assert "Een senior medewerker" in page_of(client.get(at(asked)))
    enter(client, "senior officer", "bea")
    response = client.post(address, typed | {f"{prefix}-reasons": ""})
    assert response.status_code == 422
    assert "Ik betaalde op tijd." in page_of(response)
    assert client.post(address, typed).status_code == 302
    assert AutomatedDecision.objects.count() == 2
    assert "Een andere beslissing" in page_of(client.get(at(asked)))


def test_each_review_shows_the_one_decision_it_is_about_and_only_its_own_form_opens(client):
    enter(client, "senior officer")
    person = make_case()
    for result in ("Eerste brief", "Dagvaarding voorgesteld"):
        make_decision(person, account={"inputs": {}, "result": result, "effect": "-"})
    asked = make_asked(Right.REVIEW, people=[person])
    reviews = articles(client.get(at(asked)))
    found = [[word in one for word in ("Eerste brief", "Dagvaarding")] for one in reviews]
    assert sorted(found) == [[False, True], [True, False]]
    assert not any("<details open" in one for one in reviews)
    first = Review.objects.order_by("pk")[0]
    refused = client.post(
        at(asked, "review", str(first.reference)), {f"review{first.pk}-view": "Al betaald."}
    )
    assert refused.status_code == 422
    assert ["<details open" in one for one in articles(refused)].count(True) == 1


def articles(response):
    """Return each review on the page, as it is written there."""
    page = response.content.decode()
    return [one.split("</article>")[0] for one in page.split("<article")[1:] if "review-" in one]


def test_the_use_is_paused_by_a_button_and_ends_after_the_person_is_told(client, officer):
    person = make_case()
    asked = make_asked(Right.OBJECTION, Right.RESTRICTION, people=[person])
    assert "Zet het gebruik nu stil" in page_of(client.get(at(asked)))
    assert client.post(at(asked, "pause")).status_code == 302
    assert "Zet het gebruik nu stil" not in page_of(client.get(at(asked)))
    effect = Effect.objects.get()
    assert client.post(at(asked, "pause", str(effect.pk), "end")).status_code == 422
    assert client.post(at(asked, "pause", str(effect.pk), "tell"), {"text": ""}).status_code == 422
    told = client.post(at(asked, "pause", str(effect.pk), "tell"), {"text": "Wij zijn klaar."})
    assert told.status_code == 302
    assert client.post(at(asked, "pause", str(effect.pk), "end")).status_code == 302
    assert person.restrictions.get().lifted_on == timezone.localdate()


def test_what_belongs_to_another_request_is_not_there(client, officer):
    asked = make_asked(Right.RECTIFICATION, people=[make_case()])
    [row] = services.note_identity(
        asked.pk, "last_name", "X", evidence="-", officer=OFFICER, now=NOW
    )
    other = make_asked(Right.RECTIFICATION, people=[make_case()])
    assert client.post(at(other, "correct", str(row.reference), "drop")).status_code == 404
    assert client.post(at(other, "pause", "1", "end")).status_code == 404
    assert Rectification.objects.exists()


def test_what_is_wrong_is_taken_away_and_what_the_person_adds_is_put_beside(client, officer):
    person = make_case()
    note = make_contact(person, note="Zei niets.")
    asked = make_asked(Right.RECTIFICATION, people=[person])
    typed = {"version": asked.version, "evidence": "Brief", "what": "identity:phones"}
    both = typed | {"value": "0612345678", "removes": "on"}
    for wrong, words in ((both, "niet allebei"), (typed, "haal de oude weg")):
        response = client.post(at(asked, "correct"), wrong)
        assert response.status_code == 422
        assert words in page_of(response)
    assert client.post(at(asked, "correct"), typed | {"removes": "on"}).status_code == 302
    assert "(weggehaald)" in page_of(client.get(at(asked)))
    asked.refresh_from_db()
    typed |= {"version": asked.version, "what": f"contact:{note.pk}", "value": "Ik zei wel iets."}
    assert client.post(at(asked, "correct"), typed | {"removes": "on"}).status_code == 422
    assert client.post(at(asked, "correct"), typed).status_code == 302
    page = page_of(client.get(at(asked)))
    assert "Wat de persoon toevoegt" in page
    assert "Ik zei wel iets." in page
    fields = set(Rectification.objects.values_list("field", flat=True))
    assert fields == {"phones", "statement_contact"}


def test_an_auditor_decides_corrects_and_pauses_nothing(client):
    enter(client, "auditor")
    asked = make_asked(Right.RECTIFICATION, people=[make_case()])
    for rest in (("answer",), ("correct",), ("pause",)):
        assert client.post(at(asked, *rest), {}).status_code == 403
