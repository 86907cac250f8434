"""Mail goes out once, is tried again, says nothing of the person, and is emptied in time."""

import re
import socket
from datetime import timedelta
from email import message_from_string, policy

import pytest
from django.contrib.auth.models import Group, User
from django.core import mail as django_mail
from django.test import override_settings

from embedded.worker import until
from requests import tasks
from requests.constants import MailState
from requests.mail import mailing
from requests.models import OutgoingMail
from requests.tests.makers import LATER, RECEIVED_AT, make_request
from requests.tests.smtp import mail_server
from vault import services as vault
from vault.exceptions import KeyDestroyed

BOTH = ["default", "keystore"]
pytestmark = pytest.mark.django_db(databases=BOTH)
BY_SMTP = {
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "EMAIL_HOST": "127.0.0.1",
}


def queued() -> OutgoingMail:
    return OutgoingMail.objects.get(request=make_request())


def a_closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_a_mail_goes_out_through_a_real_server_once():
    waiting = queued()
    with mail_server() as server, override_settings(**BY_SMTP, EMAIL_PORT=server.port):
        assert mailing.send(waiting.pk, now=LATER)
        assert not mailing.send(waiting.pk, now=LATER)
    [sent] = server.mails
    letter = message_from_string(sent, policy=policy.default)
    assert letter["To"] == "fatima@example.nl"
    assert letter["Auto-Submitted"] == "auto-generated"
    words = letter["Subject"] + letter.get_content()
    assert "AP-2026-" in words
    for personal in ("Fatima", "Amrani", "Dorpsstraat", "wat u van mij"):
        assert personal not in words
    waiting.refresh_from_db()
    assert (waiting.state, waiting.sent_at, waiting.attempts) == (MailState.SENT, LATER, 1)


def try_to_send(waiting: OutgoingMail, *, before: int) -> None:
    """Run the task; at once, so that each retry follows on the heels of the one before."""
    tasks.send_mail.apply(args=(waiting.pk,), retries=before)
    waiting.refresh_from_db()


def test_a_server_that_is_away_is_tried_again_and_given_up_at_last():
    waiting = queued()
    with override_settings(**BY_SMTP, EMAIL_PORT=a_closed_port()):
        try_to_send(waiting, before=0)
    assert (waiting.state, waiting.error) == (MailState.FAILED, "ConnectionRefusedError")
    assert waiting.attempts == tasks.MAIL_ATTEMPTS


def test_a_mail_that_failed_once_goes_out_when_the_server_is_back():
    waiting = queued()
    mailing.note_failure(waiting.pk, ConnectionRefusedError(), last=False)
    with mail_server() as server, override_settings(**BY_SMTP, EMAIL_PORT=server.port):
        try_to_send(waiting, before=1)
    assert (waiting.state, waiting.error, len(server.mails)) == (MailState.SENT, "", 1)


@pytest.mark.parametrize("before", [0, tasks.MAIL_ATTEMPTS - 1])
def test_an_address_that_is_refused_is_noted_without_naming_it(caplog, before):
    waiting = queued()
    with (
        caplog.at_level("DEBUG"),
        mail_server(refusing="550 no such mailbox fatima@example.nl") as server,
        override_settings(**BY_SMTP, EMAIL_PORT=server.port),
    ):
        try_to_send(waiting, before=before)
    assert (waiting.state, waiting.error) == (MailState.FAILED, "SMTPRecipientsRefused")
    assert server.mails == []
    assert "fatima" not in caplog.text


def test_nothing_of_a_mail_stands_open_in_its_row():
    row = str(OutgoingMail.objects.filter(pk=queued().pk).values().get())
    assert "fatima" not in row
    assert "AP-2026" not in row


def test_mail_whose_task_was_lost_is_found_again():
    waiting = queued()
    assert mailing.overdue(RECEIVED_AT + timedelta(minutes=1), limit=10) == []
    assert mailing.overdue(RECEIVED_AT + timedelta(minutes=3), limit=10) == [waiting.pk]
    mailing.send(waiting.pk, now=LATER)
    assert mailing.overdue(RECEIVED_AT + timedelta(days=1), limit=10) == []


def test_address_and_words_are_destroyed_after_thirty_days():
    waiting = queued()
    mailing.send(waiting.pk, now=LATER)
    key_id = waiting.key_id
    assert key_id is not None
    assert mailing.empty_old(RECEIVED_AT + timedelta(days=29)) == 0
    assert mailing.empty_old(RECEIVED_AT + timedelta(days=30)) == 1
    assert mailing.empty_old(RECEIVED_AT + timedelta(days=30)) == 0
    vault.drain_outbox()
    waiting.refresh_from_db()
    assert (waiting.key_id, waiting.sealed_content) == (None, None)
    assert waiting.state == MailState.SENT
    with pytest.raises(KeyDestroyed):
        vault.open_key(key_id)
    with pytest.raises(KeyDestroyed):
        mailing.content_of(waiting)


@override_settings(EMAIL_BACKEND="requests.mail.mailing.OutboxBackend")
def test_the_demo_sends_nothing():
    waiting = queued()
    assert mailing.send(waiting.pk, now=LATER)
    assert not hasattr(django_mail, "outbox") or django_mail.outbox == []


# --- the demo's outbox


def make_colleague(role: str) -> User:
    colleague = User.objects.create_user(role)
    colleague.groups.add(Group.objects.get(name=role))
    return colleague


@pytest.fixture
def officer(client) -> User:
    colleague = make_colleague("privacy officer")
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    return colleague


IN_DEMO = override_settings(
    DEMO_MODE=True, ROOT_URLCONF="requests.tests.outbox_addresses", SITE_URL="http://testserver"
)


@IN_DEMO
def test_the_outbox_shows_mail_with_its_link(client, officer):
    queued()
    page = client.get("/desk/outbox/").content.decode()
    [link] = re.findall(r'href="http://testserver(/request/link/[^"]+)"', page)
    assert client.get(link).status_code == 200
    assert "fatima@example.nl" in page


@IN_DEMO
def test_the_outbox_pages_by_key_and_shows_emptied_mail_as_such(client, officer):
    for _ in range(26):
        queued()
    mailing.empty_old(RECEIVED_AT + timedelta(days=30))
    first = client.get("/desk/outbox/").content.decode()
    assert first.count("geleegd") == 25
    [before] = re.findall(r'href="\?before=(\d+)"', first)
    assert client.get(f"/desk/outbox/?before={before}").content.decode().count("geleegd") == 1
    assert client.get("/desk/outbox/?before=nonsense").status_code == 200


@IN_DEMO
def test_the_outbox_takes_as_many_queries_for_many_mails_as_for_one(
    client, officer, django_assert_max_num_queries
):
    for _ in range(10):
        queued()
    with django_assert_max_num_queries(9):
        client.get("/desk/outbox/")


@IN_DEMO
def test_strangers_and_other_roles_do_not_see_the_outbox(client):
    assert client.get("/desk/outbox/").status_code == 302
    client.force_login(
        make_colleague("marketing"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get("/desk/outbox/").status_code == 403


@override_settings(ROOT_URLCONF="requests.tests.outbox_addresses", DEMO_MODE=False)
def test_outside_the_demo_there_is_no_outbox(client, officer):
    assert client.get("/desk/outbox/").status_code == 404


# --- with a real worker


@pytest.mark.worker
@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_a_worker_sends_what_waits(celery_worker):
    waiting = queued()
    tasks.send_mail.delay(waiting.pk)
    until(lambda: OutgoingMail.objects.get(pk=waiting.pk).state == MailState.SENT)
