"""Letters of real requests: they say what was decided, stay sealed, and are for one person only."""

import json
from datetime import date

import pytest
from django.test import Client
from django.utils import timezone

from audit.services import entries_about
from requests import services
from requests.constants import EffectKind, ExtensionReason, Outcome, Right, State
from requests.decisions.lines import Choice, Key
from requests.exceptions import AnswerLacks
from requests.identity.constants import AsksFor, AuthorityProof, MandateKind
from requests.letters.making import letter_of, letters_of
from requests.letters.models import Letter
from requests.models import Effect, Pack, RequestedRight
from requests.packs import making
from requests.report.answering import gaps_of
from requests.tests.answers import NOW, make_approved, make_case, make_ready
from requests.tests.lettering import make_letter
from requests.tests.makers import ANOTHER, LATER, OFFICER, ask_in_vain, make_handled, make_request
from requests.tests.rights import approve, decide
from requests.tests.test_desk import address, enter, text_of
from requests.tests.test_page import make_now, opened
from subjects.models import RecipientNotice
from subjects.tests.makers import make_dossier, make_involvement, make_record

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


def answered(request):
    making.build_pack(request.pk, now=NOW)
    request.refresh_from_db()
    [(row, letter)] = letters_of(request)
    return row, letter


def test_the_answer_goes_with_a_letter_that_says_what_was_decided():
    request = make_approved(make_case())
    row, letter = answered(request)
    assert row.kind == letter["kind"] == "answer"
    [right] = letter["rights"]
    assert right["name"] == "Uw gegevens inzien"
    assert "Webwinkel De Zon" in right["rows"][0]["about"][0]
    assert letter["to"]["name"].endswith("El Amrani")
    made = entries_about(f"request:{request.reference}").filter(body__event="letter.made")
    assert made.get().body["kind"] == "answer"


def test_a_second_run_writes_no_second_letter():
    request = make_approved(make_case())
    answered(request)
    making.build_pack(request.pk, now=NOW)
    assert Letter.objects.count() == 1


def test_a_refused_dossier_has_its_reason_in_the_letter():
    person = make_case()
    request = make_ready(person)
    choices = {
        Key("access", person.dossier.reference): Choice(
            Outcome.REFUSED, "15.4", "Dit gaat over een ander."
        )
    }
    decide(request, choices=choices)
    approve(request, choices=choices)
    _row, letter = answered(request)
    [row] = letter["rights"][0]["rows"]
    assert (row["decision"], row["reason"]) == ("Nee", "Dit gaat over een ander.")
    assert row["law"]["reference"] == "AVG artikel 15 lid 4"


def test_the_letter_goes_to_the_representative_who_asked_and_names_the_person():
    person = make_case()
    request = make_ready(person)
    services.note_mandate(
        request.pk,
        request.matches.get().pk,
        kind=MandateKind.BUDGET_COACH,
        proof=AuthorityProof.POWER,
        since=date(2026, 1, 1),
        identity={
            "name": "J. de Boer",
            "office": "Budgethulp Midden",
            "address": "Postbus 12, 3500 AA Utrecht",
        },
        text="Volmacht gezien",
        officer=OFFICER,
        now=LATER,
    )
    approve(request)
    _row, letter = answered(request)
    assert letter["to"]["name"] == "J. de Boer"
    assert letter["to"]["address"] == ["Budgethulp Midden", "Postbus 12", "3500 AA Utrecht"]
    assert letter["opening"][-1].startswith("U vroeg dit namens ")
    assert "El Amrani" in letter["opening"][-1]


def test_who_says_to_ask_for_another_and_shows_nothing_is_answered_under_their_own_name():
    request = make_request(
        asks_for=AsksFor.OTHER, representative={"name": "A. Vos", "kind": "lawyer", "email": ""}
    )
    services.begin(request.pk, officer=OFFICER)
    ask_in_vain(request, now=LATER)
    services.decide_without_data(request.pk, Outcome.NOT_PROVEN, officer=OFFICER, now=LATER)
    approve(request)
    _row, letter = answered(request)
    assert letter["to"] == {"name": "A. Vos", "address": []}


def test_nothing_found_is_a_letter_of_its_own():
    row, letter = answered(make_approved())
    assert row.kind == "nothing_found"
    assert letter["title"] == "Wij hebben geen gegevens van u gevonden"


def test_no_letter_tells_of_a_report_of_an_unusual_transaction():
    person = make_case()
    check = make_involvement(make_dossier("AML", unusual_report_on=NOW.date()), person.subject)
    make_record(check, "unusual_report", content={"text": "GEHEIM"}, source="own")
    request = make_ready(person)
    # Even where a colleague decided about a file that may not be told.
    services.decide(
        request.pk,
        Right.ACCESS,
        dossier=check.dossier,
        outcome=Outcome.GRANTED,
        reason="",
        officer=OFFICER,
        now=NOW,
    )
    approve(request)
    _row, letter = answered(request)
    text = json.dumps(letter, ensure_ascii=False)
    assert "itwas" not in text
    assert "Incasso" in text


def test_of_who_may_be_somebody_else_nothing_goes_out_but_the_letter():
    request = make_handled()
    ask_in_vain(request, now=NOW)
    services.decide(
        request.pk,
        Right.ACCESS,
        dossier=None,
        outcome=Outcome.NOT_PROVEN,
        reason="De geboortedatum klopt niet.",
        officer=OFFICER,
        now=NOW,
        article="12.6",
    )
    services.approve(request.pk, officer=ANOTHER, now=NOW)
    row, _letter = answered(request)
    assert row.kind == "not_proven"
    assert not Pack.objects.exists()


def make_erasure(person, state="done"):
    """Make an approved request of which the erasure of one dossier was granted."""
    request = make_ready(person)
    RequestedRight.objects.create(request=request, right=Right.ERASURE, article="17")
    decision = services.decide(
        request.pk,
        Right.ERASURE,
        dossier=person.dossier,
        outcome=Outcome.GRANTED,
        reason="",
        officer=OFFICER,
        now=NOW,
        article="17.1.a",
    )
    approve(request)
    Effect.objects.filter(request=request).delete()
    if state:
        Effect.objects.create(
            request=request,
            right=decision.right,
            decision=decision,
            kind=EffectKind.ERASE,
            dossier_reference=person.dossier.reference,
            state=state,
            carried_out_at=NOW if state == "done" else None,
        )
    request.refresh_from_db()
    return request


def gaps_when_sent(request):
    with pytest.raises(AnswerLacks) as refused:
        making.build_pack(request.pk, now=NOW)
    request.refresh_from_db()
    assert request.state == State.APPROVED
    assert not Letter.objects.exists()
    return [(gap.article, gap.what) for gap in refused.value.gaps]


def test_a_right_that_nobody_carried_out_is_not_said_to_be_granted():
    person = make_case()
    assert gaps_when_sent(make_erasure(person, state="")) == [("12(3)", "deed")]


def test_recipients_that_nobody_told_hold_the_letter_back():
    request = make_erasure(make_case())
    RecipientNotice.objects.all().delete()
    assert gaps_when_sent(request) == [("19", "told")]


def test_each_recipient_with_a_notice_is_named_in_the_letter():
    _row, letter = answered(make_erasure(make_case()))
    [row] = [one for right in letter["rights"] for one in right["rows"] if one["told"]]
    assert row["told"] == ["Deurwaarder BV: krijgt hiervan bericht"]


def test_what_was_carried_out_is_in_the_letter_with_its_day():
    person = make_involvement(make_dossier(closed_on=date(2025, 9, 5)))
    _row, letter = answered(make_erasure(person))
    [row] = [one for right in letter["rights"] for one in right["rows"] if one["done"]]
    assert row["done"] == ["Wij hebben deze gegevens gewist op 24 juni 2026"]
    assert row["told"][0].startswith("Wij gaven deze gegevens aan niemand anders")


def test_an_erasure_that_waits_by_law_tells_its_day():
    # Two years after closing, by the rules for collection agencies.
    person = make_involvement(make_dossier(closed_on=date(2025, 9, 5)))
    _row, letter = answered(make_erasure(person, state="waiting"))
    [row] = [one for right in letter["rights"] for one in right["rows"] if one["done"]]
    assert row["done"] == ["Wij wissen deze gegevens op 6 september 2027"]


def test_a_right_without_decision_is_missing():
    request = make_ready(make_case())
    RequestedRight.objects.create(request=request, right=Right.ERASURE, article="17")
    gaps = gaps_of(request, None, today=NOW.date())
    assert [(gap.what, gap.right) for gap in gaps] == [
        ("outcome", "access"),
        ("outcome", "erasure"),
    ]


def test_an_extension_is_told_by_letter():
    request = make_request()
    services.extend_deadline(
        request.pk,
        further_months=2,
        reason=ExtensionReason.COMPLEXITY,
        text="Wij moeten in veertien dossiers zoeken.",
        officer=OFFICER,
        now=LATER,
    )
    [(row, letter)] = letters_of(request)
    assert row.kind == "extension"
    assert letter["extension"]["reason"] == "Wij moeten in veertien dossiers zoeken."
    assert "9 september 2026" in letter["opening"][1]


def test_a_dump_of_the_main_database_shows_no_letter():
    row, _letter = answered(make_approved(make_case()))
    assert b"Amrani" not in bytes(row.sealed_content)
    assert b"Webwinkel" not in bytes(row.sealed_content)


# --- who may read it -----------------------------------------------------------------------


def test_the_person_reads_the_letter_on_the_page_and_takes_it_as_pdf(client):
    request = make_now().request
    row = make_letter(request)
    page = text_of(client.get(opened(client, request)))
    assert "Ons antwoord op uw verzoek" in page
    assert "binnen zes weken" in page
    pdf = client.get(f"/request/{request.reference}/letter/{row.reference}/")
    assert pdf.content.startswith(b"%PDF")
    assert "no-store" in pdf.headers["Cache-Control"]


def test_a_stranger_and_another_request_get_no_letter(client):
    request, other = make_now().request, make_now().request
    row = make_letter(request)
    there = f"/request/{request.reference}/letter/{row.reference}/"
    assert client.get(there).status_code == 404
    opened(client, other)
    assert Client().get(there).status_code == 404
    assert client.get(f"/request/{other.reference}/letter/{row.reference}/").status_code == 404
    assert letter_of(other, row.reference) is None


def test_an_officer_prints_a_letter_and_that_is_noted(client):
    request = make_request()
    row = make_letter(request)
    there = address(request, "our-letter", str(row.reference))
    enter(client, "auditor")
    assert client.post(there).status_code == 403
    enter(client, "privacy officer")
    assert client.post(there).content.startswith(b"%PDF")
    noted = entries_about(f"request:{request.reference}").filter(body__event="letter.downloaded")
    assert noted.count() == 1


def test_the_officer_sees_the_letter_and_what_is_missing_for_which_dossier(client):
    person = make_case()
    request = make_ready(person)
    RequestedRight.objects.create(request=request, right=Right.ERASURE, article="17")
    enter(client, "privacy officer")
    page = text_of(client.get(address(request)))
    assert "het besluit. Mijn gegevens laten wissen" in page
    assert timezone.localdate()
    services.decide(
        request.pk,
        Right.ERASURE,
        dossier=person.dossier,
        outcome=Outcome.REFUSED,
        reason="De schuld staat nog open.",
        officer=OFFICER,
        now=NOW,
        article="17.3.e",
    )
    assert "De schuld staat nog open." in text_of(client.get(address(request)))
