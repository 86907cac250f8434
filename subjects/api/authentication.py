"""Systems that send and fetch: known by a bearer token, `code.secret`."""

import hashlib
import hmac
import secrets
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from subjects.models import SourceSystem


class System:
    """The user of a request that a system makes: it may do what systems may, and no more."""

    is_authenticated = True
    is_active = True
    is_staff = False
    pk = None

    def __init__(self, source: SourceSystem) -> None:
        self.source = source


def digest_of(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def new_token(code: str) -> tuple[str, bytes]:
    """Return a token to hand over once, and the digest of it to keep."""
    secret = secrets.token_urlsafe(32)
    return f"{code}.{secret}", digest_of(secret)


class SourceAuthentication(BaseAuthentication):
    """Lets in whoever shows the token of a system that is not revoked."""

    def authenticate(self, request: Request) -> tuple[System, SourceSystem] | None:
        kind, _sep, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        code, _dot, secret = token.strip().partition(".")
        source = SourceSystem.objects.filter(code=code, revoked_at=None).first()
        known = bytes(source.token_digest) if source else bytes(32)
        if not hmac.compare_digest(known, digest_of(secret)) or source is None:
            raise AuthenticationFailed(_("This token is not known."))
        return System(source), source

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class IsSource(BasePermission):
    """Only systems; a colleague's session does not open the door for data."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, SourceSystem)


class SourceScheme(OpenApiAuthenticationExtension):
    """How the token is described to whoever reads the API's schema."""

    target_class = "subjects.api.authentication.SourceAuthentication"
    name = "source"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
