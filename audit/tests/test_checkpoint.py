import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import merkle
from audit.checkpoint import Checkpoint, CheckpointInvalid, sign, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
ORIGIN = "example.nl/ledger"
HEAD = Checkpoint(ORIGIN, 3, merkle.root([merkle.leaf_hash(b"a")]))


def check(note):
    return verify(note, origin=ORIGIN, key=KEY.public_key())


def test_a_signed_checkpoint_says_what_was_signed():
    assert check(sign(HEAD, KEY)) == HEAD


def test_it_reads_as_three_lines_and_a_signature():
    note = sign(HEAD, KEY)
    assert note.startswith("example.nl/ledger\n3\n")
    assert "\n\n— example.nl/ledger " in note


def test_a_signature_of_another_after_ours_does_no_harm():
    assert check(sign(HEAD, KEY) + "— witness.example AAAA\n") == HEAD


@pytest.mark.parametrize(
    "forge",
    [
        lambda note: note.replace("\n3\n", "\n2\n"),
        lambda note: note.replace(ORIGIN, "example.nl/other"),
        lambda note: note.split("\n\n")[0],
        lambda note: "",
        lambda note: note.replace("— ", "— x"),
    ],
)
def test_a_forged_checkpoint_is_refused(forge):
    with pytest.raises(CheckpointInvalid):
        check(forge(sign(HEAD, KEY)))


def test_a_checkpoint_signed_with_another_key_is_refused():
    other = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"1")
    with pytest.raises(CheckpointInvalid, match="no signature"):
        check(sign(HEAD, other))
