"""What the portal's views share: limits, long texts, and pages that nobody may keep."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from requests.limits import allowed

View = Callable[..., HttpResponse]
# Ten million characters of any script, each as the nine bytes a browser may make of it, are more
# than anybody types; more than this is not read.
LONGEST_BODY = 32 * 1024 * 1024


def private(view: View) -> View:
    """Let no browser or proxy keep the page, nor tell another site its address."""

    @wraps(view)
    def kept_private(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = never_cache(view)(request, *args, **kwargs)
        # Not "no-referrer": a browser then sends forms with "Origin: null", which Django refuses.
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    return kept_private


def secret_address(view: View) -> View:
    """Let the browser tell nobody the path of a page whose address opens something, as `private`.

    What the page fetches then names our site only, so that no log of a proxy holds the secret as
    where somebody came from. Of the address itself see `docs/proxy.md`.
    """

    @wraps(view)
    def kept_secret(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = private(view)(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "strict-origin"
        return response

    return kept_secret


def limited(what: str) -> Callable[[View], View]:
    """Let an address do this so many times (`limits.LIMITS`); reading is never counted."""

    def decorate(view: View) -> View:
        @wraps(view)
        def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and not allowed(request, what):
                return too_many(request)
            return view(request, *args, **kwargs)

        return counted

    return decorate


def takes_the_same_time(seconds: float) -> Callable[[View], View]:
    """Answer a POST after so long, whatever it did: the time tells nobody what was found."""

    def decorate(view: View) -> View:
        @wraps(view)
        def waiting(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            began = time.monotonic()
            response = view(request, *args, **kwargs)
            if request.method == "POST":
                time.sleep(max(began + seconds - time.monotonic(), 0))
            return response

        return waiting

    return decorate


def too_many(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/too_many.html", status=429)


def takes_long_text(view: View) -> View:
    """Read a body far above the usual limit, so that what was typed can be shown again.

    The form then says how much too long the text is. What is longer still is not read: the page
    says that the browser still has it.
    """
    protected = csrf_protect(view)

    # Exempt on the outside only: the check reads the body, so it comes after ours.
    @csrf_exempt
    @wraps(view)
    def reading(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            if length > LONGEST_BODY or not allowed(request, "long"):
                return render(request, "portal/too_long.html", status=413)
            # Where HttpRequest.body looks before it asks how long the body may be.
            request._body = request.read(length)
        return protected(request, *args, **kwargs)

    return reading
