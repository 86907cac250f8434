"""Sealing as plain functions: no database, no settings.

A sealed value is one version byte, a nonce of 12 bytes, and AES-256-GCM ciphertext with its tag.
"""

import base64
import binascii
import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault.exceptions import SealBroken

KEY_BYTES = 32
NONCE_BYTES = 12
BLOCK_BYTES = 64  # of SHA-256
VERSION = b"\x01"
BEFORE = 1 + NONCE_BYTES  # what stands before the ciphertext


def seal(key: bytes | AESGCM, plain: bytes, *, place: str) -> bytes:
    """Return `plain` sealed for this `place`, where alone it can be opened.

    Whoever seals or unseals much under one key passes an `AESGCM` made of it once.
    """
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + _cipher(key).encrypt(nonce, plain, place.encode())


def unseal(key: bytes | AESGCM, sealed: bytes, *, place: str) -> bytes:
    """Return what was sealed for `place`. Raises SealBroken when anything differs."""
    if sealed[:1] != VERSION:
        raise SealBroken("unknown version of seal")
    try:
        return _cipher(key).decrypt(sealed[1:BEFORE], sealed[BEFORE:], place.encode())
    except (InvalidTag, ValueError) as error:
        raise SealBroken("the seal does not fit key and place") from error


def _cipher(key: bytes | AESGCM) -> AESGCM:
    return AESGCM(key) if isinstance(key, bytes) else key


class KeyedHash:
    """HMAC-SHA256 (RFC 2104) under one key, for many short messages.

    What depends on the key alone is hashed once: three times as fast as `hmac.digest`.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) > BLOCK_BYTES:
            raise ValueError("the key is longer than a block")
        padded = key.ljust(BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def digest(self, message: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()


def parted(*parts: str) -> bytes:
    """Return the parts as one message, each with its length before it."""
    return b"".join([len(part := text.encode()).to_bytes(4, "big") + part for text in parts])


def decode_key(text: str) -> bytes:
    """Return the 32 bytes that `text` gives in base64. Raises ValueError saying what is wrong."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("is not base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"has {len(key)} bytes instead of {KEY_BYTES}")
    return key


def decode_numbered_keys(text: str) -> dict[int, bytes]:
    """Return `1:base64,2:base64` as a mapping. Raises ValueError naming the part at fault."""
    keys: dict[int, bytes] = {}
    for position, part in enumerate(text.split(","), start=1):
        number, _, encoded = part.strip().partition(":")
        if not number.isdecimal() or not 0 < int(number) < 2**15:
            raise ValueError(f"part {position} does not begin with a number and a colon")
        if int(number) in keys:
            raise ValueError(f"number {number} is given twice")
        try:
            keys[int(number)] = decode_key(encoded)
        except ValueError as error:
            raise ValueError(f"key {number} {error}") from error
    return keys
