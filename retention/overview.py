"""What a colleague should know of retention on coming in: a handful of bounded counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from retention.constants import AHEAD_DAYS
from retention.models import (
    ClientInstruction,
    DestructionList,
    HoldKind,
    LegalHold,
)

Status = DestructionList.Status
# Counted no further on a page.
MOST = 10_000
MONTH = 30


@dataclass(frozen=True)
class Figures:
    """Units on lists that run today and in the fourteen days after; and what waits for people."""

    today: int
    soon: int
    waiting: int
    holds: "Holds"
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
    """Return the counts, each from a small table or one index, in three queries."""
    waits, runs = Q(status=Status.PLANNED), Q(status=Status.APPROVED, runs_from__lte=today)
    ahead = Q(runs_from__gt=today, runs_from__lte=today + timedelta(AHEAD_DAYS))
    lists = DestructionList.objects.filter(status__in=DestructionList.LIVE).aggregate(
        today=Sum("size", filter=runs, default=0),
        soon=Sum("size", filter=ahead, default=0),
        waiting=Count("pk", filter=waits),
    )
    with connection.cursor() as cursor:
        cursor.execute(_SMALL, {"recorded": ClientInstruction.State.RECORDED, "most": MOST + 1})
        instructions, missing, is_stopped = cursor.fetchone()
    return Figures(
        today=lists["today"],
        soon=lists["soon"],
        waiting=lists["waiting"],
        holds=holds(today),
        instructions=instructions,
        missing=missing,
        is_stopped=is_stopped,
    )


_SMALL = """SELECT
    (SELECT count(*) FROM retention_clientinstruction WHERE state = %(recorded)s),
    (SELECT count(*) FROM
        (SELECT FROM subjects_dossier WHERE missing_anchor <> '' LIMIT %(most)s) d),
    EXISTS (SELECT FROM retention_stopswitch)"""


@dataclass(frozen=True)
class Holds:
    """Holds for claims: in force, and when they are looked at again; and what waits or lapsed."""

    in_force: int
    waiting: int
    lapsed: int
    overdue: int
    month: int
    later: int


def holds(today: date) -> Holds:
    """Return how many holds for claims there are, by when they are looked at again."""
    lapsed = Q(state=LegalHold.State.LAPSED, ended_on__gt=today - timedelta(AHEAD_DAYS))
    in_force = Q(state=LegalHold.State.IN_FORCE)
    claims = LegalHold.objects.filter(
        Q(state__in=LegalHold.PROTECTING) | lapsed, kind=HoldKind.CLAIM
    )
    month = today + timedelta(days=MONTH)
    return Holds(
        **claims.aggregate(
            in_force=Count("pk", filter=in_force),
            waiting=Count(
                "pk",
                filter=Q(state=LegalHold.State.PROPOSED)
                | in_force & Q(release_proposed_by__isnull=False),
            ),
            lapsed=Count("pk", filter=lapsed),
            overdue=Count("pk", filter=in_force & Q(review_on__lte=today)),
            month=Count("pk", filter=in_force & Q(review_on__gt=today, review_on__lte=month)),
            later=Count("pk", filter=in_force & Q(review_on__gt=month)),
        )
    )


def next_reviews(limit: int = 6) -> Sequence[LegalHold]:
    """Return the holds that are to be looked at again first."""
    in_force = LegalHold.objects.filter(kind=HoldKind.CLAIM, state=LegalHold.State.IN_FORCE)
    return list(in_force.order_by("review_on", "pk").defer("sealed_words")[:limit])
