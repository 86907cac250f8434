"""Who sent a letter, as far as its lines say so, each with the line that shows it. No database.

Plain matching: labelled lines first (`labelled.py`), then what stands where letters have it: an
address above the text or under it, a name under the greeting, a birth date after "geboren". The
lines that name us are the addressee's. Of a letter that speaks for somebody else only that person's
own labelled lines are taken. An officer confirms or changes what is proposed.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from policy.identifiers import mask_bsn
from requests.dates import MONTHS, NotADay, parse_day
from requests.intake.labelled import LONGEST, named_lines, who_asks
from requests.intake.represented import speaks_for_somebody, theirs_in

# Whose lines these are, nobody who asks: ours, and where our letters come from.
OURS = re.compile(r"alektum|postbus|p\.?o\.? box", re.IGNORECASE)
LONGEST_READ = 50_000
SIGNED_WITHIN = 4  # lines under the greeting in which the name stands

LABELLED = _("It is named so in the letter: “%(line)s”")
AT_THE_ADDRESS = _("Read in the address: “%(line)s”")
UNDER_THE_GREETING = _("Read under the greeting: “%(line)s”")
IN_THE_TEXT = _("Read in the letter: “%(line)s”")

# By which labelled line a field is read.
_FROM = {
    "first_name": ("first_name", "name"),
    "initials": ("name",),
    "last_name": ("last_name", "name"),
    "street": ("address",),
    "house_number": ("address",),
    "postcode": ("postcode", "address"),
    "city": ("city", "address"),
}
_GREETING = re.compile(
    r"^\W*(?:met\s+(?:vriendelijke|hartelijke)\s+groet(?:en)?|hoogachtend|vriendelijke\s+groet(?:en)?"
    r"|groet(?:en|jes)?|mvg|(?:kind|best|warm)\s+regards|yours\s+(?:sincerely|faithfully)"
    r"|sincerely|regards)\b[\s,.!]*(?P<rest>.{0,80})$",
    re.IGNORECASE,
)
_SMALL = r"(?:van|von|de|den|der|het|ten|ter|te|la|el|al|ben|bin|du|le|in|'t|’t|op)"
_INITIALS = r"(?:[^\W\d_]\.\s?){1,5}"
_WORD = r"[^\W\d_][^\W\d_'’-]{1,24}(?:-[^\W\d_]{2,24})?"
_NAME = re.compile(
    rf"^(?:(?i:de\s+heer|mevrouw|dhr\.?|mevr\.?|mw\.?|mr\.?|mrs\.?|ms\.?|drs\.?|ing\.?|ir\.?)\s+)?"
    rf"(?P<given>{_INITIALS}|{_WORD})\s?(?P<last>(?:\s*{_SMALL}\b)*\s*{_WORD}(?:\s{_WORD}){{0,2}})$"
)
_POSTCODE = re.compile(
    r"(?<![\w-])(?P<code>[1-9]\d{3}\s?[A-Z]{2})(?![\w-])[ \t,]*"
    r"(?P<city>(?:['’]s-)?[^\W\d_][\w'’-]*"
    r"(?:(?:\s(?:aan|den|de|der|het|op|bij)){0,2}\s[A-Z][\w'’-]*){0,3})?"
)
_STREET = re.compile(
    r"^(?P<street>[^\W\d_][^\d,:;@]{2,60}?)\s+"
    r"(?P<number>\d{1,5}(?:\s?-?\s?[A-Za-z]{1,3}|\s?-\s?\d{1,4})?)$"
)
_LEADS_TO_IT = re.compile(
    r"[,:]\s+|\b(?:woon|woonachtig|wonende?|adres|address|live)\b\s+(?:op|aan|in|is|te|at)\s+",
    re.IGNORECASE,
)
# A line of a text: it greets, ends as sentences end, or is longer than lines of an address are.
_SENTENCE = re.compile(
    r"^(?:geachte|beste|dear|hallo|hoi|hello)\b|[^\W\d_]{3}[.!?]$|^.{70}", re.IGNORECASE
)
_BORN = re.compile(
    r"\b(?:geboren|geb\.?|geboortedatum|born|date\s+of\s+birth)\b[\s:]*(?:is\s+|op\s+|on\s+)?"
    r"(\d{1,2}[-/.\s]\s?(?:\d{1,2}|(?:" + "|".join(MONTHS) + r")\.?)[-/.\s]\s?\d{4})(?!\d)",
    re.IGNORECASE,
)
_MAIL = re.compile(r"(?<![\w.+-])([\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4})(?![\w@])")
_NUMBER = re.compile(
    r"(?<!\bons\s)(?<!\bonze\s)(?<!\bour\s)\b(?:dossier(?:nummer|nr)?|zaak(?:nummer|nr)|kenmerk|referentie(?:nummer)?|case\s+number"
    r"|reference(?:\s+number)?)\b\.?[\s:]{0,3}(?:is\s+|nr\.?\s+|nummer\s+)?"
    r"((?=[\w/-]{0,20}\d)[A-Za-z0-9][\w/-]{2,29})(?![\w@])",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?:^|\b(?:tel(?:efoon(?:nummer)?)?|mobiel|phone|bel(?:\s+mij)?(?:\s+op)?)\b\.?:?\s*)"
    r"((?:\+\d{2}|00\d{2}|0)[\d\s()-]{7,14}\d)(?!\d)",
    re.IGNORECASE,
)
_IN_A_LINE = {
    "email": _MAIL,
    "dossier_number": _NUMBER,
    "phone": _PHONE,
    "birth_date": _BORN,
}
TOGETHER = (
    frozenset({"first_name", "initials", "last_name"}),
    frozenset({"street", "house_number", "postcode", "city"}),
)


class Found(NamedTuple):
    """A value for a field of the form, the line that shows it, and how it was known."""

    value: str
    line: str
    how: Promise

    @property
    def why(self) -> str:
        return str(self.how) % {"line": self.line}


def sender_in(text: str) -> dict[str, Found]:
    """Return what the form may propose of who sent it, by field; the first of each counts."""
    text = text[:LONGEST_READ]
    if speaks_for_somebody(text):
        return _represented(text)
    named = named_lines(text)
    found = {
        field: Found(value, _line_of(named, field), LABELLED)
        for field, value in who_asks(text).items()
    }
    for read in _unlabelled(_lines_of(text)):
        # Half of one name or address does not stand beside half of another.
        if _may_be_kept(read) and not any(field in found for field in _with(read)):
            found |= read
    return found


def _represented(text: str) -> dict[str, Found]:
    """Return what is proposed of the person for whom a letter speaks.

    Above it and under it stands who speaks. A birth date in its text is the person's where no
    block of lines tells of them and there is one; a number is that of the case.
    """
    theirs = theirs_in(text)
    found = {
        field: Found(value, _line_of(theirs.lines, field), LABELLED)
        for field, value in theirs.fields.items()
    }
    one_by_one = [one for one in _in_a_line(_lines_of(text)) if _may_be_kept(one)]
    born = [one for one in one_by_one if "birth_date" in one]
    if not theirs.fields and len({one["birth_date"].value for one in born}) == 1:
        found |= born[0]
    if "dossier_number" not in found:
        found |= next((one for one in one_by_one if "dossier_number" in one), {})
    return found


def _lines_of(text: str) -> list[str]:
    return [line.strip(" \t>*•") for line in text.splitlines()]


def _may_be_kept(read: dict[str, Found]) -> bool:
    return all(mask_bsn(one.value)[0] == one.value for one in read.values())


def _with(read: dict[str, Found]) -> set[str]:
    """Return the fields that go together with these."""
    return {*read, *(field for group in TOGETHER if not group.isdisjoint(read) for field in group)}


def _line_of(named: dict[str, str], field: str) -> str:
    sources = _FROM.get(field, (field,))
    return next((named[one] for one in sources if one in named), "")


def _unlabelled(lines: Sequence[str]) -> Iterator[dict[str, Found]]:
    """Yield what is read together, the surest place first."""
    yield from _address(lines)
    yield _signed(lines)
    yield from _in_a_line(lines)


def _in_a_line(lines: Sequence[str]) -> Iterator[dict[str, Found]]:
    """Yield what a line says by itself, wherever it stands."""
    for line in lines:
        if OURS.search(line):
            continue
        for field, pattern in _IN_A_LINE.items():
            if match := pattern.search(line):
                with suppress(NotADay):
                    value = match[1].strip()
                    value = parse_day(value).isoformat() if field == "birth_date" else value
                    yield {field: Found(value, line[:LONGEST], IN_THE_TEXT)}


def _address(lines: Sequence[str]) -> Iterator[dict[str, Found]]:
    """Yield the first address that is not ours, and the name above it.

    It is a postcode with a street before it, or on the line above.
    """
    for at, (line, ours) in enumerate(zip(lines, _ours(lines), strict=True)):
        match = _POSTCODE.search(line)
        if match is None or ours:
            continue
        before = line[: match.start()].strip(" ,")
        above = lines[at - 1] if at and not before else ""
        # A sentence may lead to it: what stands after its last comma or colon counts.
        street = _STREET.match(_LEADS_TO_IT.split(before)[-1] or above)
        if street is None and before:
            continue
        whole = (f"{above}, {line}" if street and above else line)[:LONGEST]
        said = {"postcode": match["code"], "city": (match["city"] or "").strip(" ,.")}
        if street:
            said |= {"street": street["street"], "house_number": street["number"]}
        yield {name: Found(one, whole, AT_THE_ADDRESS) for name, one in said.items() if one}
        if street and above and at >= 2:
            yield _name(lines[at - 2], AT_THE_ADDRESS)
        return


def _ours(lines: Sequence[str]) -> Iterator[bool]:
    """Yield of each line whether it is of an address that names us, there or above it.

    An address is lines without an empty one or a sentence between.
    """
    named = False
    for line in lines:
        if not line or (_SENTENCE.search(line) and not _POSTCODE.search(line)):
            named = False
            yield OURS.search(line) is not None
            continue
        named = named or OURS.search(line) is not None
        yield named


def _signed(lines: Sequence[str]) -> dict[str, Found]:
    """Return the name under the last greeting, or beside it."""
    for at in range(len(lines) - 1, -1, -1):
        if greeting := _GREETING.match(lines[at]):
            under = [greeting["rest"], *lines[at + 1 : at + 1 + SIGNED_WITHIN]]
            names = (_name(line, UNDER_THE_GREETING) for line in under)
            return next(filter(None, names), {})
    return {}


def _name(line: str, how: Promise) -> dict[str, Found]:
    """Return the name that a line is; empty where it is something else."""
    match = _NAME.match(line.strip(" ,."))
    if match is None or OURS.search(line):
        return {}
    given, last = match["given"].strip(), match["last"].strip()
    # Names begin with a capital somewhere; words of a sentence do not.
    if not given[:1].isupper() or not any(word[:1].isupper() for word in last.split()):
        return {}
    line = line[:LONGEST]
    return {
        "initials" if "." in given else "first_name": Found(given, line, how),
        "last_name": Found(last, line, how),
    }
