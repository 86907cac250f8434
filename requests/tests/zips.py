"""A reader of closed zip files, for tests: it opens what other programs made too."""

import hashlib
import hmac
import struct
import zlib

from requests.packs.closed_zip import CHECK, KEY, ROUNDS, SALT, SEAL, counted


class WrongPassphrase(Exception):
    pass


class Damaged(Exception):
    pass


def opened(content: bytes, passphrase: str) -> dict[str, bytes]:
    """Return the files of a zip by name, as its directory at the end names them."""
    end = content.rindex(b"PK\x05\x06")
    number, _size, at = struct.unpack("<HII", content[end + 10 : end + 20])
    files = {}
    for _ in range(number):
        assert content[at : at + 4] == b"PK\x01\x02"
        method, *_rest = struct.unpack("<H", content[at + 10 : at + 12])
        size, whole, named, extra, said = struct.unpack("<IIHHH", content[at + 20 : at + 34])
        [place] = struct.unpack("<I", content[at + 42 : at + 46])
        name = content[at + 46 : at + 46 + named].decode()
        assert method == 99
        data = _behind_head(content, place)[:size]
        files[name] = _open(data, passphrase, _below(content[at + 46 + named :][:extra]))
        assert len(files[name]) == whole
        at += 46 + named + extra + said
    return files


def _behind_head(content: bytes, place: int) -> bytes:
    assert content[place : place + 4] == b"PK\x03\x04"
    named, extra = struct.unpack("<HH", content[place + 26 : place + 30])
    return content[place + 30 + named + extra :]


def _below(extra: bytes) -> int:
    """Return the method below the cipher, of 256 bits."""
    while extra:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == 0x9901:
            _version, maker, strength, method = struct.unpack("<H2sBH", extra[4 : 4 + size])
            assert (maker, strength) == (b"AE", 3)
            return method
        extra = extra[4 + size :]
    raise Damaged


def _open(data: bytes, passphrase: str, method: int) -> bytes:
    salt, check = data[:SALT], data[SALT : SALT + CHECK]
    hidden, seal = data[SALT + CHECK : -SEAL], data[-SEAL:]
    made = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), salt, ROUNDS, 2 * KEY + CHECK)
    if made[2 * KEY :] != check:
        raise WrongPassphrase
    if hmac.digest(made[KEY : 2 * KEY], hidden, "sha1")[:SEAL] != seal:
        raise Damaged
    packed = counted(made[:KEY], hidden)
    return zlib.decompress(packed, -zlib.MAX_WBITS) if method == 8 else packed
