"""Organisations and systems are mailed that something is there, and read it behind a link."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.models import Entry
from requests.mail import mailing
from requests.models import OutgoingMail
from requests.organisations import mail as organisation_mail
from subjects import instructions, telling
from subjects.constants import InstructionKind, NoticeEvent
from subjects.models import Instruction, RecipientNotice
from subjects.tests import makers
from subjects.tests.test_door_api import token_of

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
NOW = timezone.now()


def told_recipient(email="avg@example.nl", **identity):
    person = makers.make_involvement(identity=makers.an_identity(**identity))
    recipient = makers.make_recipient("Deurwaarder BV")
    recipient.organisation.privacy_email = email
    recipient.organisation.save()
    makers.make_disclosure(person, recipient)
    changes = [{"field": "last_name", "old": "El Amrani", "new": "Amrani"}]
    (notice,) = telling.tell_recipients(
        NoticeEvent.RECTIFICATION, involvement=person, changes=changes, actor="user:1", now=NOW
    )
    return notice


def token_in(pk: int) -> str:
    body = mailing.content_of(OutgoingMail.objects.get(pk=pk))["body"]
    return body.split("/organisations/link/")[1].split("/")[0]


def opened(client, pk):
    answer = client.post(f"/organisations/link/{token_in(pk)}/")
    assert answer.status_code == 302
    return answer.headers["Location"]


# --- links ------------------------------------------------------------------------------------


def test_one_mail_brings_an_organisation_a_link_and_nothing_of_a_person():
    notice = told_recipient()
    (mail_id,) = organisation_mail.send_links(now=NOW)
    content = mailing.content_of(OutgoingMail.objects.get(pk=mail_id))
    assert content["to"] == "avg@example.nl"
    assert "Amrani" not in content["subject"] + content["body"]
    notice.refresh_from_db()
    assert notice.state == "sent"
    assert organisation_mail.send_links(now=NOW) == []
    assert len(organisation_mail.send_links(now=NOW + timedelta(days=15))) == 1


def test_an_organisation_abroad_is_written_to_in_english():
    notice = told_recipient()
    notice.recipient.organisation.country = "DE"
    notice.recipient.organisation.save()
    (mail_id,) = organisation_mail.send_links(now=NOW)
    assert OutgoingMail.objects.get(pk=mail_id).language == "en"


def test_without_an_address_nothing_goes_out_and_the_notice_stays_to_be_sent():
    notice = told_recipient(email="")
    assert organisation_mail.send_links(now=NOW) == []
    assert organisation_mail.send_link(notice.recipient.organisation_id, now=NOW) is None
    notice.refresh_from_db()
    assert notice.state == "to_send"


def test_the_page_shows_what_to_do_and_a_button_confirms_it(client):
    notice = told_recipient(dossier_number="2020-17")
    (mail_id,) = organisation_mail.send_links(now=NOW)
    # Reading the link, as a mail scanner does, shows nothing.
    assert b"Amrani" not in client.get(f"/organisations/link/{token_in(mail_id)}/").content
    page = opened(client, mail_id)
    text = client.get(page).content.decode()
    for words in ("Fatima El Amrani", "2020-17", "Deurwaarder BV", str(notice.dossier_reference)):
        assert words in text
    client.post(f"{page}confirm/", {"to": notice.pk})
    notice.refresh_from_db()
    assert (notice.state, notice.sealed_content) == ("acknowledged", None)
    assert "El Amrani" not in client.get(page).content.decode()
    for event in ("notice.link_opened", "notice.acknowledged"):
        body = Entry.objects.get(body__event=event).body
        assert body["actor"] == f"organisation:{notice.recipient.organisation_id}"


def test_what_came_after_the_page_was_shown_is_not_confirmed_by_it(client):
    first = told_recipient()
    (mail_id,) = organisation_mail.send_links(now=NOW)
    page = opened(client, mail_id)
    first.refresh_from_db()
    later = RecipientNotice.objects.create(
        recipient=first.recipient,
        event="erasure",
        channel="link",
        state="sent",
        link=first.link,
        dossier_reference=uuid4(),
        created_at=NOW,
        ready_at=NOW,
        sent_at=NOW,
    )
    client.post(f"{page}confirm/", {"to": first.pk})
    later.refresh_from_db()
    assert later.state == "sent"


def test_what_is_too_much_to_read_is_taken_as_a_file_and_confirmed_at_once(client):
    first = told_recipient(last_name="=SUM(A1)")
    (mail_id,) = organisation_mail.send_links(now=NOW)
    page = opened(client, mail_id)
    first.refresh_from_db()
    RecipientNotice.objects.bulk_create(
        RecipientNotice(
            recipient=first.recipient,
            event="erasure",
            channel="link",
            state="sent",
            link=first.link,
            dossier_reference=uuid4(),
            created_at=NOW,
            ready_at=NOW,
            sent_at=NOW,
        )
        for _ in range(60)
    )
    text = client.get(page).content.decode()
    last = RecipientNotice.objects.latest("pk").pk
    assert f'value="{last}"' in text
    file = client.post(f"{page}file/").content.decode("utf-8-sig")
    assert len(file.splitlines()) == 62
    assert ";=SUM" not in file
    assert RecipientNotice.objects.filter(state="sent").count() == 61
    client.post(f"{page}confirm/", {"to": last})
    assert not RecipientNotice.objects.filter(state="sent").exists()
    client.logout()
    assert client.post(f"{page}file/").status_code == 404


def test_a_stranger_an_old_link_and_a_wrong_one_get_the_same_closed_page(client):
    told_recipient()
    (mail_id,) = organisation_mail.send_links(now=NOW - timedelta(days=31))
    old = client.post(f"/organisations/link/{token_in(mail_id)}/")
    wrong = client.post("/organisations/link/nonsense/")
    stranger = client.get(f"/organisations/{uuid4()}/")
    assert {page.status_code for page in (old, wrong, stranger)} == {404}
    assert client.post(f"/organisations/{uuid4()}/confirm/").status_code == 404


def test_one_organisations_link_does_not_open_anothers_page(client):
    told_recipient()
    (first,) = organisation_mail.send_links(now=NOW)
    told_recipient(email="other@example.nl")
    (second,) = organisation_mail.send_links(now=NOW)
    page = opened(client, first)
    client.logout()
    other = opened(client, second)
    assert client.get(page).status_code == 404
    assert client.get(other).status_code == 200


# --- reminders of systems -----------------------------------------------------------------------


def give(system="core", days=5):
    give_to(makers.make_involvement(makers.make_dossier(source_system=system)), days)


def give_to(person, days=5):
    with instructions.transaction.atomic():
        instructions.instruct(
            InstructionKind.ERASE,
            involvement=person,
            actor="user:1",
            now=NOW - timedelta(days=days),
        )


def contact(system="core", address="beheer@example.nl"):
    token_of(system)
    call_command("source_contact", system, address, stdout=StringIO())


def test_who_runs_a_system_is_reminded_once_a_week_with_a_count_and_no_more():
    contact()
    give()
    give()
    (mail_id,) = organisation_mail.remind_systems(now=NOW)
    content = mailing.content_of(OutgoingMail.objects.get(pk=mail_id))
    assert content["to"] == "beheer@example.nl"
    assert "2" in content["body"]
    assert str(Instruction.objects.earliest("pk").dossier_reference) not in content["body"]
    assert organisation_mail.remind_systems(now=NOW + timedelta(days=6)) == []
    assert len(organisation_mail.remind_systems(now=NOW + timedelta(days=8))) == 1


def test_what_is_fresh_or_has_nobody_to_hear_it_is_not_reminded():
    contact()
    give(days=2)
    give("other", days=9)
    assert organisation_mail.remind_systems(now=NOW) == []


def test_a_contact_is_an_address_of_a_system_that_is_known():
    with pytest.raises(CommandError, match="no e-mail address"):
        contact(address="beheer")
    with pytest.raises(CommandError, match="no token"):
        call_command("source_contact", "stranger", "beheer@example.nl", stdout=StringIO())
