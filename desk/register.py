"""The register of processing, made from the published statement and who stands in the registry.

Nobody keeps it by hand, so it cannot lag behind what the application does.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count

from policy.statement import Purpose, Statement, Words
from subjects.constants import EEA
from subjects.models import Organisation, Recipient

FORMAT = "alektum-register-of-processing/1"
AS_PROCESSOR = "invoice"

Register = dict[str, Any]


def register(statement: Statement) -> Register:
    """Return the whole register as values and `Words`; a handful of queries.

    Source: GDPR Article 30(1) and (2).
    """
    named = _organisations_by_category()
    outside = _countries_outside_the_eea()
    purposes = [
        _purpose(purpose, statement, named, outside) for purpose in statement.purposes.values()
    ]
    return {
        "format": FORMAT,
        "statement_version": statement.version,
        "published_on": statement.published_on,
        "controller": statement.controller,
        "as_controller": [row for row in purposes if row["role"] == "controller"],
        "as_processor": [row for row in purposes if row["role"] == "processor"],
        "clients": Organisation.objects.filter(is_client=True).count(),
        "security": [
            promise.text for promise in statement.promises.values() if promise.kind == "security"
        ],
    }


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
) -> Register:
    def names(part: str, codes: tuple[str, ...]) -> list[Register]:
        return [{"code": code, "name": statement.name(part, code)} for code in codes]

    rules = [statement.rules[code] for code in purpose.rules]
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
            }
            for row in names("recipient_categories", purpose.recipients)
        ],
        "time_limits": [
            {
                "code": rule.code,
                "origin": rule.origin,
                "sentence": rule.words,
                "months": rule.months,
                "days": rule.days,
            }
            for rule in rules
        ],
    }


def plain(value: Any) -> Any:
    """Return what JSON cannot say by itself: both languages of a text, and the fields of a row."""
    if isinstance(value, Words):
        return {"nl": value.nl, "en": value.en}
    if hasattr(value, "__slots__"):
        return {name: getattr(value, name) for name in value.__slots__}
    return value.isoformat()
