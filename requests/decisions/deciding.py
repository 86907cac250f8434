"""Deciding a request: what an officer chooses of each line, and what a choice still lacks.

What is decided of each line is written by `services.decide`; what was decided is carried out when
it is approved (`services.rights.carrying_out`).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alektum_privacy.reading import reading_once
from requests import services
from requests.belongings import belongings_of, gather
from requests.constants import (
    EXCESSIVE,
    FOUR_EYES,
    GIVEN,
    WITHOUT_DATA,
    MatchState,
    Outcome,
    Right,
    Situation,
)
from requests.decisions.lines import Choice, Key, Line, lines_of, may_be_part
from requests.decisions.outcomes import ground_of_outcome, reason_of_outcome
from requests.exceptions import AnswerLacks, ChangedMeanwhile, Incomplete, SecondPersonNeeded
from requests.models import PrivacyRequest
from requests.redaction.redactions import marked_by
from requests.report.answering import gaps_of, held_for, report_for
from requests.services.own_file import may_see_aml
from requests.services.rights import suspending
from subjects.held import HeldInvolvement
from subjects.models import AutomatedDecision, Dossier
from subjects.unseen import AML


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


ARTICLE = _("Choose the article it rests on.")
# An article that gives what is asked says the opposite of a refusal, and the other way about.
ARTICLE_NEEDED: dict[str, Promise] = {
    Outcome.REFUSED: _("Choose the article on which the refusal rests."),
    Outcome.GRANTED: _("Choose the article that gives what is asked."),
}


def lacks(line: Line, choice: Choice) -> Iterator[Lack]:
    """Tell what of a decision the law, or the four eyes, need to see and is not there.

    Source: GDPR Articles 12(4), 12(5), 18(1) and 21(1).
    """
    if choice.outcome not in line.outcomes:
        yield Lack("outcome", _("This outcome does not belong to this right."))
    if choice.article not in line.fits.get(choice.outcome, line.articles):
        yield Lack("article", ARTICLE_NEEDED.get(choice.outcome, ARTICLE))
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
    if may_be_part(line.key) and choice.outcome == Outcome.PARTLY and not choice.data:
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
    """Let what a computer decided wait for a person where that is granted, if it does not yet.

    What is refused waits on until a second person approves that.
    """
    if choice.outcome not in GIVEN:
        return
    pks = [
        one.pk
        for view in held
        if view.dossier.reference == line.key.dossier
        for one in view.decisions
    ]
    found = AutomatedDecision.objects.filter(pk__in=pks, reviews_digest=None)
    decisions = list(found.select_related("involvement__dossier").order_by("pk"))
    suspending.begin_reviews(privacy_request, decisions, actor=actor, now=now)


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
