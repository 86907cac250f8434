"""In the invoice phase the seller decides: the request goes on, split, and the seller confirms."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from requests import services
from requests.constants import ForwardingState, Outcome, Right
from requests.exceptions import Incomplete, NothingToForward, WrongState
from requests.mail import mailing
from requests.models import Decision, Forwarding, OutgoingMail
from requests.organisations import forwarding
from requests.organisations import mail as organisation_mail
from requests.services import sellers
from requests.tests.makers import ANOTHER, LATER, OFFICER, make_handled, make_match, make_request
from requests.tests.test_desk_identity import enter
from requests.tests.test_telling import opened, token_in
from subjects.models import Dossier
from subjects.tests import makers
from vault import services as vault
from vault.keystore.models import DataKey

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
WORDS = "Ik wil weten wat de winkel van mij heeft."


@pytest.fixture
def person():
    """Somebody with a bill of a shop, and a case that is ours."""
    subject = makers.make_subject()
    shop = makers.make_organisation("Winkel BV", privacy_email="avg@winkel.nl")
    makers.make_involvement(makers.make_dossier(phase="invoice", client=shop), subject)
    makers.make_involvement(makers.make_dossier(phase="collection", client=shop), subject)
    return subject


def forward(privacy_request):
    return forwarding.forward(privacy_request.pk, officer=OFFICER, now=LATER)


@pytest.mark.parametrize(
    ("received", "by"),
    [
        (date(2026, 6, 9), date(2026, 6, 11)),
        (date(2026, 6, 12), date(2026, 6, 16)),  # a Friday
        (date(2026, 12, 24), date(2026, 12, 29)),  # Christmas on Friday and Saturday
    ],
)
def test_a_request_goes_on_within_two_working_days(received, by):
    assert sellers.forward_by(received) == by


def test_only_what_is_in_the_invoice_phase_goes_on_and_the_rest_is_still_to_be_decided(person):
    privacy_request = make_handled(person, words=WORDS)
    due_on = privacy_request.due_on
    (row,) = forward(privacy_request)
    assert len(row.dossiers) == 1
    (decision,) = Decision.objects.filter(request=privacy_request)
    assert (decision.outcome, decision.article) == ("forwarded", "28.3.e")
    assert decision.dossier_reference == row.dossiers[0]
    privacy_request.refresh_from_db()
    assert (privacy_request.due_on, privacy_request.state) == (due_on, "handling")
    with pytest.raises(Incomplete):
        services.approve(privacy_request.pk, officer=OFFICER, now=LATER)


def test_the_seller_gets_the_words_and_the_time_of_receipt_sealed(person):
    privacy_request = make_handled(person, words=WORDS)
    (row,) = forward(privacy_request)
    assert WORDS.encode() not in bytes(row.sealed_content or b"")
    content = forwarding.contents_of([row])[row.pk]
    assert content["words"] == WORDS
    assert content["received_at"] == privacy_request.received_at.isoformat()


def test_the_person_is_told_who_the_seller_is(person):
    privacy_request = make_handled(person)
    forward(privacy_request)
    (_message, words) = services.messages_of(privacy_request)[-1]
    assert "Winkel BV" in words


def test_the_seller_reads_it_behind_a_link_and_confirms(person, client):
    (row,) = forward(make_handled(person, words=WORDS))
    (mail_id,) = organisation_mail.send_links(now=timezone.now())
    assert WORDS not in mailing.content_of(OutgoingMail.objects.get(pk=mail_id))["body"]
    page = opened(client, mail_id)
    assert WORDS in client.get(page).content.decode()
    client.post(f"{page}received/{row.reference}/")
    key_id = row.key_id
    row.refresh_from_db()
    assert (row.state, row.sealed_content) == ("acknowledged", None)
    vault.drain_outbox()
    assert not DataKey.objects.filter(pk=key_id or 0).exists()
    assert WORDS not in client.get(page).content.decode()


def test_a_seller_that_does_not_confirm_is_reminded_and_in_the_end_given_up(person):
    (row,) = forward(make_handled(person))
    now = timezone.now()
    assert len(organisation_mail.send_links(now=now)) == 1
    assert organisation_mail.send_links(now=now + timedelta(days=6)) == []
    assert len(organisation_mail.send_links(now=now + timedelta(days=8))) == 1
    Forwarding.objects.update(created_at=now)
    assert forwarding.end_unanswered(now=now + timedelta(days=61)) == 1
    row.refresh_from_db()
    assert (row.state, row.key_id) == ("unanswered", None)


def test_without_an_address_it_waits_for_an_officer_who_hands_it_over(person):
    shop = sellers.to_forward(make_handled(person))[0].client
    assert shop is not None
    shop.privacy_email = ""
    shop.save()
    (row,) = forward(make_handled(person))
    assert organisation_mail.send_links(now=timezone.now()) == []
    assert forwarding.open_ones() == [row]
    assert forwarding.is_late(row, row.due_on + timedelta(days=1))
    for done in (True, False):
        state = ForwardingState.ACKNOWLEDGED
        assert forwarding.end(row.pk, state, actor="user:1", now=LATER) is done
    assert forwarding.open_ones() == []


def test_nothing_is_forwarded_twice_and_what_came_later_goes_out_anew(person):
    privacy_request = make_handled(person)
    (row,) = forward(privacy_request)
    with pytest.raises(NothingToForward):
        forward(privacy_request)
    client = makers.make_dossier(phase="invoice", client=row.client)
    makers.make_involvement(client, person)
    (again,) = forward(privacy_request)
    assert again.pk == row.pk
    assert len(again.dossiers) == 2


def test_what_was_only_decided_to_be_forwarded_is_sent_on_once_approved(person):
    privacy_request = make_handled(person)
    for dossier in Dossier.objects.filter(involvements__subject=person):
        services.decide(
            privacy_request.pk,
            Right.ACCESS,
            dossier=dossier,
            outcome=Outcome.FORWARDED if dossier.phase == "invoice" else Outcome.GRANTED,
            reason="Winkel BV beslist.",
            officer=OFFICER,
            now=LATER,
        )
    assert forwarding.forward_decided(now=LATER) == 0
    services.approve(privacy_request.pk, officer=ANOTHER, now=LATER)
    assert forwarding.forward_decided(now=LATER) == 1
    assert forwarding.forward_decided(now=LATER) == 0
    row = Forwarding.objects.get()
    assert (str(row.client), row.state) == ("Winkel BV", "to_send")


def test_nothing_goes_on_of_whom_nobody_said_that_they_are_meant(person):
    privacy_request = make_request()
    make_match(privacy_request, person)
    services.begin(privacy_request.pk, officer=OFFICER)
    with pytest.raises(NothingToForward):
        forward(privacy_request)
    assert not Forwarding.objects.exists()


def test_an_answered_request_is_not_forwarded(person):
    privacy_request = make_request()
    services.withdraw(privacy_request.pk, actor="person", now=LATER)
    with pytest.raises(WrongState):
        forward(privacy_request)


def test_a_link_shows_another_sellers_request_to_nobody(person, client):
    (row,) = forward(make_handled(person))
    organisation_mail.send_links(now=timezone.now())
    other = makers.make_organisation("Ander BV", privacy_email="avg@ander.nl")
    subject = makers.make_subject()
    makers.make_involvement(makers.make_dossier(phase="invoice", client=other), subject)
    forward(make_handled(subject))
    (mail_id,) = organisation_mail.send_links(now=timezone.now())
    assert token_in(mail_id)
    page = opened(client, mail_id)
    assert client.post(f"{page}received/{row.reference}/").status_code == 404
    row.refresh_from_db()
    assert row.state == "sent"


def test_the_officer_s_page_offers_to_send_it_on_and_leads_there(client, person):
    enter(client)
    privacy_request = make_handled(person, words=WORDS)
    page = f"/desk/requests/{privacy_request.reference}/"
    shown = client.get(page)
    assert [one.client.name for one in shown.context["to_forward"]] == ["Winkel BV"]
    assert f"{page}forward/" in shown.content.decode()
    client.post(f"{page}forward/")
    assert Forwarding.objects.get(request=privacy_request).client.name == "Winkel BV"
    assert client.get(page).context["to_forward"] == []


def test_of_a_seller_without_address_the_page_leads_to_where_it_is_given(client, person):
    enter(client)
    privacy_request = make_handled(person, words=WORDS)
    shop = sellers.to_forward(privacy_request)[0].client
    assert shop is not None
    where = f"/desk/told/recipients/{shop.reference}/"
    page = f"/desk/requests/{privacy_request.reference}/"
    assert where not in client.get(page).content.decode()
    shop.privacy_email = ""
    shop.save()
    assert where in client.get(page).content.decode()
    assert client.get(where).status_code == 200
