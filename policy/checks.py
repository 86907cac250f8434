"""`manage.py check`: code, data and statement agree."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pkgutil import resolve_name
from typing import Any

import yaml
from django.core.checks import CheckMessage, Error, register

from policy import files
from policy.calendars import DATA
from policy.exceptions import BadStatement
from policy.periods import CODES, COUNTED_FROM, RULE_OF_PART, RULE_OF_PURPOSE
from policy.statement import newest_file


@register("policy")
def statement_agrees(**kwargs: Any) -> list[CheckMessage]:
    """Tell where the newest statement file disagrees with the code or with its own text."""
    path = newest_file()
    try:
        content = files.load(path)
    except BadStatement as error:
        return [Error(str(error), id="policy.E001")]
    text = path.with_suffix(".nl.txt").read_text(encoding="utf-8")
    return [
        *_purposes(content),
        *_quotes(content, text),
        *_whole_text(content, text),
        *_rules(content),
        *_keepers(content),
    ]


def _purposes(content: dict[str, Any]) -> Iterator[CheckMessage]:
    """Every purpose has a rule in code, and the code knows no other."""
    codes = {purpose["code"] for purpose in content["purposes"]}
    for code in sorted(codes ^ RULE_OF_PURPOSE.keys()):
        where = "code" if code in codes else "statement"
        yield Error(f"Purpose {code} is missing in the {where}.", id="policy.E002")


def _quotes(content: dict[str, Any], text: str) -> Iterator[CheckMessage]:
    """Every sentence that a rule quotes stands in the statement."""
    for rule in content["retention_rules"]:
        if rule["origin"] == "statement" and rule["sentence"]["nl"] not in text:
            message = f"The sentence of rule {rule['code']} does not stand in the statement."
            yield Error(message, id="policy.E003")


def _whole_text(content: dict[str, Any], text: str) -> Iterator[CheckMessage]:
    """Headings and promises in their order are the statement, no more and no less."""
    left = _plain(text)
    above: dict[str, list[dict[str, Any]]] = {}
    for heading in content["headings"]:
        above.setdefault(heading["before"], []).append(heading)
    for promise in content["promises"]:
        for row in [*above.get(promise["code"], []), promise]:
            if not left.startswith(words := _plain(row["nl"])):
                message = f"{row['code']} is not what the statement says: “{left[:60]}…”"
                yield Error(message, id="policy.E004")
                return
            left = left[len(words) :].lstrip()
    if left:
        yield Error(f"No promise has the statement's “{left[:60]}…”", id="policy.E004")


def _plain(text: str) -> str:
    return re.sub(r"[\s•]+", " ", text).strip()


def _rules(content: dict[str, Any]) -> Iterator[CheckMessage]:
    """Every rule that code reads is in the file, under the same purpose; and none is idle."""
    known = {rule["code"] for rule in content["retention_rules"]}
    read = {code for codes in CODES.values() for code in codes}
    for code in sorted(known ^ read):
        where = "code" if code in known else "statement"
        yield Error(f"Rule {code} is missing in the {where}.", id="policy.E005")
    for purpose in content["purposes"]:
        named, carried_out = set(purpose["rules"]), RULE_OF_PURPOSE.get(purpose["code"])
        needed = set(CODES[carried_out]) if carried_out else set()
        for code in sorted((needed - named) | (named - needed - RULE_OF_PART.keys())):
            where = "statement" if code in needed else "code"
            message = f"Purpose {purpose['code']} does not have rule {code} in the {where}."
            yield Error(message, id="policy.E006")
    for rule in content["retention_rules"]:
        if rule["anchor"] not in COUNTED_FROM.get(rule["code"], (rule["anchor"],)):
            message = f"Rule {rule['code']} cannot be counted from {rule['anchor']}."
            yield Error(message, id="policy.E009")


@lru_cache(maxsize=1)
def keepers() -> dict[str, list[str]]:
    """Return which modules and classes keep a promise of the newest statement, by its code."""
    return yaml.safe_load((DATA / "keepers.yaml").read_text(encoding="utf-8"))


def _keepers(content: dict[str, Any]) -> Iterator[CheckMessage]:
    """What is said to be kept by software is kept by a part of it that exists."""
    promised = {row["code"] for row in content["promises"] if "software" in row["kept_by"]}
    for code in sorted(promised ^ keepers().keys()):
        where = "keepers.yaml" if code in promised else "the statement"
        yield Error(f"Promise {code} is not kept by software in {where}.", id="policy.E007")
    for code, names in keepers().items():
        for name in names:
            if not _exists(name):
                yield Error(f"What keeps promise {code} is missing: {name}.", id="policy.E008")


def _exists(name: str) -> bool:
    try:
        resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True
