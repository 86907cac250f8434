"""Lines for the door that look like a Dutch agency's, as many as one likes.

    for line in generate(2_000, seed=1, today=date.today()): ...

The same arguments give the same lines, in bounded memory: a person is made anew from a number
wherever he or she comes back. Of 300,000 people about 500,000 dossiers, 650,000 involvements and
2,600,000 records. The first few people are the cast: with them every state occurs however few
people are asked for. docs/demo.md tells which.
"""

from collections.abc import Callable, Iterator
from datetime import date

from desk.demo.cases import STAGES, Cases
from desk.demo.dossier import Dossier, Line
from desk.demo.organisations import organisation_lines
from desk.demo.people import Made
from desk.demo.relations import Relations

# Why we know somebody, in how many of a hundred.
PARTS = {
    "debtor": 78.0,
    "invoice": 6.0,
    "client_contact": 4.0,
    "prospect": 5.0,
    "guarantor": 3.5,
    "authority": 1.5,
    "supplier": 2.0,
}
CAST = (
    *(("debtor", stage) for stage in STAGES),
    ("debtor", "health"),
    ("debtor", "withdrawn"),
    ("debtor", "criminal"),
    ("debtor", "insolvent"),
    ("debtor", "abroad"),
    ("debtor", "far abroad"),
    ("debtor", "court"),
    *((part, "") for part in PARTS if part != "debtor"),
    ("client_contact", "settlement missing"),
    ("prospect", "unsubscribed"),
    ("prospect", "consent withdrawn"),
    ("prospect", "contact missing"),
    ("prospect", "soon"),
    ("guarantor", "reported"),
    ("guarantor", "transaction missing"),
    ("books", "year missing"),
)


def generate(subjects: int, *, seed: int = 1, today: date) -> Iterator[Line]:
    """Yield the lines of `subjects` people, organisations first."""
    yield from organisation_lines()
    agency = _Everybody(subjects, seed, today)
    for number in range(subjects):
        yield from agency.subject(number)


class _Everybody(Cases, Relations):
    """All dossiers of a run, person by person."""

    def __init__(self, subjects: int, seed: int, today: date) -> None:
        super().__init__(subjects, seed, today)
        self.parts: dict[str, Callable[[Made, str], Iterator[Dossier]]] = {
            "debtor": self.debtor,
            "invoice": self.invoice_phase,
            "client_contact": self.client_contact,
            "prospect": self.prospect,
            "guarantor": self.guarantor,
            "authority": self.authority,
            "supplier": self.supplier,
            "books": self.books_alone,
        }

    def subject(self, number: int) -> Iterator[Line]:
        """Yield the lines of all dossiers that are this person's."""
        self.random.seed(self.seed * 2**34 + number)
        part, state = CAST[number] if number < len(CAST) else (self.draw(PARTS), "")
        made = self.person(number)
        for dossier in self.parts[part](made, state):
            yield from dossier.lines
        if part == "debtor" and made.identity["emails"] and self.random.random() < 0.01:
            yield {
                "type": "suppression",
                "id": f"{self.seed}-{number}",
                "kind": "email",
                "value": made.identity["emails"][0],
                "purpose": "MKT",
                "since": self.ago(30, 900).isoformat(),
            }
