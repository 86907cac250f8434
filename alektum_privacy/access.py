"""Every page of the desk says which permission it needs, with `@needs("app.codename")`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from alektum_privacy import kept_posts

View = Callable[..., HttpResponseBase]


def needs(permission: str) -> Callable[[View], View]:
    """Send strangers to the sign-in page, and answer 403 to whoever lacks `permission`.

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
            return response

        guarded.required_permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate
