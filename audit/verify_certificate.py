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
DASH = "\N{EM DASH}"


class NotTrue(Exception):
    """Why the certificate proves nothing, in Dutch and English."""

    def __init__(self, dutch: str, english: str) -> None:
        super().__init__(f"{dutch}\n{english}")


def check(certificate: Dict[str, Any], key: bytes) -> Dict[str, Any]:
    """Return what the certificate proves. Raises NotTrue."""
    if certificate.get("format") != FORMAT:
        raise NotTrue("Dit is geen certificaat van dit soort.", "This is no such certificate.")
    entry = certificate["entry"]
    proven: Dict[str, Any] = json.loads(entry)
    if certificate.get("statement", proven) != proven:
        raise NotTrue(
            "De leesbare tekst zegt iets anders dan wat is vastgelegd.",
            "The readable text differs from what was recorded.",
        )
    size, root = signed_head(certificate["checkpoint"], key)
    leaf = hashlib.sha256(b"\x00" + entry.encode()).digest()
    path = [base64.b64decode(step, validate=True) for step in certificate["path"]]
    if size != certificate["tree_size"]:
        raise NotTrue("Het controlepunt hoort er niet bij.", "The checkpoint does not belong.")
    if root_from_path(leaf, certificate["leaf_index"], size, path) != root:
        raise NotTrue(
            "Deze tekst staat niet in het ondertekende grootboek.",
            "This text is not in the signed ledger.",
        )
    return proven


def signed_head(note: str, key: bytes) -> Tuple[int, bytes]:
    """Return size and root of a signed checkpoint (C2SP signed-note, tlog-checkpoint)."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    origin, size, root = text.split("\n")[:3]
    wanted = hashlib.sha256(origin.encode() + b"\n\x01" + key).digest()[:4]
    for line in signatures.splitlines():
        prefix, _, encoded = line.rpartition(" ")
        signature = base64.b64decode(encoded, validate=True)
        if prefix != f"{DASH} {origin}" or signature[:4] != wanted:
            continue
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature[4:], text.encode())
        except InvalidSignature:
            continue
        return int(size), base64.b64decode(root, validate=True)
    raise NotTrue("De handtekening is niet van deze sleutel.", "The signature is not of this key.")


def root_from_path(leaf: bytes, index: int, size: int, path: List[bytes]) -> bytes:
    """Return the root that leaf and path lead to (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        raise NotTrue("De plaats bestaat niet.", "There is no such place.")
    node, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
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
            proven = check(json.load(file), key)
    except NotTrue as error:
        print(f"NIET WAAR / NOT TRUE\n{error}", file=sys.stderr)
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"Kan niet worden gelezen / Cannot be read: {error!r}", file=sys.stderr)
        return 2
    print("WAAR: dit staat in het ondertekende grootboek.")
    print("TRUE: this stands in the signed ledger.")
    for name, value in proven.items():
        print(f"  {name}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
