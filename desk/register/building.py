"""The register of processing, made from the published statement and from what really went out.

Nobody keeps it by hand, so it cannot lag behind what the application does.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.core.cache import cache
from django.db.models import Count
from django.utils import translation

from policy.articles import reference_of
from policy.explain import anchor_name
from policy.statement import KeepRule, Purpose, Statement, Words
from subjects import sharing
from subjects.constants import EEA, TransferMechanism
from subjects.models import Organisation, Recipient
from subjects.sharing import Share

FORMAT = "alektum-register-of-processing/2"
AS_PROCESSOR = "invoice"
# Named no further, in any form: the page of recipients goes through all of them.
MOST_NAMED = 2_000
CACHE_SECONDS = 2 * 86_400

Register = dict[str, Any]


@lru_cache(maxsize=1)
def measures() -> list[dict[str, Any]]:
    """Return the security measures: what they are in words, by which article, and what does it."""
    path = Path(__file__).parent / "measures.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def register(
    statement: Statement, *, without: Collection[str] = (), most: int = MOST_NAMED
) -> Register:
    """Return the whole register as values and `Words`; a handful of queries.

    `without` are purposes of which the reader may not know who received what: there only the
    categories of the statement stand. `most` organisations are named for each purpose.

    Source: GDPR Article 30(1) and (2).
    """
    named = _organisations_by_category()
    outside = _countries_outside_the_eea()
    counted_at = sharing.counted_at()
    received = _received(counted_at, without, most)
    purposes = [
        _purpose(purpose, statement, named, outside, received.get(purpose.code, NOTHING))
        for purpose in statement.purposes.values()
    ]
    clients = Organisation.objects.filter(is_client=True)
    named_clients = list(clients.order_by("name", "pk").values("name", "country")[:MOST_NAMED])
    return {
        "format": FORMAT,
        "statement_version": statement.version,
        "published_on": statement.published_on,
        "counted_at": counted_at,
        "controller": statement.controller,
        "joint_controllers": [],
        "representative": "",
        "as_controller": [row for row in purposes if row["role"] == "controller"],
        "as_processor": [row for row in purposes if row["role"] == "processor"],
        "clients": len(named_clients) if len(named_clients) < MOST_NAMED else clients.count(),
        "named_clients": named_clients,
        "security": [
            promise.text for promise in statement.promises.values() if promise.kind == "security"
        ],
        "measures": [
            {
                "code": row["code"],
                "article": f"GDPR Article {row['article']}",
                "name": Words(row["nl"], row["en"]),
            }
            for row in measures()
        ],
    }


@dataclass(frozen=True, slots=True)
class Received:
    """What went out for one purpose: how often by category, to whom the most, and what left."""

    by_category: Mapping[str, int]
    named: Sequence[Register]
    more: int
    transfers: Sequence[Share]


NOTHING = Received({}, (), 0, ())


def _received(
    counted_at: datetime | None, without: Collection[str], most: int
) -> Mapping[str, Received]:
    """Return what went out by purpose; kept until it is counted again, so for a day."""
    if counted_at is None:
        return {}
    key = f"desk.register:{counted_at.timestamp()}:{','.join(sorted(without))}:{most}"

    def read() -> dict[str, Received]:
        found: dict[str, list[Share]] = {}
        for share in sharing.shares(sharing.counts(without=without)):
            found.setdefault(share.purpose, []).append(share)
        return {purpose: _summary(rows, most) for purpose, rows in found.items()}

    return cache.get_or_set(key, read, CACHE_SECONDS) or {}


def _summary(rows: list[Share], most: int) -> Received:
    rows.sort(key=lambda share: (-share.number, share.organisation, share.country))
    by_category: Counter[str] = Counter()
    for one in rows:
        by_category[one.category] += one.number
    recipients = len({one.recipient_id for one in rows})
    outside = [one for one in rows if one.country not in EEA]
    return Received(
        dict(by_category), _named(rows, most), max(recipients - most, 0), outside[:MOST_NAMED]
    )


def _organisations_by_category() -> Mapping[str, int]:
    counted = Recipient.objects.order_by().values_list("category").annotate(Count("pk"))
    return dict(counted)


def _countries_outside_the_eea() -> Mapping[str, list[str]]:
    """Return by category of recipients the countries outside the EEA where some are."""
    rows = (
        Recipient.objects.exclude(organisation__country__in=EEA)
        .order_by("category", "organisation__country")
        .values_list("category", "organisation__country")
        .distinct()
    )
    found: dict[str, list[str]] = {}
    for category, country in rows:
        found.setdefault(category, []).append(country)
    return found


def _purpose(
    purpose: Purpose,
    statement: Statement,
    named: Mapping[str, int],
    outside: Mapping[str, list[str]],
    received: Received,
) -> Register:
    def names(part: str, codes: tuple[str, ...]) -> list[Register]:
        return [{"code": code, "name": statement.name(part, code)} for code in codes]

    return {
        "code": purpose.code,
        "name": purpose.name,
        "section": purpose.section,
        "role": "processor" if purpose.column == AS_PROCESSOR else "controller",
        "bases": [
            {
                "code": code,
                "name": statement.bases[code].name,
                "article": statement.bases[code].article,
            }
            for code in purpose.bases
        ],
        "subjects": names("subject_categories", purpose.subjects),
        "data": names("data_categories", purpose.data),
        "sources": names("source_categories", purpose.sources),
        "recipients": [
            row
            | {
                "organisations": named.get(row["code"], 0),
                "outside_eea": outside.get(row["code"], []),
                "received": received.by_category.get(row["code"], 0),
            }
            for row in names("recipient_categories", _categories(purpose, received))
        ],
        "named_recipients": [
            row | {"category_name": statement.name("recipient_categories", row["category"])}
            for row in received.named
        ],
        "more_recipients": received.more,
        "transfers": [_transfer(one) for one in received.transfers],
        "time_limits": [_limit(statement.rules[code]) for code in purpose.rules],
    }


def _categories(purpose: Purpose, received: Received) -> tuple[str, ...]:
    """Return the statement's categories of recipients, and those that received besides."""
    besides = received.by_category.keys() - set(purpose.recipients)
    return (*purpose.recipients, *sorted(besides))


def _named(received: Sequence[Share], most: int) -> list[Register]:
    """Return the organisations that received data, the most first, each once per category."""
    number: Counter[int] = Counter()
    kept: dict[int, Share] = {}
    months: dict[int, set[date]] = {}
    for one in received:
        number[one.recipient_id] += one.number
        kept.setdefault(one.recipient_id, one)
        months.setdefault(one.recipient_id, set()).update((one.first, one.last))
    return [
        {
            "category": kept[pk].category,
            "name": kept[pk].organisation,
            "reference": kept[pk].reference,
            "number": count,
            "first_month": min(months[pk]),
            "last_month": max(months[pk]),
        }
        for pk, count in number.most_common(most)
    ]


def _transfer(one: Share) -> Register:
    """Return what went outside the EEA, and what makes that lawful."""
    return {
        "organisation": one.organisation,
        "reference": one.reference,
        "country": one.country,
        "mechanism": one.mechanism,
        "mechanism_name": _in_both(TransferMechanism(one.mechanism)),
        "article": reference_of(one.mechanism),
        "number": one.number,
    }


def _in_both(mechanism: TransferMechanism) -> Words:
    said = {}
    for language in ("nl", "en"):
        with translation.override(language):
            said[language] = str(mechanism.label)
    return Words(**said)


def _limit(rule: KeepRule) -> Register:
    return {
        "code": rule.code,
        "origin": rule.origin,
        "article": rule.article,
        "sentence": rule.words,
        "months": rule.months,
        "days": rule.days,
        "anchor": rule.anchor,
        "anchor_name": Words(anchor_name(rule.anchor, "nl"), anchor_name(rule.anchor, "en")),
    }


def plain(value: Any) -> Any:
    """Return what JSON cannot say by itself: both languages of a text, and the fields of a row."""
    if isinstance(value, Words):
        return {"nl": value.nl, "en": value.en}
    if hasattr(value, "__slots__"):
        return {name: getattr(value, name) for name in value.__slots__}
    return value.isoformat()
