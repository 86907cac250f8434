"""The answer as PDF and as JSON: two faces of the same report."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils import translation

from requests.printing import month_names, print_pages
from requests.report.build import Report, fields_of
from requests.report.words import ON_PAPER


def report_json(report: Report) -> bytes:
    """Return the report as JSON text, readable by people and machines."""
    return json.dumps(report, ensure_ascii=False, indent=1).encode()


def render(report: Report) -> bytes:
    """Return the report as PDF, in its own language, with the JSON inside.

    What no font of ours has stands whole in that file; the first page says so.
    """
    with translation.override(report["language"]):
        data, words = printable(report), _words()
    return print_pages(
        "report.typ",
        data,
        words=json.dumps(words, ensure_ascii=False),
        attachment=report_json(report).decode(),
    )


def printable(report: Report) -> Report:
    """Return the report with each content laid out as pairs of words, for pages and print.

    The language that is active when it is called is that of the words.
    """
    return {
        **report,
        "purposes": [
            {**purpose, "dossiers": [_dossier(dossier) for dossier in purpose["dossiers"]]}
            for purpose in report["purposes"]
        ],
    }


def _dossier(dossier: Mapping[str, Any]) -> dict[str, Any]:
    automated = dossier["automated"]
    return {
        **dossier,
        "categories": [
            {
                **category,
                "records": [
                    {**record, "fields": fields_of(record["content"])}
                    for record in category["records"]
                ],
            }
            for category in dossier["categories"]
        ],
        "automated": {
            **automated,
            "decisions": [
                {
                    **decision,
                    "input_fields": fields_of(decision["inputs"]),
                    "weight_fields": fields_of(decision["weights"]),
                }
                for decision in automated["decisions"]
            ],
        },
    }


def _words() -> dict[str, Any]:
    return {"months": month_names(), **{name: str(text) for name, text in ON_PAPER.items()}}
