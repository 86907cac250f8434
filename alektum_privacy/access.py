"""Every page of the desk says which permission it needs, with `@needs("app.codename")`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control

from alektum_privacy import kept_posts

View = Callable[..., HttpResponseBase]


def needs(permission: str) -> Callable[[View], View]:
    """Send strangers to the sign-in page, and answer 403 to whoever lacks `permission`.

    A page is kept by no proxy, and by the browser only until its colleague leaves: then
    `desk.accounts.middleware` lets it forget.

    A form sent after the session ended is kept for who sent it (`kept_posts`).
    The permission stays readable as `view.required_permission`: a test walks the
    addresses of the desk and fails on any view without it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return kept_posts.sign_in(request)
            if not request.user.has_perm(permission):
                raise PermissionDenied
            response = view(request, *args, **kwargs)
            kept_posts.remember(request, response)
            if not response.has_header("Cache-Control"):
                # Not "no-store": a browser then forgets what was typed when one goes back.
                patch_cache_control(response, private=True, no_cache=True)
            return response

        guarded.required_permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate
