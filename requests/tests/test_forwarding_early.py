"""A request goes on to a seller before it is proven who asks; the person hears of it after."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from audit.models import Entry
from requests import services, tasks
from requests.constants import Channel, ForwardingState, IdentityMethod, MatchState, State
from requests.exceptions import NothingToForward
from requests.models import Decision, Forwarding, Message, PrivacyRequest, SubjectMatch
from requests.organisations import forwarding
from requests.organisations import mail as organisation_mail
from requests.organisations.pages import in_words
from requests.services import sellers
from requests.tests.makers import LATER, OFFICER, make_match, make_request, prove
from requests.tests.test_desk_identity import enter
from requests.tests.test_page import opened as page_of
from requests.tests.test_page import text_of
from requests.tests.test_telling import opened
from subjects.models import Dossier, OrganisationLink
from subjects.tests import makers
from subjects.tests.makers import an_identity

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
WORDS = "Ik wil weten wat de winkel van mij heeft."
SELLER = "Winkel BV"
GIVEN = an_identity(last_name="El Amrani", dossier_number="")


@pytest.fixture
def person():
    """Somebody with a bill of a shop; the file knows a telephone number that nobody gave."""
    shop = makers.make_organisation(SELLER, privacy_email="avg@winkel.nl")
    return makers.make_involvement(
        makers.make_dossier(phase="invoice", client=shop),
        identity=an_identity(phones=["+31699999999"], dossier_number="F-GEHEIM"),
    )


def confirmed(person, **fields):
    """Make a request of which a colleague said who is meant, and nobody proved who asks."""
    fields = {"words": WORDS, "identity": GIVEN} | fields
    privacy_request = make_request(**fields)
    match = make_match(privacy_request, person.subject)
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    privacy_request.refresh_from_db()
    return privacy_request, match


def forward(privacy_request):
    return forwarding.forward(privacy_request.pk, officer=OFFICER, now=LATER)


def sent(row):
    """Let the links go out; return the mail with the one of the shop."""
    mails = organisation_mail.send_links(now=timezone.now())
    row.refresh_from_db()
    return mails[-1]


def said(privacy_request):
    return [words for _message, words in services.messages_of(privacy_request)]


@pytest.mark.parametrize("channel", [Channel.PORTAL, Channel.LETTER, Channel.PHONE, Channel.API])
def test_it_goes_on_as_soon_as_a_colleague_says_who_is_meant(person, channel):
    privacy_request, _match = confirmed(person, channel=channel)
    assert privacy_request.state == State.RECEIVED
    (row,) = forward(privacy_request)
    assert (row.state, row.proven_by, row.told_at) == ("to_send", "", None)
    assert not Decision.objects.exists()
    entry = Entry.objects.get(body__event="request.forwarded")
    assert entry.body["due"] == row.due_on.isoformat()


def test_also_while_we_wait_for_the_person_to_prove_who_they_are(person):
    privacy_request, _match = confirmed(person)
    services.begin(privacy_request.pk, officer=OFFICER)
    services.ask_processing(
        privacy_request.pk, text="Welk?", without_undue_delay=True, officer=OFFICER, now=LATER
    )
    (row,) = forward(privacy_request)
    assert row.state == "to_send"


def test_before_proof_the_person_is_told_nothing_that_not_everybody_is(person, client):
    asked, _match = confirmed(person)
    stranger = make_request(words=WORDS)
    forward(asked)
    assert said(asked) == []
    pages = []
    for one in (asked, stranger):
        shown = text_of(client.get(page_of(client, one))).replace(one.number, "N")
        assert SELLER not in shown
        pages.append(shown)
    assert pages[0] == pages[1]


def test_once_it_is_proven_the_person_hears_who_the_seller_is_and_once(person):
    privacy_request, _match = confirmed(person)
    (row,) = forward(privacy_request)
    prove(privacy_request)
    row.refresh_from_db()
    assert (row.told_at, row.proven_by) == (LATER, IdentityMethod.IN_PERSON)
    prove(privacy_request)
    assert services.tend_sellers(privacy_request.pk, now=LATER) is None
    (words,) = said(privacy_request)
    assert SELLER in words


def test_a_proof_of_another_person_tells_of_no_seller(person):
    privacy_request, _match = confirmed(person)
    forward(privacy_request)
    other = make_match(privacy_request, makers.make_involvement().subject)
    services.confirm_match(other.pk, officer=OFFICER, now=LATER)
    prove(privacy_request, other.pk)
    assert said(privacy_request) == []
    assert Forwarding.objects.get().told_at is None


def test_who_asks_for_another_hears_it_only_with_a_mandate(person):
    privacy_request, _match = confirmed(person, asks_for="other")
    forward(privacy_request)
    prove(privacy_request)
    assert said(privacy_request) == []


def test_the_beat_tells_what_a_proof_left_untold(person):
    privacy_request, _match = confirmed(person)
    (row,) = forward(privacy_request)
    prove(privacy_request)
    Forwarding.objects.update(told_at=None)
    Message.objects.all().delete()
    tasks.tell_organisations()
    row.refresh_from_db()
    assert row.told_at is not None
    assert len(said(privacy_request)) == 1


def test_the_seller_reads_what_is_proven_and_nothing_of_the_file(person, client):
    privacy_request, _match = confirmed(person)
    (row,) = forward(privacy_request)
    page = opened(client, sent(row))
    text = client.get(page).content.decode()
    assert WORDS in text
    assert "niet nagegaan wie dit vraagt" in text
    for secret in ("+31699999999", "F-GEHEIM", str(row.dossiers[0])):
        assert secret not in text
    prove(privacy_request)
    text = client.get(page).content.decode()
    assert "niet nagegaan wie dit vraagt" not in text
    assert "wie dit vraagt: " in text
    assert str(row.dossiers[0]) in text


def test_in_an_encrypted_mail_it_says_the_same(person):
    privacy_request, _match = confirmed(person)
    (row,) = forward(privacy_request)
    sent(row)
    words = in_words(OrganisationLink.objects.get())
    assert "niet nagegaan wie dit vraagt" in words
    assert str(row.dossiers[0]) not in words


# --- rejected after all -----------------------------------------------------------------------


def test_what_was_not_sent_yet_stays_here_when_it_is_somebody_else(person):
    privacy_request, match = confirmed(person)
    (row,) = forward(privacy_request)
    services.reject_match(match.pk, officer=OFFICER, now=LATER)
    row.refresh_from_db()
    assert (row.state, row.key_id, row.dossiers) == (ForwardingState.RECALLED, None, [])
    assert organisation_mail.send_links(now=timezone.now()) == []


@pytest.mark.parametrize("has_it", [False, True])
def test_a_seller_who_was_sent_it_is_asked_to_erase_it_and_confirms(person, client, has_it):
    privacy_request, match = confirmed(person)
    (row,) = forward(privacy_request)
    sent(row)
    if has_it:
        forwarding.end(row.pk, ForwardingState.ACKNOWLEDGED, actor="user:1", now=LATER)
    services.reject_match(match.pk, officer=OFFICER, now=timezone.now())
    row.refresh_from_db()
    assert (row.state, row.sealed_content, row.ended_at) == ("recall", None, None)
    assert forwarding.open_ones() == [row]
    page = opened(client, sent(row))
    text = client.get(page).content.decode()
    assert WORDS not in text
    assert "Per vergissing aan u gestuurd" in text
    assert "per vergissing" in in_words(OrganisationLink.objects.latest("pk"))
    assert organisation_mail.send_links(now=timezone.now()) == []
    client.post(f"{page}received/{row.reference}/")
    row.refresh_from_db()
    assert row.state == "recalled"
    assert row.ended_at is not None
    events = Entry.objects.values_list("body__event", flat=True)
    assert {"request.forwarding_recalled", "forwarding.recalled"} <= set(events)


def test_a_seller_who_does_not_confirm_that_it_is_erased_is_reminded_and_in_the_end_noted(person):
    privacy_request, match = confirmed(person)
    (row,) = forward(privacy_request)
    sent(row)
    now = timezone.now()
    services.reject_match(match.pk, officer=OFFICER, now=now)
    sent(row)
    assert organisation_mail.send_links(now=now + timedelta(days=6)) == []
    assert len(organisation_mail.send_links(now=now + timedelta(days=8))) == 1
    assert forwarding.end_unanswered(now=now + timedelta(days=59)) == 0
    assert forwarding.end_unanswered(now=now + timedelta(days=61)) == 1


def test_who_is_meant_after_all_has_it_sent_on_anew(person):
    privacy_request, match = confirmed(person)
    (row,) = forward(privacy_request)
    sent(row)
    services.reject_match(match.pk, officer=OFFICER, now=LATER)
    with pytest.raises(NothingToForward):
        forward(privacy_request)
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    (again,) = forward(privacy_request)
    assert (again.pk, again.state, again.sent_at, again.recalled_at) == (
        row.pk,
        "to_send",
        None,
        None,
    )


def test_what_another_person_of_the_request_has_there_stays_with_the_seller(person):
    privacy_request, match = confirmed(person)
    shop = Dossier.objects.get(pk=person.dossier_id).client
    other = makers.make_involvement(makers.make_dossier(phase="invoice", client=shop))
    services.confirm_match(
        make_match(privacy_request, other.subject).pk, officer=OFFICER, now=LATER
    )
    (row,) = forward(privacy_request)
    services.reject_match(match.pk, officer=OFFICER, now=LATER)
    row.refresh_from_db()
    assert (row.state, row.dossiers) == ("to_send", [other.dossier.reference])


def test_a_request_that_is_taken_back_goes_to_no_seller_any_more(person):
    privacy_request, _match = confirmed(person)
    (row,) = forward(privacy_request)
    services.withdraw(privacy_request.pk, actor="person", now=LATER)
    row.refresh_from_db()
    assert row.state == "recalled"


# --- by when ----------------------------------------------------------------------------------


def test_the_day_by_which_it_goes_on_stands_with_it_until_it_went(person):
    privacy_request, match = confirmed(person)
    assert privacy_request.forward_by == sellers.forward_by(privacy_request.received_on)
    everything = PrivacyRequest.objects.all()
    assert list(services.to_send_on(everything)) == [privacy_request]
    services.reject_match(match.pk, officer=OFFICER, now=LATER)
    assert not services.to_send_on(everything).exists()
    services.confirm_match(match.pk, officer=OFFICER, now=LATER)
    forward(privacy_request)
    assert not services.to_send_on(everything).exists()


def test_a_dossier_that_becomes_ours_needs_no_seller_any_more_and_the_other_way_round(person):
    privacy_request, _match = confirmed(person)
    Dossier.objects.filter(pk=person.dossier_id).update(phase="collection")
    assert services.sellers_to_tend(limit=10) == [privacy_request.pk]
    services.tend_sellers(privacy_request.pk, now=LATER)
    assert not services.to_send_on(PrivacyRequest.objects.all()).exists()
    Dossier.objects.filter(pk=person.dossier_id).update(phase="invoice")
    assert services.sellers_to_tend(limit=10) == [privacy_request.pk]
    services.tend_sellers(privacy_request.pk, now=LATER)
    assert services.to_send_on(PrivacyRequest.objects.all()).exists()


def test_queue_and_page_say_by_when_and_that_it_is_late(person, client):
    enter(client)
    privacy_request, match = confirmed(person)
    page = f"/desk/requests/{privacy_request.reference}/"
    with time_machine.travel(LATER, tick=False):
        enter(client)
        for address in ("/desk/requests/", page):
            shown = text_of(client.get(address))
            assert "vandaag" in shown
            assert privacy_request.number in shown
    with time_machine.travel(LATER + timedelta(days=5), tick=False):
        enter(client)
        assert "te laat" in text_of(client.get("/desk/requests/"))
        shown = client.get(page)
        assert any(one.href == "#told" for one in shown.context["checklist"])
        assert client.post(f"{page}forward/").status_code == 302
        assert client.get("/desk/requests/").context["send_on"] == []
    assert SubjectMatch.objects.get(pk=match.pk).state == MatchState.CONFIRMED
    assert Forwarding.objects.get().state in ("to_send", "sent")
