"""What the officer's page shows to decide, and of what was carried out or waits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.utils.translation import gettext as _

from requests import services
from requests.belongings import belongings_of
from requests.constants import (
    WITHOUT_DATA,
    EffectKind,
    EffectState,
    Outcome,
    Right,
    State,
)
from requests.decisions.forms import CorrectionForm, DecisionsForm, ReviewForm
from requests.decisions.lines import Line, lines_of, visible
from requests.decisions.proposing import ground_of
from requests.models import PrivacyRequest, Rectification, Review
from requests.officer.checklist import Places
from requests.packs.handing_over import hand_overs_of
from requests.report.answering import claims_on, draft_of, gaps_of, held_for, report_for
from requests.report.build import Report
from requests.report.fields import fields_of, label_of
from requests.report.own_files import request_files
from requests.services.rights.correcting import STATEMENT
from requests.services.rights.reviewing import account_of
from requests.services.rights.suspending import refused_in
from subjects import unseen
from subjects.held import HeldDecision, HeldInvolvement
from subjects.models import AutomatedDecision
from subjects.unseen import AML

SHOWN = 200


@dataclass(frozen=True)
class Deciding:
    """What is held that this colleague may see, and the lines they decide."""

    held: Sequence[HeldInvolvement]
    lines: Sequence[Line]
    hidden: int
    files: Sequence[HeldInvolvement] = ()
    holds: Mapping[int, date] = field(default_factory=dict)


def deciding_of(
    privacy_request: PrivacyRequest, user: AbstractBaseUser | AnonymousUser, *, today: date
) -> Deciding:
    """Return what a colleague decides of; `hidden` lines wait for another role."""
    held = held_for(privacy_request)
    files = _own_files(privacy_request, held)
    holds = claims_on([view.dossier.pk for view in [*held, *files]])
    lines = lines_of(privacy_request, held, today=today, holds=holds)
    sees_aml = unseen.sees_aml(user)
    mine = [line for line in lines if sees_aml or line.purpose != AML]
    hidden = sum(1 for line in lines if line not in mine and line.decided is None)
    return Deciding(visible(held, sees_aml=sees_aml), mine, hidden, files, holds)


def _own_files(
    privacy_request: PrivacyRequest, held: Sequence[HeldInvolvement]
) -> Sequence[HeldInvolvement]:
    """Return the files of requests that a report tells of; nothing where none is given."""
    asked = belongings_of(privacy_request).asked
    gives = Right.ACCESS in asked and not _opens_nothing(privacy_request, held)
    return request_files(privacy_request) if gives else ()


def deciding_page(
    privacy_request: PrivacyRequest, user: AbstractBaseUser | AnonymousUser, *, today: date
) -> dict[str, Any]:
    """Return the report as this colleague may see it, the lines, and the forms to decide with."""
    deciding = deciding_of(privacy_request, user, today=today)
    held, seen = deciding.held, {"version": privacy_request.version}
    report = None
    draft = draft_of(privacy_request, held, today=today)
    asked = set(belongings_of(privacy_request).asked)
    hidden = _hidden_checks(privacy_request, user)
    if deciding.files:
        report = report_for(
            privacy_request, today=today, held=held, files=deciding.files, holds=deciding.holds
        )
    context: dict[str, Any] = {
        "found_letter": draft.letter,
        "found_report": report,
        "found_named": {
            **{line.purpose: line.purpose_name for line in deciding.lines},
            **{str(line.key.dossier): line.label for line in deciding.lines if line.label},
        },
        "found_places": Places(privacy_request, deciding.lines),
        "found_gaps": gaps_of(privacy_request, report, today=today, held=held, draft=draft),
        "hidden_lines": deciding.hidden,
        "without_data": _without_data(privacy_request),
        "decisions_form": DecisionsForm(lines=deciding.lines, initial=seen),
        "may_pause": _may_pause(privacy_request, asked),
    }
    if Right.RECTIFICATION in asked:
        context["correction_form"] = CorrectionForm(held=held, initial=seen)
        context["corrections"] = [
            Corrected(row, _label(row.field), *_values(row.field, values), values["evidence"])
            for row, values in services.corrections_of(privacy_request)
            if row.dossier_reference not in hidden
        ]
    reviews = list(belongings_of(privacy_request).reviews[:SHOWN])
    if reviews:
        refused = refused_in(belongings_of(privacy_request).decisions)
        context["reviews"] = _reviews(reviews, deciding, seen, refused)
    return context


def _hidden_checks(
    privacy_request: PrivacyRequest, user: AbstractBaseUser | AnonymousUser
) -> set[UUID | None]:
    """Return the money-laundering checks of a request, for who may not see those."""
    if unseen.sees_aml(user):
        return set()
    involvements = belongings_of(privacy_request).involvements
    return {one.dossier.reference for one in involvements if one.dossier.purpose_id == AML}


def _without_data(privacy_request: PrivacyRequest) -> list[str]:
    """Return why the answer opens no data, in words, where that was decided."""
    decisions = belongings_of(privacy_request).decisions
    whole = (one for one in decisions if one.dossier_reference is None)
    outcomes = (one.get_outcome_display() for one in whole if one.outcome in WITHOUT_DATA)
    return list(dict.fromkeys(outcomes))


def report_page(
    privacy_request: PrivacyRequest, user: AbstractBaseUser | AnonymousUser, *, today: date
) -> Report | None:
    """Return the answer as this colleague may see it; None where none is given."""
    deciding = deciding_of(privacy_request, user, today=today)
    if not deciding.files:
        return None
    return report_for(
        privacy_request,
        today=today,
        held=deciding.held,
        files=deciding.files,
        holds=deciding.holds,
    )


@dataclass(frozen=True)
class Corrected:
    """A correction as people read it: what it is about, the old value and the new one."""

    row: Rectification
    label: str
    old: str
    new: str
    evidence: str

    @property
    def adds(self) -> bool:
        """Tell whether the old stays, and this is put beside it."""
        return self.row.field.startswith(STATEMENT)


def _label(field: str) -> str:
    return _("What the person adds") if field.startswith(STATEMENT) else label_of(field)


def _values(field: str, values: Mapping[str, Any]) -> tuple[str, str]:
    old, new = (
        "; ".join(text for _label, text in fields_of({field: values.get(name)}))
        for name in ("old", "new")
    )
    return old, new


class _Review:
    """A review as the page shows it: what the computer decided, and what was decided anew."""

    def __init__(
        self,
        review: Review,
        decided: HeldDecision | None,
        about: str,
        seen: dict[str, int],
        refused: Collection[UUID | None],
    ) -> None:
        self.review, self.account = review, account_of(review)
        self.decided, self.about = decided, about
        self.prefix = f"review{review.pk}"
        self.is_refused = review.reviewed_at is None and review.dossier_reference in refused
        self.waits = review.reviewed_at is None and not self.is_refused
        self.form = ReviewForm(initial=seen, prefix=self.prefix)


def _reviews(
    reviews: Sequence[Review],
    deciding: Deciding,
    seen: dict[str, int],
    refused: Collection[UUID | None],
) -> list[_Review]:
    """Return each review with the one decision it is about, and the name of its file."""
    names = {line.key.dossier: line.label for line in deciding.lines}
    held = {one.pk: one for view in deciding.held for one in view.decisions}
    digests = [bytes(one.decision_digest) for one in reviews]
    decisions = AutomatedDecision.objects.filter(source_digest__in=digests)
    pks = {bytes(digest): pk for digest, pk in decisions.values_list("source_digest", "pk")}
    return [
        _Review(
            one,
            held.get(pks.get(bytes(one.decision_digest), 0)),
            names.get(one.dossier_reference, ""),
            seen,
            refused,
        )
        for one in reviews
    ]


def _opens_nothing(privacy_request: PrivacyRequest, held: Sequence[HeldInvolvement]) -> bool:
    """Tell whether the letter alone answers: a report would say that nothing was found."""
    whole = services.whole_outcome(privacy_request, found=bool(held))
    return whole in WITHOUT_DATA and whole != Outcome.NOTHING_FOUND


def _may_pause(privacy_request: PrivacyRequest, asked: Collection[str]) -> bool:
    """Tell whether a pause was asked on a ground the letter shows, and none is placed yet."""
    if privacy_request.state != State.HANDLING:
        return False
    situation = services.situation_of(privacy_request)
    effects = belongings_of(privacy_request).effects
    placed = any(one.kind == EffectKind.RESTRICT for one in effects)
    return Right.RESTRICTION in asked and bool(ground_of(asked, situation)) and not placed


def done_page(
    privacy_request: PrivacyRequest, user: AbstractBaseUser | AnonymousUser
) -> dict[str, Any]:
    """Return what was carried out, what waits, lists for destruction, what others were given."""
    belongings = belongings_of(privacy_request)
    sees_aml = unseen.sees_aml(user)
    hidden = _hidden_checks(privacy_request, user)
    rows = [
        one
        for one in belongings.effects
        if one.dossier_reference not in hidden
        and (sees_aml or one.decision is None or one.decision.purpose != AML)
    ][:SHOWN]
    waiting = [one for one in belongings.reviews if one.reviewed_at is None]
    return {
        "effects": rows,
        "looked_at_again": {one.involvement_reference for one in waiting},
        "effects_waiting": sum(1 for one in rows if one.state == EffectState.WAITING),
        "pauses": [one for one in rows if one.kind == EffectKind.RESTRICT and one.ended_at is None],
        "hand_overs": hand_overs_of(privacy_request),
        "destruction_lists": list(belongings.destruction_lists[:SHOWN]),
    }


def decisions_shown(
    privacy_request: PrivacyRequest, user: AbstractBaseUser | AnonymousUser
) -> list[Any]:
    """Return the decisions this colleague may see, in the order of the letter."""
    sees_aml = unseen.sees_aml(user)
    decisions = belongings_of(privacy_request).decisions
    shown = [one for one in decisions if sees_aml or one.purpose != AML]
    return sorted(shown, key=lambda one: (one.right_id, one.pk))[:SHOWN]
