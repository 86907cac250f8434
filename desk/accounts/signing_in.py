"""From a first proof, by password or provider, to a session: at once, or after a second proof."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import load_backend, login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from desk.accounts import factors
from desk.accounts.constants import FACTOR_GIVEN, SECOND_STEP, SIGNING_IN

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class FirstProof:
    """Who gave a first proof in this browser, when, and where they wanted to go."""

    user: int
    # Changes with the password: a proof from before is none.
    seal: str
    at: int
    next: str

    def is_fresh(self, now: datetime) -> bool:
        return 0 <= now.timestamp() - self.at < SECOND_STEP / timedelta(seconds=1)


def proceed(
    request: HttpRequest, user: Any, *, next_page: str, has_second: bool = False
) -> HttpResponse:
    """Sign somebody in who gave a first proof, or ask for the second where it is not given yet."""
    there = safe(request, next_page)
    if not has_second and factors.protects(user):
        # A session that somebody else may know must not become the one that signs in.
        request.session.cycle_key()
        proof = FirstProof(
            user.pk, user.get_session_auth_hash(), int(timezone.now().timestamp()), there
        )
        request.session[SIGNING_IN] = asdict(proof)
        return redirect("second_step")
    complete(request, user, with_factor=has_second)
    return redirect(there)


def waiting(request: HttpRequest) -> tuple[User, FirstProof] | None:
    """Return who gave a first proof in this browser and may give the second, if anybody."""
    kept = request.session.get(SIGNING_IN)
    if kept is None:
        return None
    proof = FirstProof(**kept)
    user = load_backend(MODEL_BACKEND).get_user(proof.user)
    if (
        not isinstance(user, User)
        or not proof.is_fresh(timezone.now())
        or not constant_time_compare(proof.seal, user.get_session_auth_hash())
    ):
        request.session.pop(SIGNING_IN, None)
        return None
    return user, proof


def complete(request: HttpRequest, user: Any, *, with_factor: bool) -> None:
    """Begin the session; it gets a new key."""
    request.session.pop(SIGNING_IN, None)
    login(request, user, backend=MODEL_BACKEND)
    if with_factor:
        request.session[FACTOR_GIVEN] = int(timezone.now().timestamp())


def safe(request: HttpRequest, address: str) -> str:
    """Return an address of ours, or the overview where it is somebody else's."""
    ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if ours else resolve_url(settings.LOGIN_REDIRECT_URL)
