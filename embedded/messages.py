"""Compile the translations, without the gettext tools: `python -m embedded.messages`."""

import os
import tempfile
from pathlib import Path

import polib

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_messages(locale: Path = LOCALE) -> int:
    """Write a `.mo` file for each newer `.po` file; return how many were written.

    Each appears whole or not at all, so that test processes may do this side by side.
    """
    written = 0
    for source in locale.rglob("*.po"):
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
