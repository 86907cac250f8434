"""Who was told, and who is to be: for the person who asks, and for who follows it up."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from subjects.constants import (
    UNTOLD_RECIPIENTS,
    ImpossibleReason,
    NoticeEvent,
    NoticeState,
)
from subjects.models import (
    RecipientNotice,
)
from subjects.notices import NO_WAY, NOT_ENDED


@dataclass(frozen=True)
class Told:
    """One recipient that is, or was to be, told: for the person who asks."""

    recipient: str
    event: str
    day: date | None
    state: str
    reason: str = ""
    ended: date | None = None

    @property
    def event_label(self) -> str:
        return str(NoticeEvent(self.event).label)

    @property
    def state_label(self) -> str:
        return str(NoticeState(self.state).label)

    @property
    def reason_label(self) -> str:
        return str(ImpossibleReason(self.reason).label) if self.reason else ""


def told(case: UUID, *, without: Collection[str] = ()) -> list[Told]:
    """Return whom we told of what followed from a request, and how far that came.

    Without those of whom the person may not know: no answer names them either. `without` are
    purposes of which a colleague may know nothing.
    """
    rows = RecipientNotice.objects.filter(case=case).order_by("pk")
    return told_of(rows.select_related("recipient__organisation"), without=without)


def told_of(rows: Iterable[RecipientNotice], *, without: Collection[str] = ()) -> list[Told]:
    """Return whom we told by these notices; as `told`, for who has read them."""
    return [
        Told(
            str(row.recipient),
            row.event,
            timezone.localdate(row.sent_at) if row.sent_at else None,
            row.state,
            row.reason,
            timezone.localdate(row.ended_at) if row.ended_at else None,
        )
        for row in rows
        if row.purpose not in without
        and row.recipient.category_id not in UNTOLD_RECIPIENTS.get(row.purpose, ())
    ]


@dataclass(frozen=True)
class OpenWith:
    """What one organisation was not told yet, or has not confirmed."""

    organisation_id: int
    name: str
    email: str
    channel: str
    to_send: int
    sent: int
    oldest_at: datetime
    last_sent_at: datetime | None


def open_per_organisation(*, without: Collection[str] = ()) -> list[OpenWith]:
    """Return what is under way with each organisation, longest waiting first.

    Also what is told once the data are erased, where nobody could tell it.
    `without` are purposes of which the reader may know nothing.
    """
    organisation = "recipient__organisation"
    rows = (
        RecipientNotice.objects.filter(state__in=NOT_ENDED)
        .exclude(Q(state=NoticeState.WAITING) & ~NO_WAY)
        .exclude(purpose__in=without)
        .values(
            f"{organisation}__pk",
            f"{organisation}__name",
            f"{organisation}__privacy_email",
            f"{organisation}__notice_channel",
        )
        .annotate(
            to_send=Count("pk", filter=~Q(state=NoticeState.SENT)),
            sent=Count("pk", filter=Q(state=NoticeState.SENT)),
            oldest_at=Min(Coalesce("ready_at", "created_at")),
            last_sent_at=Max("sent_at"),
        )
        .order_by("oldest_at")
    )
    return [
        OpenWith(
            row[f"{organisation}__pk"],
            row[f"{organisation}__name"],
            row[f"{organisation}__privacy_email"],
            row[f"{organisation}__notice_channel"],
            row["to_send"],
            row["sent"],
            row["oldest_at"],
            row["last_sent_at"],
        )
        for row in rows
    ]
