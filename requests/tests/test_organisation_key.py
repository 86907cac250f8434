"""An organisation that gave a key reads in its mail what its page shows; nobody else can."""

from datetime import timedelta
from email import message_from_bytes, message_from_string, policy

import pysequoia
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import override_settings
from django.utils import timezone

from audit.models import Entry
from requests.constants import MailKind
from requests.mail import mailing
from requests.models import OutgoingMail
from requests.organisations import changes as organisation_changes
from requests.organisations import forwarding
from requests.organisations import mail as organisation_mail
from requests.organisations import pages as organisation_pages
from requests.tests.makers import LATER, OFFICER, make_handled
from requests.tests.smtp import mail_server
from requests.tests.test_desk import enter
from requests.tests.test_forwarding import WORDS, person
from requests.tests.test_mail import BY_SMTP
from requests.tests.test_telling import NOW, opened, told_recipient
from subjects.models import Organisation
from vault.envelopes import KeyUnfit, read_key
from vault.tests.test_envelopes import NOW as CERTIFIED
from vault.tests.test_envelopes import make_certificate, pem

__all__ = ["person"]
pytestmark = pytest.mark.django_db(databases=["default", "keystore"])


@pytest.fixture(scope="module")
def pgp():
    return pysequoia.Tsk.generate("Privacy <avg@example.nl>")


def public(pgp):
    return str(pgp.extract_certificate())


def give_key(organisation, pgp, **fields):
    key = read_key(public(pgp), now=timezone.now())
    of = {"notice_channel": "mail", "mail_key": key.text, "mail_key_fingerprint": key.fingerprint}
    Organisation.objects.filter(pk=organisation.pk).update(**of | fields)
    return key


def sent():
    """Send what waits for organisations; return the one mail as it leaves the house."""
    (pk,) = organisation_mail.send_links(now=NOW)
    with mail_server() as server, override_settings(**BY_SMTP, EMAIL_PORT=server.port):
        assert mailing.send(pk, now=timezone.now())
    return pk, message_from_string(server.mails[0], policy=policy.default)


def decrypted(message, pgp):
    content = message.get_payload()[1].get_payload()
    read = pysequoia.decrypt(content.encode(), decryptor=pgp.decryptor()).bytes or b""
    return message_from_bytes(read, policy=policy.default).get_content()


def test_a_notice_goes_encrypted_with_what_the_page_shows_and_is_not_kept(client, pgp):
    notice = told_recipient()
    give_key(notice.recipient.organisation, pgp)
    (queued,) = organisation_mail.send_links(now=NOW)
    row = OutgoingMail.objects.get(pk=queued)
    assert b"Amrani" not in bytes(row.sealed_content or b"")
    with mail_server() as server, override_settings(**BY_SMTP, EMAIL_PORT=server.port):
        address = opened(client, queued)
        assert mailing.send(queued, now=timezone.now())
    outside = message_from_string(server.mails[0], policy=policy.default)
    assert "Amrani" not in str(outside)
    words = decrypted(outside, pgp)
    page = client.get(address).content.decode()
    for part in ("Fatima El Amrani", str(notice.dossier_reference), "Corrigeer deze gegevens"):
        assert part in words
        assert part in page
    assert "“El Amrani” en is “Amrani”" in words
    row.refresh_from_db()
    assert (row.state, row.key_id, row.sealed_content) == ("sent", None, None)
    events = [one.body["event"] for one in Entry.objects.all()]
    assert events.count("notice.mailed_encrypted") == 1
    assert "Amrani" not in str([one.body for one in Entry.objects.all()])


def test_a_request_for_a_seller_goes_encrypted_too(person, pgp):
    organisation = Organisation.objects.get(name="Winkel BV")
    give_key(organisation, pgp)
    forwarding.forward(make_handled(person, words=WORDS).pk, officer=OFFICER, now=LATER)
    _pk, message = sent()
    assert WORDS not in str(message)
    assert WORDS in decrypted(message, pgp)


@pytest.mark.parametrize("fields", [{"mail_key": ""}, {"notice_channel": "link"}])
def test_without_key_or_choice_it_stays_the_link(pgp, fields):
    notice = told_recipient()
    give_key(notice.recipient.organisation, pgp, **fields)
    _pk, message = sent()
    assert "/organisations/link/" in message.get_content()
    assert "Amrani" not in message.get_content()


def test_a_key_that_expired_since_makes_it_the_link_again():
    organisation = told_recipient().recipient.organisation
    secret = rsa.generate_private_key(65537, 2048)
    organisation.notice_channel = "mail"
    organisation.mail_key = pem(make_certificate(secret, days=30))
    for days, works in ((29, True), (31, False)):
        now = CERTIFIED + timedelta(days=days)
        assert bool(organisation_mail.usable_key(organisation, now=now)) is works


def test_a_key_that_expires_while_the_mail_waits_lets_nothing_out(monkeypatch, pgp):
    notice = told_recipient()
    give_key(notice.recipient.organisation, pgp)

    def expired(*args, **more):
        raise KeyUnfit("expired")

    monkeypatch.setattr(mailing, "encrypted", expired)
    pk, message = sent()
    assert "/organisations/link/" in message.get_content()
    assert "Amrani" not in message.get_content()
    assert OutgoingMail.objects.get(pk=pk).sealed_content is None


def test_mail_that_says_more_has_something_to_say_to_anybody():
    with pytest.raises(ValueError, match="anybody"):
        mailing.queue_plain(
            MailKind.TOLD, "x@y.nl", "S", "B", language="nl", now=NOW, encrypt_for="k"
        )


def test_a_long_list_says_how_many_more_are_behind_the_link(monkeypatch, pgp):
    monkeypatch.setattr(organisation_pages, "MOST", 0)
    notice = told_recipient()
    give_key(notice.recipient.organisation, pgp)
    _pk, message = sent()
    assert "Achter de link staan er nog 1." in decrypted(message, pgp)


# --- at the desk


def test_an_officer_gives_the_key_and_sees_its_fingerprint(client, pgp):
    organisation = told_recipient().recipient.organisation
    page = f"/desk/told/recipients/{organisation.reference}/"
    given = {"do": "channel", "privacy_email": "avg@example.nl", "notice_channel": "mail"}
    enter(client, "privacy officer")
    assert client.post(page, given).status_code == 302
    assert "geen sleutel" in client.get(page).content.decode()
    assert client.post(page, given | {"mail_key": public(pgp)}).status_code == 302
    assert "geen sleutel" in client.get(page).content.decode()
    change = organisation_changes.waiting_of(organisation)
    assert change
    organisation_changes.confirm(change.pk, officer=9_000, now=timezone.now())
    shown = client.get(page).content.decode()
    fingerprint = read_key(public(pgp), now=timezone.now()).fingerprint
    assert fingerprint in shown
    assert "geen sleutel" not in shown
    [entry] = [
        one.body for one in Entry.objects.all() if one.body["event"] == "organisation.mail_key_set"
    ]
    assert fingerprint in str(entry)


def test_what_is_no_public_key_is_refused_and_kept_as_typed(client, pgp):
    organisation = told_recipient().recipient.organisation
    page = f"/desk/told/recipients/{organisation.reference}/"
    given = {"do": "channel", "privacy_email": "avg@example.nl", "notice_channel": "mail"}
    enter(client, "privacy officer")
    response = client.post(page, given | {"mail_key": "dit is geen sleutel"})
    assert response.status_code == 422
    assert "dit is geen sleutel" in response.content.decode()
    organisation.refresh_from_db()
    assert (organisation.mail_key, organisation.notice_channel) == ("", "link")


def test_who_may_not_tend_notices_gives_no_key(client, pgp):
    organisation = told_recipient().recipient.organisation
    page = f"/desk/told/recipients/{organisation.reference}/"
    enter(client, "auditor")
    given = {"do": "channel", "privacy_email": "x@example.nl", "mail_key": public(pgp)}
    assert client.post(page, given).status_code == 404
    organisation.refresh_from_db()
    assert organisation.mail_key == ""
