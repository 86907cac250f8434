"""The keys that sign the ledger: today's from the environment, and those that signed before it.

A key hands over to the next in the ledger itself: the old key signs a checkpoint over an entry that
names the new one. So whoever trusts the first key can follow the chain to the last.
"""

import base64
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from audit import checkpoint
from audit.checkpoint import Checkpoint, CheckpointInvalid, public_bytes
from vault.crypto import decode_key

HANDED_OVER = "ledger.key_changed"


def signing_key() -> Ed25519PrivateKey:
    """Return the key that signs checkpoints, from the environment."""
    return Ed25519PrivateKey.from_private_bytes(decode_key(settings.LEDGER_SIGNING_KEY))


def public_keys() -> list[Ed25519PublicKey]:
    """Return every key that ever signed, the first first and today's last."""
    return [*map(read_public, settings.LEDGER_OLD_PUBLIC_KEYS), signing_key().public_key()]


def read_public(text: str) -> Ed25519PublicKey:
    """Return a public key from base64. Raises ValueError saying what is wrong with it."""
    return Ed25519PublicKey.from_public_bytes(decode_key(text))


def published(key: Ed25519PublicKey) -> str:
    """Return a public key in base64, as it is published."""
    return base64.b64encode(public_bytes(key)).decode()


def code(key: Ed25519PublicKey) -> str:
    """Return a public key as an entry of the ledger names it."""
    return public_bytes(key).hex()


def read_note(
    note: str, keys: Sequence[Ed25519PublicKey] | None = None
) -> tuple[Checkpoint, Ed25519PublicKey]:
    """Return what a signed note says, and which of the keys (or of all there were) signed it.

    Raises CheckpointInvalid.
    """
    tried = public_keys() if keys is None else keys
    for key in reversed(tried):
        try:
            return checkpoint.verify(note, origin=settings.LEDGER_ORIGIN, key=key), key
        except CheckpointInvalid as error:
            why = error
    raise why
