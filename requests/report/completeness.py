"""What the law asks of an access answer and this one lacks: then it cannot be approved."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from requests.report.build import Report
from requests.report.words import RTS


@dataclass(frozen=True, slots=True)
class Missing:
    """An item the law asks for that is empty; without dossier: of the whole answer."""

    article: str
    what: str
    purpose: str = ""
    dossier: str = ""
    right: str = ""


def missing(report: Report) -> list[Missing]:
    """Return what is empty of 15(1)(a)-(h), 15(2) and 15(3); an empty list means complete.

    Source: GDPR Article 15; UAVG, Article 35; Court of Justice, C-154/21, C-203/22, C-487/21.
    """
    found = list(_of_the_whole(report))
    for purpose in report["purposes"]:
        for dossier in purpose["dossiers"]:
            found += [
                Missing(article, what, purpose["code"], dossier["reference"])
                for article, what in _of_dossier(purpose, dossier)
            ]
    return found


def _of_the_whole(report: Report) -> Iterator[Missing]:
    if not report["confirmation"]["text"]:
        yield Missing("15(1)", "confirmation")
    if not report["looks"]["text"] or not all(
        look["on"] and look["purpose"] for look in report["looks"]["days"]
    ):
        yield Missing("15(1)", "look")
    if not all(one["text"] for one in report["glossary"]):
        yield Missing("12(1)", "explanation")
    if not report["rights"]:
        yield Missing("15(1)(e)", "rights")
    if not report["complaint"]["authorities"]:
        yield Missing("15(1)(f)", "authority")
    if not report["court"]["text"]:
        yield Missing("15(1)(f)", "court")
    for refused in report["refused"]:
        if not refused["article"] or not refused["reason"].strip():
            yield Missing("12(4)", "reason", refused["purpose"], refused["reference"])
    for client in report["forwarded"]:
        if not client["client"]:
            yield Missing("28(3)(e)", "client")


def _of_dossier(purpose: dict[str, Any], dossier: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if not purpose["name"]:
        yield "15(1)(a)", "purpose"
    if not dossier["bases"] or not all(basis["text"] for basis in dossier["bases"]):
        yield "15(1)(a)", "basis"
    categories = dossier["categories"]
    if not categories or not all(one["name"] and one["records"] for one in categories):
        yield "15(1)(b)", "category"
    if not all(one["explanation"] for one in dossier["categories"] if one["name"]):
        yield "12(1)", "explanation"
    yield from _of_recipients(dossier["recipients"])
    retention = dossier["retention"]
    if not retention["promise"] or not retention["explanation"]:
        yield "15(1)(d)", "retention"
    records = [record for category in categories for record in category["records"]]
    if not dossier["sources"] or not all(one["name"] for one in dossier["sources"]):
        yield "15(1)(g)", "source"
    if not all(record["collected_on"] for record in records):
        yield "15(1)(g)", "since"
    yield from _of_decisions(dossier["automated"]["decisions"])
    yield from _of_copy(purpose["code"], dossier, records)


def _of_recipients(recipients: dict[str, Any]) -> Iterator[tuple[str, str]]:
    made = recipients["disclosures"]
    if not recipients["text"] or not all(one["name"] and one["on"] for one in made):
        yield "15(1)(c)", "recipient"
    if not all(one["data"] and all(one["data"]) and one["purpose"] for one in made):
        yield "15(1)(c)", "disclosed"
    if not all(one["safeguard"] for one in made if one["outside_eea"]):
        yield "15(2)", "safeguard"


def _of_decisions(decisions: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Of what a computer decided: with which data, how they counted, what would have changed it.

    What a person decided anew has no weights: its reasons are the effect.

    Source: GDPR Article 15(1)(h); Court of Justice, C-203/22.
    """
    if not all(_has(one, "kind", "on", "inputs", "result", "effect") for one in decisions):
        yield "15(1)(h)", "decision"
    computed = [one for one in decisions if not one["by_person"]]
    if not all(_has(one, "weights") for one in computed):
        yield "15(1)(h)", "weights"
    if not all(_has(one, "would_change") for one in computed):
        yield "15(1)(h)", "would_change"


def _has(one: dict[str, Any], *names: str) -> bool:
    return all(is_said(one[name]) for name in names)


def is_said(value: Any) -> bool:
    """Tell whether something says anything: an empty list, blanks or a form of blanks do not."""
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, dict):
        return any(is_said(part) for part in value.values())
    if isinstance(value, list):
        return any(is_said(part) for part in value)
    return value is not None


def _of_copy(
    purpose: str, dossier: dict[str, Any], records: list[dict[str, Any]]
) -> Iterator[tuple[str, str]]:
    """Of every record, letter and consent the words themselves are there."""
    # Who a person is for a request stands in the request: a letter may have no name.
    if purpose != RTS and not is_said(dossier["identity"]):
        yield "15(3)", "identity"
    if not all(is_said(record["content"]) for record in records):
        yield "15(3)", "record"
    if not all(is_said(letter["note"]) for letter in dossier["letters"]):
        yield "15(3)", "letter"
    if not all(is_said(consent["proof"]) for consent in dossier["consents"]):
        yield "15(3)", "consent"
