"""Asking on the site, in both languages, without JavaScript, and without loss."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from requests import limits, services
from requests.models import OutgoingMail, PortalDraft, PrivacyRequest
from requests.portal import drafts
from requests.portal.ways import LONGEST_BODY
from requests.tests.journey import (
    ANSWERS,
    CODE,
    FORM,
    ask,
    check_page,
    fill_in,
    post,
    send,
    text_of,
)
from vault import services as vault
from vault.exceptions import KeyDestroyed

BOTH = ["default", "keystore"]
pytestmark = pytest.mark.django_db(databases=BOTH)


@pytest.fixture(autouse=True)
def policy():
    from policy.tests.makers import load_policy

    load_policy()


# --- the journey


def test_the_front_page_says_what_one_can_do_here(client):
    page = text_of(client.get("/"))
    assert "Uw gegevens en uw rechten" in page
    for way in ("Wis mijn gegevens", "Ik hoef dit niet te betalen", "Juridisch Loket"):
        assert way in page
    assert 'href="tel:0204177177"' in client.get("/").content.decode()
    assert client.get("/ask/situation/").status_code == 200


@pytest.mark.parametrize(
    ("language", "heading", "answer"),
    [("nl", "Kijk uw antwoorden na", "een brief"), ("en", "Check your answers", "got a letter")],
)
def test_a_request_is_made_question_by_question(client, language, heading, answer):
    post(client, "/language/setlang/", {"language": language, "next": "/"})
    page = text_of(fill_in(client))
    assert heading in page
    assert answer in page
    assert "El Amrani" in page
    assert send(client).headers["Location"] == "/ask/sent/"
    made = PrivacyRequest.objects.get()
    assert made.language == language
    assert made.channel == "portal"
    body = services.body_of(made)
    assert body["words"] == ANSWERS["words"]["words"]
    assert body["situation"] == "letter"
    assert body["identity"] == {
        "first_name": "Fatima",
        "initials": "",
        "last_name": "El Amrani",
        "birth_date": "1984-03-09",
        "addresses": [ANSWERS["address"]],
        "emails": ["fatima@example.nl"],
        "phones": [],
        "ibans": [],
        "dossier_number": "D-100",
    }


def test_only_a_name_and_a_way_to_be_reached_are_needed(client):
    empty = dict.fromkeys(ANSWERS["address"], "") | {"country": "NL"}
    made = ask(
        client,
        name={"first_name": "", "last_name": "Öztürk"},
        born={"birth_date": ""},
        address=empty,
        reach={"email": "", "phone": "06 12345678"},
        number={"dossier_number": ""},
        words={"words": ""},
    )
    identity = services.body_of(made)["identity"]
    assert (identity["addresses"], identity["birth_date"]) == ([], None)
    assert not OutgoingMail.objects.exists()


def test_what_was_typed_is_there_again_when_one_goes_back(client):
    fill_in(client)
    assert 'value="El Amrani"' in client.get("/ask/name/").content.decode()
    answer = post(client, "/ask/born/", {"birth_date": "30-2-1984", "back": "1"})
    assert answer.headers["Location"] == "/ask/name/"
    page = client.get("/ask/born/").content.decode()
    assert "30-2-1984" in page
    assert "field-error" not in page


def test_what_is_wrong_must_be_put_right_before_it_is_sent(client):
    fill_in(client)
    post(client, "/ask/born/", {"birth_date": "30-2-1984", "back": "1"})
    answer = client.get("/ask/check/")
    assert answer.headers["Location"] == "/ask/born/?look"
    assert "bestaat niet in die maand" in text_of(client.get("/ask/born/?look"))
    assert send(client).headers["Location"] == "/ask/born/?look"
    assert not PrivacyRequest.objects.exists()


def test_a_change_from_the_last_page_leads_back_to_it(client):
    page = fill_in(client).content.decode()
    assert 'href="/ask/name/?from-check"' in page
    answer = post(client, "/ask/name/?from-check", {"first_name": "F.", "last_name": "Amrani"})
    assert answer.headers["Location"] == "/ask/check/"


def test_a_question_cannot_be_skipped(client):
    assert client.get("/ask/words/").headers["Location"] == "/ask/situation/"
    assert client.get("/ask/check/").headers["Location"] == "/ask/situation/"
    post(client, "/ask/situation/", ANSWERS["situation"])
    assert client.get("/ask/check/").headers["Location"] == "/ask/whom/"
    assert client.get("/ask/nonsense/").status_code == 404


# --- what is wrong is said beside the field, and nothing is lost


@pytest.mark.parametrize(
    ("slug", "typed", "sentence"),
    [
        ("situation", {}, "Kies er één"),
        ("situation", {"situation": "nonsense"}, "nonsense"),
        ("name", {"first_name": "Jo", "last_name": " "}, "Vul uw achternaam in"),
        ("name", {"last_name": "a" * 101}, "101 tekens"),
        ("born", {"birth_date": "31-4-1984"}, "bestaat niet"),
        ("born", {"birth_date": "1-1-2090"}, "nog komen"),
        ("address", {"postcode": "0000 00", "country": "NL"}, "vier cijfers en twee letters"),
        ("reach", {"email": "geen adres"}, "geen e-mailadres"),
        ("reach", {"phone": "12"}, "geen telefoonnummer"),
        ("reach", {}, "Vul een e-mailadres of een telefoonnummer in"),
        ("words", {"words": "a\0b"}, "a"),
    ],
)
def test_a_wrong_answer_gets_a_sentence_and_stays_in_its_field(client, slug, typed, sentence):
    response = post(client, f"/ask/{slug}/", typed)
    assert response.status_code == 422
    page = response.content.decode()
    assert "error-summary" in page
    assert sentence in text_of(response)
    for name, value in typed.items():
        if slug != "situation" and value.strip() and "\0" not in value:
            assert value in page, name


def test_a_foreign_postcode_is_as_it_is(client):
    typed = ANSWERS["address"] | {"postcode": "SW1A 1AA", "country": "ZZ"}
    assert post(client, "/ask/address/", typed).status_code == 302


def test_ten_million_characters_get_a_sentence_and_are_shown_again(client):
    words = "tekst " * 1_700_000
    response = post(client, "/ask/words/", {"words": words})
    assert response.status_code == 422
    page = response.content.decode()
    assert "10.199.999 tekens" in page
    assert "20.000" in page
    assert words.strip() in page
    assert len(bytes(PortalDraft.objects.get().sealed_content)) < 1_000


def test_a_body_too_large_to_read_is_not_read(client):
    response = client.post(
        "/ask/words/",
        b"words=x",
        content_type=FORM,
        CONTENT_LENGTH=str(LONGEST_BODY + 1),
    )
    assert response.status_code == 413
    assert "Ga terug in uw browser" in text_of(response)


def test_a_long_text_is_not_taken_without_the_page_s_own_token(client):
    strict = Client(enforce_csrf_checks=True)
    for words in ("kort", "lang " * 400_000):
        assert post(strict, "/ask/words/", {"words": words}).status_code == 403


def test_any_script_and_any_sign_are_taken_as_they_are(client):
    words = "مرحبا, ik ben 🌷 Çelik — “x” <b>&amp;\r\nשלום"
    made = ask(
        client, name={"first_name": "فاطمة", "last_name": "Çelik-Łukasz"}, words={"words": words}
    )
    body = services.body_of(made)
    assert body["words"] == words.replace("\r\n", "\n") or body["words"] == words
    assert body["identity"]["first_name"] == "فاطمة"
    page = fill_in(client, words={"words": words}).content.decode()
    assert "<b>" not in page.replace("Alektum <b>", "")


def test_a_text_in_a_wrong_writing_harms_nothing(client):
    post(client, "/ask/situation/", ANSWERS["situation"])
    response = client.post("/ask/words/", b"words=caf%E9+%FF%FE", content_type=FORM)
    assert response.status_code == 302
    assert "caf" in client.get("/ask/words/").content.decode()


def test_a_citizen_service_number_is_masked_and_the_rest_kept(client):
    words = "Mijn BSN is 111222333 en ik woon in Utrecht"
    answer = post(client, "/ask/situation/", ANSWERS["situation"])
    answer = client.post("/ask/words/", {"words": words}, follow=True)
    assert "burgerservicenummer" in text_of(answer)
    [draft] = PortalDraft.objects.all()
    assert drafts.answers_of(draft)["words"]["words"] == (
        "Mijn BSN is ********* en ik woon in Utrecht"
    )


def test_a_dossier_number_of_nine_digits_is_none(client):
    made = ask(client, number={"dossier_number": "111222333"})
    assert services.body_of(made)["identity"]["dossier_number"] == "111222333"


# --- sending once


def test_two_clicks_make_one_request(client):
    fill_in(client)
    first, second = send(client), send(client)
    assert first.headers["Location"] == second.headers["Location"] == "/ask/sent/"
    assert PrivacyRequest.objects.count() == 1
    assert OutgoingMail.objects.count() == 1


def test_after_sending_a_new_request_starts_empty(client):
    ask(client)
    post(client, "/ask/situation/", {"situation": "debt"})
    assert "El Amrani" not in client.get("/ask/name/").content.decode()
    assert client.get("/ask/check/").headers["Location"] == "/ask/whom/"


def test_the_sent_page_shows_number_and_code_for_an_hour(client):
    made = ask(client)
    page = client.get("/ask/sent/").content.decode()
    assert made.number in page
    [code] = re.findall(CODE, page)
    opened = services.open_with_code(made.number, code, now=timezone.now())
    assert opened == services.Opened(made)
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert code not in client.get("/ask/sent/").content.decode()


def test_nobody_sees_the_sent_page_of_another(client):
    ask(client)
    assert Client().get("/ask/sent/").headers["Location"] == "/"


# --- robots and floods


def test_who_sends_faster_than_anybody_types_is_asked_to_look_again(client):
    # A busy machine takes its time: here none passes.
    with time_machine.travel(timezone.now(), tick=False):
        fill_in(client)
        response = post(client, "/ask/check/")
    assert response.status_code == 422
    assert "erg snel" in text_of(response)
    assert send(client).status_code == 302


def test_who_fills_the_unseen_field_is_told_and_not_kept_out(client):
    fill_in(client)
    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        response = post(client, "/ask/check/", {"website": "https://spam.example"})
        assert response.status_code == 422
        assert "aria-hidden" not in response.content.decode().split('name="website"')[0][-200:]
        once = check_page(client)
        assert post(client, "/ask/check/", {"website": "", "once": once}).status_code == 302


def test_a_flood_from_one_address_is_stopped_and_others_are_not(client, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "start", (3, 3600))
    first = ANSWERS["situation"]
    answers = [post(Client(), "/ask/situation/", first).status_code for _ in range(5)]
    assert answers == [302, 302, 302, 429, 429]
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert post(elsewhere, "/ask/situation/", first).status_code == 302


def test_who_is_at_the_limit_keeps_what_was_typed(client, monkeypatch):
    fill_in(client)
    monkeypatch.setitem(limits.LIMITS, "send", (0, 3600))
    assert send(client).status_code == 429
    monkeypatch.setitem(limits.LIMITS, "send", (10, 3600))
    assert send(client).status_code == 302


def test_the_cache_never_holds_an_address(client, monkeypatch):
    kept = []
    monkeypatch.setattr(cache, "add", lambda key, *a, **k: kept.append(key))
    client.get("/request/00000000-0000-0000-0000-000000000000/", REMOTE_ADDR="192.0.2.7")
    assert kept
    assert not [key for key in kept if "192.0.2.7" in key]


# --- drafts


def test_a_draft_stands_sealed_and_the_session_holds_its_reference_only(client):
    fill_in(client)
    [draft] = PortalDraft.objects.all()
    assert b"Amrani" not in bytes(draft.sealed_content)
    assert dict(client.session.items())["draft"] == str(draft.reference)
    assert "Amrani" not in str(dict(client.session.items()))


def test_drafts_go_after_seven_days_with_their_key(client):
    post(client, "/ask/situation/", ANSWERS["situation"])
    [draft] = PortalDraft.objects.all()
    assert drafts.delete_old(timezone.now() + timedelta(days=6)) == 0
    assert drafts.delete_old(timezone.now() + timedelta(days=7)) == 1
    vault.drain_outbox()
    with pytest.raises(KeyDestroyed):
        vault.open_key(draft.key_id)
    assert client.get("/ask/name/").headers["Location"] == "/ask/situation/"


def test_a_draft_that_was_sent_goes_within_the_day_and_the_request_stays(client):
    made = ask(client)
    assert drafts.delete_old(timezone.now() + timedelta(hours=2)) == 1
    assert PrivacyRequest.objects.get() == made


def test_nothing_of_the_person_reaches_ledger_or_logs(client, caplog):
    with caplog.at_level("DEBUG"):
        ask(client)
        client.get("/ask/sent/")
    told = caplog.text + str([entry.body for entry in Entry.objects.all()])
    for personal in ("Amrani", "fatima@", "Dorpsstraat", "9-3-1984", "1984-03-09", "D-100"):
        assert personal not in told


# --- many at once


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_many_who_send_at_the_same_moment_each_get_a_number_of_their_own():
    def one(at: int, made: list[str]) -> None:
        client = Client(REMOTE_ADDR=f"192.0.2.{at}")
        try:
            for slug, typed in ANSWERS.items():
                client.post(f"/ask/{slug}/", typed)
            PortalDraft.objects.filter(reference=client.session["draft"]).update(
                started_at=timezone.now() - timedelta(minutes=1)
            )
            client.post("/ask/check/", {"once": check_page(client)})
            page = client.get("/ask/sent/").content.decode()
            made += re.findall(r"AP-\d{4}-\d{6}", page)[:1]
        finally:
            connections.close_all()

    made: list[str] = []
    threads = [threading.Thread(target=one, args=(at, made)) for at in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == len(made) == 12
    assert PrivacyRequest.objects.count() == 12


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_two_clicks_at_the_same_moment_make_one_request():
    client = Client()
    fill_in(client)
    [draft] = PortalDraft.objects.all()
    once, numbers = drafts.secret_of_page(draft), list[str]()

    def click() -> None:
        try:
            sent = drafts.send(draft.reference, language="nl", now=timezone.now(), once=once)
            numbers.append(sent.request.number)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=click) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 6
    assert len(set(numbers)) == 1
    assert PrivacyRequest.objects.count() == 1


def test_a_country_that_was_chosen_beforehand_is_no_address_on_the_last_page(client):
    empty = {"postcode": "", "number": "", "street": "", "city": "", "country": "NL"}
    page = text_of(fill_in(client, address=empty))
    assert not re.search(r"\bNederland\b", page)
    typed = {"postcode": "1071 HJ", "number": "12", "street": "", "city": "", "country": "NL"}
    assert re.search(r"\bNederland\b", text_of(fill_in(client, address=typed)))
