"""The statement file: found, read, and its retention rules as plain values. No database."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "statements"


@dataclass(frozen=True, slots=True)
class KeepRule:
    """How long data are kept, counted from an anchor; `months` is 0 where no period runs."""

    code: str
    months: int
    origin: str
    sentence: str


def newest_file() -> Path:
    """Return the statement file with the highest version, which is its name."""
    return max(FOLDER.glob("*.yaml"))


@lru_cache(maxsize=8)
def document(path: Path) -> dict[str, Any]:
    """Return the content of a statement file; `files.load` is the checked way in."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def rules_of(content: dict[str, Any]) -> dict[str, KeepRule]:
    """Return the retention rules of a statement's content by code."""
    return {
        rule["code"]: KeepRule(
            rule["code"], rule.get("months", 0), rule["origin"], rule["sentence"]["nl"]
        )
        for rule in content["retention_rules"]
    }


@lru_cache(maxsize=1)
def newest_rules() -> dict[str, KeepRule]:
    """Return the retention rules of the newest statement file."""
    return rules_of(document(newest_file()))
