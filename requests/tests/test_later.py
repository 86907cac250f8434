"""Saving a form and going on later; two tabs, two clicks, a session that ended: nothing is lost."""

import re
import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.utils import timezone

from policy.tests.makers import load_policy
from requests import limits, services
from requests.mail import mailing
from requests.models import OutgoingMail, PortalDraft, PrivacyRequest
from requests.portal import drafts
from requests.portal.drafts import LONGEST_KEPT
from requests.tests.journey import ANSWERS, CODE, ask, check_page, fill_in, post, send, text_of
from vault.exceptions import KeyDestroyed

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
LATER, RESUME = "/ask/later/", "/ask/resume/"
PERSONAL = ("Amrani", "Dorpsstraat", "1984", "D-100", "fatima")


@pytest.fixture(autouse=True)
def _statement():
    load_policy()


def saved(client: Client) -> str:
    """Save what was typed so far; return the code."""
    page = client.get(LATER)
    assert page.status_code == 200
    [code] = re.findall(CODE, page.content.decode())
    return code


def begun(client: Client) -> str:
    """Answer three questions and save; return the code."""
    for slug in ("situation", "whom"):
        post(client, f"/ask/{slug}/", ANSWERS[slug])
    answer = post(client, "/ask/name/", ANSWERS["name"] | {"later": "1"})
    assert answer.headers["Location"] == LATER
    return saved(client)


def link_to(client: Client, email: str = "fatima@example.nl") -> str:
    assert post(client, LATER, {"email": email}).status_code == 200
    body = mailing.content_of(OutgoingMail.objects.latest("pk"))["body"]
    [path] = re.findall(r"/ask/resume/link/[^/]+/", body)
    return path


# --- a code


def test_who_saves_goes_on_with_the_code_on_another_device_where_they_were(client):
    code = begun(client)
    other = Client()
    assert post(other, RESUME, {"code": f" {code.lower().replace('-', ' ')} "}).status_code == 302
    assert 'value="El Amrani"' in other.get("/ask/name/").content.decode()
    assert post(Client(), RESUME, {"code": code}).headers["Location"] == "/ask/born/"


def test_a_form_that_is_all_filled_in_goes_on_at_its_last_page(client):
    fill_in(client)
    other = Client()
    assert post(other, RESUME, {"code": saved(client)}).headers["Location"] == "/ask/check/"
    assert send(other).headers["Location"] == "/ask/sent/"


def test_who_saves_before_answering_a_screen_finds_that_screen_again(client):
    begun(client)
    for slug, typed in (("born", {"birth_date": ""}), ("address", {"country": "NL"})):
        post(client, f"/ask/{slug}/", typed | {"later": "1"})
        assert post(Client(), RESUME, {"code": saved(client)}).headers["Location"] == "/ask/born/"
    post(client, "/ask/born/", {"birth_date": ""})
    assert post(Client(), RESUME, {"code": saved(client)}).headers["Location"] == "/ask/address/"


def test_the_front_page_leads_back_to_where_somebody_was(client):
    assert "Ga verder waar" not in text_of(client.get("/"))
    begun(client)
    page = client.get("/")
    assert "Ga verder waar" in text_of(page)
    assert page.context["go_on"] == "/ask/born/"
    ask(client)
    assert "Ga verder waar" not in text_of(client.get("/"))


def test_what_is_wrong_is_saved_too_and_asked_again(client):
    begun(client)
    post(client, "/ask/born/", {"birth_date": "30-2-1984", "later": "1"})
    other = Client()
    assert post(other, RESUME, {"code": saved(client)}).headers["Location"] == "/ask/born/"
    assert "30-2-1984" in other.get("/ask/born/").content.decode()


def test_the_code_stays_the_same_and_works_until_the_form_is_sent(client):
    code = begun(client)
    assert saved(client) == code
    for _ in range(2):
        assert post(Client(), RESUME, {"code": code}).status_code == 302
    fill_in(client)
    send(client)
    gone = post(Client(), RESUME, {"code": code})
    wrong = post(Client(), RESUME, {"code": "K7QF-93MD-AB2C-9XYZ"})
    assert (gone.status_code, wrong.status_code) == (422, 422)
    without = re.compile(r'value="[^"]*"')
    assert without.sub("", text_of(gone)) == without.sub("", text_of(wrong))


def test_the_page_tells_the_last_day_and_after_it_nothing_is_left(client):
    with time_machine.travel("2026-11-26T15:00:00+01:00", tick=False):
        code = begun(client)
        assert "tot en met 2 december 2026" in text_of(client.get(LATER))
    with time_machine.travel("2026-12-02T23:50:00+01:00", tick=False):
        assert drafts.delete_old(timezone.now()) == 0
        assert post(Client(), RESUME, {"code": code}).status_code == 302
    with time_machine.travel("2026-12-03T15:00:00+01:00", tick=False):
        assert post(Client(), RESUME, {"code": code}).status_code == 422
        assert drafts.delete_old(timezone.now()) == 1
    assert not PortalDraft.objects.exists()


def test_who_goes_on_and_saves_again_gets_seven_more_days(client):
    with time_machine.travel("2026-11-26T15:00:00+01:00"):
        code = begun(client)
    with time_machine.travel("2026-12-01T15:00:00+01:00"):
        other = Client()
        post(other, RESUME, {"code": code})
        post(other, "/ask/born/", ANSWERS["born"] | {"later": "1"})
        assert "tot en met 7 december 2026" in text_of(other.get(LATER))


def test_code_and_answers_stand_sealed(client):
    code = begun(client)
    [draft] = PortalDraft.objects.all()
    kept = bytes(draft.sealed_content) + bytes(draft.code_digest or b"")
    assert code.encode() not in kept
    assert code not in str(dict(client.session.items()))


def test_where_a_form_was_begun_nobody_reads_the_code_of_what_was_sent_from_elsewhere(client):
    fill_in(client)
    code, home = saved(client), Client()
    assert post(home, RESUME, {"code": code}).headers["Location"] == "/ask/check/"
    send(home)
    made = PrivacyRequest.objects.get()
    assert made.number in home.get("/ask/sent/").content.decode()
    for path in ("/ask/sent/", "/ask/check/", "/ask/later/", "/"):
        page = client.get(path, follow=True).content.decode()
        assert made.number not in page
        assert not re.findall(CODE, page)
    assert "vanaf een ander apparaat" in client.get("/ask/sent/", follow=True).content.decode()


def test_guessing_codes_is_slowed(client, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "resume", (2, 900))
    answers = [post(client, RESUME, {"code": f"{at}"}).status_code for at in range(3)]
    assert answers == [422, 422, 429]


def test_without_a_form_there_is_nothing_to_save(client):
    assert client.get(LATER).headers["Location"] == "/"
    ask(client)
    assert client.get(LATER).headers["Location"] == "/"
    assert post(client, RESUME, {"code": ""}).status_code == 422


def test_going_on_gives_the_browser_another_session(client):
    code = begun(client)
    other = Client()
    post(other, "/ask/situation/", ANSWERS["situation"])
    before = other.session.session_key
    post(other, RESUME, {"code": code})
    assert other.session.session_key != before


def test_who_closes_the_form_on_a_device_leaves_nothing_there_and_goes_on_with_the_code(client):
    code = begun(client)
    assert client.get("/ask/close/").status_code == 405
    assert "Uw formulier is hier gesloten" in text_of(client.post("/ask/close/", follow=True))
    assert client.get("/ask/name/").headers["Location"] == "/ask/situation/"
    assert post(Client(), RESUME, {"code": code}).headers["Location"] == "/ask/born/"


def test_a_text_that_is_too_long_to_keep_is_shown_again_and_not_lost(client):
    words = "a" * (LONGEST_KEPT + 1)
    for way in ("later", "back"):
        response = post(client, "/ask/words/", {"words": words, way: "1"})
        assert response.status_code == 422
        assert words in response.content.decode()


# --- a mailed link


def test_the_mail_holds_a_link_that_works_once_and_nothing_of_the_person(client):
    begun(client)
    path = link_to(client)
    content = mailing.content_of(OutgoingMail.objects.get())
    for personal in PERSONAL:
        assert personal not in content["subject"] + content["body"]
    other = Client()
    assert "El Amrani" not in text_of(other.get(path))
    assert post(other, path).headers["Location"] == "/ask/born/"
    assert 'value="El Amrani"' in other.get("/ask/name/").content.decode()
    again = post(Client(), path)
    assert again.status_code == 404
    assert "al gebruikt" in text_of(again)


def test_a_link_to_a_wrong_address_opens_a_form_only_to_who_knows_its_date_of_birth(
    client, monkeypatch
):
    fill_in(client)
    path, other = link_to(client), Client()
    asked = text_of(post(other, path))
    assert "geboortedatum" in asked.casefold()
    assert "El Amrani" not in asked
    wrong = post(other, path, {"fact": "10-3-1984"})
    assert wrong.status_code == 422
    assert 'value="10-3-1984"' in wrong.content.decode()
    assert other.get("/ask/check/").status_code == 302
    # It was not used up by that: who saved the form goes on.
    assert post(Client(), path, {"fact": "9 maart 1984"}).headers["Location"] == "/ask/check/"
    # Guesses are counted for the form, from wherever they come.
    monkeypatch.setitem(limits.LIMITS, "fact", (1, 3600))
    cache.clear()
    path = link_to(client)
    assert post(Client(REMOTE_ADDR="192.0.2.7"), path, {"fact": "1-1-1980"}).status_code == 422
    assert post(Client(REMOTE_ADDR="192.0.2.8"), path, {"fact": "9-3-1984"}).status_code == 422


def test_looking_at_the_link_does_not_use_it_up(client):
    begun(client)
    path = link_to(client)
    for _ in range(3):
        assert Client().get(path).status_code == 200
    assert post(Client(), path).status_code == 302


@pytest.mark.parametrize(
    "path", ["/ask/resume/link/x/", "/request/link/x/", "/take/x/", "/organisations/link/x/"]
)
def test_a_page_at_a_secret_address_tells_nobody_its_path_and_is_kept_nowhere(client, path):
    for response in (client.get(path), post(client, path)):
        assert response.headers["Referrer-Policy"] == "strict-origin"
        assert "no-store" in response.headers["Cache-Control"]


def test_only_the_newest_link_works_and_none_after_sending(client):
    begun(client)
    first, second = link_to(client), link_to(client)
    assert post(Client(), first).status_code == 404
    fill_in(client)
    send(client)
    assert post(Client(), second).status_code == 404
    assert post(Client(), "/ask/resume/link/nonsense/").status_code == 404


def test_a_link_is_too_old_after_seven_days(client):
    begun(client)
    path = link_to(client)
    with time_machine.travel(timezone.now() + timedelta(days=7)):
        assert post(Client(), path).status_code == 404


def test_one_address_gets_so_many_links_and_the_page_says_the_same(client, monkeypatch):
    monkeypatch.setitem(limits.LIMITS, "later_mail", (2, 24 * 3600))
    begun(client)
    pages = [text_of(post(client, LATER, {"email": "a@example.nl"})) for _ in range(4)]
    assert len(set(pages)) == 1
    assert OutgoingMail.objects.count() == 2


def test_the_address_goes_with_the_days_of_the_form(client):
    begun(client)
    link_to(client)
    sent = OutgoingMail.objects.get()
    assert mailing.empty_old(timezone.now() + timedelta(days=6)) == 0
    assert mailing.empty_old(timezone.now() + timedelta(days=7)) == 1
    sent.refresh_from_db()
    with pytest.raises(KeyDestroyed):
        mailing.content_of(sent)


@pytest.mark.parametrize("email", ["", "geen adres", "a" * 300 + "@example.nl"])
def test_a_wrong_address_gets_a_sentence_and_the_code_stays_in_sight(client, email):
    code = begun(client)
    response = post(client, LATER, {"email": email})
    assert response.status_code == 422
    assert code in response.content.decode()
    assert not OutgoingMail.objects.exists()


def test_nothing_of_it_reaches_the_logs(client, caplog):
    with caplog.at_level("DEBUG"):
        code = begun(client)
        link_to(client)
        post(Client(), RESUME, {"code": code})
    for secret in (code, *PERSONAL):
        assert secret not in caplog.text


# --- two clicks, two tabs, and a session that ended


def with_cookies_of(client: Client) -> Client:
    """Return a browser that still has the cookies of now."""
    other = Client()
    other.cookies.load({name: one.value for name, one in client.cookies.items()})
    return other


def slowly(client: Client, once: str):
    with time_machine.travel(timezone.now() + timedelta(seconds=60)):
        return post(client, "/ask/check/", {"once": once})


def test_a_second_click_with_the_session_of_before_finds_number_and_code(client):
    fill_in(client)
    once, again = check_page(client), with_cookies_of(client)
    assert slowly(client, once).headers["Location"] == "/ask/sent/"
    assert slowly(again, once).headers["Location"] == "/ask/sent/"
    made = PrivacyRequest.objects.get()
    [code] = re.findall(CODE, again.get("/ask/sent/").content.decode())
    opened = services.open_with_code(made.number, code, now=timezone.now())
    assert opened == services.Opened(made)


def test_nobody_else_takes_a_request_with_a_second_click(client):
    fill_in(client)
    once, again = check_page(client), with_cookies_of(client)
    other = check_page(client)
    assert other != once
    slowly(client, once)
    for wrong in ("", "nonsense", other):
        assert slowly(again, wrong).headers["Location"] == "/ask/situation/"
        assert slowly(Client(), wrong).headers["Location"] == "/ask/situation/"
    with time_machine.travel(timezone.now() + timedelta(minutes=30)):
        assert post(again, "/ask/check/", {"once": once}).headers["Location"] == "/ask/situation/"


@pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
def test_two_clicks_at_the_same_moment_make_one_request_and_both_see_its_number():
    client = Client()
    fill_in(client)
    PortalDraft.objects.update(started_at=timezone.now() - timedelta(minutes=1))
    once, seen = check_page(client), []
    start = threading.Barrier(2)

    def click(browser: Client) -> None:
        try:
            start.wait()
            browser.post("/ask/check/", {"once": once})
            seen.extend(re.findall(r"AP-\d{4}-\d{6}", browser.get("/ask/sent/").content.decode()))
        finally:
            connections.close_all()

    clicks = [threading.Thread(target=click, args=(with_cookies_of(client),)) for _ in range(2)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    made = PrivacyRequest.objects.get()
    assert seen == [made.number, made.number]


def test_two_tabs_of_one_form_keep_what_each_of_them_typed(client):
    fill_in(client)
    tab = with_cookies_of(client)
    post(client, "/ask/name/", {"first_name": "F.", "last_name": "Amrani"})
    post(tab, "/ask/born/", {"birth_date": "10-3-1984"})
    page = text_of(client.get("/ask/check/"))
    assert "Amrani" in page
    assert "10-3-1984" in page


def test_a_tab_that_goes_on_after_the_other_sent_says_so_and_changes_nothing_that_was_sent(client):
    made = ask(client)
    answer = client.post("/ask/words/", {"words": "Nog iets: mijn adres klopt niet."}, follow=True)
    assert "al verstuurd" in text_of(answer)
    assert "Nog iets" not in services.body_of(made)["words"]
    assert "Nog iets" in client.get("/ask/words/").content.decode()


def test_a_session_that_ended_in_the_form_is_said_and_what_was_typed_just_now_is_kept(client):
    code = begun(client)
    client.cookies.clear()
    answer = client.post("/ask/words/", {"words": "Dit typte ik lang."}, follow=True)
    assert "niet meer open" in text_of(answer)
    assert "Dit typte ik lang." in client.get("/ask/words/").content.decode()
    assert post(client, RESUME, {"code": code}).headers["Location"] == "/ask/born/"


def test_who_looks_at_a_screen_without_a_form_is_told_where_a_saved_one_opens(client):
    assert "geen formulier open" in text_of(client.get("/ask/words/", follow=True))
    assert "geen formulier open" not in text_of(client.get("/ask/situation/"))
