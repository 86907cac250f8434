"""What stands in an export of the queue, a batch at a time, and what is left out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from requests.constants import Cause, MatchState
from requests.models import ClockEvent, PrivacyRequest
from requests.queue.filters import Filters
from requests.queue.reading import SHOWN, QueueRow, chosen, in_order, rows_of, seen_at
from requests.queue.spreadsheets import Cell
from requests.services.own_file import own_files
from vault import services as vault

BATCH = 500
SEALED = ("key_id", "sealed_body")


@dataclass(frozen=True)
class Batch:
    """Rows, the keys of their requests, how many were left out and why, whose names are in it."""

    rows: Sequence[Sequence[Cell]]
    requests: Sequence[int]
    restricted: int
    own: int
    named: Sequence[UUID]


def headings(*, named: bool) -> list[str]:
    """Return the words above the columns."""
    columns = [_("Number"), _("Kind"), _("Asks"), _("How it stands"), _("Came by")]
    columns += [_("Received on"), _("Answer by"), _("Answered on"), _("Ended on")]
    columns += [_("In hand of"), _("The period was extended"), _("Waits for a second person")]
    return [*columns, _("Who asks")] if named else columns


def batches(
    visible: QuerySet[PrivacyRequest], filters: Filters, *, owner: User, named: bool
) -> Iterator[Batch]:
    """Yield what the filters show in their order, read by key: whatever their number.

    Left out are requests that are, or may be, about somebody whose data may not be used now, and
    with names those of who takes them.

    Source: GDPR Article 18(2).
    """
    today = timezone.localdate()
    found = chosen(visible, filters, user=owner.pk, today=today)
    light = found.only(*SHOWN, *(SEALED if named else ()))
    seen = None
    while requests := _next(light, filters, seen):
        seen = seen_at(requests[-1], filters)
        kept, restricted = _without(requests, restricted_among(requests))
        own = 0
        if named:
            kept, own = _without(kept, {pk for pk, _user in own_files(kept, [owner])})
        names = _names(kept) if named else {}
        extended = _extended(kept)
        rows = [
            [*_cells(row, extended), *([names.get(row.request.pk, "")] if named else [])]
            for row in rows_of(kept, today)
        ]
        keys = [one.pk for one in kept]
        yield Batch(rows, keys, restricted, own, [one.reference for one in kept if one.pk in names])


def _next(
    found: QuerySet[PrivacyRequest], filters: Filters, seen: tuple[Any, int] | None
) -> list[PrivacyRequest]:
    requests: list[PrivacyRequest] = []
    for question in in_order(found, filters, seen=seen):
        requests += question[: BATCH - len(requests)]
        if len(requests) == BATCH:
            break
    return requests


def _without(requests: Sequence[PrivacyRequest], out: set[int]) -> tuple[list[PrivacyRequest], int]:
    kept = [one for one in requests if one.pk not in out]
    return kept, len(requests) - len(kept)


def restricted_among(requests: Sequence[PrivacyRequest]) -> set[int]:
    """Return the keys of requests of, or perhaps of, somebody with a restriction in force."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT m.request_id FROM requests_subjectmatch m"
            " JOIN subjects_subject s ON s.reference = m.subject_reference"
            " JOIN subjects_involvement i ON i.subject_id = s.id"
            " JOIN subjects_restrictionmark r"
            " ON r.involvement_id = i.id AND r.lifted_on IS NULL"
            " WHERE m.request_id = ANY(%s) AND m.state <> %s",
            [[one.pk for one in requests], MatchState.REJECTED.value],
        )
        return {row[0] for row in cursor.fetchall()}


def restricted_since(newest_mark: int, *, limit: int) -> set[int]:
    """Return the keys of requests of, or perhaps of, somebody restricted after a mark; so many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT m.request_id FROM subjects_restrictionmark r"
            " JOIN subjects_involvement i ON i.id = r.involvement_id"
            " JOIN subjects_subject s ON s.id = i.subject_id"
            " JOIN requests_subjectmatch m ON m.subject_reference = s.reference"
            " WHERE r.id > %s AND r.lifted_on IS NULL AND m.state <> %s LIMIT %s",
            [newest_mark, MatchState.REJECTED.value, limit],
        )
        return {row[0] for row in cursor.fetchall()}


def _extended(requests: Sequence[PrivacyRequest]) -> set[int]:
    events = ClockEvent.objects.filter(request__in=requests, cause=Cause.EXTENDED)
    return set(events.values_list("request_id", flat=True))


def _cells(row: QueueRow, extended: set[int]) -> list[Cell]:
    one = row.request
    yes = {True: _("yes"), False: _("no")}
    return [
        one.number,
        one.get_kind_display(),
        ", ".join(str(right.get_right_display()) for right in one.rights.all()),
        str(row.stands),
        one.get_channel_display(),
        one.received_on,
        one.due_on,
        timezone.localdate(one.answered_at) if one.answered_at else None,
        one.ended_on,
        row.assignee,
        yes[one.pk in extended],
        yes[row.waits_for_second],
    ]


def _names(requests: Sequence[PrivacyRequest]) -> dict[int, str]:
    """Return who asks by request; of a request whose key is gone nobody is left."""
    keys = vault.open_keys([one.key_id for one in requests])
    found = {}
    for one in requests:
        if one.key_id in keys:
            body = keys[one.key_id].unseal(one.sealed_body, place=one.body_place)
            found[one.pk] = _name(body["identity"])
    return found


def _name(identity: dict[str, Any]) -> str:
    first = identity.get("first_name") or identity.get("initials") or ""
    return " ".join(part for part in (first, identity.get("last_name") or "") if part)
