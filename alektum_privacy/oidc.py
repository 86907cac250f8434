"""Signing in with an identity provider (OpenID Connect), for whoever in this house needs it.

Authorization code with PKCE, state and nonce. Says what a provider states of somebody; what that
is worth is decided by the caller: `requests/identity/oidc.py` for people, `desk/accounts/sso.py`
for staff.

Source: OpenID Connect Core 1.0, sections 3.1 and 3.1.3.7; RFC 7636; RFC 9700.
"""

import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ATTEMPT_MINUTES = 15
SECONDS = 5
LEEWAY_SECONDS = 60
# Only signatures of a key pair: a provider's secret must not be able to sign for it.
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SignInFailed(Exception):
    """The provider did not answer, or its answer is not what we asked for. Never says of whom."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that settings name."""

    issuer: str
    client_id: str
    name: str
    scope: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a browser must bring back; stands in its session and is used once."""

    reference: str
    started_at: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)

    def kept(self) -> dict[str, str]:
        return asdict(self)

    def is_fresh(self, now: datetime) -> bool:
        started = datetime.fromisoformat(self.started_at)
        return started <= now < started + timedelta(minutes=ATTEMPT_MINUTES)


def begin(
    chosen: Provider, reference: str, *, back: str, now: datetime, **asked: str
) -> tuple[str, Attempt]:
    """Return the provider's address to go to, and what to keep of it. Raises SignInFailed.

    `asked` is what else to ask of the provider, such as `prompt="login"`.
    """
    attempt = Attempt(
        reference=reference,
        started_at=now.isoformat(),
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
    )
    endpoint = _discovered(chosen)["authorization_endpoint"]
    with _client(chosen, back) as client:
        address, _state = client.create_authorization_url(
            endpoint,
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
            **asked,
        )
    return address, attempt


def finish(
    chosen: Provider,
    attempt: Attempt,
    answer: Mapping[str, str],
    *,
    back: str,
    now: datetime,
    wanted: Collection[str] = (),
) -> dict[str, Any]:
    """Return what the provider says of the person: its claims.

    Those of `wanted` that the ID token lacks are asked for at the provider's own page about them.
    Raises SignInFailed unless the answer is of this attempt, in time, and the ID token was signed
    by this provider for us, now, and with our nonce.
    """
    if not hmac.compare_digest(answer.get("state", "").encode(), attempt.state.encode()):
        raise SignInFailed("the answer belongs to another attempt")
    if not attempt.is_fresh(now):
        raise SignInFailed("the attempt is too old")
    # RFC 9207: an answer of another provider is no answer of this one.
    if answer.get("iss", chosen.issuer) != chosen.issuer:
        raise SignInFailed("another provider answered")
    if "error" in answer or not answer.get("code"):
        raise SignInFailed("the person did not sign in")
    found = _discovered(chosen)
    token = _tokens(chosen, found, attempt, answer["code"], back)
    claims = _checked(chosen, found, token.get("id_token", ""), attempt.nonce, now)
    if not all(claims.get(name) for name in wanted):
        claims = _more(found, token, claims)
    return claims


# --- talking with the provider -------------------------------------------------------------


def _client(chosen: Provider, back: str) -> OAuth2Client:
    return OAuth2Client(
        client_id=chosen.client_id,
        client_secret=chosen.client_secret,
        scope=chosen.scope,
        redirect_uri=back,
        code_challenge_method="S256",
        timeout=SECONDS,
        follow_redirects=False,
    )


def _discovered(chosen: Provider) -> dict[str, Any]:
    """Return what the provider publishes of itself; it must call itself as we call it."""
    found = _got(f"{chosen.issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != chosen.issuer:
        raise SignInFailed("the provider calls itself otherwise")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        _require_safe(found.get(name, ""))
    return found


def _got(address: str, token: str = "") -> dict[str, Any]:
    _require_safe(address)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        response = httpx2.get(address, headers=headers, timeout=SECONDS, follow_redirects=False)
        response.raise_for_status()
        found = response.json()
    except (httpx2.HTTPError, ValueError):
        # The error may hold an address with a secret.
        raise SignInFailed("the provider does not answer") from None
    if not isinstance(found, dict):
        raise SignInFailed("the provider answers something else")
    return found


def _require_safe(address: str) -> None:
    """Refuse what others could read on the way; a provider on this machine needs no TLS."""
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise SignInFailed("the provider has no safe address")


def _tokens(
    chosen: Provider, found: Mapping[str, Any], attempt: Attempt, code: str, back: str
) -> dict[str, Any]:
    try:
        with _client(chosen, back) as client:
            return client.fetch_token(
                found["token_endpoint"],
                code=code,
                code_verifier=attempt.verifier,
                grant_type="authorization_code",
            )
    except (httpx2.HTTPError, OAuthError, ValueError):
        raise SignInFailed("the provider takes the code no more") from None


def _checked(
    chosen: Provider, found: Mapping[str, Any], id_token: str, nonce: str, now: datetime
) -> dict[str, Any]:
    """Return the claims of an ID token after all that OpenID Connect Core, 3.1.3.7 asks."""
    wanted = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": chosen.issuer},
        aud={"essential": True, "value": chosen.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        keys = KeySet.import_key_set(_got(found["jwks_uri"]))  # type: ignore[arg-type]
        claims = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
        wanted.validate(claims)
    except (JoseError, ValueError, KeyError, TypeError):
        raise SignInFailed("the provider's statement does not hold") from None
    audience = claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    if claims.get("azp", None if several else chosen.client_id) != chosen.client_id:
        raise SignInFailed("the provider's statement is for somebody else")
    return dict(claims)


def _more(
    found: Mapping[str, Any], token: Mapping[str, Any], claims: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the claims with those of the provider's own page about the same person."""
    address, access = found.get("userinfo_endpoint"), token.get("access_token")
    if not address or not access:
        return dict(claims)
    said = _got(address, access)
    if said.get("sub") != claims["sub"]:
        raise SignInFailed("the provider's statement is about somebody else")
    return {**said, **claims}
