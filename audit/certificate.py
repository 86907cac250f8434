"""Certificates: an entry of the ledger with all that a stranger needs to check it alone."""

import base64
import json
from typing import Any

from django.conf import settings

from audit import keys, services

FORMAT = "alektum-privacy/ledger-certificate/1"


def public_key() -> str:
    """Return in base64 the key that checks our signatures: to be published."""
    return keys.published(keys.signing_key().public_key())


def old_public_keys() -> list[str]:
    """Return those that signed before, the newest first: certificates of their time need them."""
    return [keys.published(key) for key in reversed(keys.public_keys()[:-1])]


def build(entry_id: int) -> dict[str, Any]:
    """Return the certificate of an entry, ready for JSON. Raises NotYetSealed.

    `entry` is the exact text that was hashed; `statement` says the same for a reader and proves
    nothing. `verify_certificate.py` checks it, with nothing but a trusted public key.
    """
    proof = services.prove(entry_id)
    _head, signer = keys.read_note(proof.note)
    return {
        "format": FORMAT,
        "statement": json.loads(proof.text),
        "entry": proof.text,
        "leaf_index": proof.leaf_index,
        "tree_size": proof.size,
        "path": [base64.b64encode(step).decode() for step in proof.path],
        "checkpoint": proof.note,
        "origin": settings.LEDGER_ORIGIN,
        "public_key": keys.published(signer),
    }
