"""What a mailed link opens, as long as nobody knows whose the address is.

Whoever asks may mistype their address, and so may a colleague who reads a letter: then all mail
goes to a stranger. Before anybody is proven the page shows what was asked. From then on it comes
to show data, and a link that went to an address nobody proved asks a fact of the request first.
"""

from typing import Any

from django.utils import timezone

from requests.constants import IdentityResult
from requests.dates import NotADay, parse_birth_date
from requests.models import PrivacyRequest
from requests.services.changing import body_of


def asks_fact(privacy_request: PrivacyRequest) -> bool:
    """Tell whether who came by a mailed link must first show that the request is theirs.

    Not where the request gives nothing that could be asked.
    """
    if privacy_request.email_verified_at is not None or not fact_of(privacy_request):
        return False
    return privacy_request.identitychecks.filter(result=IdentityResult.PROVEN).exists()


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
        try:
            born = parse_birth_date(typed, today=timezone.localdate())
        except NotADay:
            return False
        return born.isoformat() == identity["birth_date"]
    return bool(asked) and _plain(typed) in _postcodes(identity)


def _postcodes(identity: dict[str, Any]) -> set[str]:
    given = {_plain(one.get("postcode") or "") for one in identity.get("addresses") or []}
    return given - {""}


def _plain(postcode: str) -> str:
    return "".join(c for c in postcode.upper() if c.isalnum())
