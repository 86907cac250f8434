"""For each right asked and each dossier held a line: what the matrix proposes, what was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _now

from policy import services as policy
from policy.statement import CaseState, Statement
from requests import services
from requests.belongings import belongings_of
from requests.constants import (
    GIVEN,
    EffectKind,
    Outcome,
    Part,
    Right,
)
from requests.decisions.grounds import articles_for
from requests.decisions.proposing import (
    PARTS,
    Case,
    Proposed,
    articles,
    case_of,
    ground_of,
    propose,
)
from requests.models import Decision, Effect, PrivacyRequest
from requests.report.answering import claims_on
from requests.report.withheld import without_withheld
from subjects.held import HeldInvolvement
from subjects.unseen import AML

MARKETING = "MKT"
UNLAWFUL_FACT = "unlawful"
TAKEN_AWAY_WHOLE = (Right.RECTIFICATION, Right.ERASURE)
# What an officer may decide of each right; always what is proposed, too.
POSSIBLE: dict[str, tuple[Outcome, ...]] = {
    Right.ACCESS: (Outcome.GRANTED, Outcome.REFUSED),
    Right.RECTIFICATION: (
        Outcome.GRANTED,
        Outcome.PARTLY,
        Outcome.REFUSED,
        Outcome.NOT_APPLICABLE,
    ),
    Right.ERASURE: (
        Outcome.GRANTED,
        Outcome.PARTLY,
        Outcome.REFUSED,
        Outcome.NOT_APPLICABLE,
    ),
    Right.RESTRICTION: (Outcome.GRANTED, Outcome.PARTLY, Outcome.REFUSED),
    Right.OBJECTION: (Outcome.GRANTED, Outcome.REFUSED, Outcome.NOT_APPLICABLE),
    Right.MARKETING: (Outcome.GRANTED, Outcome.REFUSED, Outcome.NOT_APPLICABLE),
    Right.PORTABILITY: (
        Outcome.GRANTED,
        Outcome.PARTLY,
        Outcome.REFUSED,
        Outcome.NOT_APPLICABLE,
    ),
    # Whoever withdraws a consent is never refused (GDPR Article 7(3)).
    Right.CONSENT: (Outcome.GRANTED, Outcome.PARTLY, Outcome.NOT_APPLICABLE),
    Right.REVIEW: (Outcome.GRANTED, Outcome.REFUSED, Outcome.NOT_APPLICABLE),
}


class Key(NamedTuple):
    """What a line is about: a right, a dossier by its reference, and a part of it."""

    right: str
    dossier: UUID
    part: str = ""

    @property
    def name(self) -> str:
        """Return how a form calls this line."""
        return f"{self.right}-{self.dossier.hex}" + (f"-{self.part}" if self.part else "")


@dataclass(frozen=True)
class Choice:
    """What is decided of a line. `reason` is for the person, `grounds` for the file.

    `ground` is that of a restriction (Article 18(1)); `data` are the categories of data that a
    partial erasure is about.
    """

    outcome: Outcome
    article: str = ""
    reason: str = ""
    grounds: str = ""
    ground: str = ""
    data: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One right for one dossier or part: what the matrix says, and what was decided of it.

    `reason` is the proposal's, in the person's language; `data` are the categories of data in the
    file, where a part of it may be erased. `at_once` tells that it took effect
    before anybody decided: that cannot be decided otherwise. `fits` are the articles each outcome
    may rest on. `records` are the pieces of data in
    the file that may be told of, `delete_from` when they go by themselves.
    """

    key: Key
    purpose: str
    purpose_name: str
    label: str
    proposed: Proposed
    reason: str
    outcomes: Sequence[Outcome]
    fits: Mapping[Outcome, Sequence[str]]
    data: Sequence[tuple[str, str]] = ()
    ground: str = ""
    at_once: bool = False
    decided: Choice | None = None
    decision: Decision | None = None
    effects: Sequence[Effect] = field(default_factory=tuple)
    records: int = 0
    delete_from: date | None = None

    @property
    def right(self) -> str:
        return self.key.right

    @property
    def articles(self) -> list[str]:
        """Return every article this line may rest on, whatever its outcome; the proposed first."""
        proposed = [self.proposed.article] if self.proposed.article else []
        each = (one for articles in self.fits.values() for one in articles)
        return list(dict.fromkeys([*proposed, *each]))

    @property
    def part_name(self) -> str:
        return str(Part(self.key.part).label)

    @property
    def current(self) -> Choice | None:
        """Return what was decided, or else what is proposed; None where somebody must decide."""
        if self.decided or self.proposed.outcome is None:
            return self.decided
        outcome = self.proposed.outcome
        # A copy that is given needs no reason; everything else is told with its own.
        silent = self.right == Right.ACCESS and outcome == Outcome.GRANTED
        return Choice(
            outcome,
            self.proposed.article,
            "" if silent else self.reason,
            ground=self.ground if outcome in GIVEN else "",
        )


def visible(held: Sequence[HeldInvolvement], *, sees_aml: bool) -> list[HeldInvolvement]:
    """Return what a colleague may see of it: money-laundering checks need a role of their own."""
    return [view for view in held if sees_aml or view.dossier.purpose != AML]


def lines_of(
    privacy_request: PrivacyRequest,
    held: Sequence[HeldInvolvement],
    *,
    today: date,
    holds: Mapping[int, date] | None = None,
) -> list[Line]:
    """Return a line for each right asked and each dossier held, in the order of the letter.

    Of what the law forbids to tell there is no line. `holds` are the claims on the dossiers,
    where the caller has read them. In a bounded number of queries.

    Source: legal requirements, section 4; GDPR Articles 7(3), 12(4), 15 to 22, 28(3)(e).
    """
    statement = policy.current()
    rights = belongings_of(privacy_request).asked
    situation = services.situation_of(privacy_request)
    told = sorted(without_withheld(held), key=_order)
    true_ends = {view.dossier.pk: view.dossier.delete_from for view in held}
    on_hold = claims_on([view.dossier.pk for view in told]) if holds is None else holds
    known = _Known(statement, privacy_request)
    lines: list[Line] = []
    for right in rights:
        for _dossier, group in groupby(told, key=lambda view: view.dossier.pk):
            views = list(group)
            dossier = views[0].dossier
            # When it must go is known to us also where it is not told why.
            end = replace(dossier, delete_from=true_ends[dossier.pk])
            case = case_of(
                [replace(views[0], dossier=end), *views[1:]],
                today=today,
                rules=statement.rules,
                on_hold=dossier.pk in on_hold,
                situation=situation,
            )
            ground = ground_of(rights, situation) if right == Right.RESTRICTION else ""
            lines.extend(
                known.line(views, case, Key(right, dossier.reference, part), ground)
                for part in _parts(right, case)
            )
    return lines


class _Known:
    """What lines are made of: the statement, what was decided, and what took effect."""

    def __init__(self, statement: Statement, privacy_request: PrivacyRequest) -> None:
        self.statement = statement
        self.language = privacy_request.language
        self.decided = _decided(privacy_request)
        self.effects = _effects(privacy_request)

    def line(self, views: Sequence[HeldInvolvement], case: Case, key: Key, ground: str) -> Line:
        statement, dossier = self.statement, views[0].dossier
        proposed = propose(statement, key.right, case, key.part)
        at_once = _took_effect(key, self.effects)
        if at_once and proposed.outcome not in GIVEN:
            proposed = propose(statement, key.right, Case(MARKETING, CaseState()))
        choice, decision = self.decided.get(key, (None, None))
        outcomes = _outcomes(key.right, proposed, at_once=at_once)
        return Line(
            key=key,
            purpose=dossier.purpose,
            purpose_name=_name(statement, dossier.purpose),
            label=_label(views),
            proposed=proposed,
            reason=proposed.reason.text(self.language),
            outcomes=outcomes,
            fits=_fits(
                articles(statement, key.right, case, key.part), key.right, proposed, outcomes
            ),
            data=_data(statement, views) if may_be_part(key) else (),
            ground=ground,
            at_once=at_once,
            decided=choice,
            decision=decision,
            effects=self.effects.get(key, ()),
            records=sum(len(view.records) for view in views),
            delete_from=dossier.delete_from,
        )


def _order(view: HeldInvolvement) -> tuple[str, int, int]:
    return view.dossier.purpose, view.dossier.pk, view.pk


def _parts(right: str, case: Case) -> list[str]:
    # Of a wrong person the whole file goes: a part of it would be decided twice.
    if case.state.invoice_phase or (UNLAWFUL_FACT in case.facts and right in TAKEN_AWAY_WHOLE):
        return [""]
    parts = case.parts
    if right == Right.ERASURE and not case.has_old_score:
        parts -= {str(Part.SCORE)}
    return ["", *(str(part) for part in PARTS.get(right, ()) if str(part) in parts)]


def _name(statement: Statement, purpose: str) -> str:
    known = statement.purposes.get(purpose)
    return str(known.name) if known else purpose


def _label(views: Sequence[HeldInvolvement]) -> str:
    numbers = ((view.identity or {}).get("dossier_number", "") for view in views)
    number = next((one for one in numbers if one), "")
    return name_of_dossier(number, views[0].dossier.reference, views[0].dossier.client)


def name_of_dossier(number: str, reference: UUID, client: str) -> str:
    """Return what colleagues call a dossier: its number and client, or what else marks it."""
    # Two files of one client without numbers are told apart by this.
    mark = _now("without number, mark %(mark)s") % {"mark": reference.hex[:8]}
    return " · ".join(part for part in (number or mark, client) if part)


def may_be_part(key: Key) -> bool:
    return key.right == Right.ERASURE and not key.part


def _data(statement: Statement, views: Sequence[HeldInvolvement]) -> list[tuple[str, str]]:
    codes = {record.data_category for view in views for record in view.records}
    return [(code, str(statement.name("data_categories", code))) for code in sorted(codes)]


def _outcomes(right: str, proposed: Proposed, *, at_once: bool) -> list[Outcome]:
    if at_once:
        return [proposed.outcome or Outcome.GRANTED]
    if proposed.outcome == Outcome.FORWARDED:
        return [Outcome.FORWARDED]
    possible = POSSIBLE[right]
    return list(dict.fromkeys([*([proposed.outcome] if proposed.outcome else []), *possible]))


def _fits(
    matrix: Mapping[Outcome, Sequence[str]],
    right: str,
    proposed: Proposed,
    outcomes: Sequence[Outcome],
) -> dict[Outcome, list[str]]:
    """Return the articles each outcome may rest on; what is proposed fits its own."""
    fits = {outcome: articles_for(right, outcome, matrix) for outcome in outcomes}
    if proposed.outcome is not None and proposed.article:
        own = fits[proposed.outcome]
        fits[proposed.outcome] = list(dict.fromkeys([proposed.article, *own]))
    return fits


def _took_effect(key: Key, effects: Mapping[Key, Sequence[Effect]]) -> bool:
    found = list(effects.get(key, ()))
    if key.right == Right.MARKETING:
        # Whoever gets no marketing is in no profile for it either.
        found += effects.get(key._replace(part=""), ())
    return key.right in (Right.MARKETING, Right.CONSENT) and any(
        effect.kind in (EffectKind.UNSUBSCRIBE, EffectKind.SUPPRESS, EffectKind.WITHDRAW)
        for effect in found
    )


def _decided(privacy_request: PrivacyRequest) -> dict[Key, tuple[Choice | None, Decision | None]]:
    belongings = belongings_of(privacy_request)
    found: dict[Key, tuple[Choice | None, Decision | None]] = {}
    for decision in belongings.decisions:
        sealed = belongings.key.unseal(decision.sealed_reason, place=decision.reason_place)
        choice = Choice(
            Outcome(decision.outcome),
            decision.article,
            sealed["text"],
            sealed.get("grounds", ""),
            decision.ground,
            tuple(decision.data_categories),
        )
        if decision.dossier_reference:
            at = Key(decision.right.right, decision.dossier_reference, decision.part)
            found[at] = (choice, decision)
    return found


def _effects(privacy_request: PrivacyRequest) -> dict[Key, list[Effect]]:
    found: dict[Key, list[Effect]] = {}
    for effect in belongings_of(privacy_request).effects:
        if effect.dossier_reference:
            at = Key(effect.right.right, effect.dossier_reference, effect.part)
            found.setdefault(at, []).append(effect)
    return found
