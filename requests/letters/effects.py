"""What came of decisions: carried out when, told to whom, sent on to which seller."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.utils import timezone

from requests.belongings import belongings_of
from requests.constants import AT_ONCE, EffectKind, EffectState, Right
from requests.letters.facts import Done, Told
from requests.letters.words import said
from requests.models import Decision, Effect, PrivacyRequest
from subjects.constants import UNTOLD_RECIPIENTS, ImpossibleReason, NoticeEvent
from subjects.held import HeldInvolvement
from subjects.models import RecipientNotice

# Of which rights recipients hear, and as what.
EVENTS: dict[str, NoticeEvent] = {
    Right.RECTIFICATION: NoticeEvent.RECTIFICATION,
    Right.ERASURE: NoticeEvent.ERASURE,
    Right.RESTRICTION: NoticeEvent.RESTRICTION,
}


@dataclass(frozen=True)
class Effects:
    """What each decision did, and the recipients told of it, by decision.

    `pauses` are the files whose use this request paused; `sends_on` tells whether questions for
    sellers are sent on from here at all.
    """

    deeds: Mapping[int, Sequence[Effect]] = field(default_factory=dict)
    notices: Mapping[int, Sequence[Told]] = field(default_factory=dict)
    forwarded: Mapping[UUID, date] = field(default_factory=dict)
    sends_on: bool = False
    pauses: Set[UUID | None] = frozenset()

    def done(
        self, decision: Decision, view: HeldInvolvement | None, language: str
    ) -> tuple[Done, ...]:
        """Return what was carried out, in words; of an erasure that waits by law, its day.

        A deed that still waits has no day: then the letter may not go.
        """
        found = (_done(one, view, language) for one in self.deeds.get(decision.pk, ()))
        return tuple(dict.fromkeys(found))

    def paused(self, dossier: UUID | None) -> bool:
        """Tell whether the use of a file is paused by this request."""
        return dossier in self.pauses

    def told(self, decision: Decision, view: HeldInvolvement | None) -> tuple[Told, ...] | None:
        """Return who was told; None where nobody looked yet whom to tell."""
        found = tuple(self.notices.get(decision.pk, ()))
        if not found and view is not None and view.disclosures:
            return None
        return found

    def forwarded_on(self, dossier: UUID) -> date | None:
        """Return on which day the question about a dossier went to its seller."""
        return self.forwarded.get(dossier)


def _done(effect: Effect, view: HeldInvolvement | None, language: str) -> Done:
    if effect.state == EffectState.DONE and effect.carried_out_at:
        on = timezone.localtime(effect.carried_out_at).date()
        return Done(said(language, "deeds", effect.kind), on)
    planned = effect.planned_on or (view.dossier.delete_from if view else None)
    if effect.kind == EffectKind.ERASE and planned:
        return Done(said(language, "parts", "will_erase"), planned)
    return Done(said(language, "deeds", effect.kind), None)


def effects_of(privacy_request: PrivacyRequest) -> Effects:
    """Return what came of the decisions of a request so far."""
    belongings = belongings_of(privacy_request)
    effects, decisions = list(belongings.effects), list(belongings.decisions)
    forwardings = list(belongings.forwardings)
    return Effects(
        deeds={one.pk: [effect for effect in effects if _of(effect, one)] for one in decisions},
        notices=_notices(decisions, effects),
        forwarded={
            dossier: timezone.localtime(row.sent_at).date()
            for row in forwardings
            if row.sent_at
            for dossier in row.dossiers
        },
        sends_on=bool(forwardings),
        pauses=frozenset(
            one.dossier_reference for one in effects if one.kind == EffectKind.RESTRICT
        ),
    )


def effects_at_once(privacy_request: PrivacyRequest) -> dict[str, tuple[str, tuple[Done, ...]]]:
    """Return what took effect before anybody decided, by right: its article, and each deed once."""
    done: dict[str, tuple[str, list[Done]]] = {}
    for effect in belongings_of(privacy_request).effects:
        if effect.right.right in AT_ONCE and effect.state == EffectState.DONE:
            _article, deeds = done.setdefault(effect.right.right, (effect.right.article, []))
            deeds.append(_done(effect, None, privacy_request.language))
    return {
        right: (article, tuple(dict.fromkeys(deeds))) for right, (article, deeds) in done.items()
    }


def _notices(decisions: Sequence[Decision], effects: Sequence[Effect]) -> dict[int, list[Told]]:
    """Return the notices to recipients by decision; without those no answer may name."""
    wanted = [
        one.dossier_reference
        for one in decisions
        if one.right.right in EVENTS and one.dossier_reference
    ]
    if not wanted:
        return {}
    rows = RecipientNotice.objects.filter(dossier_reference__in=wanted)
    for purpose, roles in UNTOLD_RECIPIENTS.items():
        rows = rows.exclude(purpose=purpose, recipient__category__in=roles)
    # Whoever is taken off a file is erased from it: of that the recipients hear.
    unlinked = {one.decision_id for one in effects if one.kind == EffectKind.UNLINK}
    made = list(rows.select_related("recipient__organisation").order_by("pk"))
    return {
        one.pk: [
            _told(row)
            for row in made
            if row.dossier_reference == one.dossier_reference
            and row.event
            == (NoticeEvent.ERASURE if one.pk in unlinked else EVENTS.get(one.right.right))
        ]
        for one in decisions
    }


def _told(row: RecipientNotice) -> Told:
    name = str(row.recipient)
    if row.sent_at:
        return Told(name, timezone.localtime(row.sent_at).date())
    why_not = str(ImpossibleReason(row.reason).label) if row.reason else ""
    return Told(name, why_not=f"{why_not}." if why_not else "", soon=not why_not)


def _of(effect: Effect, decision: Decision) -> bool:
    """Tell whether a decision did this; some take effect before anybody decides."""
    if effect.decision_id is not None:
        return effect.decision_id == decision.pk
    same = (decision.right_id, decision.dossier_reference, decision.part)
    return (effect.right_id, effect.dossier_reference, effect.part) == same
