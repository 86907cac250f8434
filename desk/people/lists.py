"""What is known of people beside the data themselves: bounded lists, newest first, none unsealed.

Each list asks one query, of the involvements that the page shows, and goes on by a key of its own
(`?shared=2026-01-05_7`). What is of special categories, or of a money-laundering check, is not
asked for whom it is not for: neither a row nor a count tells that it exists.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from desk.people.reading import Part
from desk.people.sight import Sight
from subjects.models import (
    AutomatedDecision,
    Consent,
    ContactEvent,
    Disclosure,
    FirstContactNotice,
    Record,
)
from subjects.unseen import AML

SHOWN = 20
# Lists with words that are sealed: those of first-contact notices have none.
SEALED = ("shared", "consents", "decisions", "contacts")


@dataclass(frozen=True)
class Line:
    """A row of a list, and whose it is."""

    row: Any
    part: Part


@dataclass(frozen=True)
class Lines:
    """The newest rows of a list, and the address of those before them."""

    rows: list[Line]
    older: str


@dataclass(frozen=True)
class Group:
    """How many pieces of data of one kind are held of a person in a dossier."""

    code: str
    name: str
    number: int


def lists_of(request: HttpRequest, parts: Iterable[Part], sight: Sight) -> dict[str, Lines]:
    """Return what is known of these people in these dossiers, each list in one query."""
    by_key = {part.involvement.pk: part for part in parts}
    return {
        name: _newest(request, name, kind, by_key, sight) for name, kind in _KINDS.items() if by_key
    }


def sealed_beside(lists: Mapping[str, Lines], part: Part) -> list[str]:
    """Return which lists hold something sealed of this person, such as why it was shared."""
    return [
        name
        for name in SEALED
        if name in lists
        and (lists[name].older or any(line.part is part for line in lists[name].rows))
    ]


def groups_of(
    parts: Iterable[Part], words: Mapping[str, str], sight: Sight
) -> dict[int, list[Group]]:
    """Return which kinds of data are held of each person, by key of the involvement."""
    found: dict[int, list[Group]] = {part.involvement.pk: [] for part in parts}
    counted = (
        records_seen(Record.objects.filter(involvement__in=list(found)), sight)
        .values_list("involvement_id", "data_category_id")
        .annotate(number=Count("pk"))
        .order_by("involvement_id", "data_category_id")
    )
    for involvement, code, number in counted:
        found[involvement].append(Group(code, words.get(code, code), number))
    return found


def records_seen(records: QuerySet[Record], sight: Sight) -> QuerySet[Record]:
    """Return the pieces of data that a colleague may know of."""
    if sight.special:
        return records
    return records.filter(is_special=False).exclude(data_category__in=sight.hidden)


def disclosures_seen(rows: QuerySet[Any], sight: Sight) -> QuerySet[Any]:
    if not sight.special:
        nothing_else = Q(data_categories__contained_by=list(sight.hidden))
        rows = rows.exclude(nothing_else & Q(data_categories__len__gt=0))
    return rows if sight.aml else rows.exclude(purpose=AML)


def consents_seen(rows: QuerySet[Any], sight: Sight) -> QuerySet[Any]:
    return rows if sight.special else rows.exclude(records__is_special=True)


def all_seen(rows: QuerySet[Any], sight: Sight) -> QuerySet[Any]:
    return rows


@dataclass(frozen=True)
class Kind:
    """One table: its rows without what is sealed, by which moment, and who may see which."""

    rows: Callable[[], QuerySet[Any]]
    moment: str
    seen: Callable[[QuerySet[Any], Sight], QuerySet[Any]] = all_seen


_KINDS = {
    "shared": Kind(
        lambda: Disclosure.objects.select_related("recipient__organisation").defer("sealed_reason"),
        "disclosed_on",
        disclosures_seen,
    ),
    "consents": Kind(lambda: Consent.objects.defer("sealed_proof"), "given_on", consents_seen),
    "decisions": Kind(
        lambda: AutomatedDecision.objects.defer("sealed_account"), "decided_at", all_seen
    ),
    "contacts": Kind(lambda: ContactEvent.objects.defer("sealed_note"), "happened_at", all_seen),
    "told": Kind(FirstContactNotice.objects.all, "sent_on", all_seen),
}


def _newest(
    request: HttpRequest, name: str, kind: Kind, by_key: Mapping[int, Part], sight: Sight
) -> Lines:
    rows = kind.seen(kind.rows().filter(involvement__in=list(by_key)), sight)
    before = _before(request.GET.get(name, ""))
    if before is not None:
        moment, pk = before
        same = {kind.moment: moment, "pk__lt": pk}
        rows = rows.filter(Q(**{f"{kind.moment}__lt": moment}) | Q(**same))
    found = list(rows.order_by(f"-{kind.moment}", "-pk")[: SHOWN + 1])
    shown = found[:SHOWN]
    older = ""
    if len(found) > SHOWN:
        end = shown[-1]
        older = f"?{name}={_written(getattr(end, kind.moment))}_{end.pk}#{name}"
    return Lines([Line(row, by_key[row.involvement_id]) for row in shown], older)


def _written(moment: date | datetime) -> str:
    if isinstance(moment, datetime):
        return moment.astimezone(timezone.get_fixed_timezone(0)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return moment.isoformat()


def _before(text: str) -> tuple[date | datetime, int] | None:
    """Read a place in a list from an address; None for none or nonsense."""
    found = re.fullmatch(r"([0-9T:.Z-]{10,40})_([0-9]{1,18})", text)
    if found is None:
        return None
    try:
        moment = parse_datetime(found[1]) if "T" in found[1] else parse_date(found[1])
    except ValueError:
        return None
    return (moment, int(found[2])) if moment else None
