"""What a page holds that is drawn anew each time: in it stands any short word or number, once."""

import re

# References, digests, the secret of a form: a year of four figures stands in one reference of four
# thousand, and a page has twenty. Where it must not stand, it is looked for in the rest.
_DRAWN = re.compile(
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{32,}\b|\b[0-9A-Za-z]{64}\b"
)


def without_chance(text: str) -> str:
    """Return a page, or entries of the ledger, without what is drawn or computed anew each time."""
    return _DRAWN.sub("…", text)
