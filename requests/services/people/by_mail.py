"""What a mailed link opens, as long as nobody knows whose the address is.

Whoever asks may mistype their address, and so may a colleague who reads a letter: then all mail
goes to a stranger, with the link and the code that proves the address. So a link that went to an
address nobody proved asks a fact of the request first, before the page shows anything or takes that
code: else the stranger would prove the address, and be asked nothing any more.
"""

from datetime import date
from typing import Any

from requests.dates import is_day
from requests.models import PrivacyRequest
from requests.services.changing import body_of


def asks_fact(privacy_request: PrivacyRequest) -> bool:
    """Tell whether who came by a mailed link must first show that the request is theirs.

    Not where the request gives nothing that could be asked.
    """
    return privacy_request.email_verified_at is None and bool(fact_of(privacy_request))


def fact_of(privacy_request: PrivacyRequest) -> str:
    """Return which fact is asked: "birth_date", "postcode", or nothing."""
    identity = body_of(privacy_request)["identity"]
    if identity.get("birth_date"):
        return "birth_date"
    return "postcode" if _postcodes(identity) else ""


def knows_fact(privacy_request: PrivacyRequest, typed: str) -> bool:
    """Tell whether what was typed is what the request gives."""
    identity, asked = body_of(privacy_request)["identity"], fact_of(privacy_request)
    if asked == "birth_date":
        return is_day(typed, date.fromisoformat(identity["birth_date"]))
    return bool(asked) and _plain(typed) in _postcodes(identity)


def _postcodes(identity: dict[str, Any]) -> set[str]:
    given = {_plain(one.get("postcode") or "") for one in identity.get("addresses") or []}
    return given - {""}


def _plain(postcode: str) -> str:
    return "".join(c for c in postcode.upper() if c.isalnum())
