"""Made-up organisations: clients, and those to whom data go."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Client:
    """Who has claims on people, for what, and what such a claim comes to in euros."""

    id: str
    name: str
    trade: str
    lowest: int
    highest: int


CLIENTS = (
    Client("c-noordzee", "Noordzee Telecom BV", "telecom", 35, 900),
    Client("c-laagland", "Laagland Mobiel NV", "telecom", 25, 750),
    Client("c-polderlicht", "Polderlicht Energie BV", "energy", 120, 3200),
    Client("c-zonwind", "Zon & Wind Levering NV", "energy", 90, 2600),
    Client("c-zolder", "Webwinkel De Zolder BV", "shop", 20, 600),
    Client("c-modehuis", "Modehuis Online BV", "shop", 15, 400),
    Client("c-elektro", "Elektroplein Nederland BV", "shop", 60, 1900),
    Client("c-zeker", "Zorgverzekeraar Zeker en Gewis NV", "insurer", 130, 2400),
    Client("c-samen", "Samen Verzekerd Onderling UA", "insurer", 60, 1500),
    Client("c-anker", "Woonstichting Het Anker", "housing", 480, 5200),
    Client("c-thuishaven", "Wooncorporatie Thuishaven", "housing", 450, 4800),
    Client("c-fit", "Sportscholen In Beweging BV", "sport", 25, 480),
    Client("c-tandzorg", "Tandzorg Factoring BV", "care", 35, 1100),
    Client("c-autolease", "Rijvooruit Autolease BV", "lease", 250, 9500),
    Client("c-krediet", "Polder Krediet Maatschappij NV", "credit", 500, 14000),
)
BAILIFFS = ("o-vanlier", "o-noorderhof")
BUREAU, ADDRESSES, PRINTER, BANK, COURT = (
    "o-kredietregister",
    "o-adres",
    "o-print",
    "o-bank",
    "o-rechtbank",
)
INSIDE_EEA, OUTSIDE_EEA = "o-rhein", "o-bosporus"
_OTHERS: tuple[tuple[str, str, str, str], ...] = (
    ("o-vanlier", "Gerechtsdeurwaarders Van Lier & Partners", "NL", "adviser"),
    ("o-noorderhof", "Deurwaarderskantoor Noorderhof", "NL", "adviser"),
    (BUREAU, "Stichting Kredietregister Polder", "NL", "credit_bureau"),
    (ADDRESSES, "Adreswijzer Nederland BV", "NL", "address_provider"),
    (PRINTER, "Printhuis De Linde BV", "NL", "processor"),
    (BANK, "Bank van de Polder NV", "NL", "bank"),
    (COURT, "Rechtbank Laagland", "NL", "authority"),
    (INSIDE_EEA, "Inkasso am Rhein GmbH", "DE", "foreign_agency"),
    (OUTSIDE_EEA, "Bosporus Tahsilat AS", "TR", "foreign_agency"),
)


def organisation_lines() -> list[dict[str, Any]]:
    """Return the lines of all organisations, which stand before everything else."""
    clients = [
        _line(client.id, client.name, "NL", ["client"]) | {"is_client": True} for client in CLIENTS
    ]
    return clients + [_line(pk, name, country, [role]) for pk, name, country, role in _OTHERS]


def _line(pk: str, name: str, country: str, roles: list[str]) -> dict[str, Any]:
    return {
        "type": "organisation",
        "id": pk,
        "name": name,
        "country": country,
        "privacy_email": f"privacy@{pk.split('-', 1)[1]}.example",
        "roles": roles,
    }
