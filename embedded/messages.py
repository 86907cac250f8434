"""Compile the translations, without the gettext tools: `python -m embedded.messages`.

Each app keeps the sentences of its own pages in `<app>/locale/`; `locale/` holds what all share.
"""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent


def sources(root: Path = ROOT) -> list[Path]:
    """Return the `.po` files of the project."""
    return sorted([*root.glob("locale/*/*/*.po"), *root.glob("*/locale/*/*/*.po")])


def compile_messages(files: Iterable[Path] | None = None) -> int:
    """Write a `.mo` file for each newer `.po` file; return how many were written.

    Each appears whole or not at all, so that test processes may do this side by side.
    """
    written = 0
    for source in sources() if files is None else files:
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        compiled = polib.pofile(str(source)).to_binary()
        handle, name = tempfile.mkstemp(dir=source.parent, suffix=".tmp")
        with os.fdopen(handle, "wb") as out:
            out.write(compiled)
        Path(name).replace(target)
        written += 1
    return written


if __name__ == "__main__":
    print(f"{compile_messages()} translation files compiled")
