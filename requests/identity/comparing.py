"""Who may be meant, side by side with who asks: per fact what each has, and how well it fits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from requests.constants import MatchState
from requests.models import SubjectMatch
from requests.report.fields import in_words
from subjects.matching import Field, Kind

# So many fit beside each other without scrolling.
BESIDE = 3
MARKS = {Kind.EQUAL: "success", Kind.NEAR: "warning", Kind.DIFFERS: "danger"}
Identity = Mapping[str, Any]


@dataclass(frozen=True)
class Mark:
    """How well one fact fits, as the search saw it."""

    label: str
    kind: str
    colour: str


@dataclass(frozen=True)
class Candidate:
    """A proposed person: numbered as on the page, who they are with us, what speaks for it."""

    match: SubjectMatch
    number: int
    identity: Identity | None
    files: Sequence[str] = ()

    @property
    def is_rejected(self) -> bool:
        return self.match.state == MatchState.REJECTED


@dataclass(frozen=True)
class Cell:
    values: Sequence[str]
    marks: Sequence[Mark]


@dataclass(frozen=True)
class Row:
    """One fact: what the person gave, and what we hold of each candidate."""

    label: Promise
    given: Sequence[str]
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Comparison:
    """At most three candidates, side by side with what was given."""

    people: Sequence[Candidate]
    rows: Sequence[Row]


def _name(identity: Identity) -> list[str]:
    first = [identity.get("first_name"), identity.get("initials")]
    names = [" ".join(dict.fromkeys(one for one in first if one)), identity.get("last_name")]
    return [" ".join(one for one in names if one)]


def _birth(identity: Identity) -> list[str]:
    return [in_words(identity.get("birth_date"))]


def _addresses(identity: Identity) -> list[str]:
    found = []
    for one in identity.get("addresses") or ():
        street = " ".join(str(one[part]) for part in ("street", "number") if one.get(part))
        town = " ".join(str(one[part]) for part in ("postcode", "city") if one.get(part))
        found.append(", ".join(part for part in (street, town) if part))
    return found


def _plain(*names: str) -> Callable[[Identity], list[str]]:
    def values(identity: Identity) -> list[str]:
        found = list[str]()
        for name in names:
            value = identity.get(name) or []
            found += value if isinstance(value, list) else [str(value)]
        return found

    return values


FACTS: tuple[tuple[Promise, Callable[[Identity], list[str]], tuple[Field, ...]], ...] = (
    (_("Name"), _name, (Field.LAST_NAME, Field.FIRST_NAME, Field.INITIALS)),
    (_("Date of birth"), _birth, (Field.BIRTH_DATE, Field.BIRTH_YEAR)),
    (_("Address"), _addresses, (Field.POSTCODE, Field.HOUSE_NUMBER)),
    (_("E-mail address"), _plain("emails"), (Field.EMAIL,)),
    (_("Telephone number"), _plain("phones"), (Field.PHONE,)),
    (_("Account number"), _plain("ibans"), (Field.IBAN,)),
    (_("Dossier number"), _plain("dossier_number", "dossier_numbers"), (Field.DOSSIER_NUMBER,)),
)


def compare(asked: Identity, candidates: Sequence[Candidate]) -> list[Comparison]:
    """Return tables of what was given and held: those not rejected, three beside each other."""
    meant = [one for one in candidates if not one.is_rejected]
    return [
        Comparison(beside, list(_rows(asked, beside)))
        for start in range(0, len(meant), BESIDE)
        if (beside := meant[start : start + BESIDE])
    ]


def _rows(asked: Identity, people: Sequence[Candidate]) -> Iterator[Row]:
    """Yield a row for each fact that anybody has, and for each that was looked at."""
    for label, values, fields in FACTS:
        given = _there(values(asked))
        cells = [
            Cell(_there(values(one.identity or {})), _marks(one.match, fields)) for one in people
        ]
        if given or any(cell.values or cell.marks for cell in cells):
            yield Row(label, given, cells)


def _there(values: Sequence[str]) -> list[str]:
    return [one for one in values if one]


def _marks(match: SubjectMatch, fields: Sequence[Field]) -> list[Mark]:
    found = []
    for code in match.evidence:
        name, _colon, kind = code.partition(":")
        if name in fields and kind in Kind.values:
            colour = MARKS.get(Kind(kind), "secondary")
            found.append(Mark(str(Field(name).label), str(Kind(kind).label), colour))
    return found
