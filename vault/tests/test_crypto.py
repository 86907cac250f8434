import base64
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault import crypto
from vault.exceptions import SealBroken

KEY = bytes(range(32))


@given(st.binary(max_size=500), st.text(max_size=50))
def test_what_is_sealed_opens_again_at_its_own_place(plain, place):
    assert crypto.unseal(KEY, crypto.seal(KEY, plain, place=place), place=place) == plain


@given(st.binary(min_size=1, max_size=100), st.data())
def test_any_changed_byte_breaks_the_seal(plain, data):
    sealed = bytearray(crypto.seal(KEY, plain, place="here"))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        crypto.unseal(KEY, bytes(sealed), place="here")


@given(st.binary(max_size=60))
def test_rubbish_is_refused_as_a_broken_seal(rubbish):
    with pytest.raises(SealBroken):
        crypto.unseal(KEY, rubbish, place="here")


def test_a_sealed_value_moved_to_another_row_does_not_open():
    sealed = crypto.seal(KEY, b"Jansen", place="record:1")
    with pytest.raises(SealBroken):
        crypto.unseal(KEY, sealed, place="record:2")


def test_the_same_value_sealed_twice_looks_different():
    assert crypto.seal(KEY, b"Jansen", place="p") != crypto.seal(KEY, b"Jansen", place="p")


def test_parts_of_a_message_do_not_run_into_each_other():
    assert crypto.parted("ab", "c") != crypto.parted("a", "bc")
    assert crypto.parted("d", "a") != crypto.parted("e", "a")


@given(st.binary(max_size=64), st.binary(max_size=200))
def test_the_keyed_hash_is_hmac_sha256(key, message):
    assert crypto.KeyedHash(key).digest(message) == hmac.digest(key, message, "sha256")


def test_a_key_longer_than_a_block_is_refused():
    with pytest.raises(ValueError, match="longer than a block"):
        crypto.KeyedHash(bytes(65))


GOOD = base64.b64encode(KEY).decode()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "part 1 does not begin with a number"),
        (f"1:{GOOD},1:{GOOD}", "number 1 is given twice"),
        (f"1:{GOOD},2:short", "key 2 "),
        ("1:" + base64.b64encode(b"short").decode(), "key 1 has 5 bytes instead of 32"),
        (f"0:{GOOD}", "part 1 does not begin with a number"),
    ],
)
def test_bad_key_encryption_keys_are_refused_by_part(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        crypto.decode_numbered_keys(text)
