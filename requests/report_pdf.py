"""The answer as PDF and as JSON: two faces of the same report."""

import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils import translation
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from requests.report import Report, fields_of

SQUARE = "□"
# How many writing systems without a font one answer may show before we give up.
SCRIPTS = 40
NO_FONT = re.compile(r"the text `\"(?P<text>.*?)\"` could not be displayed", re.S)
# Written out in JSON, these would print as nothing or cannot be printed at all.
UNSEEN = re.compile(
    r"(\\\\)|\\u00[01][0-9a-f]|[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
TEMPLATE = Path(__file__).parent / "typst" / "report.typ"


class Unprintable(Exception):
    """The template or the fonts cannot print this answer."""


def report_json(report: Report) -> bytes:
    """Return the report as JSON text, readable by people and machines."""
    return json.dumps(report, ensure_ascii=False, indent=1).encode()


def render(report: Report) -> bytes:
    """Return the report as PDF, in its own language, with the JSON inside.

    Made as PDF/UA-1 and PDF/A-3a: tagged, so that a screen reader tells the tables.
    """
    with translation.override(report["language"]):
        data, words = printable(report), _words()
    written = json.dumps(data, ensure_ascii=False)
    text = UNSEEN.sub(lambda found: found[1] or "", written)
    inputs = {
        "words": json.dumps(words, ensure_ascii=False),
        "attachment": report_json(report).decode(),
    }
    for _attempt in range(SCRIPTS):
        try:
            return _compile(inputs | {"data": text})
        except typst.TypstError as error:
            complaint = str(error)
        text = _without_script(text, complaint)
    raise Unprintable(report["request"]["number"])


def _compile(inputs: Mapping[str, str]) -> bytes:
    fonts = Path(settings.BASE_DIR) / "static" / "vendor" / "source-sans-3"
    return typst.compile(
        TEMPLATE,
        format="pdf",
        font_paths=[fonts],
        ignore_system_fonts=True,
        pdf_standards=["a-3a", "ua-1"],
        sys_inputs=dict(inputs),
    )


def _without_script(text: str, complaint: str) -> str:
    """Put a square for each character of the script that no font of ours has.

    PDF/A forbids a page that shows less than its text. The whole text stands in the embedded
    file, and the first page says so. Any other complaint is raised again.
    """
    told = NO_FONT.search(complaint)
    if told is None:
        # The complaint itself may quote the data.
        raise Unprintable("the template does not take this answer")
    lost = {_script(character) for character in told["text"]} - {_script("a"), _script(SQUARE)}
    if not lost:
        raise Unprintable("no font for what was replaced")
    return "".join(
        SQUARE if ord(character) > 127 and _script(character) in lost else character
        for character in text
    )


def _script(character: str) -> str:
    """Return the first word of the character's name, such as LATIN or CJK."""
    return unicodedata.name(character, "UNNAMED").split()[0]


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
        "months": [str(MONTHS[number]) for number in range(1, 13)],
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
