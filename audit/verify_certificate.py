#!/usr/bin/env python3
"""Check a certificate of Alektum Privacy, alone: Python and the package `cryptography` suffice.

    python verify_certificate.py CERTIFICATE.json --key BASE64

The key is the public key that Alektum publishes: take it from there, not from the certificate.
Ends with 0 when the certificate is true, with 1 when it is not, with 2 when it cannot be read.
"""

import argparse
import base64
import hashlib
import json
import sys
from typing import Any, Dict, List, Optional, Tuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "alektum-privacy/ledger-certificate/1"
FIELDS = {
    "format": str,
    "statement": dict,
    "entry": str,
    "leaf_index": int,
    "tree_size": int,
    "path": list,
    "checkpoint": str,
    "origin": str,
    "public_key": str,
}
DASH = "\N{EM DASH}"


class NotTrue(Exception):
    """Why the certificate proves nothing, in Dutch and English."""

    def __init__(self, dutch: str, english: str) -> None:
        super().__init__(f"{dutch}\n{english}")


def check(certificate: Any, key: bytes) -> Dict[str, Any]:
    """Return what the certificate proves, as it was recorded. Raises NotTrue."""
    _check_shape(certificate)
    entry = certificate["entry"]
    proven: Dict[str, Any] = read_json(entry)
    if _same_text(certificate["statement"]) != _same_text(proven):
        raise NotTrue(
            "De leesbare tekst zegt iets anders dan wat is vastgelegd.",
            "The readable text differs from what was recorded.",
        )
    if certificate["public_key"] != base64.b64encode(key).decode():
        raise NotTrue("Het noemt een andere sleutel.", "It names another key.")
    origin, size, root = signed_head(certificate["checkpoint"], key)
    if (origin, size) != (certificate["origin"], certificate["tree_size"]):
        raise NotTrue("Het controlepunt hoort er niet bij.", "The checkpoint does not belong.")
    leaf = hashlib.sha256(b"\x00" + entry.encode()).digest()
    path = [base64.b64decode(step, validate=True) for step in certificate["path"]]
    if root_from_path(leaf, certificate["leaf_index"], size, path) != root:
        raise NotTrue(
            "Deze tekst staat niet in het ondertekende grootboek.",
            "This text is not in the signed ledger.",
        )
    return proven


def _check_shape(certificate: Any) -> None:
    """Refuse what has more or other fields: words that nothing proves could stand in them."""
    if not isinstance(certificate, dict) or certificate.get("format") != FORMAT:
        raise NotTrue("Dit is geen certificaat van dit soort.", "This is no such certificate.")
    if set(certificate) != set(FIELDS) or any(
        type(certificate[name]) is not kind for name, kind in FIELDS.items()
    ):
        raise NotTrue("Er is iets bij of er ontbreekt iets.", "Something was added or is missing.")


def read_json(text: str) -> Any:
    """Return what JSON says. Raises NotTrue where something stands in it twice."""

    def once(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise NotTrue("Er staat iets dubbel in.", "Something stands in it twice.")
        return dict(pairs)

    return json.loads(text, object_pairs_hook=once)


def _same_text(value: Any) -> str:
    # Not compared as values: 1, 1.0 and true are equal in Python.
    return json.dumps(value, sort_keys=True)


def signed_head(note: str, key: bytes) -> Tuple[str, int, bytes]:
    """Return ledger, size and root of a signed checkpoint (C2SP signed-note, tlog-checkpoint)."""
    text, _, signatures = note.partition("\n\n")
    if text.count("\n") < 2:
        raise NotTrue("Er is geen controlepunt.", "There is no checkpoint.")
    origin, size, root = text.split("\n")[:3]
    text += "\n"
    wanted = hashlib.sha256(origin.encode() + b"\n\x01" + key).digest()[:4]
    for line in signatures.splitlines():
        prefix, _, encoded = line.rpartition(" ")
        if prefix != f"{DASH} {origin}":
            continue
        signature = base64.b64decode(encoded, validate=True)
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature[4:], text.encode())
        except InvalidSignature:
            continue
        if signature[:4] == wanted:
            return origin, int(size), base64.b64decode(root, validate=True)
    raise NotTrue("De handtekening is niet van deze sleutel.", "The signature is not of this key.")


def root_from_path(leaf: bytes, index: int, size: int, path: List[bytes]) -> bytes:
    """Return the root that leaf and path lead to (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        raise NotTrue("De plaats bestaat niet.", "There is no such place.")
    node, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0 or len(sibling) != len(leaf):
            raise NotTrue("Het bewijs is te lang.", "The proof is too long.")
        if node % 2 or node == last:
            result = hashlib.sha256(b"\x01" + sibling + result).digest()
            while node % 2 == 0 and node:
                node, last = node // 2, last // 2
        else:
            result = hashlib.sha256(b"\x01" + result + sibling).digest()
        node, last = node // 2, last // 2
    if last:
        raise NotTrue("Het bewijs is te kort.", "The proof is too short.")
    return result


def explain(certificate: Dict[str, Any], proven: Dict[str, Any]) -> str:
    """Return in Dutch and English what a true certificate proves."""
    place, size, origin = (
        certificate["leaf_index"] + 1,
        certificate["tree_size"],
        certificate["origin"],
    )
    facts = "\n".join(
        f"  {name}: {value if isinstance(value, str) else json.dumps(value)}"
        for name, value in proven.items()
    )
    return (
        f"WAAR: dit staat op plaats {place} van {size} in het ondertekende grootboek {origin}.\n"
        "Het is daarna niet meer veranderd.\n"
        f"TRUE: this stands at place {place} of {size} in the signed ledger {origin}.\n"
        f"It has not been changed since.\n{facts}"
    )


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(description="Check a certificate.")
    parser.add_argument("certificate", help="the certificate, a JSON file")
    parser.add_argument("--key", required=True, help="the public key as published, in base64")
    options = parser.parse_args(arguments)
    try:
        key = base64.b64decode(options.key, validate=True)
        if len(key) != 32:
            raise ValueError("the key has not 32 bytes")
        with open(options.certificate, encoding="utf-8") as file:
            certificate = read_json(file.read())
        proven = check(certificate, key)
        words = explain(certificate, proven)
    except NotTrue as error:
        print(f"NIET WAAR / NOT TRUE\n{error}", file=sys.stderr)
        return 1
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        print(f"Kan niet worden gelezen / Cannot be read: {error!r}", file=sys.stderr)
        return 2
    print(words)
    return 0


if __name__ == "__main__":
    sys.exit(main())
