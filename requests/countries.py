"""Countries in words."""

from functools import lru_cache
from pathlib import Path

import yaml

HOME = "NL"


@lru_cache(maxsize=1)
def _rows() -> dict[str, dict[str, str]]:
    path = Path(__file__).parent / "data" / "countries.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def country_name(code: str, language: str) -> str:
    """Return the country in words; the code itself where we have no word for it."""
    return _rows().get(code, {}).get(language, code)
