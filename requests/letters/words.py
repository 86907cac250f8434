"""The words of letters and of the articles they rest on, from data; no database."""

import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.utils import translation
from django.utils.dateformat import format as format_date

from policy.articles import article_in, reference_of

DATA = Path(__file__).parent.parent / "data"
NUMBER = re.compile(r"\b(\d+)((?:\(\w\))*)")
PART = re.compile(r"\((\w)\)")


@lru_cache(maxsize=1)
def texts() -> dict[str, Any]:
    """Return the content of `data/letters.yaml`."""
    return yaml.safe_load((DATA / "letters.yaml").read_text("utf-8"))


@lru_cache(maxsize=1)
def _articles() -> dict[str, dict[str, str]]:
    return yaml.safe_load((DATA / "articles.yaml").read_text("utf-8"))


def said(language: str, *path: str, **facts: str) -> Any:
    """Return the words at `path`, filled with `facts`; nothing where there are none."""
    found: Any = texts()
    for step in path:
        found = found.get(step)
        if found is None:
            return ""
    words = found[language]
    if isinstance(words, list):
        return [line.format(**facts) for line in words]
    return words.format(**facts)


def law(article: str, language: str) -> dict[str, str]:
    """Return {"text", "reference"}: what an article says in plain words, and which one it is."""
    reference = reference_of(article)
    codes = [
        ".".join([number, *PART.findall(parts)]) for number, parts in NUMBER.findall(reference)
    ]
    found = dict.fromkeys(text for code in codes if (text := _plain(code, language)))
    return {"text": " ".join(found), "reference": article_in(reference, language)}


def _plain(code: str, language: str) -> str:
    while code:
        if code in _articles():
            return _articles()[code][language]
        code = code.rpartition(".")[0]
    return ""


def in_words(day: date, language: str) -> str:
    """Return a day written out, such as 5 September 2026."""
    with translation.override(language):
        return format_date(day, "j F Y")
