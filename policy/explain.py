"""Sentences in Dutch and English with which a rule of law explains what it decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from policy.articles import article_in
from policy.calendars import DATA

LANGUAGES = ("nl", "en")


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, str]]:
    return yaml.safe_load((DATA / "sentences.yaml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _anchors() -> dict[str, dict[str, str]]:
    return yaml.safe_load((DATA / "anchors.yaml").read_text(encoding="utf-8"))


def anchor_name(anchor: str, language: str) -> str:
    """Return in words what an anchor is; the anchor itself where nobody named it."""
    return _anchors().get(anchor, {}).get(language, anchor)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One step of a computation; becomes words only when somebody reads it.

    `statement` is the sentence of the privacy statement that the rule carries out.
    """

    key: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    statement: str = ""

    @property
    def source(self) -> str:
        return _texts()[self.key]["source"]

    def text(self, language: str = "nl") -> str:
        """Return the sentence in `language` (nl or en), with its source."""
        facts = {
            name: _anchors()[value][language] if name == "anchor" else value
            for name, value in self.facts.items()
        }
        sentence = _texts()[self.key][language].format(**facts)
        word = "Bron" if language == "nl" else "Source"
        source = f"{word}: {article_in(self.source, language)}"
        if self.statement:
            word = "privacyverklaring" if language == "nl" else "privacy statement"
            source += f"; {word}: “{self.statement}”"
        return f"{sentence} [{source}]"


def say(key: str, statement: str = "", /, **facts: Any) -> Sentence:
    """Return the sentence `key` of sentences.yaml, filled with `facts`."""
    return Sentence(key, facts, statement)
