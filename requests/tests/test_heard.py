"""A person's message does not lie unread: colleagues hear that it came, and nothing of it."""

from datetime import timedelta
from itertools import count

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from requests import services
from requests.mail import mailing
from requests.models import OutgoingMail, PrivacyRequest
from requests.packs import making
from requests.tests.answers import NOW, make_approved, make_case
from requests.tests.makers import LATER, OFFICER, make_request
from requests.tests.test_desk import address, enter, text_of

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
_numbers = count(1)


def make_colleague(role="privacy officer"):
    number = next(_numbers)
    colleague = User.objects.create_user(f"hears-{number}", email=f"hears-{number}@alektum.test")
    colleague.groups.add(Group.objects.get(name=role))
    return colleague


def mails_to(*colleagues):
    wanted = {one.email for one in colleagues}
    found = (mailing.content_of(one) for one in OutgoingMail.objects.order_by("pk"))
    return [one for one in found if one["to"] in wanted]


def test_who_has_it_in_hand_is_told_the_number_and_no_word_of_it():
    hers, other = make_colleague(), make_colleague()
    request = make_request()
    services.begin(request.pk, officer=hers.pk)
    services.receive_message(request.pk, "Mijn achternaam is Jansen.", now=LATER)
    assert mails_to(other) == []
    [mail] = mails_to(hers)
    assert request.number in mail["body"]
    assert "Jansen" not in str(mail)


def test_where_nobody_has_it_all_who_handle_requests_are_told_and_nobody_else():
    first, second = make_colleague(), make_colleague("senior officer")
    auditor = make_colleague("auditor")
    services.receive_message(make_request().pk, "Nog iets.", now=LATER)
    assert len(mails_to(first, second)) == 2
    assert mails_to(auditor) == []


def test_of_several_messages_in_a_row_the_first_is_told_until_we_wrote():
    hers = make_colleague()
    request = make_request()
    for words in ("Een", "Twee"):
        services.receive_message(request.pk, words, now=LATER)
    assert len(mails_to(hers)) == 1
    services.send_message(request.pk, "Dank.", officer=OFFICER, now=LATER)
    services.receive_message(request.pk, "Drie", now=LATER)
    assert len(mails_to(hers)) == 2


def test_what_came_after_the_answer_stands_on_the_checklist(client):
    request = make_approved(make_case())
    making.build_pack(request.pk, now=NOW)
    request = PrivacyRequest.objects.get(pk=request.pk)
    enter(client, "privacy officer")
    todo = "Lees wat de persoon na het antwoord schreef"
    assert todo not in text_of(client.get(address(request)))
    later = max(NOW, timezone.now()) + timedelta(minutes=1)
    services.receive_message(request.pk, "Mijn adres klopt niet.", now=later)
    assert todo in text_of(client.get(address(request)))
