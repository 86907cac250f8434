"""What came of decisions: carried out when, told to whom, sent on to which seller."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from policy import services as policy
from requests.belongings import Belongings, belongings_of
from requests.constants import AT_ONCE, GIVEN, EffectKind, EffectState, Outcome, Part, Right
from requests.letters.facts import Done, Told
from requests.letters.words import said
from requests.models import Decision, Effect, PrivacyRequest
from subjects.constants import UNTOLD_RECIPIENTS, ImpossibleReason, NoticeEvent
from subjects.held import HeldInvolvement
from subjects.models import RecipientNotice, Record
from subjects.notices import has_way

SCORE = "score"
CORRECTED = (EffectKind.RECTIFY, EffectKind.BOOK)
# Of which rights recipients hear, and as what.
EVENTS: dict[str, NoticeEvent] = {
    Right.RECTIFICATION: NoticeEvent.RECTIFICATION,
    Right.ERASURE: NoticeEvent.ERASURE,
    Right.RESTRICTION: NoticeEvent.RESTRICTION,
}


@dataclass(frozen=True)
class Effects:
    """What each decision did, and the recipients told of it, by decision.

    `kinds` are the categories of data that a decision changed, None for all; where it changed
    nothing that recipients have, such as a dispute that was noted, it has none. `pauses` are the
    files whose use this request paused; `sends_on` tells whether questions for sellers are sent
    on from here at all. `under_way` are decisions whose erasure is not over, or not told yet.
    """

    deeds: Mapping[int, Sequence[Effect]] = field(default_factory=dict)
    notices: Mapping[int, Sequence[Told]] = field(default_factory=dict)
    forwarded: Mapping[UUID, date] = field(default_factory=dict)
    sends_on: bool = False
    pauses: Set[UUID | None] = frozenset()
    kinds: Mapping[int, frozenset[str] | None] = field(default_factory=dict)
    under_way: Set[int] = frozenset()

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

    def told(self, decision: Decision, views: Sequence[HeldInvolvement]) -> tuple[Told, ...] | None:
        """Return who was told; None where nobody looked yet whom to tell.

        That is so before anything is carried out, and of a part of a file, whose recipients are
        found as it is erased. All others who had the data were found with the deed itself.
        """
        found = tuple(self.notices.get(decision.pk, ()))
        looks_later = not self.deeds.get(decision.pk) or _is_part(decision)
        until = None if looks_later else decision.approved_at
        before = timezone.localdate(until) if until else None
        return None if not found and self._received(decision, views, before) else found

    def tells(self, decision: Decision, views: Sequence[HeldInvolvement]) -> bool:
        """Tell whether the letter says who was told: not where there was nothing to tell.

        Nor that nobody received the data, where somebody did after it was carried out.
        """
        if self.kinds.get(decision.pk) == frozenset():
            return False
        return self.told(decision, views) != () or not self._received(decision, views)

    def _received(
        self, decision: Decision, views: Sequence[HeldInvolvement], before: date | None = None
    ) -> bool:
        """Tell whether anybody received what a decision is about, as far as it is still held."""
        kinds = self.kinds.get(decision.pk)
        return any(
            (kinds is None or kinds & set(made.data_categories))
            and (before is None or made.disclosed_on < before)
            for view in views
            for made in view.disclosures
        )

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
    deeds = {one.pk: [effect for effect in effects if _of(effect, one)] for one in decisions}
    untold = any(one.told_at is None for one in belongings.destruction_lists)
    return Effects(
        deeds=deeds,
        notices=_notices(privacy_request, decisions, deeds),
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
        kinds=_kinds(belongings, decisions, deeds),
        under_way=frozenset(
            one.pk
            for one in decisions
            if _is_part(one)
            and any(_erases(deed) and (untold or _waits(deed)) for deed in deeds[one.pk])
        ),
    )


def _erases(effect: Effect) -> bool:
    return effect.kind == EffectKind.ERASE


def _waits(effect: Effect) -> bool:
    return effect.state == EffectState.WAITING


def _is_part(decision: Decision) -> bool:
    """Tell whether pieces of data are erased, and neither a dossier nor a person's part in it."""
    part = decision.part or decision.outcome == Outcome.PARTLY
    return decision.right.right == Right.ERASURE and bool(part)


def _kinds(
    belongings: Belongings, decisions: Sequence[Decision], deeds: Mapping[int, Sequence[Effect]]
) -> dict[int, frozenset[str] | None]:
    """Return which categories of data each decision changed, None for all of the file."""
    corrected = _corrected(belongings)
    found: dict[int, frozenset[str] | None] = {}
    for one in decisions:
        kinds = {deed.kind for deed in deeds[one.pk]}
        if one.right.right == Right.RECTIFICATION:
            if kinds and EffectKind.UNLINK not in kinds:
                is_corrected = bool(kinds & set(CORRECTED))
                nothing: frozenset[str] = frozenset()
                found[one.pk] = (
                    corrected.get(one.dossier_reference, nothing) if is_corrected else nothing
                )
        elif _is_part(one):
            found[one.pk] = _of_part(one)
    return found


def _of_part(decision: Decision) -> frozenset[str]:
    if decision.part == Part.SCORE:
        return frozenset([SCORE])
    if decision.part == Part.SPECIAL:
        data = policy.current().document["data_categories"]
        return frozenset(row["code"] for row in data if row["special"])
    return frozenset(decision.data_categories)


def _corrected(belongings: Belongings) -> dict[UUID | None, frozenset[str] | None]:
    """Return which categories were corrected, by dossier: None where it is who the person is."""
    rows = [one for one in belongings.corrections if one.carried_out_at is not None]
    digests = [bytes(one.record_digest) for one in rows if one.record_digest is not None]
    found: dict[UUID | None, frozenset[str] | None] = {
        one.dossier_reference: None for one in rows if one.record_digest is None
    }
    if digests:
        of_record = Record.objects.filter(source_digest__in=digests)
        for dossier, kind in of_record.values_list(
            "involvement__dossier__reference", "data_category"
        ):
            known = found.get(dossier, frozenset())
            found[dossier] = None if known is None else known | {kind}
    return found


def effects_at_once(privacy_request: PrivacyRequest) -> dict[str, tuple[str, tuple[Done, ...]]]:
    """Return what took effect before anybody decided, by right: its article, and each deed once."""
    done: dict[str, tuple[str, list[Done]]] = {}
    for effect in belongings_of(privacy_request).effects:
        if effect.right.right in AT_ONCE and effect.state == EffectState.DONE and effect.sure_at:
            _article, deeds = done.setdefault(effect.right.right, (effect.right.article, []))
            deeds.append(_done(effect, None, privacy_request.language))
    return {
        right: (article, tuple(dict.fromkeys(deeds))) for right, (article, deeds) in done.items()
    }


# --- who was told --------------------------------------------------------------------------


def _notices(
    privacy_request: PrivacyRequest,
    decisions: Sequence[Decision],
    deeds: Mapping[int, Sequence[Effect]],
) -> dict[int, list[Told]]:
    """Return the notices to recipients by decision; without those no answer may name.

    Of the people that a decision is about, and of what it did: not of others in the same file,
    nor of a pause that ended, or a correction or an erasure that another request asked.
    """
    wanted = {
        one.pk: _event(one, deeds[one.pk])
        for one in decisions
        if one.right.right in EVENTS and one.dossier_reference
    }
    dossiers = {
        one.dossier_reference for one in decisions if one.pk in wanted and one.dossier_reference
    }
    if not dossiers:
        return {}
    made = list(_rows(privacy_request, dossiers))
    standing = _standing(made)
    found = {}
    for one in decisions:
        people = {deed.involvement_reference for deed in deeds[one.pk]} | {None}
        rows = [
            row
            for row in made
            if row.dossier_reference == one.dossier_reference
            and row.event == wanted.get(one.pk)
            and row.involvement_reference in people
            and (row.event != NoticeEvent.RESTRICTION or row.pk in standing)
        ]
        found[one.pk] = [_told(row) for row in _newest(rows)]
    return found


def _event(decision: Decision, deeds: Sequence[Effect]) -> NoticeEvent:
    # Whoever is taken off a file is erased from it: of that the recipients hear.
    if any(one.kind == EffectKind.UNLINK for one in deeds):
        return NoticeEvent.ERASURE
    return EVENTS[decision.right.right]


def _rows(privacy_request: PrivacyRequest, dossiers: Collection[UUID]) -> QuerySet[RecipientNotice]:
    """Return the notices of this request, and those of others that tell the same.

    That is a pause which stands, an erasure of the same file that was granted before, and one
    that follows from a deed without number: who is to be told already gets no second notice.
    """
    mine = Q(case=privacy_request.reference)
    pauses = Q(event__in=[NoticeEvent.RESTRICTION, NoticeEvent.LIFTED])
    # Of a whole file the notice is made before it goes, of a piece of data as it goes.
    of_file = Q(ready_at=None) | Q(ready_at__gt=F("created_at"))
    since = Q(case=None, created_at__gte=privacy_request.received_at)
    erased = Q(event=NoticeEvent.ERASURE) & (of_file | since)
    rows = RecipientNotice.objects.filter(mine | pauses | erased, dossier_reference__in=dossiers)
    for purpose, roles in UNTOLD_RECIPIENTS.items():
        rows = rows.exclude(purpose=purpose, recipient__category__in=roles)
    return rows.select_related("recipient__organisation").order_by("pk")


def _standing(rows: Sequence[RecipientNotice]) -> set[int]:
    """Return the notices of pauses of which the recipient was not told that they ended."""
    last: dict[tuple[int, UUID | None, UUID], RecipientNotice] = {}
    for row in rows:
        if row.event in (NoticeEvent.RESTRICTION, NoticeEvent.LIFTED):
            last[(row.recipient_id, row.involvement_reference, row.dossier_reference)] = row
    return {row.pk for row in last.values() if row.event == NoticeEvent.RESTRICTION}


def _newest(rows: Sequence[RecipientNotice]) -> list[RecipientNotice]:
    """Return the last notice to each recipient: of several corrections it is told once."""
    return list({row.recipient_id: row for row in rows}.values())


def _told(row: RecipientNotice) -> Told:
    name = str(row.recipient)
    if row.sent_at:
        return Told(name, timezone.localtime(row.sent_at).date())
    why_not = str(ImpossibleReason(row.reason).label) if row.reason else ""
    return Told(name, why_not=f"{why_not}." if why_not else "", soon=not why_not and has_way(row))


def _of(effect: Effect, decision: Decision) -> bool:
    """Tell whether a decision did this; some take effect before anybody decides."""
    if effect.kind == EffectKind.SUSPEND and (effect.ended_at or decision.outcome not in GIVEN):
        # The measure goes on, now or with the approval: the letter does not say that it waits.
        return False
    if effect.decision_id is not None:
        return effect.decision_id == decision.pk
    same = (decision.right_id, decision.dossier_reference, decision.part)
    return (effect.right_id, effect.dossier_reference, effect.part) == same
