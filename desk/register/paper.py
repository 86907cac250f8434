"""The register on paper: a tagged PDF in Dutch or English, with the JSON-LD inside."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone, translation
from django.utils.formats import date_format

from alektum_privacy.printing import month_names, print_pages
from desk.register.building import Register
from desk.register.linked import linked
from desk.register.words import (
    basis_line,
    headings,
    limit_lines,
    named_lines,
    transfer_lines,
)
from policy.articles import article_in

TEMPLATE = Path(__file__).parent / "typst" / "register.typ"
# Named on paper, for each purpose; the spreadsheet has them all.
ON_PAPER = 100


def pdf(register: Register, language: str, *, today: date) -> bytes:
    """Return the register as PDF/UA-1 and PDF/A-3a in `language`, nl or en."""
    with translation.override(language):
        words = headings() | {"months": month_names()}
        data = _content(register, language, today)
    return print_pages(
        TEMPLATE,
        data,
        words=json.dumps(words, ensure_ascii=False),
        linked=json.dumps(linked(register), ensure_ascii=False, indent=1),
    )


def _content(register: Register, language: str, today: date) -> dict[str, Any]:
    named = register["controller"]
    published, counted = register["published_on"], register["counted_at"]
    return {
        "language": language,
        "made_on": today.isoformat(),
        "made": date_format(today, "DATE_FORMAT"),
        "version": register["statement_version"],
        "published": date_format(published, "DATE_FORMAT") if published else "",
        "counted": date_format(timezone.localtime(counted), "DATETIME_FORMAT") if counted else "",
        "controller": {
            "name": named.name,
            "address": named.postal_address,
            "email": named.email,
            "phone": named.phone,
            "officer": named.data_protection_officer,
        },
        "as_controller": [_purpose(row, language) for row in register["as_controller"]],
        "as_processor": [_purpose(row, language) for row in register["as_processor"]],
        "clients": [one["name"] for one in register["named_clients"][:ON_PAPER]],
        "more_clients": max(register["clients"] - ON_PAPER, 0),
        "promises": [text.text(language) for text in register["security"]],
        "measures": [
            {
                "article": article_in(row["article"], language),
                "text": row["name"].text(language),
            }
            for row in register["measures"]
        ],
    }


def _purpose(row: Register, language: str) -> dict[str, Any]:
    def names(part: str) -> list[str]:
        return [one["name"].text(language) for one in row[part]]

    return {
        "code": row["code"],
        "name": row["name"].text(language),
        "section": row["section"],
        "bases": [basis_line(one, language) for one in row["bases"]],
        "subjects": names("subjects"),
        "data": names("data"),
        "sources": names("sources"),
        "recipients": names("recipients"),
        "named": [named_lines(one, language) for one in row["named_recipients"][:ON_PAPER]],
        "transfers": [transfer_lines(one, language) for one in row["transfers"][:ON_PAPER]],
        "limits": [limit_lines(one, language) for one in row["time_limits"]],
    }
