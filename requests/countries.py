"""Countries in words, and where a person who lives there may complain."""

from functools import lru_cache
from pathlib import Path

import yaml

from subjects.constants import EEA

HOME = "NL"


@lru_cache(maxsize=1)
def _rows() -> dict[str, dict[str, str]]:
    path = Path(__file__).parent / "data" / "countries.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def country_name(code: str, language: str) -> str:
    """Return the country in words; the code itself where we have no word for it."""
    return _rows().get(code, {}).get(language, code)


def authorities(code: str) -> list[dict[str, str]]:
    """Return the supervisory authorities for a person in country `code`, the Dutch one first.

    Empty for a member of the EEA whose authority we do not know: an answer is then incomplete.

    Source: GDPR Articles 15(1)(f) and 77(1).
    """
    wanted = [HOME, code] if code in EEA and code != HOME else [HOME]
    rows = [_rows().get(country, {}) for country in wanted]
    if not all("authority" in row for row in rows):
        return []
    return [
        {"country": country, "name": row["authority"], "site": row["site"]}
        for country, row in zip(wanted, rows, strict=True)
    ]
