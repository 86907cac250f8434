"""What is sent is what the last page showed; where another window changed it, it is shown again."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from policy.tests.makers import load_policy
from requests import services
from requests.models import PortalDraft, PrivacyRequest
from requests.portal import drafts
from requests.tests.journey import ANSWERS, check_page, fill_in, post, text_of
from requests.tests.test_attachments import PDF
from requests.tests.test_message_files import a_file

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture(autouse=True)
def _statement():
    load_policy()


def press(client: Client, once: str, **typed: str):
    with time_machine.travel(timezone.now() + timedelta(minutes=1)):
        return post(client, "/ask/check/", {"once": once, **typed})


def change_words(client: Client):
    post(client, "/ask/words/", {"words": "Verwijder alles wat u van mij heeft."})


def change_files(client: Client):
    client.post("/ask/files/", {"papers": [a_file("bewijs.pdf", PDF)]})


@pytest.mark.parametrize("change", [change_words, change_files])
def test_what_another_window_changed_is_shown_before_it_is_sent(client, change):
    fill_in(client)
    once = check_page(client)
    change(client)
    answer = press(client, once)
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "misschien in een ander venster" in shown
    assert "Verwijder alles" in shown or "bewijs.pdf" in shown
    assert 'class="trap" aria-hidden="true"' in answer.content.decode()
    assert not PrivacyRequest.objects.exists()
    # Nothing is lost, and what is shown now is sent.
    assert drafts.answers_of(PortalDraft.objects.get())["name"] == ANSWERS["name"]
    assert press(client, check_page(client)).headers["Location"] == "/ask/sent/"
    [made] = PrivacyRequest.objects.all()
    words = services.body_of(made)["words"]
    assert (words == ANSWERS["words"]["words"]) == (change is change_files)
    assert made.attachments.count() == (1 if change is change_files else 0)


@pytest.mark.parametrize("wrong", ["", ".", "nonsense", "abc.def", "é.ü"])
def test_what_no_page_showed_is_not_sent(client, wrong):
    fill_in(client)
    assert press(client, wrong).status_code == 422
    assert not PrivacyRequest.objects.exists()


def test_the_page_of_another_form_sends_nothing(client):
    fill_in(client)
    other = Client()
    fill_in(other)
    assert press(client, check_page(other)).status_code == 422
    assert not PrivacyRequest.objects.exists()


def test_a_second_click_on_the_page_that_was_sent_finds_what_it_sent(client):
    fill_in(client)
    once = check_page(client)
    assert press(client, once).headers["Location"] == "/ask/sent/"
    assert press(client, once).headers["Location"] == "/ask/sent/"
    assert PrivacyRequest.objects.count() == 1


def test_the_secret_of_a_page_tells_nothing_of_the_answers(client):
    fill_in(client)
    [draft] = PortalDraft.objects.all()
    one, other = drafts.secret_of_page(draft), drafts.secret_of_page(draft)
    assert one.split(".")[1] != other.split(".")[1]
