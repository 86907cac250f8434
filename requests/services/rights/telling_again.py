"""Whom else to tell of what was carried out: a disclosure may become known after the approval.

A source reports today that it gave data to somebody last week. The recipients of an answer were
found with its deeds; who comes to light before the letter goes is found here, and hears it too.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from audit import services as audit
from requests.constants import (
    GIVEN,
    UNLAWFUL,
    EffectKind,
    EffectState,
    Outcome,
    Part,
    Situation,
    State,
)
from requests.models import Effect, PrivacyRequest, Rectification
from requests.services.changing import locked, situation_of
from requests.services.rights.correcting import STATEMENT
from requests.services.rights.erasing import others_in
from subjects import services as subjects
from subjects.constants import NoticeEvent
from subjects.models import Involvement, RecipientNotice, Record
from subjects.telling import tell_recipients
from vault import services as vault

HEARD_OF = (EffectKind.RESTRICT, EffectKind.ERASE, EffectKind.RECTIFY)


@transaction.atomic
def tell_again(pk: int, *, now: datetime) -> None:
    """Make a notice for each who received what an approved answer changed, and has none yet.

    Of a part of a file recipients are found as it is erased. Safe to run twice.

    Source: GDPR Article 19.
    """
    privacy_request = locked(pk)
    if privacy_request.state != State.APPROVED:
        return
    done = privacy_request.effects.filter(
        kind__in=HEARD_OF, part=Part.WHOLE, ended_at=None, decision__outcome__in=GIVEN
    )
    effects = list(done.select_related("right", "decision").order_by("pk"))
    if not effects:
        return
    found = Involvement.objects.filter(reference__in=[one.involvement_reference for one in effects])
    people = {one.reference: one for one in found.select_related("dossier")}
    facts: dict[str, Any] = {"case": privacy_request.reference, "actor": audit.WORKER, "now": now}
    for effect in effects:
        one = people.get(effect.involvement_reference)  # type: ignore[arg-type]
        if one is None:
            continue
        if effect.kind == EffectKind.RESTRICT:
            subjects.tell_restricted(one, case=privacy_request.reference, actor=audit.WORKER)
        elif effect.kind == EffectKind.ERASE:
            _erased(privacy_request, effect, one, list(people.values()), facts)
        else:
            _corrected(privacy_request, one, facts)


def _erased(
    privacy_request: PrivacyRequest,
    effect: Effect,
    one: Involvement,
    people: Sequence[Involvement],
    facts: dict[str, Any],
) -> None:
    """Let who received it hear of an erasure that is still to come: of the file, or this person."""
    decision = effect.decision
    if effect.state != EffectState.WAITING or decision is None:
        return
    if decision.outcome == Outcome.PARTLY:
        return
    unlawful = decision.article == UNLAWFUL or situation_of(privacy_request) == Situation.NOT_ME
    alone = unlawful or others_in(one.dossier_id, people)
    tell_recipients(
        NoticeEvent.ERASURE,
        dossier=None if alone else one.dossier,
        involvement=one if alone else None,
        after_destruction=True,
        **facts,
    )


def _corrected(privacy_request: PrivacyRequest, one: Involvement, facts: dict[str, Any]) -> None:
    """Let who received what was corrected hear the new values, where nobody was told any."""
    told = RecipientNotice.objects.filter(
        case=privacy_request.reference, event=NoticeEvent.RECTIFICATION, involvement=one
    )
    if told.exists():
        return
    rows = Rectification.objects.filter(
        request=privacy_request,
        involvement_reference=one.reference,
        carried_out_at__isnull=False,
    ).exclude(field__startswith=STATEMENT)
    key = vault.open_key(privacy_request.key_id)
    changes: dict[str, list[dict[str, Any]]] = {}
    for row in rows.order_by("pk"):
        values = key.unseal(row.sealed_values, place=row.values_place)
        change = {"field": row.field, "old": values["old"], "new": values["new"]}
        changes.setdefault(_category_of(row), []).append(change)
    for category, listed in changes.items():
        tell_recipients(
            NoticeEvent.RECTIFICATION,
            involvement=one,
            data_category=category,
            changes=listed,
            **facts,
        )


def _category_of(row: Rectification) -> str:
    """Return which kind of data was corrected; nothing for who the person is."""
    if row.record_digest is None:
        return ""
    found = Record.objects.filter(source_digest=bytes(row.record_digest))
    return found.values_list("data_category_id", flat=True).first() or ""
