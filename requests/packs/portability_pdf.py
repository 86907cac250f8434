"""Data to take along on paper: described for people, with the files for a computer inside."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils import translation

from requests.letters.words import said, texts
from requests.packs.portability import as_csv, as_json
from requests.printing import month_names, print_pages
from requests.report.fields import fields_of


def render(portable: Mapping[str, Any]) -> bytes:
    """Return it as PDF with JSON and CSV inside."""
    language = portable["language"]
    words: dict[str, Any] = {
        name: said(language, "portable", name) for name in texts()["portable"]
    } | {name: said(language, "parts", name) for name in ("number", "date", "page", "of")}
    labels = {one["category"]: one["label"] for one in portable["categories"]}
    with translation.override(language):
        words["months"] = month_names()
        shown = {
            **portable,
            "records": [
                {
                    **{name: value for name, value in row.items() if name != "content"},
                    "label": labels[row["category"]],
                    "pairs": fields_of(row["content"]),
                }
                for row in portable["records"]
            ],
        }
    return print_pages(
        "portable.typ",
        shown,
        words=json.dumps(words, ensure_ascii=False),
        json=as_json(portable).decode(),
        csv=as_csv(portable).decode(),
    )
