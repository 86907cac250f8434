"""What somebody sent with a form after their session had ended: kept until they sign in again.

It stands sealed in the cache for half an hour; the key is in a cookie of that browser and nowhere
else, so neither the cache nor a copy of it can be read. Only who was signed in there before gets it
back. Files are not kept, nor passwords, codes and tokens: those are typed again. Without the cache
the browser's way back still has the words.
"""

import base64
import binascii
import json
import os
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.core.signing import get_cookie_signer
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from redis.exceptions import RedisError

from vault import crypto
from vault.exceptions import SealBroken

WHO, KEPT = "desk_user", "desk_typed"
SALT = "alektum_privacy.kept_posts"
SECONDS = 30 * 60
DAY = 24 * 3600
MOST_BYTES = 500_000
CSRF = "csrfmiddlewaretoken"
# Parts of the names of fields that prove who somebody is: what stands in them is typed again.
SECRETS = ("password", "passphrase", "credential", "secret", "token")
CODE = re.compile(r"(^|[-_])codes?($|[-_])")
# What a page sends along so that a second click does nothing is a reference, and no secret.
REFERENCE = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")


@dataclass(frozen=True)
class Typed:
    """A form as it was sent: where to, and each field with its values in their order."""

    path: str
    fields: list[tuple[str, list[str]]]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(name, value) for name, values in self.fields for value in values]


def remember(request: HttpRequest, response: HttpResponseBase) -> None:
    """Note in the browser, signed, who works there; and let go what was kept and is sent now."""
    user = str(request.user.pk)
    if request.get_signed_cookie(WHO, default="", salt=SALT) != user:
        # As Django signs a cookie, and reads it again.
        _set(response, WHO, get_cookie_signer(salt=WHO + SALT).sign(user), DAY)
    if request.method == "POST" and KEPT in request.COOKIES:
        typed = opened(request)
        if typed is None or typed.path == request.get_full_path():
            forget(request, response)


def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Send a stranger to the sign-in page; a form that was sent is kept for who sent it."""
    user = request.get_signed_cookie(WHO, default="", salt=SALT, max_age=DAY)
    if request.method != "POST" or not user:
        return redirect_to_login(request.get_full_path())
    fields = [
        (name, values)
        for name, values in request.POST.lists()
        if name != CSRF and not _is_secret(name, values)
    ]
    content = {"user": user, "path": request.get_full_path(), "fields": fields}
    key, name = os.urandom(crypto.KEY_BYTES), os.urandom(16).hex()
    plain = json.dumps(content).encode()
    if not fields or len(plain) > MOST_BYTES:
        return redirect_to_login(request.get_full_path())
    try:
        cache.set(_place(name), crypto.seal(key, plain, place=_place(name)), timeout=SECONDS)
    except RedisError:
        return redirect_to_login(request.get_full_path())
    response = redirect_to_login(reverse("desk:typed"))
    _set(response, KEPT, f"{name}.{base64.urlsafe_b64encode(key).decode()}", SECONDS)
    return response


def _is_secret(name: str, values: list[Any]) -> bool:
    if all(REFERENCE.fullmatch(str(value)) for value in values):
        return False
    return bool(CODE.search(name)) or any(secret in name for secret in SECRETS)


def opened(request: HttpRequest) -> Typed | None:
    """Return what this browser sent for the colleague who is signed in now, if it is still kept."""
    name, _dot, key = request.COOKIES.get(KEPT, "").partition(".")
    try:
        sealed = cache.get(_place(name))
        if not sealed:
            return None
        plain = crypto.unseal(base64.urlsafe_b64decode(key), sealed, place=_place(name))
    except (RedisError, SealBroken, binascii.Error, ValueError):
        return None
    content: dict[str, Any] = json.loads(plain)
    if content["user"] != str(request.user.pk):
        return None
    return Typed(content["path"], [(name, values) for name, values in content["fields"]])


def forget(request: HttpRequest, response: HttpResponseBase) -> None:
    """Let go what is kept, here and in the browser."""
    name, _dot, _key = request.COOKIES.get(KEPT, "").partition(".")
    try:
        cache.delete(_place(name))
    except RedisError:
        return
    response.delete_cookie(KEPT, samesite="Lax")


def _place(name: str) -> str:
    return f"typed:{name}"


def _set(response: HttpResponseBase, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        httponly=True,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
    )
