"""Who asks, from labelled lines such as "Geboortedatum: 9 maart 1984". No database."""

import re
from collections.abc import Mapping
from contextlib import suppress
from itertools import islice

from policy.identifiers import mask_bsn
from requests.dates import NotADay, parse_day

LONGEST = 100  # of a value; what is longer is no name, address or number
MOST_LINES = 2_000
_LINE = re.compile(
    r"^[ \t>*•-]{0,8}([^\W\d_][^:\n]{1,38}?)[ \t]{0,3}:[ \t]{1,3}(\S[^\n]{0,200})$", re.MULTILINE
)
_LABELS: Mapping[str, str] = {
    label: field
    for field, labels in {
        "name": (
            "naam|name|volledige naam|full name|voor- en achternaam|cliënt|cliënte|client"
            "|naam cliënt|naam cliënte|naam client|naam van cliënt|name of client|client name"
            "|betrokkene"
        ),
        "first_name": "voornaam|voornamen|first name|given name",
        "last_name": "achternaam|last name|surname|family name",
        "birth_date": "geboortedatum|geboren|date of birth|birth date|dob|geb. datum",
        "address": "adres|address|straat en huisnummer",
        "postcode": "postcode|postal code|zip",
        "city": "plaats|woonplaats|city|town",
        "email": "e-mail|email|e-mailadres|emailadres|e-mail address|mail",
        "phone": "telefoon|telefoonnummer|tel|tel.|phone|phone number|mobiel",
        "dossier_number": (
            "dossiernummer|dossier|zaaknummer|kenmerk|uw kenmerk|referentie|case number|reference"
        ),
    }.items()
    for label in labels.split("|")
}
_STREET = re.compile(r"^(?P<street>[^\d,]{2,80}?)\s+(?P<number>\d{1,5}\s?[A-Za-z]{0,3})(?![\w])")
_POSTCODE = re.compile(
    r"(?<!\w)(?P<code>[1-9]\d{3}\s?[A-Za-z]{2})(?!\w)[ \t]*(?P<city>[^\d,;]{0,60})"
)


def who_asks(text: str) -> dict[str, str]:
    """Return the fields of the entry form that the lines name; the first of each counts."""
    return _fields({field: mask_bsn(value.strip())[0] for field, value, _line in _named(text)})


def named_lines(text: str) -> dict[str, str]:
    """Return the line that names each thing, as the letter has it but for what may not be kept."""
    return {field: mask_bsn(line)[0] for field, _value, line in _named(text)}


def _named(text: str) -> list[tuple[str, str, str]]:
    """Return what each label stands for, its value and its line; the first of each."""
    said: dict[str, tuple[str, str, str]] = {}
    for match in islice(_LINE.finditer(text), MOST_LINES):
        field = _LABELS.get(match[1].strip().lower())
        if field and len(match[2]) <= LONGEST:
            said.setdefault(field, (field, match[2], match[0].strip(" \t>*•-")))
    return list(said.values())


def _fields(said: Mapping[str, str]) -> dict[str, str]:
    fields = {
        name: said[name]
        for name in ("first_name", "last_name", "postcode", "city", "email", "phone")
        if name in said
    }
    if "dossier_number" in said:
        fields["dossier_number"] = said["dossier_number"][:80]
    if "name" in said and "last_name" not in said:
        first, _space, last = said["name"].partition(" ")
        # "J.P." are initials, "Jan" is a name.
        given = "initials" if "." in first else "first_name"
        fields |= {given: first, "last_name": last} if last else {"last_name": first}
    fields |= _address(said.get("address", ""))
    with suppress(NotADay):
        fields["birth_date"] = parse_day(said.get("birth_date", "")).isoformat()
    return fields


def _address(line: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if street := _STREET.match(line):
        found = {"street": street["street"].strip(), "house_number": street["number"].strip()}
    if postcode := _POSTCODE.search(line):
        found["postcode"] = postcode["code"].upper()
        if city := postcode["city"].strip(" ,"):
            found["city"] = city
    return found
