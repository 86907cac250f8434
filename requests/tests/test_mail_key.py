"""Who gives a public key gets what we write by mail too, and nobody else can read it."""

from email import message_from_string, policy
from typing import Any

import pysequoia
import pytest
from django.test import override_settings
from django.utils import timezone

from audit.services import entries_about
from requests import services
from requests.constants import MailKind
from requests.mail import mailing
from requests.models import OutgoingMail
from requests.tests.makers import OFFICER
from requests.tests.smtp import mail_server
from requests.tests.test_mail import BY_SMTP
from requests.tests.test_page import make_now, opened, post, text_of

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
WORDS = "Mevrouw El Amrani, uw dossier is gevonden."


@pytest.fixture(scope="module")
def pgp():
    return pysequoia.Tsk.generate("Fatima <fatima@example.nl>")


def public(pgp: pysequoia.Tsk) -> str:
    return str(pgp.extract_certificate())


def sent_news(request: Any) -> Any:
    """Write to the person; return the mail as it leaves the house."""
    pk = services.send_message(request.pk, WORDS, officer=OFFICER, now=timezone.now())
    with mail_server() as server, override_settings(**BY_SMTP, EMAIL_PORT=server.port):
        assert pk
        assert mailing.send(pk, now=timezone.now())
    return message_from_string(server.mails[0], policy=policy.default)


def test_with_a_key_the_message_goes_by_mail_and_only_its_holder_reads_it(client, pgp):
    request = make_now().request
    answer = post(client, f"{opened(client, request)}mail-key/", {"key": public(pgp)})
    assert answer.status_code == 302
    request.refresh_from_db()
    assert b"BEGIN PGP" not in bytes(request.sealed_mail_key)
    sent = sent_news(request)
    assert "Amrani" not in str(sent)
    assert sent["Subject"].startswith("Er is iets nieuws")
    assert sent["To"] == "fatima@example.nl"
    content = sent.get_payload()[1].get_payload()
    read = pysequoia.decrypt(content.encode(), decryptor=pgp.decryptor()).bytes or b""
    assert WORDS in message_from_string(read.decode(), policy=policy.default).get_content()


def test_without_a_key_mail_says_only_that_something_is_there(client):
    request = make_now().request
    sent = sent_news(request)
    assert "Amrani" not in sent.get_content()
    assert request.number in sent.get_content()


def test_codes_and_links_are_encrypted_too(client, pgp):
    request = make_now().request
    services.keep_mail_key(request.pk, public(pgp), now=timezone.now())
    services.send_new_link(request.number, "fatima@example.nl", now=timezone.now())
    waiting = OutgoingMail.objects.latest("id")
    with mail_server() as server, override_settings(**BY_SMTP, EMAIL_PORT=server.port):
        mailing.send(waiting.pk, now=timezone.now())
    assert "/request/link/" not in server.mails[0]
    assert "BEGIN PGP MESSAGE" in server.mails[0]


def test_an_empty_key_ends_it_and_the_ledger_knows_both(client, pgp):
    request = make_now().request
    there = opened(client, request)
    post(client, f"{there}mail-key/", {"key": public(pgp)})
    post(client, f"{there}mail-key/", {"key": ""})
    request.refresh_from_db()
    assert request.sealed_mail_key is None
    changes = [
        entry.body["kind"]
        for entry in entries_about(f"request:{request.reference}")
        if entry.body["event"] == "request.mail_key_changed"
    ]
    assert changes == ["openpgp", "none"]


def test_what_is_no_key_is_refused_beside_the_field_and_stays_typed(client):
    request = make_now().request
    answer = post(client, f"{opened(client, request)}mail-key/", {"key": "mijn sleutel"})
    assert answer.status_code == 422
    assert "mijn sleutel" in text_of(answer)
    assert "geen S/MIME-certificaat" in text_of(answer)


def test_a_stranger_gives_no_key(client, pgp):
    request = make_now().request
    answer = post(client, f"/request/{request.reference}/mail-key/", {"key": public(pgp)})
    assert answer.status_code == 404
    request.refresh_from_db()
    assert request.sealed_mail_key is None


def test_words_never_leave_in_a_mail_that_is_not_encrypted():
    request = make_now().request
    with pytest.raises(ValueError, match="encrypted"):
        mailing.queue(request, MailKind.NEWS, "fatima@example.nl", now=timezone.now(), words=WORDS)


def test_who_gave_a_key_that_can_no_longer_be_used_hears_that_there_is_news(pgp):
    request = make_now().request
    row = mailing.queue(
        request,
        MailKind.NEWS,
        "fatima@example.nl",
        now=timezone.now(),
        words=WORDS,
        encrypt_for=public(pgp)[:300],
    )
    with mail_server() as server, override_settings(**BY_SMTP, EMAIL_PORT=server.port):
        assert mailing.send(row.pk, now=timezone.now())
    sent = message_from_string(server.mails[0], policy=policy.default)
    assert WORDS not in str(sent)
    assert request.number in sent.get_content()
