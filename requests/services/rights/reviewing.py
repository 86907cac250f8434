"""A person looks again at what a computer decided, and the measure waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction

from requests.constants import EffectKind, EffectState, ReviewResult, Right, State
from requests.exceptions import Incomplete, SecondPersonNeeded
from requests.models import Effect, PrivacyRequest, Review
from requests.organisations import telling
from requests.services.changing import locked, note, require, save
from requests.services.own_file import require_other
from subjects import rights
from subjects.models import AutomatedDecision
from vault import services as vault


@dataclass(frozen=True)
class NewDecision:
    """What a reviewer decides: the person's view, the outcome and its effect, and the reasons."""

    result: ReviewResult
    view: str
    outcome: str
    effect: str
    reasons: str


def begin_reviews(
    privacy_request: PrivacyRequest,
    decisions: Sequence[AutomatedDecision],
    *,
    actor: str,
    now: datetime,
) -> list[Review]:
    """Let these decisions wait for a person, and suspend what they set going. Safe to run twice.

    In the caller's transaction, with the request locked.

    Source: GDPR Article 22(3).
    """
    right = privacy_request.rights.get(right=Right.REVIEW)
    reviews = []
    for decision in decisions:
        involvement = decision.involvement
        review, new = Review.objects.get_or_create(
            request=privacy_request,
            decision_digest=bytes(decision.source_digest),
            defaults={
                "dossier_reference": involvement.dossier.reference,
                "involvement_reference": involvement.reference,
                "suspended_at": now,
            },
        )
        reviews.append(review)
        if not new:
            continue
        rights.suspend_measure(bytes(decision.source_digest), now=now, actor=actor)
        telling.measure(
            decision, suspended=True, case=privacy_request.reference, actor=actor, now=now
        )
        Effect.objects.get_or_create(
            request=privacy_request,
            right=right,
            kind=EffectKind.SUSPEND,
            dossier_reference=involvement.dossier.reference,
            involvement_reference=involvement.reference,
            defaults={"state": EffectState.DONE, "carried_out_at": now},
        )
    return reviews


def end_reviews(
    privacy_request: PrivacyRequest, dossier: UUID, *, actor: str, now: datetime
) -> None:
    """Take back reviews of a dossier that nobody did yet: the measures go on."""
    waiting = Review.objects.filter(
        request=privacy_request, dossier_reference=dossier, reviewed_at=None
    )
    for review in waiting:
        decision = rights.resume_measure(bytes(review.decision_digest), actor=actor)
        if decision is not None:
            telling.measure(
                decision, suspended=False, case=privacy_request.reference, actor=actor, now=now
            )
    suspended = privacy_request.effects.filter(kind=EffectKind.SUSPEND, dossier_reference=dossier)
    suspended.update(ended_at=now)
    waiting.delete()


@transaction.atomic
def review(pk: int, new: NewDecision, *, officer: int, now: datetime) -> Review:
    """Decide anew, with reasons, what a computer decided, having heard the person.

    Raises SecondPersonNeeded where the reviewer confirmed it before, OwnFile, WrongState, and
    Incomplete without the person's view, a new outcome, its effect or reasons.

    Source: GDPR Article 22(3); Working Party 29, guidelines on automated decisions (WP 251).
    """
    found = Review.objects.values_list("request_id", flat=True).get(pk=pk)
    privacy_request = locked(found)
    require(privacy_request, State.HANDLING)
    require_other(privacy_request, officer)
    row = Review.objects.select_for_update().get(pk=pk)
    if row.reviewed_at is not None:
        return row
    words = (new.view, new.outcome, new.effect, new.reasons)
    if not all(text.strip() for text in words):
        raise Incomplete("a new decision needs the person's view, outcome, effect and reasons")
    digest = bytes(row.decision_digest)
    old = AutomatedDecision.objects.select_related("involvement__dossier").get(source_digest=digest)
    _require_authority(old, officer)
    stays = new.result == ReviewResult.UPHELD
    made = rights.decide_anew(
        digest,
        {
            "inputs": _inputs(old),
            "result": new.outcome,
            "effect": new.effect,
            "reasons": new.reasons,
        },
        stays=stays,
        reviewer=f"user:{officer}",
        now=now,
        actor=f"user:{officer}",
    )
    if stays:
        telling.measure(
            old,
            suspended=False,
            case=privacy_request.reference,
            actor=f"user:{officer}",
            now=now,
        )
    key = vault.open_key(privacy_request.key_id)
    row.sealed_account = key.seal(
        {"view": new.view, "reasons": new.reasons, "outcome": new.outcome, "effect": new.effect},
        place=row.account_place,
    )
    row.result, row.reviewed_by, row.reviewed_at = new.result, officer, now
    row.save()
    save(privacy_request)
    note(
        privacy_request,
        "request.reviewed",
        f"user:{officer}",
        kind=made.kind,
        result=str(new.result),
        involvement=row.involvement_reference,
    )
    return row


def _inputs(old: AutomatedDecision) -> dict[str, object]:
    key = vault.open_key(old.involvement.key_id)
    account = key.unseal(old.sealed_account, place=old.account_place)
    return dict(account.get("inputs") or {})


def _require_authority(old: AutomatedDecision, officer: int) -> None:
    names = {f"user:{officer}", str(officer)}
    user = User.objects.filter(pk=officer).first()
    if user is not None:
        names.add(user.get_username())
    if old.confirmed_by and old.confirmed_by in names:
        raise SecondPersonNeeded("who confirmed this decision may not review it")


def account_of(review: Review) -> dict[str, str]:
    """Return {"view", "reasons", "outcome", "effect"} of a review that was done; else nothing."""
    if review.sealed_account is None:
        return {}
    key = vault.open_key(review.request.key_id)
    return dict(key.unseal(review.sealed_account, place=review.account_place))
