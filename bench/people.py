"""Made-up people, drawn as often as their names occur: what look-up must cope with.

One in fifty was born on 1 January.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from desk.demo.names import STEMS, full_name


def _born(random: Random) -> date:
    born = date(1935, 1, 1) + timedelta(days=random.randrange(72 * 365))
    return born.replace(month=1, day=1) if random.random() < 0.02 else born


def _address(random: Random) -> dict[str, str]:
    letters = "ABCDEFGHJKLMNPRSTVWXZ"
    postcode = f"{random.randint(1000, 9999)} {random.choice(letters)}{random.choice(letters)}"
    return {
        "street": f"{random.choice(STEMS)}straat",
        "number": str(random.randint(1, 250)),
        "postcode": postcode,
        "city": "Utrecht",
        "country": "NL",
    }


def identities(count: int, *, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Return `count` identities in the shape of the door, the same for the same seed."""
    random = Random(seed)
    for number in range(count):
        first, last = full_name(random)
        yield {
            "first_name": first,
            "initials": f"{first[0]}.",
            "last_name": last,
            "birth_date": _born(random).isoformat(),
            "addresses": [_address(random)],
            "emails": [f"{first}.{number}@example.nl".lower().replace(" ", "")],
            "phones": [f"06{random.randrange(10**8):08}"],
            "ibans": [],
            "dossier_number": f"{2015 + number % 11}-{number:07}",
        }
