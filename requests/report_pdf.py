"""The answer as PDF and as JSON: two faces of the same report."""

import json
from collections.abc import Mapping
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from requests.printing import month_names, print_pages
from requests.report import Report, fields_of


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
        "identity_fields": fields_of(dossier["identity"]),
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
    return {
        "months": month_names(),
        "article": _("Article"),
        "attachment": _("The same answer as a file that a computer can read"),
        "automated": _("What a computer decided"),
        "change": _("What would have changed the result"),
        "complain": _("Complaint and court"),
        "confirmed": _("A colleague of ours confirmed this."),
        "consents": _("What you agreed to"),
        "contact": _("Contact"),
        "data": _("Data"),
        "day": _("Date"),
        "disputed": _("You told us that this is not right or not owed. We have it on record since"),
        "suspended": _("Not carried out, while a person looks again, since"),
        "disagree": _("Your rights, in short"),
        "dossier": _("Dossier"),
        "dossiers": _("Dossiers"),
        "duty": _("Must you give us data?"),
        "earlier": _("Your own data in it go earlier: from"),
        "effect": _("Effect"),
        "given": _("given on"),
        "goes": _("We erase this from"),
        "how": _("How"),
        "identity": _("Who you are, as this dossier knows you"),
        "inputs": _("Data used"),
        "kept_until": _("Erased from"),
        "glossary": _("What the words mean"),
        "looks": _("Who of us looked at your data"),
        "look_why": _("What for"),
        "look_times": _("Times"),
        "lawful": _("Why we may use these data"),
        "layers": _(
            "This page is the overview. After it you find, for each purpose and each dossier, all"
            " data, where they come from, who received them, and when we erase them."
        ),
        "letters": _("Letters, calls and messages"),
        "lifted": _("lifted on"),
        "made": _("Date of this answer"),
        "none": _("None"),
        "number": _("Number of your request"),
        "objection_told": _("Your right to object was shown apart."),
        "of": _("of"),
        "origin": _("Where from, and on what ground"),
        "outside": _("Outside the European Economic Area; safeguard"),
        "overview": _("Overview"),
        "page": _("Page"),
        "pieces": _("Pieces of data"),
        "purpose": _("Purpose"),
        "questions": _("Do you have a question? Write or call:"),
        "received": _("Received on"),
        "recipients": _("Who received your data"),
        "refused": _("Not given"),
        "restrictions": _("Restrictions"),
        "result": _("Result"),
        "retention": _("How long we keep this"),
        "rights": _("Your rights"),
        "running": _("Still running"),
        "see_rights": _("See all your rights"),
        "shared": _("Times shared"),
        "short_rights": _(
            "You may have data corrected or erased, have their use restricted, and object."
        ),
        "since": _("since"),
        "squares": _(
            "A square stands for a sign that we cannot print; the file in this PDF has it."
        ),
        "sources": _("Where the data come from"),
        "statement": _("Version of the privacy statement"),
        "text": _("Text"),
        "told": _("When we told you that we have your data"),
        "unconfirmed": _("No person looked at this."),
        "unknown": _("not recorded"),
        "verified": _("Address checked on"),
        "version": _("version of the rule:"),
        "weights": _("How much each counted"),
        "what": _("What"),
        "who": _("Who"),
        "why": _("Why"),
        "withdrawn": _("withdrawn on"),
        "you_are": _("In this dossier you are"),
    }
