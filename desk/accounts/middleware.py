"""Every request of a colleague: is the session still good, and was the second factor given?

It looks at all addresses, so that a page that is added tomorrow, or the administration, needs not
think of it. People with a request and systems with a token have no such session.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _

from desk.accounts import factors, sessions
from desk.accounts.constants import FACTOR_GIVEN

# A page that waits for a task asks how far it is by itself, with this header: nobody is at work.
ASKS_BY_ITSELF = "X-By-Itself"
# What leads to a second factor, and what everybody may do.
BEFORE_FACTOR = {
    "login",
    "logout",
    "set_language",
    "accounts:set_up",
    "accounts:app",
    "accounts:passkey",
    "accounts:codes",
    "accounts:confirm",
    "accounts:sso_confirm",
    "sso_return",
}


class StaffSessions:
    """Ends sessions that are over, and leads whoever needs a second factor to one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY not in request.session or not request.user.is_authenticated:
            return self.get_response(request)
        now = timezone.now()
        if why := sessions.over(request.session, now):
            told = sessions.end_this(request, why)
            messages.warning(request, told)
            return _forgotten(self.get_response(request))
        if ASKS_BY_ITSELF not in request.headers:
            sessions.see(request.session, now)
        if elsewhere := self._lead(request):
            return elsewhere
        key_before = request.session.session_key
        response = self.get_response(request)
        if SESSION_KEY not in request.session:
            return _forgotten(response)
        sessions.follow(request.session, key_before)
        return response

    def _lead(self, request: HttpRequest) -> HttpResponse | None:
        """Return where somebody must go first, or None."""
        if not settings.SECOND_FACTOR_OBLIGATORY or request.session.get(FACTOR_GIVEN):
            return None
        if factors.protects(request.user):
            # The factor was made elsewhere meanwhile, or its duty began: it is asked for now.
            logout(request)
            messages.warning(request, _("Sign in again, and give your second factor."))
            return redirect_to_login(request.get_full_path())
        if _name_of(request) in BEFORE_FACTOR:
            return None
        return redirect("accounts:set_up")


def _forgotten(response: HttpResponse) -> HttpResponse:
    """Let the browser forget the pages that it kept: whoever comes next goes back to none."""
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _name_of(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""
