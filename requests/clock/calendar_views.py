"""The calendar at its secret address: who knows it may read it, and nothing else answers there."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from requests.clock import due_calendar
from requests.limits import allowed
from requests.portal.ways import too_many


@never_cache
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """Give the calendar; a wrong, old or revoked address is a page that does not exist."""
    if not allowed(request, "calendar"):
        return too_many(request)
    now = timezone.now()
    user = due_calendar.user_of(token, now=now)
    if user is None:
        raise Http404
    with translation.override(settings.LANGUAGE_CODE):
        host = urlsplit(settings.SITE_URL).hostname or "localhost"
        text = due_calendar.calendar_of(user, now=now, host=host)
    return HttpResponse(
        text,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'inline; filename="requests.ics"'},
    )
