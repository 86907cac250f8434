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
    if not all(category["name"] for category in dossier["categories"]):
        yield "15(1)(b)", "category"
    if not all(one["explanation"] for one in dossier["categories"] if one["name"]):
        yield "12(1)", "explanation"
    yield from _of_recipients(dossier["recipients"])
    retention = dossier["retention"]
    if not retention["promise"] or not retention["explanation"]:
        yield "15(1)(d)", "retention"
    if not all(source["name"] for source in dossier["sources"]):
        yield "15(1)(g)", "source"
    if not all(_is_explained(decision) for decision in dossier["automated"]["decisions"]):
        yield "15(1)(h)", "decision"
    yield from _of_copy(purpose["code"], dossier)


def _of_recipients(recipients: dict[str, Any]) -> Iterator[tuple[str, str]]:
    made = recipients["disclosures"]
    if not recipients["text"] or not all(one["name"] and one["on"] for one in made):
        yield "15(1)(c)", "recipient"
    if not all(one["safeguard"] for one in made if one["outside_eea"]):
        yield "15(2)", "safeguard"


def _is_explained(decision: dict[str, Any]) -> bool:
    needed = ("kind", "inputs", "result", "effect")
    return all(decision[name] for name in needed)


def _of_copy(purpose: str, dossier: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Of every record, letter and consent the words themselves are there."""
    if dossier["identity"] is None and purpose != RTS:
        yield "15(3)", "identity"
    records = [record for category in dossier["categories"] for record in category["records"]]
    if not all(record["content"] for record in records):
        yield "15(3)", "record"
    if any(letter["note"] is None for letter in dossier["letters"]):
        yield "15(3)", "letter"
    if any(consent["proof"] is None for consent in dossier["consents"]):
        yield "15(3)", "consent"
