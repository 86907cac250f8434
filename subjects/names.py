"""How names sound and how they are mistyped, as plain functions.

What is typed and what is held are turned into the same search keys; `vault` makes tokens of
them, so that a misspelt name is found among sealed ones. The set was measured: without any one
of the neighbourhoods a typo costs a person their answer. Raise VERSION whenever a key changes:
`manage.py retokenise` then gives everybody new tokens.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

VERSION = 1

# Infixes of Dutch last names ("van der Berg" is kept, and often typed, as "Berg").
INFIXES = frozenset(
    [
        "aan",
        "af",
        "al",
        "am",
        "bij",
        "d",
        "da",
        "dal",
        "de",
        "degli",
        "dei",
        "del",
        "den",
        "der",
        "des",
        "di",
        "die",
        "do",
        "dos",
        "du",
        "el",
        "im",
        "in",
        "la",
        "las",
        "le",
        "les",
        "lo",
        "los",
        "onder",
        "op",
        "over",
        "s",
        "t",
        "te",
        "ten",
        "ter",
        "thoe",
        "tot",
        "uit",
        "uijt",
        "van",
        "ver",
        "vom",
        "von",
        "voor",
        "zu",
        "zum",
        "zur",
    ]
)
# Letters that do not fall apart into a base letter and a mark.
PLAIN = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)
# Spelled differently, sounding the same. Longer groups stand before those they contain.
SAME_SOUND = {
    **{"uij": "uy", "ouw": "au", "auw": "au", "ui": "uy", "ij": "y", "ei": "y", "ey": "y"},
    **{"ck": "k", "ph": "f", "th": "t", "ch": "g", "gh": "g", "sz": "s", "dt": "t", "ie": "i"},
    **{"ae": "a", "ou": "au", "x": "ks"},
}
_GROUPS = re.compile("|".join(SAME_SOUND))
_SOFT_C = re.compile("c(?=[eiy])")
_DOUBLED = re.compile(r"(.)\1+")
_VOWELS = re.compile("[aeiouy]")
_WORDS = re.compile("[^a-z]+")
_HALVES = re.compile(r"\s*[-–/]\s*")
FIRST_OF_JANUARY = (1, 1)


def letters(name: str) -> str:
    """Return a name in the letters a to z: no accents, capitals, spaces or marks."""
    return "".join(_words(name))


def bare(last_name: str) -> str:
    """Return one half of a last name without its infixes; a name of infixes only stays whole."""
    words = _words(last_name)
    return "".join(word for word in words if word not in INFIXES) or "".join(words)


def halves(last_name: str) -> list[str]:
    """Return the bare halves of a last name, each once; a double name has two."""
    return list(dict.fromkeys(half for part in _HALVES.split(last_name) if (half := bare(part))))


def fold(name: str) -> str:
    """Return bare letters with spellings of one sound made equal: Kuijper and Cuyper are one."""
    folded = _GROUPS.sub(lambda group: SAME_SOUND[group[0]], name)
    folded = _SOFT_C.sub("s", folded).replace("c", "k")
    return _DOUBLED.sub(r"\1", folded)


def phon(name: str) -> str:
    """Return what is left of a name when only its consonants are heard, and roughly."""
    heard = fold(name).replace("z", "s").replace("v", "f").replace("w", "f")
    if heard.endswith("sen"):
        heard = heard.removesuffix("en")
    if heard.endswith(("d", "b")):
        heard = heard[:-1] + ("t" if heard.endswith("d") else "p")
    return heard[:1] + _VOWELS.sub("", heard[1:].replace("h", ""))


def deletions(name: str) -> set[str]:
    """Return the name and it with each one letter left out: two names one edit apart share one."""
    return {name} | {name[:i] + name[i + 1 :] for i in range(len(name)) if len(name) > 1}


@dataclass(frozen=True)
class Person:
    """What is known, or typed, of one person; every part may be missing."""

    first_name: str = ""
    initials: str = ""
    last_name: str = ""
    birth_date: date | None = None
    birth_year: int | None = None
    addresses: tuple[tuple[str, str], ...] = ()  # postcode and house number
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    ibans: tuple[str, ...] = ()
    dossier_numbers: tuple[str, ...] = field(default=())

    @property
    def initial(self) -> str:
        return letters(self.first_name or self.initials)[:1]

    @property
    def year(self) -> str:
        year = self.birth_date.year if self.birth_date else self.birth_year
        return str(year) if year else ""


def person_of(identity: Mapping[str, Any], number: str = "") -> Person:
    """Return who an identity is about, given in the shape the door seals.

    `number` is that of the dossier, for an identity in which it does not stand yet.
    """
    born, number = identity.get("birth_date"), number or identity.get("dossier_number") or ""
    return Person(
        first_name=identity.get("first_name") or "",
        initials=identity.get("initials") or "",
        last_name=identity.get("last_name") or "",
        birth_date=date.fromisoformat(born) if born else None,
        addresses=tuple(
            (address.get("postcode") or "", address.get("number") or "")
            for address in identity.get("addresses") or ()
        ),
        emails=tuple(identity.get("emails") or ()),
        phones=tuple(identity.get("phones") or ()),
        ibans=tuple(identity.get("ibans") or ()),
        dossier_numbers=(number,) if number else (),
    )


def search_keys(person: Person) -> set[tuple[str, str]]:
    """Return the pairs of kind and value by which this person is found."""
    return set(exact_keys(person)) | set(name_keys(person))


def exact_keys(person: Person) -> Iterator[tuple[str, str]]:
    """Yield what is found as it was typed only: addresses, numbers and the date of birth."""
    yield from (("email", email.strip().lower()) for email in person.emails if email.strip())
    yield from (("phone", digits) for phone in person.phones if (digits := phone_digits(phone)))
    yield from (("iban", squeezed) for iban in person.ibans if (squeezed := squeeze(iban)))
    yield from (
        ("dossier", squeezed) for number in person.dossier_numbers if (squeezed := squeeze(number))
    )
    if person.birth_date:
        born = person.birth_date.isoformat()
        yield ("born", born)
        if person.initial:
            # 1 January is crowded: many were given it as their birthday on arrival.
            yield ("born+initial", f"{born}+{person.initial}")
    for postcode, number in person.addresses:
        if squeezed := squeeze(postcode):
            yield ("postcode", squeezed)
            if number.strip():
                yield ("postcode+number", f"{squeezed}+{squeeze(number)}")


def name_keys(person: Person) -> Iterator[tuple[str, str]]:
    """Yield what the names, with initial and year of birth, are found by; more is not asked."""
    first, initial, year = letters(person.first_name), person.initial, person.year
    for half in halves(person.last_name):
        folded, heard = fold(half), phon(half)
        yield ("fold", folded)
        if initial:
            yield ("fold+initial", f"{folded}+{initial}")
            yield ("phon+initial", f"{heard}+{initial}")
        if year:
            yield ("fold+year", f"{folded}+{year}")
            yield ("phon+year", f"{heard}+{year}")
        if first:
            yield ("phon+first", f"{heard}+{fold(first)}")
            # Also finds a first name whose very first letter is wrong.
            yield from (("fold+near first", f"{folded}+{near}") for near in deletions(first))
        # Deletions of the bare name: a typo inside a folded pair would be two edits.
        for near in deletions(half):
            yield from (
                (kind, f"{near}+{datum}")
                for kind, datum in (
                    ("near+first", first),
                    ("near+initial", initial),
                    ("near+year", year),
                )
                if datum
            )


def squeeze(code: str) -> str:
    """Return an IBAN, postcode or number without spaces and marks, in capitals."""
    return "".join(filter(str.isalnum, code.upper()))


def phone_digits(phone: str) -> str:
    """Return a telephone number with its country's digits, Dutch where none are given."""
    digits = "".join(character for character in phone if character in "0123456789")
    if phone.strip().startswith("+"):
        # "+31 (0)20" is written with a zero that is not dialled.
        return re.sub("^310", "31", digits)
    if digits.startswith("00"):
        return digits[2:]
    return f"31{digits[1:]}" if digits.startswith("0") else digits


def _words(name: str) -> list[str]:
    lowered = name.casefold()
    if lowered.isascii() and lowered.isalpha():
        return [lowered]
    lowered = lowered.translate(PLAIN)
    without_marks = unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode()
    return [word for word in _WORDS.split(without_marks.replace("'", " ")) if word]
