"""The agency of the demo: whom it knows, and one source of chance for each person."""

from datetime import date, timedelta
from random import Random

from desk.demo.people import Made, make_person


class Agency:
    """Counts the dossiers of a run, and draws all that is left to chance."""

    def __init__(self, subjects: int, seed: int, today: date) -> None:
        self.subjects = subjects
        self.seed = seed
        self.today = today
        self.random = Random()
        self.people = Random()
        self.dossiers = 0

    def person(self, number: int) -> Made:
        return make_person(number, self.seed, self.people)

    def somebody_else(self, made: Made) -> Made | None:
        """Return who lives at the same address, or anybody; None where there is nobody else."""
        other = made.number ^ 1
        if self.random.random() < 0.4 or other >= self.subjects:
            other = int(self.random.random() * self.subjects)
        return None if other == made.number else self.person(other)

    def draw(self, odds: dict[str, float]) -> str:
        return self.random.choices(list(odds), weights=list(odds.values()))[0]

    def ago(self, least: int, most: int) -> date:
        return self.today - timedelta(days=least + int(self.random.random() * (most - least)))

    def chance(self, share: float) -> bool:
        return self.random.random() < share
