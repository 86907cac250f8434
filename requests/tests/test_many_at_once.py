"""Five hundred people send at the same moment: each request arrives, once, with its own number."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from policy.tests.makers import load_policy
from requests import services
from requests.models import ClockEvent, OutgoingMail, PortalDraft, PrivacyRequest
from requests.portal import drafts
from requests.tests.journey import ANSWERS
from subjects.models import Dossier

BOTH = ["default", "keystore"]
PEOPLE, AT_ONCE = 500, 24


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_five_hundred_who_send_at_once_all_arrive_once_with_their_own_reference():
    load_policy()
    waiting = [_filled_in(number) for number in range(PEOPLE)]
    start = threading.Barrier(AT_ONCE)
    # Everybody clicks twice, and the second click may come before the first is answered.
    clicks = [reference for pair in zip(waiting, waiting, strict=True) for reference in pair]
    pool = ThreadPoolExecutor(AT_ONCE, initializer=start.wait)
    try:
        numbers = list(pool.map(_click, clicks))
        list(pool.map(lambda _: connections.close_all(), range(AT_ONCE * 4)))
    finally:
        pool.shutdown()
    assert len(set(numbers)) == PEOPLE
    assert all(numbers[at] == numbers[at + 1] for at in range(0, 2 * PEOPLE, 2))
    made = PrivacyRequest.objects.all()
    assert made.count() == made.values("reference").distinct().count() == PEOPLE
    assert Dossier.objects.filter(purpose="RTS").count() == PEOPLE
    assert ClockEvent.objects.count() == OutgoingMail.objects.count() == PEOPLE
    assert not PortalDraft.objects.filter(request=None).exists()
    # And each holds its own sender's words, under its own key.
    keys = set(made.values_list("key_id", flat=True))
    assert len(keys) == PEOPLE
    said = {services.body_of(one)["words"] for one in made.order_by("pk")[:50]}
    assert len(said) == 50


def _filled_in(number: int) -> UUID:
    draft = drafts.start(language="nl", now=timezone.now())
    answers = ANSWERS | {
        "words": {"words": f"Ik wil weten wat u van mij heeft, nummer {number}."},
        # One address gets so many receipts a day.
        "reach": {"email": f"fatima{number}@example.nl", "phone": ""},
    }
    # In one go; screen by screen is tried in test_portal.
    drafts.write(draft, {"answers": answers})
    draft.save()
    return draft.reference


def _click(reference: UUID) -> str:
    once = drafts.secret_of_page(PortalDraft.objects.get(reference=reference))
    return drafts.send(reference, language="nl", now=timezone.now(), once=once).request.number
