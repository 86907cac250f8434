"""Pausing the use of data while a request is handled, and ending a pause (GDPR Article 18)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from requests.constants import (
    EffectKind,
    EffectState,
    IdentityResult,
    Right,
    State,
)
from requests.decisions.proposing import ground_of
from requests.exceptions import Incomplete, WrongState
from requests.models import Effect, IdentityCheck, PrivacyRequest
from requests.services.changing import locked, note, require, situation_of
from requests.services.messages import tell
from requests.services.own_file import require_other
from requests.services.people.matching import told_involvements
from requests.services.rights.carrying_out import Work, place
from requests.services.rights.work import pause_ended
from subjects import services as subjects
from subjects.models import Involvement


@transaction.atomic
def pause_meanwhile(pk: int, *, officer: int, now: datetime, version: int | None = None) -> int:
    """Pause the use of the person's data until it is decided, where they asked; return how many.

    Not where the client decides. Raises Incomplete where no pause was asked, on no ground that
    the letter shows, or while it is not known who asks. Safe to run twice.

    Source: GDPR Article 18(1)(a) and (d).
    """
    privacy_request = locked(pk, version)
    require(privacy_request, State.HANDLING)
    require_other(privacy_request, officer)
    ground = _ground(privacy_request)
    right = privacy_request.rights.get(right=Right.RESTRICTION)
    work = Work(privacy_request, situation_of(privacy_request), "", officer, now)
    involvements = Involvement.objects.filter(pk__in=told_involvements(privacy_request))
    paused = 0
    for one in involvements.exclude(dossier__phase="invoice").order_by("pk"):
        mark_id = place(work, one, ground)
        _effect, new = Effect.objects.get_or_create(
            request=privacy_request,
            right=right,
            kind=EffectKind.RESTRICT,
            dossier_reference=one.dossier.reference,
            involvement_reference=one.reference,
            defaults={
                "state": EffectState.DONE,
                "carried_out_at": now,
                "mark_id": mark_id,
            },
        )
        paused += new
    note(privacy_request, "request.paused", f"user:{officer}", ground=ground, involvements=paused)
    return paused


def _ground(privacy_request: PrivacyRequest) -> str:
    asked = set(privacy_request.rights.values_list("right", flat=True))
    if Right.RESTRICTION not in asked:
        raise Incomplete("no pause was asked")
    ground = ground_of(asked, situation_of(privacy_request))
    if not ground:
        raise Incomplete("the letter shows none of the four grounds of Article 18(1)")
    last = IdentityCheck.objects.filter(request=privacy_request).order_by("-id").first()
    if last is None or last.result != IdentityResult.PROVEN:
        raise Incomplete("it is not known who asks")
    return ground


@transaction.atomic
def announce_end(effect_id: int, text: str, *, officer: int, now: datetime) -> int | None:
    """Tell the person that a pause will end, and why; return the mail to send, if any.

    Source: GDPR Article 18(3).
    """
    effect = _pause(effect_id, officer)
    if not text.strip():
        raise Incomplete("the person is told why the pause ends")
    if effect.ended_at is not None:
        raise WrongState("this pause has ended")
    effect.informed_at = now
    effect.save(update_fields=["informed_at"])
    note(effect.request, "request.pause_end_told", f"user:{officer}")
    return tell(effect.request, text, officer, now)


@transaction.atomic
def end_pause(effect_id: int, *, officer: int, now: datetime) -> Effect:
    """End a pause of which the end was told. Safe to run twice.

    Raises Incomplete where the person was not told before.

    Source: GDPR Article 18(3).
    """
    effect = _pause(effect_id, officer)
    if effect.ended_at is not None or effect.mark_id is None:
        return effect
    if effect.informed_at is None:
        raise Incomplete("the person is told before a pause ends (GDPR Article 18(3))")
    subjects.lift_restriction(
        effect.mark_id,
        informed_on=timezone.localdate(effect.informed_at),
        today=timezone.localdate(now),
        actor=f"user:{officer}",
        case=effect.request.reference,
    )
    pause_ended(effect.mark_id, now=now)
    effect.refresh_from_db(fields=["ended_at"])
    note(effect.request, "request.pause_ended", f"user:{officer}")
    return effect


def _pause(effect_id: int, officer: int) -> Effect:
    found = Effect.objects.filter(kind=EffectKind.RESTRICT)
    request_id = found.values_list("request_id", flat=True).get(pk=effect_id)
    privacy_request = locked(request_id)
    require_other(privacy_request, officer)
    effect = found.select_for_update(of=("self",)).get(pk=effect_id)
    effect.request = privacy_request
    return effect
