"""One purpose of the answer, and its dossiers, in words: no database, no clock."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from policy.articles import article_in, reference_of
from policy.explain import Sentence, read
from policy.parts import Words
from policy.periods import Anchors, first_deletion_day
from policy.statement import Statement
from requests.countries import country_name
from requests.report.explained import meaning_of_category
from requests.report.identity import CLIENT, OF_IDENTITY, Piece, pieces_of, without_source
from requests.report.words import CHANNELS, DIRECTIONS, MECHANISMS, RTS
from subjects.constants import EEA, HUMAN
from subjects.held import (
    HeldContact,
    HeldDecision,
    HeldDisclosure,
    HeldInvolvement,
    HeldRecord,
)

Report = dict[str, Any]


class StatementWords:
    """The statement's codes in words of one language."""

    def __init__(self, statement: Statement, language: str) -> None:
        self.statement, self.language = statement, language

    def address_of(self, sentence: Words) -> str:
        """Return where the statement that applies here says it; empty for what it does not say."""
        place = self.statement.place_of_sentence(sentence)
        if not place:
            return ""
        page = reverse("policy:version", args=[self.statement.version])
        return f"{settings.SITE_URL.rstrip('/')}{page}#{place}"

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
        article = article_in(found.article, self.language)
        return {"code": code, "article": article, "text": found.name.text(self.language)}

    def law(self, article: str) -> str:
        """Return an article as a reader of this language writes it."""
        return article_in(reference_of(article), self.language)


def purpose_of(
    code: str,
    views: Sequence[HeldInvolvement],
    words: StatementWords,
    holds: Mapping[int, date],
    left_out: Mapping[UUID, Sequence[str]],
) -> Report:
    """Return what is told of one purpose: each dossier with every item of Article 15."""
    dossiers = [_dossier(view, words, holds, left_out) for view in views]
    days = [dossier["retention"]["delete_from"] for dossier in dossiers]
    return {
        "code": code,
        "name": words.name("purposes", code),
        "records": sum(dossier["records"] for dossier in dossiers),
        "shared": sum(len(dossier["recipients"]["disclosures"]) for dossier in dossiers),
        "kept_until": max(days) if all(days) else "",
        "dossiers": dossiers,
    }


def _dossier(
    view: HeldInvolvement,
    words: StatementWords,
    holds: Mapping[int, date],
    left_out: Mapping[UUID, Sequence[str]],
) -> Report:
    bases = _bases(view, words)
    pieces = pieces_of(view, words.statement)
    return {
        "reference": str(view.dossier.reference),
        "involvement": str(view.reference),
        "number": _number(view),
        "client": view.dossier.client,
        "you_are": words.name("subject_categories", view.category),
        "purpose": words.name("purposes", view.dossier.purpose),
        "bases": bases,
        "identity": without_source(view.identity),
        "verified_on": _iso(view.verified_on),
        "use_ended_on": _iso(view.use_ended_at),
        "disputed_on": _iso(view.disputed_on),
        "records": len(view.records) + len(pieces),
        "categories": _categories(view, pieces, bases, words),
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
        "sources": _sources(view, pieces, words),
        "retention": _retention(view, words, holds.get(view.dossier.pk)),
        "left_out": _left_out(left_out.get(view.reference, ())),
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
            {
                "article": mark.ground,
                "law": words.law(mark.ground),
                "since": _iso(mark.since),
                "lifted_on": _iso(mark.lifted_on),
            }
            for mark in view.restrictions
        ],
    }


def _left_out(reasons: Sequence[str]) -> Report:
    """Say how often something is left out, and why (GDPR Articles 12(4) and 15(4))."""
    text = ""
    if reasons:
        text = ngettext(
            "In one place we left something out. There you find the reason.",
            "In %(number)s places we left something out. There you find the reason.",
            len(reasons),
        ) % {"number": len(reasons)}
    return {"text": text, "pieces": len(reasons), "reasons": list(dict.fromkeys(reasons))}


def _number(view: HeldInvolvement) -> str:
    if view.dossier.purpose == RTS:
        # What the person called their dossier is not the number of their request.
        return next((str((one.content or {}).get("reference", "")) for one in view.records), "")
    return str((view.identity or {}).get("dossier_number") or "")


def _bases(view: HeldInvolvement, words: StatementWords) -> list[dict[str, str]]:
    used = {record.lawful_basis for record in view.records}
    used |= {record.special_ground for record in view.records if record.special_ground}
    if not used:
        known = words.statement.purposes.get(view.dossier.purpose)
        used = set(known.bases) if known else set()
    return [words.basis(code) for code in sorted(used)]


def _categories(
    view: HeldInvolvement,
    pieces: Sequence[Piece],
    bases: Sequence[Mapping[str, str]],
    words: StatementWords,
) -> list[Report]:
    """Return all data by category: first who somebody is, and how they are reached."""
    of: dict[str, list[Report]] = {}
    for piece in pieces:
        of.setdefault(piece["category"], []).append(_piece(piece, bases, words))
    for record in sorted(view.records, key=lambda r: (r.collected_on, r.pk)):
        of.setdefault(record.data_category, []).append(_record(record, words))
    return [
        {
            "code": code,
            "name": words.name("data_categories", code),
            "explanation": meaning_of_category(code, words.language),
            "records": of[code],
        }
        for code in sorted(of, key=lambda code: (*(code != first for first in OF_IDENTITY), code))
    ]


def _piece(piece: Piece, bases: Sequence[Mapping[str, str]], words: StatementWords) -> Report:
    """Word a part of an identity as any piece of data; it rests on what the dossier rests on."""
    # The grounds of Article 9 and 10 are for special data: none of these are.
    used = [basis for basis in bases if basis["code"].startswith("6.")]
    return {
        "collected_on": _iso(piece["collected_on"]),
        "source": _named(piece["sources"], words),
        "organisation": piece["organisation"],
        "provided_by_you": piece["sources"] == ("person",),
        "basis": ", ".join(basis["code"] for basis in used),
        "law": ", ".join(basis["article"] for basis in used),
        "delete_from": "",
        "content": piece["content"],
    }


def _named(sources: Sequence[str], words: StatementWords) -> str:
    """Name a source; of several that it may have been, say so."""
    names = [words.name("source_categories", code) for code in sources]
    if len(names) < 2:
        return "".join(names)
    return _("one of these: %(sources)s") % {"sources": ", ".join(names)} if all(names) else ""


def _record(record: HeldRecord, words: StatementWords) -> Report:
    return {
        "collected_on": _iso(record.collected_on),
        "source": words.name("source_categories", record.source),
        "organisation": record.source_organisation,
        "provided_by_you": record.provided_by_subject,
        "basis": record.lawful_basis,
        "law": words.law(record.lawful_basis),
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


def _recipients(disclosures: Sequence[HeldDisclosure], words: StatementWords) -> Report:
    if disclosures:
        text = _("We gave data of this file to:")
    else:
        text = _("We have given no data of this file to anybody outside our organisation.")
    return {"text": text, "disclosures": [_disclosure(made, words) for made in disclosures]}


def _disclosure(made: HeldDisclosure, words: StatementWords) -> Report:
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


def _sources(view: HeldInvolvement, pieces: Sequence[Piece], words: StatementWords) -> list[Report]:
    """Name each source once, with how many pieces came from it."""
    counted = Counter(((r.source,), _organisation(r, view)) for r in view.records)
    counted += Counter((piece["sources"], piece["organisation"]) for piece in pieces)
    return [
        {"name": _named(codes, words), "organisation": organisation, "records": number}
        for (codes, organisation), number in sorted(counted.items())
    ]


def _organisation(record: HeldRecord, view: HeldInvolvement) -> str:
    if record.source_organisation or record.source != CLIENT:
        return record.source_organisation
    return view.dossier.client


def _retention(view: HeldInvolvement, words: StatementWords, held_since: date | None) -> Report:
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
        "promise_at": words.address_of(rule.words) if rule else "",
        "delete_from": _iso(due.first_day) if due else "",
        "earlier_for_you": _iso(view.delete_from),
        "explanation": why,
    }


def _due(purpose: str, anchors: Anchors, words: StatementWords) -> Any:
    try:
        return first_deletion_day(purpose, anchors, words.statement.rules)
    except KeyError:
        return None


def _explained(sentence: Sentence, language: str) -> str:
    """Word a step of the rule with its dates written out; the promise is quoted elsewhere."""
    words = read(sentence, language).words
    # The code of the rule says nothing to a reader.
    words = words.removeprefix(f"{sentence.facts.get('rule')}: ")
    return words[:1].upper() + words[1:]


def _automated(decisions: Sequence[HeldDecision], words: StatementWords) -> Report:
    if decisions:
        text = _(
            "A computer decided the following. You may tell us what you think of it, and ask"
            " that a person looks again."
        )
    else:
        text = _("In this file no computer has decided about you by itself.")
    return {"text": text, "decisions": [_decision(one, words) for one in decisions]}


def _decision(decision: HeldDecision, words: StatementWords) -> Report:
    account: Mapping[str, Any] = decision.account or {}
    take = partial(account.get)
    return {
        "kind": words.name("automated_decisions", decision.kind),
        "on": _iso(decision.decided_at),
        "rule_version": decision.rule_version,
        "by_person": decision.rule_version == HUMAN,
        "confirmed_by_person": bool(decision.confirmed_by),
        "suspended_on": _iso(decision.suspended_at),
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
