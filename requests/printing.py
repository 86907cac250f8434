"""Printing by a template of this app: see `alektum_privacy.printing`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alektum_privacy import printing
from alektum_privacy.printing import month_names

__all__ = ["month_names", "print_pages"]
TEMPLATES = Path(__file__).parent / "typst"


def print_pages(template: str, data: Mapping[str, Any], **inputs: str) -> bytes:
    """Return `data` as PDF by one of our templates; `inputs` reach it as they are."""
    return printing.print_pages(TEMPLATES / template, data, **inputs)
