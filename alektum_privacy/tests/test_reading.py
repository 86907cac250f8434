"""Many small tables are read in one statement, and what a page asks twice is read once."""

import pytest

from alektum_privacy.reading import once, read_together, reading_once
from requests.belongings import Belongings, belongings_of, gather
from requests.models import PrivacyRequest
from requests.tests.answers import make_approved, make_case
from requests.tests.makers import make_match, make_request
from subjects.models import Involvement, Record
from vault import services as vault

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
READ = [
    "rights",
    "matches",
    "clock_events",
    "checks",
    "decisions",
    "effects",
    "corrections",
    "reviews",
    "redactions",
    "messages",
    "attachments",
    "letters",
    "packs",
    "posted_codes",
    "forwardings",
    "representations",
    "mandates",
    "involvements",
    "entries",
    "destruction_lists",
    "instructions",
    "notices",
]


def values_of(one):
    found = dict(vars(one))
    found.pop("_state")
    return {
        name: bytes(value) if isinstance(value, memoryview) else value
        for name, value in found.items()
        if not name.startswith("_")
    }


def test_rows_read_together_are_those_that_are_read_apart(django_assert_num_queries):
    request = make_approved(make_case())
    request.messages.create(direction="in", sealed_body=b"\x00\xff", sent_at=request.received_at)
    apart = Belongings(PrivacyRequest.objects.get(pk=request.pk))
    together = Belongings(PrivacyRequest.objects.get(pk=request.pk))
    with django_assert_num_queries(1):
        together.read()
        read = {name: list(getattr(together, name)) for name in READ}
    for name in READ:
        expected = [values_of(one) for one in getattr(apart, name)]
        assert [values_of(one) for one in read[name]] == expected, name
    assert read["involvements"][0].special is False
    with django_assert_num_queries(0):
        assert read["decisions"][0].right.right == "access"
        assert read["involvements"][0].dossier.purpose_id == "COL"
        assert read["rights"][0].request.number == request.number


def test_pairs_of_values_are_read_together_in_their_order():
    person = make_case(records=3)
    rows = Record.objects.filter(involvement=person).order_by("-pk")
    kept = rows.values_list("pk", "involvement__reference", "collected_on", "lawful_basis")
    none = Involvement.objects.none()
    read_together(kept, none)
    assert list(kept) == list(kept.all())
    assert list(none) == []


def test_what_cannot_be_read_together_is_said_at_once():
    make_case()
    with pytest.raises(TypeError):
        read_together(Involvement.objects.values("pk"))


def test_who_gathered_nothing_sees_what_changed_meanwhile():
    request = make_request()
    gathered = PrivacyRequest.objects.get(pk=request.pk)
    gather(gathered)
    make_match(request)
    assert len(belongings_of(request).matches) == 1
    assert len(belongings_of(gathered).matches) == 0


def test_a_fact_is_kept_until_the_block_ends_and_no_longer():
    read = []
    with reading_once(), reading_once():
        for _ in range(2):
            once("fact", lambda: read.append(1))
    once("fact", lambda: read.append(1))
    assert len(read) == 2


def test_a_key_is_opened_once_in_a_block_and_is_gone_after_it(django_assert_num_queries):
    request = make_request()
    with reading_once(), django_assert_num_queries(1, using="keystore"):
        first = vault.open_key(request.key_id)
        assert vault.open_keys([request.key_id]) == {request.key_id: first}
    with django_assert_num_queries(1, using="keystore"):
        vault.open_key(request.key_id)
