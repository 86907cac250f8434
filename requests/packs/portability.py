"""What a person takes along: only what they gave us, under consent or a contract, for a computer.

Source: GDPR Article 20(1): provided by the person, on 6(1)(a), 9(2)(a) or 6(1)(b), processed
automatically. Not what others gave, and not what we worked out ourselves.
"""

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.utils import translation

from policy.statement import Statement
from requests.decisions.proposing import portable_records
from requests.letters.words import said
from requests.report.build import in_invoice_phase
from requests.report.explained import meaning_of_category, meaning_of_field, names_in
from requests.report.fields import label_of
from requests.report.withheld import without_withheld
from subjects.held import HeldInvolvement, HeldRecord

FORMAT = "alektum-portability/1"
# A cell that begins like this is a formula for a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
COLUMNS = ("dossier", "purpose", "category", "given_on", "basis", "field", "value")


def build(
    views: Sequence[HeldInvolvement],
    statement: Statement,
    *,
    dossiers: Collection[UUID],
    number: str,
    controller: Mapping[str, str],
    today: date,
    language: str,
) -> dict[str, Any]:
    """Return what is taken along of these dossiers, as plain data with a description of fields."""
    ours = [view for view in without_withheld(views) if not in_invoice_phase(view)]
    given = [view for view in ours if view.dossier.reference in dossiers]
    rows = [
        _row(view, record, statement, language)
        for view in given
        for record in portable_records(view)
        if record.content
    ]
    with translation.override(language):
        fields = [
            {"field": name, "label": label_of(name), "meaning": meaning_of_field(name, language)}
            for name in names_in(row["content"] for row in rows)
        ]
    codes = sorted({row["category"] for row in rows})
    return {
        "format": FORMAT,
        "language": language,
        "title": said(language, "portable", "title"),
        "made_on": today.isoformat(),
        "number": number,
        "controller": dict(controller),
        "records": rows,
        "categories": [
            {
                "category": code,
                "label": statement.name("data_categories", code).text(language),
                "meaning": meaning_of_category(code, language),
            }
            for code in codes
        ],
        "fields": fields,
    }


def _row(
    view: HeldInvolvement, record: HeldRecord, statement: Statement, language: str
) -> dict[str, Any]:
    return {
        "dossier": str((view.identity or {}).get("dossier_number") or view.dossier.reference),
        "purpose": statement.purposes[view.dossier.purpose].name.text(language),
        "category": record.data_category,
        "given_on": record.collected_on.isoformat(),
        "basis": record.lawful_basis,
        "content": dict(record.content or {}),
    }


def as_json(portable: Mapping[str, Any]) -> bytes:
    """Return it as JSON text."""
    return json.dumps(portable, ensure_ascii=False, indent=1).encode()


def as_csv(portable: Mapping[str, Any]) -> bytes:
    """Return it as CSV, one line for each value, safe to open in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in portable["records"]:
        head = [row[name] for name in COLUMNS[:5]]
        for field, value in _values(row["content"], ""):
            writer.writerow([_cell(part) for part in (*head, field, value)])
    # Spreadsheets take a file without this mark for another alphabet.
    return text.getvalue().encode("utf-8-sig")


def _values(content: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(content, Mapping):
        for name, value in content.items():
            yield from _values(value, f"{path}.{name}" if path else str(name))
    elif isinstance(content, list):
        for number, value in enumerate(content, start=1):
            yield from _values(value, f"{path}.{number}")
    elif content not in (None, ""):
        yield path, str(content)


def _cell(value: str) -> str:
    """Put an apostrophe before what a spreadsheet would compute."""
    return f"'{value}" if value.startswith(FORMULA) else value
