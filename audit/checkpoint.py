"""Signed checkpoints: what the ledger was at one moment, in text that anyone can check.

Source: C2SP tlog-checkpoint and signed-note, with Ed25519 keys.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ED25519 = b"\x01"
DASH = "\N{EM DASH}"


class CheckpointInvalid(Exception):
    """The text is no checkpoint of this ledger, or its signature does not fit."""


@dataclass(frozen=True)
class Checkpoint:
    """A tree head: the ledger's name, the number of leaves, and the root hash."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def public_bytes(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def key_id(name: str, key: Ed25519PublicKey) -> bytes:
    """Return the four bytes by which a signature line names its key."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_bytes(key)).digest()[:4]


def sign(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """Return the checkpoint as a signed note."""
    text = checkpoint.text()
    signature = key_id(checkpoint.origin, key.public_key()) + key.sign(text.encode())
    return f"{text}\n{DASH} {checkpoint.origin} {base64.b64encode(signature).decode()}\n"


def verify(note: str, *, origin: str, key: Ed25519PublicKey) -> Checkpoint:
    """Return what a signed note says. Raises CheckpointInvalid, saying why."""
    text, separator, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if not separator or len(lines) < 3 or lines[0] != origin:
        raise CheckpointInvalid("this is not a checkpoint of this ledger")
    prefix = f"{DASH} {origin} "
    for line in signatures.splitlines():
        if line.startswith(prefix) and _fits(line[len(prefix) :], text + "\n", origin, key):
            break
    else:
        raise CheckpointInvalid("no signature of this ledger's key fits")
    try:
        size, root = int(lines[1]), base64.b64decode(lines[2], validate=True)
    except ValueError as error:
        raise CheckpointInvalid("size or root cannot be read") from error
    if size < 0 or str(size) != lines[1] or len(root) != hashlib.sha256().digest_size:
        raise CheckpointInvalid("size or root cannot be read")
    return Checkpoint(origin, size, root)


def _fits(encoded: str, text: str, origin: str, key: Ed25519PublicKey) -> bool:
    try:
        signature = base64.b64decode(encoded, validate=True)
        key.verify(signature[4:], text.encode())
    except (ValueError, InvalidSignature):
        return False
    return signature[:4] == key_id(origin, key)
