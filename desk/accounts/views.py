"""A colleague's own account: who they are here, second factors, where they are signed in."""

import base64
import json

from allauth.mfa.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alektum_privacy.access import needs
from audit import services as audit
from desk.accounts import factors, mail, sessions, signing_in, sso
from desk.accounts.confirming import confirm, recently_confirmed
from desk.accounts.constants import (
    FACTOR_GIVEN,
    FACTORS,
    MOST_PASSKEYS,
    NEW_SECRET,
    ROW,
    Ended,
    Kind,
)
from desk.accounts.exceptions import LastFactor, TooManyTries, WrongCode
from desk.accounts.forms import (
    AppCodeForm,
    CodeForm,
    NewPasswordForm,
    PasskeyForm,
    PasswordForm,
)
from desk.accounts.sign_in_views import given
from desk.roles import LABELS
from requests.tasks import send_mail, soon

ENTER = "desk.enter_desk"


def me(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # `needs` let nobody else in
    return user


@needs(ENTER)
@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show one's own account."""
    user, chosen = me(request), sso.provider()
    held = factors.factors_of(user)
    names = user.groups.order_by("name").values_list("name", flat=True)
    context = {
        "roles": [LABELS.get(name, name) for name in names],
        "factors": [
            {
                "pk": one.pk,
                "kind": Kind(one.type).label,
                "name": one.data.get("name", "") if one.type == Kind.PASSKEY else "",
                "created_at": one.created_at,
                "last_used_at": one.last_used_at,
            }
            for one in held
            if one.type in FACTORS
        ],
        "has_app": any(one.type == Kind.APP for one in held),
        "codes_left": factors.codes_left(user) if held else None,
        "sessions": [
            {"row": one, "device": sessions.device(one.user_agent), "here": _is_here(request, one)}
            for one in sessions.open_sessions(user)
        ],
        "idle_minutes": settings.STAFF_IDLE_MINUTES,
        "hours": settings.STAFF_SESSION_HOURS,
        "has_password": user.has_usable_password(),
        "obligatory": settings.SECOND_FACTOR_OBLIGATORY,
        "organisation": chosen.name if chosen else "",
        "connected": chosen is not None and sso.is_linked(user),
    }
    return render(request, "desk/accounts/account.html", context)


def _is_here(request: HttpRequest, one: UserSession) -> bool:
    return one.pk == request.session.get(ROW)


@needs(ENTER)
@never_cache
@require_safe
def set_up(request: HttpRequest) -> HttpResponse:
    """Lead whoever has no second factor to one; nothing else opens before."""
    if factors.protects(request.user):
        return redirect("accounts:account")
    return render(request, "desk/accounts/set_up.html", {"held_up": _is_held_up(request)})


def _is_held_up(request: HttpRequest) -> bool:
    return settings.SECOND_FACTOR_OBLIGATORY and not request.session.get(FACTOR_GIVEN)


# --- second factors ------------------------------------------------------------------------


@needs(ENTER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_confirmed
def app(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator app: a picture to scan, and the first code as proof."""
    user = me(request)
    sealed = request.session.get(NEW_SECRET)
    if request.method != "POST" or sealed is None:
        sealed = request.session[NEW_SECRET] = sealed or factors.new_secret()
        form = AppCodeForm()
    else:
        form = AppCodeForm(request.POST)
        if form.is_valid():
            try:
                return _added(request, user, lambda: _add_app(user, sealed, form))
            except WrongCode:
                form.add_error("code", _("This is not the code that belongs to this picture."))
    secret = factors.open_secret(sealed)
    picture = get_adapter().build_totp_svg(get_adapter().build_totp_url(user, secret))
    context = {
        "form": form,
        "picture": base64.b64encode(picture.encode()).decode(),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "has_app": any(one.type == Kind.APP for one in factors.factors_of(user)),
        "held_up": _is_held_up(request),
    }
    return render(request, "desk/accounts/app.html", context, status=422 if form.errors else 200)


def _add_app(user: User, sealed: str, form: AppCodeForm) -> None:
    factors.add_app(user, sealed, form.cleaned_data["code"])


@needs(ENTER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@recently_confirmed
def passkey(request: HttpRequest) -> HttpResponse:
    """Add a passkey: this device, a telephone, or a key."""
    user, form, failed = me(request), PasskeyForm(), False
    if request.method == "POST":
        form = PasskeyForm(request.POST)
        if form.is_valid():
            try:
                answer = json.loads(request.POST.get("credential", ""))
                name = form.cleaned_data["name"]
                return _added(request, user, lambda: factors.add_passkey(user, name, answer))
            except (ValueError, WrongCode):
                failed = True
    context = {
        "form": form,
        "failed": failed,
        "passkey": factors.begin_passkey(user),
        "full": len(factors.factors_of(user)) > MOST_PASSKEYS,
        "held_up": _is_held_up(request),
    }
    wrong = failed or form.errors
    return render(request, "desk/accounts/passkey.html", context, status=422 if wrong else 200)


def _added(request: HttpRequest, user: User, add: object) -> HttpResponse:
    """Add a factor; with the first one, go on to the recovery codes."""
    assert callable(add)
    is_first = not factors.protects(user)
    with transaction.atomic():
        add()
        sessions.end_all(user, Ended.FACTOR, by=audit.actor_of(user), but=request.session)
        _mail(user, "added")
    request.session.pop(NEW_SECRET, None)
    request.session[FACTOR_GIVEN] = int(timezone.now().timestamp())
    # A session that was there before the factor gets a new key with it.
    request.session.cycle_key()
    messages.success(request, _("Your second factor is set up."))
    if is_first:
        return _show_codes(request, user)
    return redirect("accounts:account")


def _mail(user: User, what: str) -> None:
    written = mail.tell(user, what, now=timezone.now())
    if written is not None:
        soon(send_mail, written.pk)


@needs(ENTER)
@never_cache
@require_POST
@recently_confirmed
def codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes, and show them once."""
    user = me(request)
    if not factors.protects(user):
        return redirect("accounts:set_up")
    return _show_codes(request, user, tell=True)


def _show_codes(request: HttpRequest, user: User, *, tell: bool = False) -> HttpResponse:
    with transaction.atomic():
        made = factors.make_codes(user)
        if tell:
            _mail(user, "codes")
    return render(request, "desk/accounts/codes.html", {"codes": made})


@needs(ENTER)
@never_cache
@require_POST
@recently_confirmed
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one of one's own second factors away."""
    user = me(request)
    held = {one.pk for one in factors.factors_of(user) if one.type in FACTORS}
    if pk not in held:
        raise Http404
    try:
        with transaction.atomic():
            factors.remove(user, pk, obligatory=settings.SECOND_FACTOR_OBLIGATORY)
            sessions.end_all(user, Ended.FACTOR, by=audit.actor_of(user), but=request.session)
            _mail(user, "removed")
    except LastFactor:
        messages.warning(
            request, _("This is your only second factor. Add another first, then remove this one.")
        )
    else:
        messages.success(request, _("The second factor is gone."))
    return redirect("accounts:account")


@needs(ENTER)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_page(request: HttpRequest) -> HttpResponse:
    """Ask once more who it is: the password, or a second factor."""
    user = me(request)
    there = signing_in.safe(request, request.GET.get("next", ""))
    chosen = sso.provider()
    by_code = "code" in request.POST or "credential" in request.POST
    form = PasswordForm(request.POST if request.method == "POST" and not by_code else None)
    code_form, failed = CodeForm(request.POST if "code" in request.POST else None), False
    if request.method == "POST":
        try:
            right = given(request, user, code_form) if by_code else _is_password(request, form)
        except TooManyTries:
            return render(request, "desk/accounts/too_many_codes.html", status=429)
        except WrongCode:
            right, failed = None, not code_form.is_bound
        if right:
            confirm(request)
            return redirect(there)
    context = {
        "form": form if user.has_usable_password() else None,
        "code_form": code_form if factors.protects(user) else None,
        "passkey": factors.ask_passkey(user) if factors.has_passkey(user) else "",
        "passkey_failed": failed,
        "organisation": chosen.name if chosen and sso.is_linked(user) else "",
        "next": there,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/accounts/confirm.html", context, status=status)


def _is_password(request: HttpRequest, form: PasswordForm) -> bool:
    if not form.is_valid():
        return False
    # Counted with the codes: whoever holds an open session gets no endless guesses either.
    if factors.check_password(me(request), form.cleaned_data["password"], now=timezone.now()):
        return True
    form.add_error("password", _("This is not your password."))
    return False


@needs(ENTER)
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; every other session ends."""
    user = me(request)
    if not user.has_usable_password():
        raise Http404
    form = NewPasswordForm(user, request.POST if request.method == "POST" else None)
    try:
        is_right = request.method == "POST" and form.is_valid()
    except TooManyTries:
        return render(request, "desk/accounts/too_many_codes.html", status=429)
    if is_right:
        with transaction.atomic():
            form.save()
            by = audit.actor_of(user)
            audit.append("password.changed", object=f"user:{user.pk}", actor=by)
            sessions.end_all(user, Ended.PASSWORD, by=by, but=request.session)
            _mail(user, "password")
        update_session_auth_hash(request, user)
        messages.success(
            request, _("Your password is changed. Everywhere else you are signed out.")
        )
        return redirect("accounts:account")
    return render(
        request, "desk/accounts/password.html", {"form": form}, status=422 if form.errors else 200
    )


# --- sessions ------------------------------------------------------------------------------


@needs(ENTER)
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions."""
    user = me(request)
    row = get_object_or_404(UserSession, pk=pk, user=user)
    if _is_here(request, row):
        logout(request)
        return redirect("login")
    sessions.end([row], Ended.SELF, by=audit.actor_of(user))
    messages.success(request, _("You are signed out there."))
    return redirect("accounts:account")


@needs(ENTER)
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """End one's own sessions everywhere but here."""
    user = me(request)
    sessions.end_all(user, Ended.SELF, by=audit.actor_of(user), but=request.session)
    messages.success(request, _("You are signed out everywhere but here."))
    return redirect("accounts:account")
