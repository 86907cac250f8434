"""Decision, approval, answer and end."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from requests.constants import (
    FOUR_EYES,
    IdentityResult,
    MatchState,
    Outcome,
    Right,
    State,
)
from requests.exceptions import (
    Incomplete,
    SecondPersonNeeded,
)
from requests.models import (
    Decision,
    IdentityCheck,
    PrivacyRequest,
)
from requests.services.changing import locked, move, note, require, save, write_end
from requests.services.matching import let_go
from requests.services.messages import mail_news
from subjects.models import Dossier
from vault import services as vault

RTS = "RTS"


@transaction.atomic
def decide(
    pk: int,
    right: Right,
    *,
    dossier: Dossier | None,
    outcome: Outcome,
    reason: str,
    officer: int,
    now: datetime,
    article: str = "",
    version: int | None = None,
) -> Decision:
    """Decide one right for one dossier (or, without dossier, for all); a later one replaces it.

    Raises WrongState when the request is not being handled, Incomplete without a reason where
    not everything is granted.

    Source: GDPR Article 12(4).
    """
    privacy_request = locked(pk, version)
    require(privacy_request, State.HANDLING)
    if outcome not in (Outcome.GRANTED, Outcome.NOTHING_FOUND) and not reason.strip():
        raise Incomplete("what is not granted needs a reason")
    asked = privacy_request.rights.get(right=right)
    reference = dossier.reference if dossier else None
    decision = Decision.objects.filter(right=asked, dossier_reference=reference).first()
    if decision is None:
        decision = Decision(request=privacy_request, right=asked, dossier_reference=reference)
    decision.purpose = dossier.purpose_id if dossier else ""
    decision.outcome, decision.article = outcome, article or asked.article
    decision.needs_second = outcome in FOUR_EYES
    decision.decided_by, decision.decided_at = officer, now
    key = vault.open_key(privacy_request.key_id)
    decision.sealed_reason = key.seal({"text": reason}, place=decision.reason_place)
    decision.save()
    save(privacy_request)
    note(
        privacy_request,
        "request.decided",
        f"user:{officer}",
        right=str(right),
        outcome=str(outcome),
        dossier=reference,
        article=decision.article,
    )
    return decision


def reason_of(decision: Decision) -> str:
    """Return the words of a decision's reason."""
    key = vault.open_key(decision.request.key_id)
    return key.unseal(decision.sealed_reason, place=decision.reason_place)["text"]


@transaction.atomic
def approve(pk: int, *, officer: int, now: datetime, version: int | None = None) -> PrivacyRequest:
    """Approve the decisions: the answer may be made.

    Raises Incomplete while a match is undecided, nobody proved who asks, or a right has no
    decision for a dossier; SecondPersonNeeded where who refused would approve.
    """
    privacy_request = locked(pk, version)
    require(privacy_request, State.HANDLING)
    _require_complete(privacy_request)
    if privacy_request.decisions.filter(outcome__in=FOUR_EYES, decided_by=officer).exists():
        raise SecondPersonNeeded("who refused may not approve the refusal")
    privacy_request.decisions.update(approved_by=officer, approved_at=now)
    privacy_request.approved_by = officer
    move(privacy_request, State.APPROVED)
    note(privacy_request, "request.approved", f"user:{officer}")
    return privacy_request


def _require_complete(privacy_request: PrivacyRequest) -> None:
    matches = privacy_request.matches.all()
    if matches.filter(state=MatchState.PROPOSED).exists():
        raise Incomplete("a proposed match was neither confirmed nor rejected")
    found = matches.filter(state=MatchState.CONFIRMED).exists()
    last = IdentityCheck.objects.filter(request=privacy_request).order_by("-id").first()
    if found and (last is None or last.result != IdentityResult.PROVEN):
        raise Incomplete("it is not known who asks")
    decided = set(
        privacy_request.decisions.values_list("right__right", "dossier_reference", "outcome")
    )
    for right in privacy_request.rights.values_list("right", flat=True):
        if not any(one == right for one, _, _ in decided):
            raise Incomplete("a right has no decision")
        for_all = any(one == right and dossier is None for one, dossier, _ in decided)
        covered = {dossier for one, dossier, _ in decided if one == right}
        if not for_all and set(_dossiers_of(privacy_request)) - covered:
            raise Incomplete("a right has no decision for one of the dossiers")


def _dossiers_of(privacy_request: PrivacyRequest) -> list[UUID]:
    confirmed = privacy_request.matches.filter(state=MatchState.CONFIRMED)
    references = list(confirmed.values_list("subject_reference", flat=True))
    dossiers = Dossier.objects.filter(involvements__subject__reference__in=references)
    return list(dossiers.distinct().values_list("reference", flat=True))


@transaction.atomic
def answer(pk: int, *, actor: str, now: datetime) -> int | None:
    """Note that the answer is on the person's page, and let go what was held for it.

    Return the mail to send, if any. Raises WrongState when it was not approved.
    """
    privacy_request = locked(pk)
    require(privacy_request, State.APPROVED)
    privacy_request.answered_at = now
    move(privacy_request, State.ANSWERED)
    let_go(list(privacy_request.matches.all()), timezone.localdate(now), actor)
    note(privacy_request, "request.answered", actor, due_on=privacy_request.due_on)
    return mail_news(privacy_request, now)


@transaction.atomic
def close(pk: int, *, actor: str, now: datetime, version: int | None = None) -> PrivacyRequest:
    """Close an answered request; its own file goes 60 months later (RTS-60)."""
    privacy_request = locked(pk, version)
    require(privacy_request, State.ANSWERED)
    end(privacy_request, State.CLOSED, timezone.localdate(now))
    note(privacy_request, "request.closed", actor)
    return privacy_request


@transaction.atomic
def withdraw(pk: int, *, actor: str, now: datetime) -> PrivacyRequest:
    """End a request that the person takes back; nothing of it is carried out."""
    privacy_request = locked(pk)
    require(privacy_request, State.RECEIVED, State.WAITING, State.HANDLING)
    today = timezone.localdate(now)
    let_go(list(privacy_request.matches.all()), today, actor)
    end(privacy_request, State.WITHDRAWN, today)
    note(privacy_request, "request.withdrawn", actor)
    return privacy_request


def end(privacy_request: PrivacyRequest, state: State, today: date) -> None:
    privacy_request.ended_on = today
    move(privacy_request, state)
    dossier = Dossier.objects.select_for_update().get(pk=privacy_request.dossier_id)
    dossier.request_closed_on = today
    write_end(dossier)
