"""Where a colleague is signed in: begun, seen, ended; each end but signing out is in the ledger."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from alektum_privacy.addresses import client_address
from audit import services as audit
from desk.accounts.constants import CONFIRMED, FACTOR_GIVEN, ROW, SEEN, SEEN_AGAIN, STARTED, Ended

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104
LONGEST_AGENT = 200
# The first word that fits names the device; the order matters, as each claims to be the next.
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def idle_limit() -> timedelta:
    return timedelta(minutes=settings.STAFF_IDLE_MINUTES)


def age_limit() -> timedelta:
    return timedelta(hours=settings.STAFF_SESSION_HOURS)


def begin(request: HttpRequest, user: Any) -> None:
    """Note that a session of this colleague begins; called whenever somebody signs in."""
    now = timezone.now()
    session = request.session
    session[STARTED] = session[SEEN] = session[CONFIRMED] = int(now.timestamp())
    session.pop(FACTOR_GIVEN, None)
    if not session.session_key:
        session.save()
    row, _created = UserSession.objects.update_or_create(
        session_key=session.session_key,
        defaults={
            "user": user,
            "ip": client_address(request) or UNKNOWN_ADDRESS,
            "user_agent": request.META.get("HTTP_USER_AGENT", "")[:LONGEST_AGENT],
            "created_at": now,
            "last_seen_at": now,
        },
    )
    session[ROW] = row.pk


def forget(session: Any) -> None:
    """Take a session that its colleague leaves from the list."""
    if row := session.get(ROW):
        UserSession.objects.filter(pk=row).delete()


def over(session: Any, now: datetime) -> Ended | None:
    """Return why a session is over, or None while it may go on."""
    started, seen = session.get(STARTED), session.get(SEEN)
    if started is None or seen is None or now.timestamp() - started >= age_limit().total_seconds():
        return Ended.AGE
    return Ended.IDLE if now.timestamp() - seen >= idle_limit().total_seconds() else None


def see(session: Any, now: datetime) -> None:
    """Note that somebody is at work, once a minute at most."""
    if now.timestamp() - session[SEEN] >= SEEN_AGAIN.total_seconds():
        session[SEEN] = int(now.timestamp())
        UserSession.objects.filter(pk=session.get(ROW)).update(last_seen_at=now)


def follow(session: Any, key_before: str | None) -> None:
    """Keep the list right where a session got a new key."""
    if ROW in session and session.session_key and session.session_key != key_before:
        UserSession.objects.filter(pk=session[ROW]).update(session_key=session.session_key)


def end_this(request: HttpRequest, why: Ended) -> str:
    """End the session of this request because it is over; return what to tell."""
    with transaction.atomic():
        _tell([request.user.pk or 0], why, by=audit.SYSTEM)
        logout(request)
    if why is Ended.IDLE:
        return _(
            "You were signed out: nothing was done here for %(minutes)s minutes. Sign in again."
        ) % {"minutes": settings.STAFF_IDLE_MINUTES}
    return _("You were signed out: you were signed in for %(hours)s hours. Sign in again.") % {
        "hours": settings.STAFF_SESSION_HOURS
    }


@transaction.atomic
def end(rows: Iterable[UserSession], why: Ended, *, by: str) -> int:
    """End these sessions wherever they are; return how many."""
    found = list(rows)
    Session.objects.filter(pk__in=[row.session_key for row in found]).delete()
    UserSession.objects.filter(pk__in=[row.pk for row in found]).delete()
    _tell([row.user_id for row in found], why, by=by)
    return len(found)


def end_all(user: User, why: Ended, *, by: str, but: Any = None) -> int:
    """End a colleague's sessions, all `but` the one at hand; return how many."""
    rows = UserSession.objects.filter(user=user)
    if but is not None:
        rows = rows.exclude(pk=but.get(ROW))
    return end(rows, why, by=by)


def _tell(users: Iterable[int], why: Ended, *, by: str) -> None:
    audit.append_many(
        [
            audit.Event("session.ended", f"user:{user}", by, facts={"why": why.value})
            for user in users
        ]
    )


def open_sessions(user: User) -> list[UserSession]:
    """Return where a colleague is signed in now, the newest first; what is over is left out."""
    rows = UserSession.objects.filter(user=user).order_by("-last_seen_at")[:100]
    keys = [row.session_key for row in rows]
    alive = set(
        Session.objects.filter(pk__in=keys, expire_date__gt=timezone.now()).values_list(
            "pk", flat=True
        )
    )
    since = timezone.now() - idle_limit()
    return [row for row in rows if row.session_key in alive and row.last_seen_at > since]


def device(agent: str) -> str:
    """Return in words from what device somebody works, such as Firefox on Windows."""
    system = next((words for mark, words in SYSTEMS if mark in agent), "")
    browser = next((words for mark, words in BROWSERS if mark in agent), "")
    if system and browser:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown device")
