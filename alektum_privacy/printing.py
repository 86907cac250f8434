"""Printing plain data as PDF by a template of an app: tagged, and safe whatever they hold."""

import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.dates import MONTHS

SQUARE = "□"
# How many writing systems without a font one paper may show before we give up.
SCRIPTS = 40
NO_FONT = re.compile(r"the text `\"(?P<text>.*?)\"` could not be displayed", re.S)
# Written out in JSON, these would print as nothing or cannot be printed at all.
UNSEEN = re.compile(
    r"(\\\\)|\\u00[01][0-9a-f]|[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


class Unprintable(Exception):
    """The template or the fonts cannot print this."""


def month_names() -> list[str]:
    """Return the months in the language now active, as our templates take them."""
    return [str(MONTHS[number]) for number in range(1, 13)]


def print_pages(template: Path, data: Mapping[str, Any], **inputs: str) -> bytes:
    """Return `data` as PDF by the template of an app; `inputs` reach it as they are.

    Made as PDF/UA-1 and PDF/A-3a: tagged, so that a screen reader tells the tables.
    """
    import typst  # only who prints holds it in memory

    written = json.dumps(data, ensure_ascii=False)
    text = UNSEEN.sub(lambda found: found[1] or "", written)
    for _attempt in range(SCRIPTS):
        try:
            return _compile(template, {"data": text, **inputs})
        except typst.TypstError as error:
            complaint = str(error)
        text = _without_script(text, complaint)
    raise Unprintable(template.name)


def _compile(template: Path, inputs: Mapping[str, str]) -> bytes:
    import typst

    fonts = Path(settings.BASE_DIR) / "static" / "vendor" / "source-sans-3"
    return typst.compile(
        template,
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
