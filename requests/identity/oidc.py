"""Signing in with an identity provider (OpenID Connect): a slot, empty unless settings name one.

What the provider says of a person is compared with what is held and then forgotten; nothing of it
is kept but which fields fitted. How a provider is asked and checked: `alektum_privacy/oidc.py`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings

from alektum_privacy.oidc import Attempt, Provider, SignInFailed, begin
from alektum_privacy.oidc import finish as finish_anywhere

__all__ = ["Attempt", "Provider", "SignInFailed", "begin", "finish", "identity_of", "provider"]
NEEDED = ("family_name", "birthdate")


def provider() -> Provider | None:
    """Return the provider, or None where none is named."""
    named = settings.IDENTITY_PROVIDER
    return Provider(**named) if named["issuer"] and named["client_id"] else None


def finish(
    chosen: Provider, attempt: Attempt, answer: Mapping[str, str], *, back: str, now: datetime
) -> dict[str, Any]:
    """Return what the provider says of the person, in the shape the door seals.

    Raises SignInFailed where its answer does not hold.
    """
    claims = finish_anywhere(chosen, attempt, answer, back=back, now=now, wanted=NEEDED)
    return identity_of(claims)


def identity_of(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return claims as the door seals an identity; an address counts only where it is verified."""
    given = claims.get("address")
    place: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    postcode = _text(place.get("postal_code"))
    email = _text(claims.get("email")) if claims.get("email_verified") is True else ""
    return {
        "first_name": _text(claims.get("given_name")),
        "initials": "",
        "last_name": _text(claims.get("family_name")),
        "birth_date": _day(claims.get("birthdate")),
        "addresses": [{"postcode": postcode}] if postcode else [],
        "emails": [email] if email else [],
        "phones": [],
        "ibans": [],
        "dossier_number": "",
    }


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _day(value: Any) -> str | None:
    """Return a whole date; a year alone, or a date without year, proves too little."""
    try:
        return date.fromisoformat(_text(value)).isoformat()
    except ValueError:
        return None
