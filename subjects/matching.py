"""How well what was typed fits what is held, field by field, as plain functions.

Likeness is between 0 and 1; a search is ranked by the mean over the fields typed, weighed by
how much each tells. Everything is symmetrical in languages and spellings as `names` has it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.db import models
from django.utils.translation import gettext_lazy as _
from rapidfuzz.distance import OSA

from subjects.names import Person, fold, halves, letters, phon, phone_digits, squeeze


class Kind(models.TextChoices):
    EQUAL = "equal", _("Equal")
    NEAR = "near", _("Nearly equal")
    DIFFERS = "differs", _("Differs")
    UNKNOWN = "unknown", _("Not held")


class Field(models.TextChoices):
    LAST_NAME = "last_name", _("Last name")
    FIRST_NAME = "first_name", _("First name")
    INITIALS = "initials", _("Initials")
    BIRTH_DATE = "birth_date", _("Date of birth")
    BIRTH_YEAR = "birth_year", _("Year of birth")
    POSTCODE = "postcode", _("Postcode")
    HOUSE_NUMBER = "house_number", _("House number")
    EMAIL = "email", _("E-mail address")
    PHONE = "phone", _("Telephone number")
    IBAN = "iban", _("Account number")
    DOSSIER_NUMBER = "dossier_number", _("Dossier number")


WEIGHTS = {
    Field.LAST_NAME: 3,
    Field.FIRST_NAME: 2,
    Field.INITIALS: 1,
    Field.BIRTH_DATE: 3,
    Field.BIRTH_YEAR: 2,
    Field.POSTCODE: 2,
    Field.HOUSE_NUMBER: 1,
    Field.EMAIL: 4,
    Field.PHONE: 3,
    Field.IBAN: 4,
    Field.DOSSIER_NUMBER: 4,
}
# What is not held speaks neither for nor against, and a little less than half for.
NOT_HELD = 0.4
SAME_SOUND = 0.95
HEARD_ALIKE = 0.8
ONE_EDIT = 0.85
ONLY_THE_INITIAL = 0.8
HALF_OF_A_DOUBLE_NAME = 0.97
ENOUGH_ALIKE = 0.75
MAY_SOUND_ALIKE = 0.34


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one field typed says of one person."""

    field: Field
    kind: Kind
    likeness: float


class Typed:
    """What was typed, made ready once to be compared with many."""

    def __init__(self, typed: Person) -> None:
        self._tests: list[tuple[Field, Callable[[Person], float | None]]] = []
        if typed.last_name:
            self._tests.append((Field.LAST_NAME, _LastName(typed).likeness))
        if typed.first_name:
            self._tests.append((Field.FIRST_NAME, _FirstName(typed).likeness))
        elif typed.initials:
            self._tests.append((Field.INITIALS, _FirstName(typed).initials))
        if typed.birth_date:
            self._tests.append((Field.BIRTH_DATE, partial(_births, typed.birth_date)))
        elif typed.birth_year:
            self._tests.append((Field.BIRTH_YEAR, partial(_years, typed.birth_year)))
        for field, codes in _CODES.items():
            if wanted := codes(typed):
                self._tests.append((field, partial(_codes, wanted, codes)))

    @property
    def fields(self) -> list[Field]:
        return [field for field, _ in self._tests]

    def compare(self, held: Person) -> list[Evidence]:
        """Return the evidence of each field that was typed."""
        return [Evidence(field, *_judged(likeness(held))) for field, likeness in self._tests]


def compare(typed: Person, held: Person) -> list[Evidence]:
    """Return the evidence of each field that was typed."""
    return Typed(typed).compare(held)


def best_of(evidences: Iterable[list[Evidence]]) -> list[Evidence]:
    """Return the best evidence for each field over all that is held of one person."""
    return [max(of_field, key=lambda e: e.likeness) for of_field in zip(*evidences, strict=True)]


def score(evidence: Iterable[Evidence]) -> float:
    """Return how well a person fits, between 0 and 1; the same evidence gives the same score."""
    total = weight = 0.0
    for one in evidence:
        total += WEIGHTS[one.field] * one.likeness
        weight += WEIGHTS[one.field]
    return round(total / weight, 6) if weight else 0.0


def _judged(likeness: float | None) -> tuple[Kind, float]:
    if likeness is None:
        return Kind.UNKNOWN, NOT_HELD
    if likeness == 1:
        return Kind.EQUAL, 1.0
    return (Kind.NEAR if likeness >= ENOUGH_ALIKE else Kind.DIFFERS), likeness


class _Name:
    """One bare name typed. Spelling and sound are worked out only where they may matter."""

    def __init__(self, typed: str) -> None:
        self.typed, self.folded, self.heard = typed, fold(typed), phon(typed)

    def likeness(self, held: str) -> float:
        if self.typed == held:
            return 1
        alike = OSA.normalized_similarity(self.typed, held)
        if alike >= ENOUGH_ALIKE:
            return alike
        if alike < MAY_SOUND_ALIKE:
            return alike / 2
        if self.folded == fold(held):
            return SAME_SOUND
        if OSA.distance(self.typed, held, score_cutoff=1) == 1:
            # One letter of two or three is an edit like any other.
            return ENOUGH_ALIKE
        return HEARD_ALIKE if len(self.heard) > 1 and self.heard == phon(held) else alike / 2


class _LastName:
    def __init__(self, typed: Person) -> None:
        bare = halves(typed.last_name)
        self.bare, self.names = set(bare), [_Name(half) for half in bare]

    def likeness(self, held: Person) -> float | None:
        others = halves(held.last_name)
        if not others:
            return None
        if self.bare == set(others):
            return 1
        found = max((n.likeness(other) for n in self.names for other in others), default=0.0)
        return min(found, HALF_OF_A_DOUBLE_NAME) if len(self.names) != len(others) else found


class _FirstName:
    def __init__(self, typed: Person) -> None:
        self.name, self.initial = _Name(letters(typed.first_name)), typed.initial

    def likeness(self, held: Person) -> float | None:
        if held.first_name:
            return self.name.likeness(letters(held.first_name))
        if agrees := self.initials(held):
            return min(agrees, ONLY_THE_INITIAL)
        return agrees

    def initials(self, held: Person) -> float | None:
        return float(self.initial == held.initial) if held.initial else None


def _years(typed: int, held: Person) -> float | None:
    return float(str(typed) == held.year) if held.year else None


def _births(typed: date, held: Person) -> float | None:
    born = held.birth_date
    if born is None:
        return None
    if typed == born:
        return 1
    same_year, same_day = typed.year == born.year, typed.day == born.day
    if same_year and (typed.month, typed.day) == (born.day, born.month):
        return ONE_EDIT
    if (same_year or same_day) and _one_edit(f"{typed:%Y%m%d}", f"{born:%Y%m%d}"):
        return ONE_EDIT
    # Half of a date that fits still tells something, in the order of those that differ.
    return 0.3 if same_year or (same_day and typed.month == born.month) else 0


def _codes(
    typed: tuple[str, ...], codes: Callable[[Person], tuple[str, ...]], person: Person
) -> float | None:
    held = codes(person)
    if not held:
        return None
    if not set(typed).isdisjoint(held):
        return 1
    near = any(len(one) > 3 and _one_edit(one, other) for one in typed for other in held)
    return ONE_EDIT if near else 0


def _one_edit(one: str, other: str) -> bool:
    return OSA.distance(one, other, score_cutoff=1) == 1


def _addressed(part: int) -> Callable[[Person], tuple[str, ...]]:
    return lambda person: tuple(squeeze(one[part]) for one in person.addresses if one[part])


_CODES: dict[Field, Callable[[Person], tuple[str, ...]]] = {
    Field.POSTCODE: _addressed(0),
    Field.HOUSE_NUMBER: _addressed(1),
    Field.EMAIL: lambda person: tuple(email.strip().lower() for email in person.emails),
    Field.PHONE: lambda person: tuple(map(phone_digits, person.phones)),
    Field.IBAN: lambda person: tuple(map(squeeze, person.ibans)),
    Field.DOSSIER_NUMBER: lambda person: tuple(map(squeeze, person.dossier_numbers)),
}
