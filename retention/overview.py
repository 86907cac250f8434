"""What a colleague should know of retention on coming in: a handful of bounded counts."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from retention.constants import AHEAD_DAYS
from retention.models import (
    ClientInstruction,
    DestructionList,
    HoldKind,
    LegalHold,
    StopSwitch,
)
from subjects.models import Dossier

Status = DestructionList.Status
# Counted no further on a page.
MOST = 10_000


@dataclass(frozen=True)
class Figures:
    """Units on lists that run today and in the fourteen days after; and what waits for people."""

    today: int
    soon: int
    waiting: int
    holds_waiting: int
    holds_to_review: int
    holds_lapsed: int
    instructions: int
    missing: int
    is_stopped: bool

    @property
    def more_missing(self) -> bool:
        return self.missing > MOST


def running_today(today: date) -> QuerySet[DestructionList]:
    """Return the lists that may run today and have not ended."""
    return DestructionList.objects.filter(status=Status.APPROVED, runs_from__lte=today)


def running_soon(today: date) -> QuerySet[DestructionList]:
    """Return the lists that run in the fourteen days after today, or would once approved."""
    last = today + timedelta(AHEAD_DAYS)
    return DestructionList.objects.filter(
        status__in=DestructionList.LIVE, runs_from__gt=today, runs_from__lte=last
    )


def figures(today: date) -> Figures:
    """Return the counts, each from a small table or one index."""
    lately = today - timedelta(AHEAD_DAYS)
    lapsed = Q(state=LegalHold.State.LAPSED, ended_on__gt=lately)
    claims = LegalHold.objects.filter(
        Q(state__in=LegalHold.PROTECTING) | lapsed, kind=HoldKind.CLAIM
    )
    in_force = Q(state=LegalHold.State.IN_FORCE)
    held = claims.aggregate(
        waiting=Count(
            "pk",
            filter=Q(state=LegalHold.State.PROPOSED)
            | in_force & Q(release_proposed_by__isnull=False),
        ),
        lapsed=Count("pk", filter=lapsed),
        review=Count("pk", filter=in_force & Q(review_on__lte=today)),
    )
    waits = ClientInstruction.objects.filter(state=ClientInstruction.State.RECORDED)
    return Figures(
        today=_units(running_today(today)),
        soon=_units(running_soon(today)),
        waiting=DestructionList.objects.filter(status=Status.PLANNED).count(),
        holds_waiting=held["waiting"],
        holds_to_review=held["review"],
        holds_lapsed=held["lapsed"],
        instructions=waits.count(),
        missing=Dossier.objects.exclude(missing_anchor="")[: MOST + 1].count(),
        is_stopped=StopSwitch.objects.exists(),
    )


def _units(lists: QuerySet[DestructionList]) -> int:
    return lists.aggregate(units=Sum("size"))["units"] or 0
