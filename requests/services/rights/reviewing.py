"""A person looks again at what a computer decided; meanwhile it is suspended (`suspending`)."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from requests.constants import ReviewResult, State
from requests.exceptions import Incomplete, SecondPersonNeeded
from requests.models import Review
from requests.services.changing import locked, note, require, save
from requests.services.own_file import require_other
from requests.services.rights.suspending import go_on, note_ended
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
    row.request = privacy_request
    words = (new.view, new.outcome, new.effect, new.reasons)
    if not all(text.strip() for text in words):
        raise Incomplete("a new decision needs the person's view, outcome, effect and reasons")
    digest = _newest(bytes(row.decision_digest))
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
    key = vault.open_key(privacy_request.key_id)
    row.sealed_account = key.seal(
        {"view": new.view, "reasons": new.reasons, "outcome": new.outcome, "effect": new.effect},
        place=row.account_place,
    )
    row.result, row.reviewed_by, row.reviewed_at = new.result, officer, now
    row.save()
    if stays:
        go_on(row, actor=f"user:{officer}", now=now)
        note_ended(privacy_request, row, actor=f"user:{officer}", now=now)
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


def _newest(digest: bytes) -> bytes:
    """Return what stands now in the place of a decision: another request may have come first."""
    newer = AutomatedDecision.objects.filter(reviews_digest=digest)
    while made := newer.first():
        digest = bytes(made.source_digest)
        newer = AutomatedDecision.objects.filter(reviews_digest=digest)
    return digest


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
