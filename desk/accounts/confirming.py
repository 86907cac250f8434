"""Sensitive acts ask for a proof that is some minutes old at most."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from desk.accounts.constants import CONFIRMATION, CONFIRMED

View = Callable[..., HttpResponse]


def is_confirmed(request: HttpRequest) -> bool:
    age = timezone.now().timestamp() - request.session.get(CONFIRMED, 0)
    return 0 <= age < CONFIRMATION.total_seconds()


def confirm(request: HttpRequest) -> None:
    request.session[CONFIRMED] = int(timezone.now().timestamp())


def recently_confirmed(view: View) -> View:
    """Ask first who it is, of whoever proved it longer ago."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_confirmed(request):
            return view(request, *args, **kwargs)
        # What cannot be got again begins anew at the account.
        there = request.get_full_path() if request.method == "GET" else reverse("accounts:account")
        return redirect(f"{reverse('accounts:confirm')}?{urlencode({'next': there})}")

    return guarded
