"""Made-up people of the Netherlands, each the same every time: names by Faker, drawn by weight."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from faker import Faker

# Common names are common: without them a search is tried on a country that does not exist.
COMMON = (
    *("de Jong", "Jansen", "de Vries", "van den Berg", "van Dijk", "Bakker", "Janssen"),
    *("Visser", "Smit", "Meijer", "de Boer", "Mulder", "de Groot", "Bos", "Vos", "Peters"),
)
TURKISH = ("Yılmaz", "Kaya", "Demir", "Çelik", "Şahin", "Yıldız", "Öztürk", "Aydın")
TURKISH_FIRST = ("Mehmet", "Ayşe", "Mustafa", "Fatma", "Emre", "Elif", "Hüseyin", "Zeynep")
MOROCCAN = ("El Amrani", "Bouzid", "El Idrissi", "Benali", "Ait Ben", "Chaoui", "Ouali")
MOROCCAN_FIRST = ("Mohammed", "Fatima", "Youssef", "Khadija", "Hassan", "Naima", "Samira")
POLISH = ("Nowak", "Kowalska", "Wiśniewski", "Wójcik", "Kamińska", "Zieliński")
POLISH_FIRST = ("Agnieszka", "Piotr", "Małgorzata", "Krzysztof", "Katarzyna", "Tomasz")
POOL = 3_000


@dataclass(frozen=True)
class Pools:
    first: list[str]
    last: list[str]
    streets: list[str]
    places: list[str]
    companies: list[str]


@cache
def pools(seed: int) -> Pools:
    """Return names by the thousand: drawn once, since Faker takes its time for each."""
    fake = Faker("nl_NL")
    fake.seed_instance(seed)
    return Pools(
        first=sorted({fake.first_name() for _ in range(POOL)}),
        last=sorted({fake.last_name() for _ in range(POOL)}),
        streets=sorted({fake.street_name() for _ in range(POOL)}),
        places=sorted({fake.city() for _ in range(1_000)}),
        companies=sorted({fake.company() for _ in range(400)}),
    )


@dataclass(frozen=True)
class Person:
    number: int
    identity: dict[str, object]


def person(number: int, *, seed: int, today: date) -> Person:
    """Return the person of this number: always the same one for a seed."""
    dice = random.Random(f"{seed}:person:{number}")
    first, last = _name(dice, pools(seed))
    born = today - timedelta(days=dice.randint(18 * 365, 88 * 365))
    if dice.random() < 0.01:
        born = born.replace(month=1, day=1)
    identity: dict[str, object] = {
        "first_name": first,
        "initials": f"{first[0]}.",
        "last_name": last,
        "birth_date": born.isoformat(),
        "addresses": [_address(dice, pools(seed))],
        "phones": [f"06{dice.randint(10_000_000, 99_999_999)}"],
    }
    if dice.random() < 0.8:
        identity["emails"] = [f"persoon{number}@example.net"]
    if dice.random() < 0.3:
        identity["ibans"] = [f"NL{dice.randint(10, 99)}TEST{dice.randint(10**9, 10**10 - 1)}"]
    return Person(number, identity)


def _name(dice: random.Random, names: Pools) -> tuple[str, str]:
    chance = dice.random()
    if chance < 0.05:
        return dice.choice(TURKISH_FIRST), dice.choice(TURKISH)
    if chance < 0.10:
        return dice.choice(MOROCCAN_FIRST), dice.choice(MOROCCAN)
    if chance < 0.13:
        return dice.choice(POLISH_FIRST), dice.choice(POLISH)
    first = _skewed(dice, names.first)
    last = dice.choice(COMMON) if chance < 0.25 else _skewed(dice, names.last)
    if dice.random() < 0.07:
        last = f"{last}-{dice.choice(COMMON)}"
    return first, last


def _skewed(dice: random.Random, names: list[str]) -> str:
    return names[int(dice.random() ** 2 * len(names))]


def _address(dice: random.Random, names: Pools) -> dict[str, str]:
    letters = "ABCDEGHJKLMNPRSTVWXZ"
    return {
        "street": dice.choice(names.streets),
        "number": str(dice.randint(1, 240)),
        "postcode": f"{dice.randint(1000, 9999)} {dice.choice(letters)}{dice.choice(letters)}",
        "city": dice.choice(names.places),
        "country": "NL",
    }
