"""Whether a letter speaks for somebody else, and what its labelled lines say of them. No database.

A lawyer's letter has the lawyer's name and address above it and the client's birth date in it. Who
joins them makes a person that does not exist, so of such a letter only lines are taken that stand
together, with labels, and are about the person for whom it speaks.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from requests.intake.labelled import named_lines, who_asks

LONGEST_READ = 50_000
MOST_LOOKED_AT = 200
_CLIENT = r"cli[eë]nte?n?(?:['’]s)?"
# Who writes "my lawyer" or "your client" is neither the one nor speaks for the other.
_NOT_THEIR_OWN = (
    r"(?<!\bmijn\s)(?<!\been\s)(?<!\buw\s)(?<!\bmy\s)(?<!\ba\s)(?<!\byour\s)(?<!\bjullie\s)"
)
_SPEAKS = re.compile(
    rf"{_NOT_THEIR_OWN}\b(?:advoca(?:at|te|ten|tenkantoor)|gemachtigden?|lawyers?|solicitors?|attorneys?"
    r"|(?:beschermings)?bewindvoerders?|curator|schuldhulpverleners?|budgetcoach)\b"
    rf"|(?<!\buw\s)(?<!\byour\s)(?<!\bjullie\s)\b{_CLIENT}\b"
    r"|\b(?:volmacht|machtiging|power\s+of\s+attorney)\b"
    r"|\b(?:voor|for|van)\s+(?:mijn|my)\s+(?:moeder|vader|zoon|dochter|minderjarige|mother|father|son|daughter)\b"
    r"|\bnamens\s+(?!ons\b|mij\b|mezelf\b|mijzelf\b|alektum\b|u\b|jullie\b)\w|\bon\s+behalf\s+of\s+(?!me\b|you\b)\w",
    re.IGNORECASE,
)
# Of whom we collect for, somebody says: "u schrijft namens De Zon".
_OF_US = re.compile(
    r"\b(?:u|jullie|alektum(?:\s+group)?|you)\s+(?:[^\W\d_]+\s+){0,3}?(?:schrijf\w*|schreef|int|incasse\w+"
    r"|vorder\w*|handel\w*|treedt|optree\w+|eist|bel\w*|mail\w*|stuur\w*|act|acting|collect\w*|write|wrote)\s"
    r"[^.!?\n]{0,40}$",
    re.IGNORECASE,
)
# What a block of lines is about, where it says so itself or under its heading.
_THEIRS = re.compile(rf"\b(?:{_CLIENT}|betrokkene|represented|rechthebbende)\b", re.IGNORECASE)
_SPEAKERS = re.compile(
    r"\b(?:advoca\w+|gemachtigden?|kantoor|bewindvoerder|curator|lawyer|solicitors?|attorney|law\s+firm)\b",
    re.IGNORECASE,
)


class Theirs(NamedTuple):
    """What labelled lines say of the person for whom a letter speaks, and those lines."""

    fields: dict[str, str]
    lines: dict[str, str]


def speaks_for_somebody(text: str) -> bool:
    """Tell whether who wrote this seems to write for another."""
    read = text[:LONGEST_READ]
    return any(
        not _OF_US.search(read[max(0, match.start() - 80) : match.start()])
        for match in islice(_SPEAKS.finditer(read), MOST_LOOKED_AT)
    )


def theirs_in(text: str) -> Theirs:
    """Return what one block of labelled lines says of the person for whom the letter speaks.

    It is the first that names them, or that stands under a line which does; else the only one that
    has a name and a birth date and does not name who speaks. Lines of two blocks are not joined.
    """
    sure, likely = list[Theirs](), list[Theirs]()
    for heading, block in _blocks(text[:LONGEST_READ]):
        fields = who_asks(block)
        if "last_name" not in fields:
            continue
        theirs = Theirs(fields, named_lines(block))
        if _THEIRS.search(block) or (_THEIRS.search(heading) and not _SPEAKERS.search(block)):
            sure.append(theirs)
        elif "birth_date" in fields and not _SPEAKERS.search(block):
            likely.append(theirs)
    if sure:
        return sure[0]
    return likely[0] if len(likely) == 1 else Theirs({}, {})


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Yield the blocks of lines without an empty one between, each with the line before it."""
    heading, block = "", list[str]()
    for line in [*text.splitlines(), ""]:
        if line.strip(" \t>*•"):
            block.append(line)
        elif block:
            yield heading, "\n".join(block)
            heading, block = block[-1], []
