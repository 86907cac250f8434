"""To the organisation's provider and back: to sign in, to connect an account, to confirm."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from alektum_privacy import oidc
from alektum_privacy.access import needs
from desk.accounts import mail, signing_in, sso
from desk.accounts.confirming import confirm, recently_confirmed
from desk.accounts.constants import CONFIRMATION, CONFIRMED
from desk.accounts.exceptions import SignInRefused
from requests.mail.mailing import address
from requests.tasks import send_mail, soon

KEPT = "staff_sso"
SIGN_IN, CONNECT, CONFIRM = "sign-in", "connect", "confirm"


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Lead to the provider to sign in."""
    there = signing_in.safe(request, request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(there)
    return _go(request, SIGN_IN, there, otherwise="login")


@needs("desk.enter_desk")
@never_cache
@require_safe
@recently_confirmed
def connect(request: HttpRequest) -> HttpResponse:
    """Lead to the provider to connect one's own account."""
    return _go(request, CONNECT, resolve_url("accounts:account"), otherwise="accounts:account")


@needs("desk.enter_desk")
@never_cache
@require_POST
@recently_confirmed
def disconnect(request: HttpRequest) -> HttpResponse:
    """Take the connection of one's own account away; a password must be left."""
    user = request.user
    if not isinstance(user, User) or not user.has_usable_password():
        messages.warning(request, _("You have no password here, so the connection stays."))
    elif sso.disconnect(user):
        messages.success(request, _("Your account is not connected any more."))
    return redirect("accounts:account")


@needs("desk.enter_desk")
@never_cache
@require_safe
def confirm_there(request: HttpRequest) -> HttpResponse:
    """Let the provider ask once more who it is."""
    there = signing_in.safe(request, request.GET.get("next", ""))
    return _go(request, CONFIRM, there, otherwise="accounts:account", prompt="login", max_age="0")


def _go(
    request: HttpRequest, why: str, there: str, *, otherwise: str, **asked: str
) -> HttpResponse:
    chosen = sso.provider()
    if chosen is None:
        raise Http404
    try:
        elsewhere, attempt = oidc.begin(
            chosen, why, back=address("sso_return"), now=timezone.now(), **asked
        )
    except oidc.SignInFailed:
        messages.warning(request, _failed(chosen))
        return redirect(otherwise)
    request.session[KEPT] = {"attempt": attempt.kept(), "next": there, "user": request.user.pk}
    return HttpResponseRedirect(elsewhere)


@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Take what the provider sent back; it counts once, and only in the browser that left."""
    kept, chosen, now = request.session.pop(KEPT, None), sso.provider(), timezone.now()
    if kept is None or chosen is None or kept["user"] != request.user.pk:
        messages.warning(request, _("That took too long, or began elsewhere. Sign in again."))
        return redirect("login")
    attempt = oidc.Attempt(**kept["attempt"])
    try:
        claims = oidc.finish(
            chosen,
            attempt,
            request.GET.dict(),
            back=address("sso_return"),
            now=now,
            wanted=sso.wanted(),
        )
        return _take(request, attempt.reference, claims, kept["next"], now)
    except oidc.SignInFailed:
        messages.warning(request, _failed(chosen))
    except (SignInRefused, IntegrityError):
        messages.warning(request, _refused(chosen))
    return redirect("accounts:account" if request.user.is_authenticated else "login")


def _take(
    request: HttpRequest, why: str, claims: Mapping[str, Any], there: str, now: datetime
) -> HttpResponse:
    if why == SIGN_IN:
        with transaction.atomic():
            user, is_new = sso.account_for(claims, now=now)
            if is_new:
                _mail(user, now)
        has_second = sso.gave_second_factor(claims)
        answer = signing_in.proceed(request, user, next_page=there, has_second=has_second)
        if request.user.is_authenticated:
            # What needs a proof of now is not opened by one that the provider remembers.
            request.session[CONFIRMED] = _proven_at(claims, now)
        return answer
    mine = request.user
    assert isinstance(mine, User)  # `back` compared the user with who left
    if why == CONNECT:
        with transaction.atomic():
            sso.connect(mine, claims, now=now)
            _mail(mine, now)
        messages.success(request, _("Your account is connected."))
    else:
        age = now.timestamp() - _proven_at(claims, now)
        if not sso.belongs_to(mine, claims) or age > CONFIRMATION.total_seconds():
            raise SignInRefused
        confirm(request)
    return redirect(there)


def _proven_at(claims: Mapping[str, Any], now: datetime) -> int:
    """Return when the provider saw the person itself; it need not say, and then it is long ago."""
    at = claims.get("auth_time")
    return min(at, int(now.timestamp())) if isinstance(at, int) else 0


def _mail(user: User, now: datetime) -> None:
    written = mail.tell(user, "linked", now=now)
    if written is not None:
        soon(send_mail, written.pk)


def _failed(chosen: oidc.Provider) -> str:
    return _("Signing in with %(name)s did not work. Try again, or use your password.") % {
        "name": chosen.name
    }


def _refused(chosen: oidc.Provider) -> str:
    return _(
        "%(name)s knows you, but there is no account here that belongs to you. Ask an"
        " administrator, or sign in with your password and connect your account there."
    ) % {"name": chosen.name}
