"""How much of a worker an answer takes: reading, sealing and the commit too, not printing alone."""

import statistics
import time

import pytest

from requests.constants import State
from requests.packs import making
from requests.tests.answers import NOW, make_approved, make_case

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
RECORDS = 200


def seconds_of_worker(request):
    """Return the processor time of this process, all its threads, for a whole answer."""
    start = time.process_time()
    making.build_pack(request.pk, now=NOW)
    took = time.process_time() - start
    request.refresh_from_db()
    assert request.state == State.ANSWERED
    return took


def test_a_whole_answer_with_two_hundred_records_takes_less_than_a_second_of_a_worker():
    person = make_case(RECORDS)
    took = [seconds_of_worker(make_approved(person)) for _ in range(3)]
    assert statistics.median(took) < 1
