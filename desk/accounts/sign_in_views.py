"""The sign-in page, and the page that asks for the second factor."""

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from desk.accounts import factors, signing_in, sso
from desk.accounts.constants import Kind
from desk.accounts.exceptions import TooManyTries, WrongCode
from desk.accounts.forms import CodeForm


class SignIn(LoginView):
    """Name and password; who has a second factor goes on to that."""

    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        chosen = sso.provider()
        named = {"organisation": chosen.name if chosen else ""}
        return super().get_context_data(**kwargs) | named

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        return signing_in.proceed(self.request, form.get_user(), next_page=self.get_success_url())


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for a code or a passkey of whoever gave the first proof in this browser."""
    found = signing_in.waiting(request)
    if found is None:
        messages.warning(request, _("That took too long, or began elsewhere. Sign in again."))
        return redirect("login")
    user, proof = found
    form = CodeForm(request.POST if "code" in request.POST else None)
    failed = False
    if request.method == "POST":
        try:
            used = given(request, user, form)
        except TooManyTries:
            return render(request, "desk/accounts/too_many_codes.html", status=429)
        except WrongCode:
            failed = True
        else:
            if used is not None:
                signing_in.complete(request, user, with_factor=True)
                if used is Kind.CODES:
                    _warn_of_codes(request, user)
                return redirect(proof.next)
    context = {"form": form, "passkey_failed": failed and not form.is_bound}
    if factors.has_passkey(user):
        context["passkey"] = factors.ask_passkey(user)
    return render(request, "desk/accounts/second_step.html", context, status=422 if failed else 200)


def given(request: HttpRequest, user: Any, form: CodeForm) -> Kind | None:
    """Take the second factor a form brings; None where the form is not filled in.

    Raises WrongCode, which the form then says too, and TooManyTries.
    """
    now = timezone.now()
    if answer := request.POST.get("credential"):
        try:
            parsed = json.loads(answer)
        except ValueError:
            raise WrongCode from None
        factors.use_passkey(user, parsed, now=now)
        return Kind.PASSKEY
    if not form.is_valid():
        raise WrongCode
    try:
        return factors.use_code(user, form.cleaned_data["code"], now=now)
    except WrongCode:
        form.add_error(
            "code", _("This code is not right, or it was used before. Wait for the next one.")
        )
        raise


def _warn_of_codes(request: HttpRequest, user: Any) -> None:
    left = factors.codes_left(user)
    messages.warning(
        request,
        _("You used a recovery code; %(left)s are left. Make new ones at “My account” in time.")
        % {"left": left},
    )


def to_sign_in(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """Lead from the administration's own sign-in page to ours, which knows of second factors."""
    if request.user.is_authenticated:
        raise PermissionDenied
    there = signing_in.safe(request, request.GET.get("next", ""))
    return redirect_to_login(there)
