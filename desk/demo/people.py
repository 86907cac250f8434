"""Made-up people: the same person for the same number, in the shape of the door.

Nobody can be reached by what stands here: numbers after 06-0 are not given out, `example` is a
reserved domain, and no bank has the code DEMO.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from desk.demo.names import full_name

# First digits of the postcode, and how many thousands live there.
CITIES = {
    "Amsterdam": (10, 920),
    "Rotterdam": (30, 665),
    "Den Haag": (25, 560),
    "Utrecht": (35, 370),
    "Eindhoven": (56, 245),
    "Groningen": (97, 240),
    "Tilburg": (50, 228),
    "Almere": (13, 222),
    "Breda": (48, 186),
    "Nijmegen": (65, 182),
    "Apeldoorn": (73, 168),
    "Haarlem": (20, 165),
    "Arnhem": (68, 165),
    "Enschede": (75, 161),
    "Amersfoort": (38, 161),
    "Zaandam": (15, 158),
    "'s-Hertogenbosch": (52, 158),
    "Zwolle": (80, 133),
    "Leiden": (23, 127),
    "Leeuwarden": (89, 127),
    "Maastricht": (62, 122),
    "Dordrecht": (33, 121),
    "Ede": (67, 121),
    "Emmen": (78, 109),
    "Venlo": (59, 103),
    "Deventer": (74, 102),
    "Helmond": (57, 95),
    "Roosendaal": (47, 78),
    "Hoorn": (16, 75),
    "Middelburg": (43, 50),
    "Assen": (94, 70),
    "Lelystad": (82, 83),
}
STREETS = [
    "Kerkstraat",
    "Dorpsstraat",
    "Schoolstraat",
    "Molenstraat",
    "Nieuwstraat",
    "Julianastraat",
    "Beatrixstraat",
    "Wilhelminastraat",
    "Stationsweg",
    "Molenweg",
    "Hoofdstraat",
    "Sportlaan",
    "Parallelweg",
    "Eikenlaan",
    "Beukenlaan",
    "Kastanjelaan",
    "Lindelaan",
    "Berkenlaan",
    "Esdoornlaan",
    "Meidoornstraat",
    "Rozenstraat",
    "Tulpstraat",
    "Industrieweg",
    "Marktplein",
    "Burgemeesterslaan",
    "Vondelstraat",
    "Rembrandtlaan",
    "Vermeerstraat",
    "Merelstraat",
    "Koolmeesstraat",
    "Leeuwerikstraat",
    "Zwaluwstraat",
    "Populierenlaan",
    "Wilgenstraat",
    "Dahliastraat",
    "Havenkade",
    "Singel",
    "Oranjestraat",
    "Spoorstraat",
    "Torenstraat",
    "Veldweg",
    "Zandweg",
    "Kanaalweg",
    "Waterlaan",
    "Dijkstraat",
]
POSTCODE_LETTERS = "ABCDEFGHJKLMNPRSTVWXZ"
_CITY_NAMES = list(CITIES)
_CITY_ODDS = list(accumulate(size for _, size in CITIES.values()))
_PLAIN = str.maketrans("çğıöşüéèëêïîáàâäóòôúùûłńśżźćęą", "cgiosueeeeiiaaaaooouuulnszzcea")
_OLDEST = date(1936, 1, 1)
_YEARS = 70


@dataclass(frozen=True, slots=True)
class Made:
    """A made-up person: as known now, and the address before the last removal."""

    number: int
    identity: dict[str, Any] = field(repr=False)
    former_address: dict[str, str] = field(repr=False)


def make_person(number: int, seed: int, random: Random) -> Made:
    """Return person `number`; `random` is seeded anew, so pass one that nobody else draws from.

    Persons 2n and 2n + 1 live at one address in half of the cases.
    """
    home = number // 2
    random.seed(seed * 2**33 + home)
    lives_together = random.random() < 0.5
    shared = make_address(random)
    random.seed(seed * 2**33 + 2**32 + number)
    first, last = full_name(random)
    address = shared if lives_together else make_address(random)
    identity: dict[str, Any] = {
        "first_name": first,
        "initials": _initials(first, random),
        "last_name": last,
        "birth_date": _born(random).isoformat(),
        "addresses": [address],
        "emails": [_email(first, last, number)] if random.random() < 0.8 else [],
        "phones": [_phone(number)] if random.random() < 0.85 else [],
        "ibans": [_iban(random)] if random.random() < 0.45 else [],
    }
    return Made(number, identity, make_address(random))


def identity_of(number: int, seed: int) -> dict[str, Any]:
    """Return the identity of person `number`, as known now."""
    return make_person(number, seed, Random()).identity


def make_address(random: Random) -> dict[str, str]:
    city = random.choices(_CITY_NAMES, cum_weights=_CITY_ODDS)[0]
    area = CITIES[city][0] * 100 + int(random.random() * 100)
    one, two = (POSTCODE_LETTERS[int(random.random() * 21)] for _ in "12")
    suffix = random.choice(["", "A", "B", "C", "bis"]) if random.random() < 0.15 else ""
    return {
        "street": STREETS[int(random.random() * len(STREETS))],
        "number": f"{1 + int(random.random() ** 2 * 240)}{suffix}",
        "postcode": f"{area} {one}{two}",
        "city": city,
        "country": "NL",
    }


def _initials(first: str, random: Random) -> str:
    more = "".join(random.choices("ABCDEFGHJKLMNPRSTW", k=int(random.random() * 3)))
    return "".join(f"{letter}." for letter in first[0] + more)


def _born(random: Random) -> date:
    born = _OLDEST + timedelta(days=int(random.random() * _YEARS * 365.25))
    # Many were given this birthday on arrival.
    return born.replace(month=1, day=1) if random.random() < 0.02 else born


def _email(first: str, last: str, number: int) -> str:
    plain = f"{first}.{last}".lower().translate(_PLAIN)
    kept = "".join(
        letter for letter in plain if letter.isascii() and (letter.isalnum() or letter in ".-")
    )
    return f"{kept}{number}@post.example"


def _phone(number: int) -> str:
    # Nobody else's, for whoever shuts a number for marketing shuts it for all who have it.
    return f"06-0{number * 7_654_321 % 10**7:07}"


def _iban(random: Random) -> str:
    account = f"{int(random.random() * 10**10):010}"
    # "DEMO" and "NL00" with letters as numbers, as the check of an IBAN counts (ISO 13616).
    check = 98 - int(f"13142224{account}232100") % 97
    return f"NL{check:02}DEMO{account}"
