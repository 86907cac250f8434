"""What categories and fields of data mean, in plain words, from `data/fields.yaml`."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent.parent / "data"


@lru_cache(maxsize=1)
def meanings() -> dict[str, Any]:
    """Return the content of `data/fields.yaml`."""
    return yaml.safe_load((DATA / "fields.yaml").read_text("utf-8"))


def meaning_of_category(code: str, language: str) -> str:
    """Return what a category of data is; nothing where nobody wrote it down."""
    return meanings()["categories"].get(code, {}).get(language, "")


def meaning_of_field(name: str, language: str) -> str:
    """Return what a field means; of one that only its source knows, that it is so."""
    return (meanings()["fields"].get(name) or meanings()["unknown"])[language]


def names_in(contents: Iterable[Any]) -> list[str]:
    """Return the names of all fields of these contents, each once, in order."""
    found: set[str] = set()
    rest = list(contents)
    while rest:
        content = rest.pop()
        if isinstance(content, Mapping):
            found.update(name for name, value in content.items() if value not in (None, "", []))
            rest += content.values()
        elif isinstance(content, list):
            rest += content
    return sorted(found)
