import pytest

from subjects.models import AutomatedDecision, Consent, ContactEvent, Disclosure, Record

PLACES = {
    (Record, "content_place"): "subjects.record.content:0a0b",
    (Consent, "proof_place"): "subjects.consent.proof:0a0b",
    (Disclosure, "reason_place"): "subjects.disclosure.reason:0a0b",
    (ContactEvent, "note_place"): "subjects.contactevent.note:0a0b",
    (AutomatedDecision, "account_place"): "subjects.automateddecision.account:0a0b",
}


@pytest.mark.parametrize(("where", "place"), PLACES.items(), ids=PLACES.values())
@pytest.mark.parametrize("digest", [b"\x0a\x0b", memoryview(b"\x0a\x0b")], ids=["made", "read"])
def test_a_seal_is_bound_to_its_row_and_field_before_and_after_the_database(where, place, digest):
    model, name = where
    assert getattr(model(source_digest=digest), name) == place
