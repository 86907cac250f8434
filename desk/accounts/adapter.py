"""How allauth's second factors fit this house: secrets sealed, one name for the site."""

import base64
from functools import cache
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from vault import crypto

PLACE = "desk.second-factor"
NAME = "Alektum Privacy"


@cache
def _key(token_key: str) -> bytes:
    # The token key never changes while there are tokens, so the secrets outlive a new SECRET_KEY.
    derive = HKDF(
        algorithm=hashes.SHA256(), length=crypto.KEY_BYTES, salt=None, info=PLACE.encode()
    )
    return derive.derive(crypto.decode_key(token_key))


class FactorAdapter(DefaultMFAAdapter):
    """A dump of the main database shows no secret that makes codes."""

    def encrypt(self, text: str) -> str:
        sealed = crypto.seal(_key(settings.VAULT_TOKEN_KEY), text.encode(), place=PLACE)
        return base64.b64encode(sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        sealed = base64.b64decode(encrypted_text)
        return crypto.unseal(_key(settings.VAULT_TOKEN_KEY), sealed, place=PLACE).decode()

    def get_totp_issuer(self) -> str:
        return NAME

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        # The address people were given, whatever a request's header says.
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": NAME}
