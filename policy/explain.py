"""Sentences in Dutch and English with which a rule of law explains what it decided."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from typing import Any, NamedTuple

import yaml
from django.utils.formats import date_format
from django.utils.translation import override

from policy.articles import article_in
from policy.calendars import DATA

LANGUAGES = ("nl", "en")


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, Any]]:
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
        """Return the sentence in `language` (nl or en), with its source and days as ISO 8601."""
        word = "Bron" if language == "nl" else "Source"
        return f"{self.words(language)} [{word}: {self.origin(language)}]"

    def words(self, language: str = "nl", *, day: Callable[[date], str] = date.isoformat) -> str:
        """Return the sentence alone, with its days as `day` writes them."""
        facts = {name: self._fact(name, value, language, day) for name, value in self.facts.items()}
        told = _texts()[self.key]
        said = told[language]
        if "counts" in told:
            said = said["one" if self.facts[told["counts"]] == 1 else "other"]
        return said.format(**facts)

    def origin(self, language: str = "nl") -> str:
        """Return the article, and the sentence of the statement that is carried out."""
        source = article_in(self.source, language)
        if self.statement:
            word = "privacyverklaring" if language == "nl" else "privacy statement"
            source += f"; {word}: “{self.statement}”"
        return source

    @staticmethod
    def _fact(name: str, value: Any, language: str, day: Callable[[date], str]) -> Any:
        if name == "anchor":
            return _anchors()[value][language]
        return day(value) if isinstance(value, date) else value


class Read(NamedTuple):
    """A sentence as a page shows it: the words, and apart from them where the rule stands."""

    words: str
    source: str


def read(sentence: Sentence, language: str = "nl") -> Read:
    """Return a sentence for people, with its days as they write them."""
    with override(language):
        words = sentence.words(language, day=partial(date_format, format="DATE_FORMAT"))
    return Read(words, sentence.origin(language))


def say(key: str, statement: str = "", /, **facts: Any) -> Sentence:
    """Return the sentence `key` of sentences.yaml, filled with `facts`."""
    return Sentence(key, facts, statement)
