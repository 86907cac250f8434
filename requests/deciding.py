"""Deciding a request: for each right and dossier a line with what the matrix proposes.

What an officer decides of each line is written by `services.decide`; what was decided is
carried out when it is approved (`services.carrying_out`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from alektum_privacy.reading import reading_once
from policy import services as policy
from policy.statement import CaseState, Statement
from requests import services
from requests.answering import claims_on, gaps_of, held_for, report_for
from requests.belongings import belongings_of, gather
from requests.constants import (
    ARTICLES,
    EXCESSIVE,
    FOUR_EYES,
    GIVEN,
    WITHOUT_DATA,
    EffectKind,
    MatchState,
    Outcome,
    Part,
    Right,
    Situation,
)
from requests.exceptions import AnswerLacks, ChangedMeanwhile, Incomplete, SecondPersonNeeded
from requests.models import Decision, Effect, PrivacyRequest
from requests.outcomes import ground_of_outcome, reason_of_outcome
from requests.proposing import PARTS, Case, Proposed, articles, case_of, ground_of, propose
from requests.redactions import marked_by
from requests.services import reviewing
from requests.services.own_file import AML, may_see_aml
from requests.withheld import without_withheld
from subjects.held import HeldInvolvement
from subjects.models import AutomatedDecision, Dossier

MARKETING = "MKT"
OTHERS_IN_COPY = "15.4"
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
    Right.CONSENT: (Outcome.GRANTED, Outcome.PARTLY, Outcome.NOT_APPLICABLE, Outcome.REFUSED),
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
    before anybody decided: that cannot be decided otherwise. `records` are the pieces of data in
    the file that may be told of, `delete_from` when they go by themselves.
    """

    key: Key
    purpose: str
    purpose_name: str
    label: str
    proposed: Proposed
    reason: str
    outcomes: Sequence[Outcome]
    articles: Sequence[str]
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
    decided: Mapping[Key, tuple[Choice | None, Decision | None]] = _decided(privacy_request)
    effects = _effects(privacy_request)
    lines = []
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
            for part in _parts(right, case):
                key = Key(right, dossier.reference, part)
                proposed = propose(statement, right, case, part)
                at_once = _took_effect(key, effects)
                if at_once and proposed.outcome not in GIVEN:
                    proposed = propose(statement, right, Case(MARKETING, CaseState()))
                choice, decision = decided.get(key, (None, None))
                lines.append(
                    Line(
                        key=key,
                        purpose=dossier.purpose,
                        purpose_name=_name(statement, dossier.purpose),
                        label=_label(views),
                        proposed=proposed,
                        reason=proposed.reason.text(privacy_request.language),
                        outcomes=_outcomes(right, proposed, at_once=at_once),
                        articles=_articles(statement, right, case, part),
                        data=_data(statement, views) if _may_be_part(key) else (),
                        ground=ground,
                        at_once=at_once,
                        decided=choice,
                        decision=decision,
                        effects=effects.get(key, ()),
                        records=sum(len(view.records) for view in views),
                        delete_from=dossier.delete_from,
                    )
                )
    return lines


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
    if not number:
        # Two files of one client without numbers are told apart by this.
        mark = views[0].dossier.reference.hex[:8]
        number = _now("without number, mark %(mark)s") % {"mark": mark}
    return " · ".join(part for part in (number, views[0].dossier.client) if part)


def _may_be_part(key: Key) -> bool:
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


def _articles(statement: Statement, right: str, case: Case, part: str) -> list[str]:
    found = articles(statement, right, case, part) or [ARTICLES[right]]
    if case.state.invoice_phase:
        return found
    others = [OTHERS_IN_COPY] if right == Right.ACCESS else []
    return list(dict.fromkeys([*found, *others, EXCESSIVE]))


def _took_effect(key: Key, effects: Mapping[Key, Sequence[Effect]]) -> bool:
    return key.right in (Right.MARKETING, Right.CONSENT) and any(
        effect.kind in (EffectKind.UNSUBSCRIBE, EffectKind.SUPPRESS, EffectKind.WITHDRAW)
        for effect in effects.get(key, ())
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


# --- deciding ------------------------------------------------------------------------------


@transaction.atomic
def decide(
    pk: int,
    choices: Mapping[Key, Choice],
    *,
    officer: int,
    now: datetime,
    version: int | None = None,
) -> list[HeldInvolvement]:
    """Decide each line this colleague may see; return what is held, as it was read for it.

    Only what differs from what was decided is written, so that a second person who approves
    does not become the one who decided. Raises what `services.decide` raises, ChangedMeanwhile
    also where dossiers came or went, and Incomplete where a change lacks its reason.
    """
    privacy_request = services.locked(pk, version)
    today = timezone.localdate(now)
    held = held_for(privacy_request)
    all_lines = lines_of(privacy_request, held, today=today)
    sees_aml = may_see_aml(officer)
    lines = [line for line in all_lines if sees_aml or line.purpose != AML]
    if {line.key for line in lines} != set(choices):
        raise ChangedMeanwhile("dossiers were found or went meanwhile: look again")
    changed = [line for line in lines if line.decided != choices[line.key]]
    references = {line.key.dossier for line in changed}
    dossiers = {one.reference: one for one in Dossier.objects.filter(reference__in=references)}
    situation = services.situation_of(privacy_request)
    for line in changed:
        choice = choices[line.key]
        require_reasons(line, choice)
        services.decide(
            pk,
            Right(line.right),
            dossier=dossiers[line.key.dossier],
            part=line.key.part,
            outcome=choice.outcome,
            reason=choice.reason,
            grounds=choice.grounds,
            ground=choice.ground,
            data=choice.data,
            article=choice.article,
            needs_second=_needs_second(line, choice, situation),
            officer=officer,
            now=now,
        )
        if line.right == Right.REVIEW:
            _tend_reviews(privacy_request, line, choice, held, actor=f"user:{officer}", now=now)
    _forget_stale(privacy_request, {line.key for line in all_lines})
    _decide_whole(privacy_request, bool(all_lines), officer, now)
    return held


class Lack(NamedTuple):
    """What a decision lacks: the field of the form, and why it is needed."""

    field: str
    why: Promise


def lacks(line: Line, choice: Choice) -> Iterator[Lack]:
    """Tell what of a decision the law, or the four eyes, need to see and is not there.

    Source: GDPR Articles 12(4), 12(5), 18(1) and 21(1).
    """
    if choice.outcome not in line.outcomes:
        yield Lack("outcome", _("This outcome does not belong to this right."))
    if choice.article not in line.articles:
        yield Lack("article", _("Choose the article it rests on."))
    proposed, said = line.proposed.outcome, choice.reason.strip()
    if proposed is not None and choice.outcome != proposed:
        if not said or said == line.reason.strip():
            yield Lack("reason", _("An outcome other than proposed needs a reason of its own."))
    elif not said and choice.outcome in (*FOUR_EYES, Outcome.PARTLY):
        yield Lack("reason", _("Write the reason."))
    if line.proposed.is_weighed:
        if not said or said == line.reason.strip():
            yield Lack("reason", _("Write for the person how it was weighed."))
        if not choice.grounds.strip():
            yield Lack("grounds", _("Write what was weighed, and why it comes out this way."))
    if choice.article == EXCESSIVE and not choice.grounds.strip():
        yield Lack(
            "grounds",
            _("Write what shows an abusive intention: the number of requests alone does not."),
        )
    if _may_be_part(line.key) and choice.outcome == Outcome.PARTLY and not choice.data:
        yield Lack("data", _("Choose which data are erased."))
    if line.right == Right.RESTRICTION and choice.outcome in GIVEN and not choice.ground:
        yield Lack("ground", _("Choose one of the four grounds of Article 18(1)."))


def require_reasons(line: Line, choice: Choice) -> None:
    """Raise Incomplete where a decision lacks something; see `lacks`."""
    for lack in lacks(line, choice):
        raise Incomplete(str(lack.why).rstrip("."))


def _needs_second(line: Line, choice: Choice, situation: str) -> bool:
    """What `services.decide` does not know: what is unlinked and erased, or waved away."""
    if line.right == Right.RECTIFICATION and situation == Situation.NOT_ME:
        return choice.outcome in GIVEN
    return (
        choice.outcome == Outcome.NOT_APPLICABLE
        and line.proposed.outcome not in (Outcome.NOT_APPLICABLE, None)
        and line.right != Right.RECTIFICATION
    )


def _tend_reviews(
    privacy_request: PrivacyRequest,
    line: Line,
    choice: Choice,
    held: Sequence[HeldInvolvement],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Let what a computer decided wait for a person as soon as that is granted."""
    if choice.outcome not in GIVEN:
        reviewing.end_reviews(privacy_request, line.key.dossier, actor=actor, now=now)
        return
    pks = [
        one.pk
        for view in held
        if view.dossier.reference == line.key.dossier
        for one in view.decisions
    ]
    found = AutomatedDecision.objects.filter(pk__in=pks, reviews_digest=None)
    decisions = list(found.select_related("involvement__dossier").order_by("pk"))
    reviewing.begin_reviews(privacy_request, decisions, actor=actor, now=now)


def _forget_stale(privacy_request: PrivacyRequest, keys: set[Key]) -> None:
    """Delete decisions about what is no longer there, such as of a match that was rejected."""
    for decision in privacy_request.decisions.exclude(dossier_reference=None).select_related(
        "right"
    ):
        reference = decision.dossier_reference
        if reference and Key(decision.right.right, reference, decision.part) not in keys:
            decision.effects.update(decision=None)
            decision.delete()


def _decide_whole(
    privacy_request: PrivacyRequest, found: bool, officer: int, now: datetime
) -> None:
    """Decide for the request as a whole: the file of the request, or that nothing was found.

    For access it also covers what may not be told. Nothing found, although somebody was
    proposed, is for two people.
    """
    if privacy_request.decisions.filter(
        dossier_reference=None, outcome__in=set(WITHOUT_DATA) - {Outcome.NOTHING_FOUND}
    ).exists():
        return
    passed_over = privacy_request.matches.exclude(state=MatchState.CONFIRMED).exists()
    for right in privacy_request.rights.values_list("right", flat=True):
        of_whole = privacy_request.decisions.filter(right__right=right, dossier_reference=None)
        outcome = services.whole_outcome(privacy_request, found=found)
        if found and right != Right.ACCESS:
            of_whole.delete()
        elif not of_whole.filter(outcome=outcome).exists():
            services.decide(
                privacy_request.pk,
                Right(right),
                dossier=None,
                outcome=outcome,
                reason=reason_of_outcome(outcome, privacy_request.language),
                article=ground_of_outcome(outcome, ""),
                needs_second=not found and passed_over,
                officer=officer,
                now=now,
            )


@transaction.atomic
def decide_and_approve(
    pk: int,
    choices: Mapping[Key, Choice],
    *,
    officer: int,
    now: datetime,
    version: int | None = None,
) -> PrivacyRequest:
    """Decide, approve, and carry out; the answer may be made. Nothing is kept when refused.

    Raises AnswerLacks while an item that the law asks for is empty, Incomplete while a line
    waits for a colleague with another role, and what `decide` and `services.approve` raise.

    Source: GDPR Articles 12(1) and 15.
    """
    held = decide(pk, choices, officer=officer, now=now, version=version)
    privacy_request = services.locked(pk)
    today = timezone.localdate(now)
    with reading_once():
        gather(privacy_request)
        lines = lines_of(privacy_request, held, today=today)
        if not all(line.decided for line in lines):
            raise Incomplete("a money-laundering check waits for a colleague who may see it")
        report = None
        if asks(privacy_request, Right.ACCESS):
            report = report_for(privacy_request, today=today, held=held)
        if gaps := gaps_of(privacy_request, report, today=today, held=held):
            raise AnswerLacks(gaps)
    if marked_by(privacy_request, officer):
        raise SecondPersonNeeded("who left pieces out may not approve the answer")
    return services.approve(pk, officer=officer, now=now)


def asks(privacy_request: PrivacyRequest, right: Right) -> bool:
    return str(right) in belongings_of(privacy_request).asked


def refuses(privacy_request: PrivacyRequest, choices: Mapping[Key, Choice]) -> bool:
    """Tell whether anything of this is refused: a senior officer approves that.

    Also what was decided beside these choices: of the request as a whole, or by another role.
    """
    if any(choice.outcome in FOUR_EYES for choice in choices.values()):
        return True
    refused = privacy_request.decisions.filter(outcome__in=FOUR_EYES).select_related("right")
    return any(
        one.dossier_reference is None
        or Key(one.right.right, one.dossier_reference, one.part) not in choices
        for one in refused
    )
