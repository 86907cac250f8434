"""A certificate checked in the page, as its holder can check it alone.

With the same code (`audit.verify_certificate`), and only with keys that are ours.
"""

import base64
from dataclasses import dataclass
from typing import Any

from audit import certificate as audit
from audit import verify_certificate

# A certificate has some kilobytes; what is larger is none.
MOST_BYTES = 200_000


class NoCertificate(Exception):
    """What was given is no certificate of ours, or not what was signed; the text says why.

    In Dutch and English, a line each.
    """


@dataclass(frozen=True)
class Checked:
    """What a certificate proves, and where in the ledger that stands."""

    proven: dict[str, Any]
    place: int
    size: int
    origin: str
    key: str


def check(content: bytes) -> Checked:
    """Return what a certificate proves. Raises NoCertificate."""
    try:
        made = verify_certificate.read_json(content.decode("utf-8"))
        named = made.get("public_key")
        if named not in (audit.public_key(), *audit.old_public_keys()):
            raise NoCertificate(
                "Het is niet ondertekend met een sleutel van ons.\n"
                "It is not signed with a key of ours."
            )
        proven = verify_certificate.check(made, base64.b64decode(named, validate=True))
    except verify_certificate.NotTrue as error:
        raise NoCertificate(str(error)) from error
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NoCertificate(
            "Dit bestand is geen certificaat.\nThis file is not a certificate."
        ) from error
    return Checked(
        proven=proven,
        place=made["leaf_index"] + 1,
        size=made["tree_size"],
        origin=made["origin"],
        key=named,
    )
