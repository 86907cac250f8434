"""The answer to an access request as plain data (GDPR Article 15): no database, no clock.

`build` words and orders what is held; `completeness.missing` says what an answer lacks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from policy.articles import article_in
from policy.statement import Statement
from requests.countries import HOME
from requests.redaction.redacting import Redaction, applied
from requests.report.complaints import complaint
from requests.report.dossier import Report, StatementWords, purpose_of
from requests.report.explained import meaning_of_field, names_in
from requests.report.fields import fields_of, label_of
from requests.report.identity import without_source
from requests.report.withheld import without_withheld
from requests.report.words import RTS
from subjects.constants import LookPurpose
from subjects.held import (
    HeldInvolvement,
)

FORMAT = "alektum-access-report/1"
INVOICE = "invoice"
INVOICE_PURPOSE = "INV"
__all__ = ["Report", "build", "fields_of"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """On what ground, and why, the data of a dossier are not given (GDPR Article 12(4))."""

    article: str
    reason: str


@dataclass(frozen=True, slots=True)
class LookDay:
    """How many times data were looked at on one day for one purpose."""

    on: date
    purpose: str
    times: int


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What the answer says of the request itself.

    `holds`: since when a claim holds a dossier, by its key. `refused`: by its reference.
    `looks`: when colleagues looked at the data, and for what. `left_out`: what is replaced by a
    mark in what is given, because it is about somebody else. `came_since`: in a copy made anew,
    how much is left out by purpose, because it came after the answer.
    """

    number: str
    received_on: date
    controller: Mapping[str, str]
    country: str = ""
    holds: Mapping[int, date] = field(default_factory=dict)
    refused: Mapping[UUID, Refusal] = field(default_factory=dict)
    looks: Sequence[LookDay] = ()
    left_out: Sequence[Redaction] = ()
    came_since: Mapping[str, int] = field(default_factory=dict)


def build(
    views: Sequence[HeldInvolvement],
    statement: Statement,
    facts: RequestFacts,
    *,
    today: date,
    language: str,
) -> Report:
    """Return the whole answer in `language` (nl or en), ready for page, PDF and JSON.

    Of dossiers in the invoice phase it names only the client, who decides. What the law forbids
    to tell is absent, as if it did not exist. Dates are ISO text.

    Source: GDPR Articles 12(1), 15 and 28(3)(e); UAVG, Article 35; Wwft, Article 23.
    """
    told = without_withheld(views)
    ours = [view for view in told if not in_invoice_phase(view)]
    given = [view for view in ours if view.dossier.reference not in facts.refused]
    left_out = applied(given, facts.left_out)
    with translation.override(language):
        words = StatementWords(statement, language)
        purposes = [
            purpose_of(code, list(group), words, facts.holds, left_out)
            for code, group in groupby(sorted(given, key=_order), key=lambda v: v.dossier.purpose)
        ]
        forwarded = _clients([view for view in told if in_invoice_phase(view)])
        refused = [
            _refused(view, facts.refused[view.dossier.reference], words)
            for view in sorted(ours, key=_order)
            if view.dossier.reference in facts.refused
        ]
        return {
            "format": FORMAT,
            "language": language,
            "title": _("The personal data we have about you"),
            "made_on": today.isoformat(),
            "statement_version": statement.version,
            "controller": dict(facts.controller),
            "request": {"number": facts.number, "received_on": facts.received_on.isoformat()},
            "confirmation": _confirmation(
                purposes,
                forwarded,
                [*refused, *left_out],
                words_of_left_out(facts.came_since, statement, language),
            ),
            "came_since": dict(facts.came_since),
            "purposes": purposes,
            "forwarded": forwarded,
            "refused": refused,
            "looks": _looks(facts.looks),
            "glossary": _glossary(given, language),
            **_rights(statement, facts.country or country_of(told), language),
        }


def _rights(statement: Statement, country: str, language: str) -> Report:
    """What a person may do next, and what they need not tell us."""
    return {
        "duty": _(
            "For a debt we need your name, address and the facts of the debt. Without them"
            " we cannot handle your case. You are not obliged to tell us anything else."
        ),
        "rights": [
            {
                "code": right.code,
                "article": article_in(right.article, language),
                "name": right.name.text(language),
                "text": right.explanation.text(language),
            }
            for right in statement.rights.values()
        ],
        "complaint": complaint(country, statement, language),
        "court": {
            "article": article_in(statement.court.article, language),
            "text": statement.court.text.text(language),
        },
    }


def in_invoice_phase(view: HeldInvolvement) -> bool:
    """Tell whether we process this for a client, who decides (GDPR Article 28)."""
    return view.dossier.phase == INVOICE or view.dossier.purpose == INVOICE_PURPOSE


def _looks(looks: Sequence[LookDay]) -> Report:
    """Tell days and purposes, never which colleague (Court of Justice, C-579/21)."""
    if looks:
        text = _("On these days colleagues of ours looked at your data, for this purpose:")
    else:
        text = _("No colleague of ours looked at your data since we note this.")
    return {
        "text": text,
        "days": [
            {
                "on": look.on.isoformat(),
                "purpose": str(LookPurpose(look.purpose).label),
                "times": look.times,
            }
            for look in looks
        ],
    }


def _glossary(views: Sequence[HeldInvolvement], language: str) -> list[Report]:
    """Explain each field that occurs (GDPR Article 12(1): intelligible)."""
    contents: list[Any] = [without_source(view.identity) for view in views]
    for view in views:
        contents += [record.content for record in view.records]
    explained = [
        {"field": name, "label": label_of(name), "text": meaning_of_field(name, language)}
        for name in names_in(contents)
    ]
    return sorted(explained, key=lambda one: one["label"])


def _order(view: HeldInvolvement) -> tuple[bool, str, int, int]:
    return view.dossier.purpose == RTS, view.dossier.purpose, view.dossier.pk, view.pk


def words_of_left_out(came_since: Mapping[str, int], statement: Statement, language: str) -> str:
    """Say what a copy made anew leaves out, by purpose; nothing where it leaves out nothing."""
    if not came_since:
        return ""
    names = {code: statement.purposes[code].name.text(language) for code in came_since}
    listed = ", ".join(f"{names[code]} ({count})" for code, count in came_since.items())
    with translation.override(language):
        return _(
            "This is a new copy of our answer. It has what we gave you then. What came or changed"
            " since is not in it: %(listed)s. Do you want that too? Make a new request. It costs"
            " nothing."
        ) % {"listed": listed}


def _confirmation(
    purposes: list[Report], forwarded: list[Report], kept_back: list[Any], since: str
) -> Report:
    found = bool(kept_back or since) or any(purpose["code"] != RTS for purpose in purposes)
    if since:
        text = " ".join([_("Yes, we use personal data about you."), since])
    elif kept_back:
        text = _(
            "Yes, we use personal data about you. You find them in this answer, except what we"
            " may not give you: for that you find the reason."
        )
    elif found:
        text = _("Yes, we use personal data about you. You find all of them in this answer.")
    elif forwarded:
        text = _("We hold data about you only for a client, who decides about them.")
    else:
        text = _(
            "We found no personal data about you, other than the file of this request. With more"
            " details, such as a dossier number or an earlier address, we gladly look again."
        )
    return {"found": found, "text": text}


def _refused(view: HeldInvolvement, refusal: Refusal, words: StatementWords) -> Report:
    return {
        "reference": str(view.dossier.reference),
        "purpose": words.name("purposes", view.dossier.purpose),
        "number": (view.identity or {}).get("dossier_number", ""),
        "client": view.dossier.client,
        "article": refusal.article,
        "law": words.law(refusal.article),
        "reason": refusal.reason,
    }


def _clients(views: Sequence[HeldInvolvement]) -> list[Report]:
    clients = {view.dossier.client: view.dossier.client_email for view in views}
    dossiers = sorted({(view.dossier.client, str(view.dossier.reference)) for view in views})
    return [
        {
            "client": name,
            "email": email,
            "dossiers": [reference for client, reference in dossiers if client == name],
            "text": _(
                "%(client)s sold you something and sent you an invoice with our payment details."
                " We work for this seller, who decides about your data and answers you. Please ask"
                " the seller too."
            )
            % {"client": name},
        }
        for name, email in sorted(clients.items())
    ]


def country_of(views: Sequence[HeldInvolvement]) -> str:
    """Return the country the person was last known to live in."""
    for view in sorted(views, key=lambda v: v.verified_on or date.min, reverse=True):
        for address in (view.identity or {}).get("addresses") or []:
            if address.get("country"):
                return str(address["country"])
    return HOME
