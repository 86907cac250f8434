"""The answer to an access request as plain data (GDPR Article 15): no database, no clock.

`build` words and orders what is held; `completeness.missing` says what an answer lacks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils import timezone, translation
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _

from policy.explain import Sentence
from policy.periods import Anchors, first_deletion_day
from policy.statement import Statement
from requests.countries import HOME, country_name
from requests.report_words import CHANNELS, DIRECTIONS, FIELDS, MECHANISMS, RTS
from requests.withheld import without_withheld
from subjects.constants import EEA
from subjects.held import (
    HeldContact,
    HeldDecision,
    HeldDisclosure,
    HeldInvolvement,
    HeldRecord,
)

FORMAT = "alektum-access-report/1"
INVOICE = "invoice"
INVOICE_PURPOSE = "INV"
Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """On what ground, and why, the data of a dossier are not given (GDPR Article 12(4))."""

    article: str
    reason: str


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What the answer says of the request itself.

    `holds`: since when a claim holds a dossier, by its key. `refused`: by its reference.
    """

    number: str
    received_on: date
    controller: Mapping[str, str]
    country: str = ""
    holds: Mapping[int, date] = field(default_factory=dict)
    refused: Mapping[UUID, Refusal] = field(default_factory=dict)


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
    with translation.override(language):
        words = _Words(statement, language)
        purposes = [
            _purpose(code, list(group), words, facts)
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
            "confirmation": _confirmation(purposes, forwarded, refused),
            "purposes": purposes,
            "forwarded": forwarded,
            "refused": refused,
            "duty": _(
                "For a debt we need your name, address and the facts of the debt. Without them"
                " we cannot handle your case. You are not obliged to tell us anything else."
            ),
            "rights": [
                {
                    "code": right.code,
                    "article": right.article,
                    "name": right.name.text(language),
                    "text": right.explanation.text(language),
                }
                for right in statement.rights.values()
            ],
            "complaint": _complaint(facts.country or _country(told), words),
            "court": {
                "article": statement.court.article,
                "text": statement.court.text.text(language),
            },
        }


def in_invoice_phase(view: HeldInvolvement) -> bool:
    """Tell whether we process this for a client, who decides (GDPR Article 28)."""
    return view.dossier.phase == INVOICE or view.dossier.purpose == INVOICE_PURPOSE


def fields_of(content: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Return content as pairs of words for people to read, in the language now active."""
    return list(_flat(content or {}, ""))


def _flat(content: Mapping[str, Any], before: str) -> Iterable[tuple[str, str]]:
    for name, value in content.items():
        label = f"{before}{_label(name)}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{label}: ")
        elif isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
            for number, part in enumerate(value, start=1):
                inner = part if isinstance(part, Mapping) else {"value": part}
                joined = ", ".join(f"{text}" for _label_, text in _flat(inner, ""))
                yield (f"{label} {number}" if len(value) > 1 else label), joined
        elif text := _text(value):
            yield label, text


def _label(name: str) -> str:
    known = FIELDS.get(name)
    return str(known) if known else name.replace("_", " ").capitalize()


def _text(value: Any) -> str:
    if value is None or value in ("", []):
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_text(part) for part in value)
    return str(value)


class _Words:
    """The statement's codes in words of one language."""

    def __init__(self, statement: Statement, language: str) -> None:
        self.statement, self.language = statement, language

    def name(self, part: str, code: str) -> str:
        """Return the name, or nothing where the statement has none: then the answer lacks it."""
        try:
            return self.statement.name(part, code).text(self.language)
        except KeyError:
            return ""

    def basis(self, code: str) -> dict[str, str]:
        found = self.statement.bases.get(code)
        if found is None:
            return {"code": code, "article": "", "text": ""}
        return {"code": code, "article": found.article, "text": found.name.text(self.language)}


def _order(view: HeldInvolvement) -> tuple[bool, str, int, int]:
    return view.dossier.purpose == RTS, view.dossier.purpose, view.dossier.pk, view.pk


def _confirmation(purposes: list[Report], forwarded: list[Report], refused: list[Report]) -> Report:
    found = bool(refused) or any(purpose["code"] != RTS for purpose in purposes)
    if refused:
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


def _refused(view: HeldInvolvement, refusal: Refusal, words: _Words) -> Report:
    return {
        "reference": str(view.dossier.reference),
        "purpose": words.name("purposes", view.dossier.purpose),
        "number": (view.identity or {}).get("dossier_number", ""),
        "client": view.dossier.client,
        "article": refusal.article,
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


def _country(views: Sequence[HeldInvolvement]) -> str:
    """Return the country the person was last known to live in."""
    for view in sorted(views, key=lambda v: v.verified_on or date.min, reverse=True):
        for address in (view.identity or {}).get("addresses") or []:
            if address.get("country"):
                return str(address["country"])
    return HOME


def _complaint(country: str, words: _Words) -> Report:
    """Name our authority, and that of the country where the person lives if it has another.

    No authority is named for a member of the EEA that the statement has none for: the answer is
    then incomplete.

    Source: GDPR Articles 15(1)(f) and 77(1).
    """
    wanted = [HOME, country] if country in EEA and country != HOME else [HOME]
    known = words.statement.authorities
    found = [known[code] for code in wanted if code in known]
    return {
        "article": words.statement.complaint.article,
        "text": words.statement.complaint.text.text(words.language),
        "country": country,
        "authorities": [
            {"country": one.code, "name": one.authority, "site": one.site, "address": one.address}
            for one in found
        ]
        if len(found) == len(wanted)
        else [],
    }


def _purpose(code: str, views: list[HeldInvolvement], words: _Words, facts: RequestFacts) -> Report:
    dossiers = [_dossier(view, words, facts) for view in views]
    days = [dossier["retention"]["delete_from"] for dossier in dossiers]
    return {
        "code": code,
        "name": words.name("purposes", code),
        "records": sum(dossier["records"] for dossier in dossiers),
        "shared": sum(len(dossier["recipients"]["disclosures"]) for dossier in dossiers),
        "kept_until": max(days) if all(days) else "",
        "dossiers": dossiers,
    }


def _dossier(view: HeldInvolvement, words: _Words, facts: RequestFacts) -> Report:
    identity = view.identity
    return {
        "reference": str(view.dossier.reference),
        "involvement": str(view.reference),
        "number": (identity or {}).get("dossier_number", ""),
        "client": view.dossier.client,
        "you_are": words.name("subject_categories", view.category),
        "purpose": words.name("purposes", view.dossier.purpose),
        "bases": _bases(view, words),
        "identity": dict(identity) if identity is not None else None,
        "verified_on": _iso(view.verified_on),
        "use_ended_on": _iso(view.use_ended_at),
        "records": len(view.records),
        "categories": _categories(view.records, words),
        "letters": [_contact(contact) for contact in view.contacts],
        "consents": [
            {
                "purpose": words.name("purposes", consent.purpose),
                "given_on": _iso(consent.given_on),
                "withdrawn_on": _iso(consent.withdrawn_on),
                "proof": consent.proof,
            }
            for consent in view.consents
        ],
        "recipients": _recipients(view.disclosures, words),
        "sources": _sources(view, words),
        "retention": _retention(view, words, facts.holds.get(view.dossier.pk)),
        "automated": _automated(view.decisions, words),
        "notices": [
            {
                "sent_on": _iso(notice.sent_on),
                "channel": _channel(notice.channel),
                "statement_version": notice.statement_version,
                "objection_shown_apart": notice.objection_shown_apart,
            }
            for notice in view.notices
        ],
        "restrictions": [
            {"article": mark.ground, "since": _iso(mark.since), "lifted_on": _iso(mark.lifted_on)}
            for mark in view.restrictions
        ],
    }


def _bases(view: HeldInvolvement, words: _Words) -> list[dict[str, str]]:
    used = {record.lawful_basis for record in view.records}
    used |= {record.special_ground for record in view.records if record.special_ground}
    if not used:
        known = words.statement.purposes.get(view.dossier.purpose)
        used = set(known.bases) if known else set()
    return [words.basis(code) for code in sorted(used)]


def _categories(records: Sequence[HeldRecord], words: _Words) -> list[Report]:
    ordered = sorted(records, key=lambda r: (r.data_category, r.collected_on, r.pk))
    return [
        {
            "code": code,
            "name": words.name("data_categories", code),
            "records": [_record(record, words) for record in group],
        }
        for code, group in groupby(ordered, key=lambda r: r.data_category)
    ]


def _record(record: HeldRecord, words: _Words) -> Report:
    return {
        "collected_on": _iso(record.collected_on),
        "source": words.name("source_categories", record.source),
        "organisation": record.source_organisation,
        "provided_by_you": record.provided_by_subject,
        "basis": record.lawful_basis,
        "delete_from": _iso(record.delete_from),
        "content": dict(record.content) if record.content is not None else None,
    }


def _contact(contact: HeldContact) -> Report:
    return {
        "on": _iso(contact.happened_at),
        "direction": str(DIRECTIONS.get(contact.direction, contact.direction)),
        "channel": _channel(contact.channel),
        "note": contact.note,
    }


def _channel(code: str) -> str:
    return str(CHANNELS.get(code, code))


def _recipients(disclosures: Sequence[HeldDisclosure], words: _Words) -> Report:
    if disclosures:
        text = _("We gave data of this file to:")
    else:
        text = _("We have given no data of this file to anybody outside our organisation.")
    return {"text": text, "disclosures": [_disclosure(made, words) for made in disclosures]}


def _disclosure(made: HeldDisclosure, words: _Words) -> Report:
    data = [words.name("data_categories", code) or code for code in made.data_categories]
    return {
        "name": made.recipient,
        "role": words.name("recipient_categories", made.role),
        "purpose": words.name("purposes", made.purpose),
        "data": data,
        "on": _iso(made.disclosed_on),
        "country": country_name(made.country, words.language),
        "outside_eea": made.country not in EEA,
        "safeguard": str(MECHANISMS.get(made.transfer_mechanism, "")),
        "reason": made.reason,
    }


def _sources(view: HeldInvolvement, words: _Words) -> list[Report]:
    """Name each source once, with how many pieces came from it."""
    counted = Counter((r.source, r.source_organisation) for r in view.records)
    return [
        {
            "name": words.name("source_categories", code),
            "organisation": organisation or (view.dossier.client if code == "client" else ""),
            "records": number,
        }
        for (code, organisation), number in sorted(counted.items())
    ]


def _retention(view: HeldInvolvement, words: _Words, held_since: date | None) -> Report:
    due = _due(view.dossier.purpose, view.dossier.anchors, words)
    why = [_explained(sentence, words.language) for sentence in due.why] if due else []
    if held_since:
        why.append(
            _("We keep it longer while a legal claim needs it, since %(day)s.")
            % {"day": _in_words(held_since)}
        )
    rule = words.statement.rules.get(due.rule if due else "")
    return {
        "rule": rule.code if rule else "",
        "promise": rule.words.text(words.language) if rule else "",
        "delete_from": _iso(due.first_day) if due else "",
        "earlier_for_you": _iso(view.delete_from),
        "explanation": why,
    }


def _due(purpose: str, anchors: Anchors, words: _Words) -> Any:
    try:
        return first_deletion_day(purpose, anchors, words.statement.rules)
    except KeyError:
        return None


def _explained(sentence: Sentence, language: str) -> str:
    """Word a step of the rule with its dates written out; the promise is quoted elsewhere."""
    facts = {
        name: _in_words(value) if isinstance(value, date) else value
        for name, value in sentence.facts.items()
    }
    return replace(sentence, facts=facts, statement="").text(language)


def _automated(decisions: Sequence[HeldDecision], words: _Words) -> Report:
    if decisions:
        text = _(
            "A computer decided the following. You may tell us what you think of it, and ask"
            " that a person looks again."
        )
    else:
        text = _("In this file no computer has decided about you by itself.")
    return {"text": text, "decisions": [_decision(one, words) for one in decisions]}


def _decision(decision: HeldDecision, words: _Words) -> Report:
    account: Mapping[str, Any] = decision.account or {}
    take = partial(account.get)
    return {
        "kind": words.name("automated_decisions", decision.kind),
        "on": _iso(decision.decided_at),
        "rule_version": decision.rule_version,
        "confirmed_by_person": bool(decision.confirmed_by),
        "inputs": take("inputs") or {},
        "weights": take("weights") or {},
        "result": take("result") or "",
        "effect": take("effect") or "",
        "would_change": take("would_change") or "",
    }


def _iso(day: date | datetime | None) -> str:
    """Return the local day as ISO text, or nothing."""
    if day is None:
        return ""
    if isinstance(day, datetime):
        day = timezone.localtime(day).date()
    return day.isoformat()


def _in_words(day: date) -> str:
    return format_date(day, "j F Y")
