"""Notices of one organisation as a file to hand over: each export is in the ledger."""

import csv
import io
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from audit import services as audit
from subjects import notices
from subjects.constants import NoticeState
from subjects.models import Organisation, OrganisationLink, RecipientNotice

MOST = 5_000
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "notice",
    "event",
    "our_reference",
    "name",
    "birth_date",
    "number",
    "received_on",
    "data_categories",
    "field",
    "old",
    "new",
)


def guarded(value: object) -> str:
    """Return a value as text that no spreadsheet computes."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


@transaction.atomic
def notices_behind(link: OrganisationLink) -> str:
    """Return what an organisation is told by a link as CSV: where it is too much to read."""
    sent = RecipientNotice.objects.filter(link=link, state=NoticeState.SENT).order_by("pk")
    rows = list(sent[: notices.MOST_PER_LINK])
    audit.append(
        "notice.downloaded",
        object=f"link:{link.reference}",
        actor=f"organisation:{link.organisation_id}",
        notices=len(rows),
    )
    return _csv(rows)


@transaction.atomic
def notices_of(
    organisation: Organisation, *, without: Collection[str] = (), actor: str, now: datetime
) -> str:
    """Return the oldest open notices of an organisation as CSV, and mark them sent.

    `without` are purposes of which who asks may know nothing. At most `MOST` at a time;
    again while they are open it gives the same.
    """
    rows = list(
        RecipientNotice.objects.filter(
            recipient__organisation=organisation, state__in=notices.UNDER_WAY
        )
        .exclude(purpose__in=without)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)[:MOST]
    )
    text = _csv(rows)
    new = [row.pk for row in rows if row.state == NoticeState.TO_SEND]
    RecipientNotice.objects.filter(pk__in=new).update(state=NoticeState.SENT, sent_at=now)
    audit.append(
        "notice.exported",
        object=f"organisation:{organisation.reference}",
        actor=actor,
        notices=len(rows),
        new=len(new),
    )
    return text


def _csv(rows: Sequence[RecipientNotice]) -> str:
    contents = notices.contents_of(rows)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(COLUMNS)
    for row in rows:
        for line in _lines(row, contents.get(row.pk, {})):
            writer.writerow([guarded(value) for value in line])
    return out.getvalue()


def _lines(row: RecipientNotice, content: dict[str, Any]) -> list[list[Any]]:
    named = [row.reference, row.event, row.dossier_reference]
    people = content.get("people") or [{}]
    changes = content.get("changes") or [{}]
    return [
        [
            *named,
            person.get("name"),
            person.get("birth_date"),
            person.get("number"),
            person.get("received_on"),
            " ".join(person.get("data_categories", [])),
            change.get("field"),
            change.get("old"),
            change.get("new"),
        ]
        for person in people
        for change in changes
    ]
