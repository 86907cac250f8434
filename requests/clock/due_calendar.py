"""A colleague's calendar of due dates (RFC 5545, RFC 7986): text, and its secret address.

Titles hold a request's number and what it asks, and nothing of a person: the calendar may stand
with a third party.
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from audit import services as audit
from requests.constants import OPEN
from requests.identity.constants import CANCELLED_SHOWN_FOR
from requests.identity.models import CalendarFeed
from requests.models import ClockEvent, PrivacyRequest
from vault import services as vault

MOST_EVENTS = 5_000
OCTETS = 75
TOKEN_BYTES = 24


# --- the address ---------------------------------------------------------------------------


@transaction.atomic
def renew(user: User, *, now: datetime) -> str:
    """Return a new secret for a colleague's address; the old one opens nothing from here on."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    CalendarFeed.objects.update_or_create(
        user=user, defaults={"digest": _digest(token), "made_at": now, "read_at": None}
    )
    _note(user, "calendar.address_made")
    return token


@transaction.atomic
def revoke(user: User) -> None:
    """Let the address open nothing any more; without address nothing happens."""
    if CalendarFeed.objects.filter(user=user).delete()[0]:
        _note(user, "calendar.address_revoked")


def user_of(token: str, *, now: datetime) -> User | None:
    """Return whose calendar it is, if they still may see requests."""
    feed = CalendarFeed.objects.select_related("user").filter(digest=_digest(token)).first()
    if feed is None:
        return None
    user = feed.user
    if not user.is_active or not user.has_perm("requests.view_privacyrequest"):
        return None
    CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now)
    return user


def _digest(token: str) -> bytes:
    return vault.digest("requests.calendar", token)


def _note(user: User, event: str) -> None:
    actor = audit.actor_of(user)
    audit.append(event, object=actor, actor=actor)


# --- the text ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DueDate:
    """One due date as a calendar shows it; `live` while it is awaited."""

    reference: UUID
    title: str
    due_on: date
    sequence: int
    changed_at: datetime
    live: bool


def calendar_of(user: User, *, now: datetime, host: str) -> bytes:
    """Return the calendar of the due dates that this colleague may see."""
    visible = PrivacyRequest.objects.visible_to(user)
    return render(due_dates(visible, now=now), host=host)


def due_dates(visible: QuerySet[PrivacyRequest], *, now: datetime) -> list[DueDate]:
    """Return the due dates of open requests, and of those ended of late, the first due first.

    While the clock stands still, and once a request has ended, its date is not live: it is told
    as cancelled. Each computation raises the sequence, and so does the end.
    """
    ended = Q(answered_at__gte=now - CANCELLED_SHOWN_FOR) | Q(
        ended_on__gte=timezone.localdate(now - CANCELLED_SHOWN_FOR)
    )
    shown = visible.filter(Q(state__in=OPEN) | ended).order_by(
        F("due_on").asc(nulls_last=True), "pk"
    )[:MOST_EVENTS]
    rows = list(shown.prefetch_related("rights"))
    computed = {
        pk: (times, last, known)
        for pk, times, last, known in ClockEvent.objects.filter(request__in=rows)
        .values_list("request_id")
        .annotate(Count("pk"), Max("noted_at"), Max("due_on"))
    }
    found = (_due_date(one, *computed[one.pk]) for one in rows if one.pk in computed)
    return [one for one in found if one is not None]


def _due_date(
    request: PrivacyRequest, times: int, computed_at: datetime, known: date | None
) -> DueDate | None:
    due = request.due_on or known
    if due is None:
        return None
    rights = ", ".join(str(one.get_right_display()) for one in request.rights.all())
    return DueDate(
        reference=request.reference,
        title=f"{request.number} {rights}",
        due_on=due,
        sequence=times - 1 if request.is_open else times,
        changed_at=computed_at if request.is_open else _ended_at(request, computed_at),
        live=request.is_open and request.due_on is not None,
    )


def _ended_at(request: PrivacyRequest, computed_at: datetime) -> datetime:
    if request.answered_at is not None:
        return request.answered_at
    midnight = datetime.combine(request.ended_on or request.received_on, datetime.min.time())
    return max(timezone.make_aware(midnight), computed_at)


def render(dates: Iterable[DueDate], *, host: str) -> bytes:
    """Return the calendar's text: lines of at most 75 octets, ended by CRLF."""
    name = _text(_("Requests to answer"))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Alektum Privacy//Due dates//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{name}",
        f"X-WR-CALNAME:{name}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    for one in dates:
        lines += _event(one, host)
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(one: DueDate, host: str) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{one.reference}@{host}"
    yield f"SEQUENCE:{one.sequence}"
    yield f"DTSTAMP:{_stamp(one.changed_at)}"
    yield f"DTSTART;VALUE=DATE:{one.due_on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{one.due_on + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_text(one.title)}"
    yield f"STATUS:{'CONFIRMED' if one.live else 'CANCELLED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    """Return a TEXT value (RFC 5545, 3.3.11)."""
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        value = value.replace(plain, escaped)
    return value


def _folded(line: str) -> bytes:
    """Return a line in pieces of at most 75 octets, never cut inside a character."""
    pieces, piece = [], b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
