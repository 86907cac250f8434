"""A letter on paper: made as PDF/UA-1, with the same words as the page."""

import json

from django.utils import translation

from requests.letters.build import Letter
from requests.letters.words import said
from requests.printing import month_names, print_pages

WORDS = ("about", "why", "law", "done", "next", "told", "seller", "number", "date", "page", "of")


def render(letter: Letter) -> bytes:
    """Return the letter as PDF in its own language."""
    language = letter["language"]
    words = {name: said(language, "parts", name) for name in (*WORDS, "decision")}
    with translation.override(language):
        words["months"] = month_names()
    return print_pages("letter.typ", letter, words=json.dumps(words, ensure_ascii=False))
