"""What is proposed for a right and a dossier: the decision matrix read with the facts of the case.

No database and no clock. The matrix is data of the statement; here a file's facts become the
codes that the matrix asks for.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from policy.calendars import day_after
from policy.statement import CaseState, Proposal, Rules, Statement, Words
from requests.constants import MATRIX_CODES, Outcome, Part, Right, Situation
from requests.letters.words import said
from subjects.constants import RestrictionGround
from subjects.held import HeldDossier, HeldInvolvement, HeldRecord

SCORE_DATA = "score"
# What the matrix decides otherwise for a part of a file has a line of its own.
PARTS: dict[str, tuple[Part, ...]] = {
    Right.RECTIFICATION: (Part.SCORE,),
    Right.ERASURE: (Part.SCORE, Part.SPECIAL),
    Right.MARKETING: (Part.SCORE,),
    Right.CONSENT: (Part.SPECIAL,),
}
# Of which purposes data may be used for marketing, until the person objects.
FOR_MARKETING = frozenset(["MKT", "CLI", "CRD"])
# Special data kept for more than consent alone (GDPR Articles 9(2)(f) and 10).
FOR_CLAIM = frozenset(["9.2.f", "10"])
WITHOUT_OBJECTION = frozenset(["6.1.b", "6.1.c"])
OUTCOMES: dict[str, Outcome] = {
    "G": Outcome.GRANTED,
    "M": Outcome.GRANTED,
    "P": Outcome.PARTLY,
    "R": Outcome.REFUSED,
    "F": Outcome.FORWARDED,
    "N": Outcome.NOT_APPLICABLE,
}
BY_PERSON = "person"  # the source of what they gave themself
NO_COMPUTER = "DEV"  # the purpose whose row of the matrix says that no computer decides


@dataclass(frozen=True, slots=True)
class Case:
    """What a proposal depends on besides the right: a dossier with all of one person in it.

    `facts` are codes that the matrix knows; see `case_of`. Where no score is old, none is erased
    apart from its file. `gave_otherwise`: the person gave us data that we use on another ground
    than consent or contract.
    """

    purpose: str
    state: CaseState
    facts: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    automated: bool = False
    has_old_score: bool = True
    gave_otherwise: bool = False


@dataclass(frozen=True, slots=True)
class Proposed:
    """What the matrix says. Without outcome a colleague decides: it is weighed, or not foreseen."""

    outcome: Outcome | None
    article: str
    reason: Words
    note: Words | None = None
    is_weighed: bool = False


def case_of(
    views: Sequence[HeldInvolvement],
    *,
    today: date,
    rules: Rules,
    on_hold: bool = False,
    situation: str = "",
) -> Case:
    """Return the case of one dossier, from every involvement of the person in it.

    `on_hold` is a hold for a claim; `situation` is how the person says they know us.

    Source: legal requirements, section 4.
    """
    dossier = views[0].dossier
    records = [record for view in views for record in view.records]
    closed = is_closed(dossier)
    parts = set()
    if any(record.data_category == SCORE_DATA for record in records):
        parts.add(str(Part.SCORE))
    if any(record.is_special for record in records):
        parts.add(str(Part.SPECIAL))
    state = CaseState(closed=closed, on_hold=on_hold, invoice_phase=dossier.phase == "invoice")
    holding = {
        "debt_disputed": situation == Situation.DISPUTE,
        "not_for_marketing": dossier.purpose not in FOR_MARKETING,
        "unlawful": situation == Situation.NOT_ME,
        "closed_two_years": closed and _two_years_over(dossier, rules, today),
        "period_over": dossier.delete_from is not None and dossier.delete_from <= today,
        **_by_ground(views, records),
        **_by_computer(views),
    }
    facts = frozenset(code for code, holds in holding.items() if holds)
    automated = any(view.decisions for view in views)
    old = any(_has_old_score(view) for view in views)
    gave = any(record.provided_by_subject or record.source == BY_PERSON for record in records)
    return Case(dossier.purpose, state, facts, frozenset(parts), automated, old, gave)


def _has_old_score(view: HeldInvolvement) -> bool:
    """Tell whether there is a score that is no longer used: in an open case all but the newest."""
    scores = sum(1 for record in view.records if record.data_category == SCORE_DATA)
    return scores > (0 if view.dossier.anchors.closed_on else 1)


def is_closed(dossier: HeldDossier) -> bool:
    """Tell whether a case is closed; one reopened on the day of its closing is open."""
    closed, reopened = dossier.anchors.closed_on, dossier.anchors.reopened_on
    return closed is not None and not (reopened and reopened >= closed)


def _two_years_over(dossier: HeldDossier, rules: Rules, today: date) -> bool:
    closed = dossier.anchors.closed_on
    return closed is not None and today >= day_after(closed, months=rules["COL-min"].months)


def _by_ground(views: Sequence[HeldInvolvement], records: Sequence[HeldRecord]) -> dict[str, bool]:
    consents = [consent for view in views for consent in view.consents]
    standing = any(consent.withdrawn_on is None for consent in consents)
    return {
        "needed_for_claim": any(record.special_ground in FOR_CLAIM for record in records),
        "contract_or_law": bool(records)
        and {record.lawful_basis for record in records} <= WITHOUT_OBJECTION,
        "by_consent": standing,
        "nothing_provided": not any(portable_records(view) for view in views),
        "no_consent": not consents,
    }


def _by_computer(views: Sequence[HeldInvolvement]) -> dict[str, bool]:
    decisions = [decision for view in views for decision in view.decisions]
    return {
        "not_solely_automated": all(decision.confirmed_by for decision in decisions),
        "no_effect": not any(decision.is_legal_step for decision in decisions),
        "no_refusal": not decisions,
    }


def propose(statement: Statement, right: str, case: Case, part: str = "") -> Proposed:
    """Return what the matrix proposes for a right, a case, and a part of its file.

    Source: GDPR Articles 7(3), 12(4), 15 to 22 and 28(3)(e); legal requirements, section 4.
    """
    code, purpose, state = MATRIX_CODES.get(right, right), case.purpose, case.state
    if right == Right.REVIEW and not case.automated and not state.invoice_phase:
        purpose, state = NO_COMPUTER, CaseState()
    if part:
        state = CaseState(state.closed, state.on_hold, state.invoice_phase, part)
    found = statement.decision(code, purpose, state)
    if found is None:
        return Proposed(None, "", Words("", ""))
    proposed = _proposed(found.where(case.facts))
    if purpose != case.purpose and statement.decision(code, case.purpose) is not found:
        # Elsewhere a computer may decide for this purpose: of this file alone it is said.
        return replace(proposed, reason=_words(Right.REVIEW, "no_computer"))
    nothing_to_take = OUTCOMES.get(found.outcome) == Outcome.PARTLY != proposed.outcome
    if right == Right.PORTABILITY and nothing_to_take and case.gave_otherwise:
        # They did give us something, and read so in their copy: what it rests on is the reason.
        return replace(proposed, reason=_words(Right.PORTABILITY, "other_ground"))
    return proposed


def _words(right: str, name: str) -> Words:
    return Words(*(said(language, "rights", right, name) for language in ("nl", "en")))


def _proposed(found: Proposal) -> Proposed:
    return Proposed(
        OUTCOMES.get(found.told_as),
        article_code(found.article),
        found.reason,
        found.note,
        is_weighed=found.outcome == "W",
    )


# What a code of the matrix may become: what is weighed goes either way.
WEIGHED = (Outcome.GRANTED, Outcome.PARTLY, Outcome.REFUSED)


def articles(
    statement: Statement, right: str, case: Case, part: str = ""
) -> dict[Outcome, list[str]]:
    """Return the articles that the matrix names for this line, by the outcome they belong to.

    The proposed one first.
    """
    state = CaseState(case.state.closed, False, case.state.invoice_phase, part)
    code = MATRIX_CODES.get(right, right)
    rows = [statement.decision(code, case.purpose, each) for each in (case.state, state)]
    proposed = propose(statement, right, case, part)
    found: dict[Outcome, list[str]] = {}
    if proposed.outcome is not None:
        found[proposed.outcome] = [proposed.article]
    for row in rows:
        if row is None:
            continue
        named = [(row.told_as, row.article)]
        named += [(unless.outcome, unless.article) for unless in row.unless]
        for letter, article in named:
            outcomes = (
                WEIGHED if letter == "W" else [OUTCOMES[letter]] if letter in OUTCOMES else []
            )
            for outcome in outcomes:
                found.setdefault(outcome, []).append(article_code(article))
    return {outcome: [one for one in dict.fromkeys(each) if one] for outcome, each in found.items()}


def article_code(reference: str) -> str:
    """Write "GDPR Article 17(3)(e)" as "17.3.e"; what names several articles stays written out.

    >>> article_code("GDPR Article 17(3)(e)")
    '17.3.e'
    """
    match = re.fullmatch(r"GDPR Article (\d+)((?:\(\w+\))*)", reference)
    if match is None:
        return reference
    return ".".join([match[1], *re.findall(r"\((\w+)\)", match[2])])


def ground_of(rights: Collection[str], situation: str) -> str:
    """Return on which ground a restriction is asked, as far as the letter shows; else nothing.

    Source: GDPR Article 18(1).
    """
    if Right.OBJECTION in rights:
        return str(RestrictionGround.OBJECTION)
    if Right.RECTIFICATION in rights or situation == Situation.DISPUTE:
        return str(RestrictionGround.ACCURACY)
    if situation == Situation.NOT_ME:
        return str(RestrictionGround.UNLAWFUL)
    return ""


# --- portability ---------------------------------------------------------------------------


def portable_records(view: HeldInvolvement) -> list[HeldRecord]:
    """Return the records a person may take with them, in the order in which they were collected.

    Provided by the person, used by consent (also explicit consent to special data) or for a
    contract with them; no scores, nothing from clients, bureaus or authorities, and nothing of a
    file that is not automated: all of ours are.

    Source: GDPR Article 20(1); Working Party 29, guidelines on portability (WP 242).
    """
    if view.dossier.phase == "invoice":
        return []
    return [record for record in view.records if _is_portable(record)]


def _is_portable(record: HeldRecord) -> bool:
    if not record.provided_by_subject or record.data_category == SCORE_DATA:
        return False
    by_consent = record.lawful_basis == "6.1.a" or record.special_ground == "9.2.a"
    if record.is_special:
        return by_consent
    return by_consent or record.lawful_basis == "6.1.b"
