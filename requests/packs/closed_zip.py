"""A zip file that opens with a password only: AES-256 as WinZip, 7-Zip and others write it (AE-2).

Python's own `zipfile` reads and writes the older cipher alone, which is broken. The format is
public: "AES Encryption Information", WinZip, version 1.04; the primitives are `cryptography`'s.
"""

import hashlib
import hmac
import os
import struct
import zlib
from collections.abc import Mapping
from datetime import datetime

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

SALT, KEY, CHECK, SEAL = 16, 32, 2, 10  # bytes
ROUNDS = 1_000  # the format's own: the passphrase we make has 80 bits
BLOCK = 16
AES_METHOD, DEFLATED = 99, 8
NEEDED = 51  # version of the format that knows AES
FLAGS = 0x0001 | 0x0800  # encrypted; the name is UTF-8
# Extra field 0x9901, seven bytes: AE-2 by "AE", 256 bits, and the method below the cipher.
EXTRA = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, DEFLATED)
HEAD = "<HHHHHIIIHH"


def closed_zip(files: Mapping[str, bytes], passphrase: str, *, now: datetime) -> bytes:
    """Return these files, by name, in one zip file that the passphrase opens.

    Names and sizes stay readable, as in any zip file: give names that tell nothing.
    """
    body, directory = bytearray(), bytearray()
    for name, content in files.items():
        closed = _closed(content, passphrase)
        known = name.encode()
        # AE-2 has no checksum of what is inside: that would tell of it.
        head = struct.pack(
            HEAD,
            *(NEEDED, FLAGS, AES_METHOD, _clock(now), _day(now)),
            *(0, len(closed), len(content), len(known), len(EXTRA)),
        )
        made_by, outside = struct.pack("<H", NEEDED), struct.pack("<HHHII", 0, 0, 0, 0, len(body))
        directory += b"PK\x01\x02" + made_by + head + outside + known + EXTRA
        body += b"PK\x03\x04" + head + known + EXTRA + closed
    end = struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return bytes(body + directory) + b"PK\x05\x06" + end


def _closed(content: bytes, passphrase: str) -> bytes:
    """Return salt, two bytes that tell a wrong passphrase, the encrypted content and its seal."""
    salt = os.urandom(SALT)
    made = hashlib.pbkdf2_hmac("sha1", passphrase.encode(), salt, ROUNDS, 2 * KEY + CHECK)
    key, seal_key, check = made[:KEY], made[KEY : 2 * KEY], made[2 * KEY :]
    packer = zlib.compressobj(level=6, wbits=-zlib.MAX_WBITS)
    hidden = counted(key, packer.compress(content) + packer.flush())
    return salt + check + hidden + hmac.digest(seal_key, hidden, "sha1")[:SEAL]


def counted(key: bytes, content: bytes) -> bytes:
    """Encrypt, or decrypt, with AES in the counter mode of zip files: from one, lowest byte first.

    That of `cryptography` counts with the highest byte first.
    """
    blocks = -(-len(content) // BLOCK)
    counters = b"".join(number.to_bytes(BLOCK, "little") for number in range(1, blocks + 1))
    cipher = Cipher(AES(key), ECB()).encryptor()  # noqa: S305
    stream = (cipher.update(counters) + cipher.finalize())[: len(content)]
    mixed = int.from_bytes(stream, "little") ^ int.from_bytes(content, "little")
    return mixed.to_bytes(len(content), "little")


def _clock(now: datetime) -> int:
    return now.hour << 11 | now.minute << 5 | now.second // 2


def _day(now: datetime) -> int:
    return (now.year - 1980) << 9 | now.month << 5 | now.day
