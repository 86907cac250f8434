"""Who received what in which period: counted each night, so that a page reads a small table.

Disclosures are too many to count while somebody waits. A task walks them by key, window by
window, and puts the counts in place of the former ones in one transaction: killed before that,
the former ones stay and the next run begins again.

Source: GDPR Articles 15(1)(c) and 30(1)(d) and (e).
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Max, Min, QuerySet, Sum

from subjects.constants import EEA
from subjects.models import DisclosureCount

WINDOW = 200_000
BATCH = 2_000

Kind = tuple[int, str, date, str, str]


def count_anew(*, now: datetime) -> int:
    """Count all disclosures again; return how many there are. Safe to run twice and to stop."""
    counted: Counter[Kind] = Counter()
    after = 0
    while (last := _last_of_window(after)) is not None:
        counted.update(_count(after, last))
        after = last
    _replace(counted, now)
    return counted.total()


def _last_of_window(after: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(id) FROM (SELECT id FROM subjects_disclosure WHERE id > %s"
            " ORDER BY id LIMIT %s) w",
            [after, WINDOW],
        )
        return cursor.fetchone()[0]


def _count(after: int, last: int) -> dict[Kind, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT recipient_id, purpose_id, date_trunc('month', disclosed_on)::date, country,"
            " transfer_mechanism, count(*) FROM subjects_disclosure WHERE id > %s AND id <= %s"
            " GROUP BY 1, 2, 3, 4, 5",
            [after, last],
        )
        return {tuple(kind): number for *kind, number in cursor.fetchall()}


@transaction.atomic
def _replace(counted: Counter[Kind], now: datetime) -> None:
    with connection.cursor() as cursor:
        # Readers go on; another count waits, and then replaces this one.
        cursor.execute("LOCK TABLE subjects_disclosurecount IN SHARE ROW EXCLUSIVE MODE")
    DisclosureCount.objects.all().delete()
    DisclosureCount.objects.bulk_create(
        (
            DisclosureCount(
                recipient_id=recipient,
                purpose_id=purpose,
                month=month,
                country=country,
                transfer_mechanism=mechanism,
                number=number,
                counted_at=now,
            )
            for (recipient, purpose, month, country, mechanism), number in counted.items()
        ),
        batch_size=BATCH,
    )


@dataclass(frozen=True, slots=True)
class Share:
    """What one organisation received, in one part, for one purpose."""

    recipient_id: int
    organisation: str
    reference: str
    category: str
    purpose: str
    country: str
    mechanism: str
    number: int
    first: date
    last: date


def counts(
    *, without: Collection[str] = (), since: date | None = None, until: date | None = None
) -> QuerySet[DisclosureCount]:
    """Return the counts of the months from `since` to `until`, both included where given.

    `without` are purposes of which who asks may know nothing.
    """
    found = DisclosureCount.objects.exclude(purpose__in=list(without))
    if since is not None:
        found = found.filter(month__gte=since.replace(day=1))
    if until is not None:
        found = found.filter(month__lte=until.replace(day=1))
    return found


def outside_the_eea(found: QuerySet[DisclosureCount]) -> QuerySet[DisclosureCount]:
    """Return only what went to a country outside the EEA (GDPR Chapter V)."""
    return found.exclude(country__in=EEA)


def shares(found: QuerySet[DisclosureCount]) -> list[Share]:
    """Return who received how much, by recipient, purpose, country, mechanism; bound it first."""
    rows = (
        found.order_by("recipient_id", "purpose_id", "country", "transfer_mechanism")
        .values_list(
            "recipient_id",
            "recipient__organisation__name",
            "recipient__organisation__reference",
            "recipient__category_id",
            "purpose_id",
            "country",
            "transfer_mechanism",
        )
        .annotate(Sum("number"), Min("month"), Max("month"))
    )
    return [
        Share(recipient, name, str(reference), *rest) for recipient, name, reference, *rest in rows
    ]


def counted_at() -> datetime | None:
    """Return when the counts were made; None where nothing was counted or received yet."""
    return DisclosureCount.objects.values_list("counted_at", flat=True).first()
