"""A citizen service number is told from other numbers by the words around it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.identifiers import MASK, calls_itself_bsn, find_bsn, mask_bsn, passes_eleven_test

GOOD = "111222333"


@pytest.mark.parametrize("number", [GOOD, "123456782", "111.222.333"])
def test_numbers_that_pass_the_eleven_test(number):
    assert passes_eleven_test(number)


@pytest.mark.parametrize("number", ["000000000", "111222334", "11122233", "1112223330", ""])
def test_numbers_that_fail_it(number):
    assert not passes_eleven_test(number)


@pytest.mark.parametrize(
    "text",
    [
        f"Mijn BSN is {GOOD}.",
        f"burgerservicenummer: {GOOD}",
        f"{GOOD} (sofinummer)",
        "bsn 111.222.333",
        "My citizen service number is 111 222 333, please",
    ],
)
def test_a_number_that_words_call_a_bsn_is_found_and_masked(text):
    masked, found = mask_bsn(text)
    assert found
    assert MASK in masked
    assert not list(find_bsn(masked))


@pytest.mark.parametrize(
    "text",
    [
        f"Dossier {GOOD} graag inzien",
        "Mijn BSN geef ik niet. Bel 020 4177177",
        "BSN 111222334 fails the test",
        f"BSN weet ik niet, {'en nog een lange zin daarna ' * 4} factuur {GOOD}",
        "BSN: 1112223330001",
    ],
)
def test_other_numbers_stay(text):
    assert mask_bsn(text) == (text, False)


def test_many_names_and_many_numbers_take_no_longer_than_reading():
    text = "bsn " * 100_000 + "123456789x " * 100_000
    began = time.process_time()
    mask_bsn(text)
    assert time.process_time() - began < 5


@given(st.text(), st.text())
def test_any_text_is_read_and_nothing_but_numbers_is_lost(before, after):
    masked, _ = mask_bsn(f"{before} bsn {GOOD} {after}")
    assert len(masked) <= len(f"{before} bsn {GOOD} {after}")


@pytest.mark.parametrize("name", ["bsn", "BSN", "klant_bsn", "burgerservicenummer", "sofinummer"])
def test_fields_that_call_themselves_bsn(name):
    assert calls_itself_bsn(name)


@pytest.mark.parametrize("name", ["number", "amount", "absentie", "reference", "observation"])
def test_fields_that_do_not(name):
    assert not calls_itself_bsn(name)
