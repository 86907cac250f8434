"""Officers are warned of due dates, once of each, by mail that says nothing of anybody."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from requests.clock.warning_days import ORDER, most_urgent, reached
from requests.constants import OPEN, MailKind
from requests.identity.constants import WarningKind
from requests.identity.models import Reminder
from requests.mail.mailing import address
from requests.models import OutgoingMail, PrivacyRequest
from vault import services as vault
from vault.constants import KeyKind

BATCH = 500
SHOWN = 50  # numbers in one mail
HANDLERS = "requests.handle_privacyrequest"


@transaction.atomic
def remind(*, now: datetime) -> list[int]:
    """Note every warning whose day has come, and write a mail to each officer; return the mails.

    Each warning is noted once for each due date, so that a second run finds nothing new and
    mails nothing; of what one day brings for a request only the most urgent is mailed. A date that
    was computed anew is warned of anew.
    """
    today = timezone.localdate(now)
    fresh: dict[WarningKind, list[str]] = defaultdict(list)
    last = 0
    while batch := _batch(last):
        for request, kinds in _note(batch, today, now).items():
            urgent = most_urgent(kinds)
            if urgent is not None:
                fresh[urgent].append(request.number)
        last = batch[-1].pk
    if not fresh:
        return []
    return [_write(officer, fresh, now).pk for officer in colleagues_with(HANDLERS)]


def colleagues_with(permission: str) -> list[User]:
    """Return the colleagues who may do something and have an address."""
    may = User.objects.with_perm(
        permission, include_superusers=False, backend="django.contrib.auth.backends.ModelBackend"
    )
    return list(may.filter(is_active=True).exclude(email="").order_by("pk"))


def _batch(last: int) -> list[PrivacyRequest]:
    # The lock lets a second run wait, and then find the reminders of the first.
    running = PrivacyRequest.objects.select_for_update(of=("self",)).filter(
        state__in=OPEN, due_on__isnull=False, pk__gt=last
    )
    fields = ("pk", "number", "received_at", "due_on")
    return list(running.order_by("pk").only(*fields)[:BATCH])


def _note(
    batch: Iterable[PrivacyRequest], today: date, now: datetime
) -> Mapping[PrivacyRequest, set[WarningKind]]:
    """Write what is new of these requests, and return it."""
    due = {
        (request, kind): request.due_on
        for request in batch
        if request.due_on
        for kind in reached(request.received_on, request.due_on, today)
    }
    there = set(
        Reminder.objects.filter(request__in=[request for request, _kind in due]).values_list(
            "request_id", "kind", "due_on"
        )
    )
    new = {
        (request, kind): day
        for (request, kind), day in due.items()
        if (request.pk, kind, day) not in there
    }
    Reminder.objects.bulk_create(
        Reminder(request=request, kind=kind, due_on=day, noted_at=now)
        for (request, kind), day in new.items()
    )
    noted: dict[PrivacyRequest, set[WarningKind]] = defaultdict(set)
    for request, kind in new:
        noted[request].add(kind)
    return noted


def _write(officer: User, fresh: Mapping[WarningKind, list[str]], now: datetime) -> OutgoingMail:
    """Write a mail with numbers and a link, and nothing of anybody."""
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Requests that need an answer soon")
        body = _body(fresh)
    key = vault.create_key(KeyKind.MAIL)
    mail = OutgoingMail(
        kind=MailKind.REMINDER, language=settings.LANGUAGE_CODE, key_id=key.id, created_at=now
    )
    content = {"to": officer.email, "subject": subject, "body": body}
    mail.sealed_content = key.seal(content, place=mail.content_place)
    mail.save()
    return mail


def _body(fresh: Mapping[WarningKind, list[str]]) -> str:
    paragraphs = []
    for kind in reversed(ORDER):
        numbers = fresh.get(kind) or []
        if not numbers:
            continue
        shown = ", ".join(numbers[:SHOWN])
        more = len(numbers) - SHOWN
        if more > 0:
            shown += " " + _("and %(more)s more") % {"more": more}
        paragraphs.append(f"{kind.label}: {shown}.")
    paragraphs += [address("requests:queue"), settings.CONTROLLER["name"]]
    return "\n\n".join(paragraphs) + "\n"
