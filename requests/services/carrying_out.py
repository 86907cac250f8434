"""Carrying out what was decided, in the registry, in the transaction that approves it.

So nothing is half done wherever a worker dies, and what cannot be done is not approved.
Destruction follows down its own road: here its list is made, agreed by the two people of the
decision.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from requests import telling
from requests.constants import (
    GIVEN,
    UNLAWFUL,
    EffectKind,
    EffectState,
    Outcome,
    Part,
    Right,
    Situation,
)
from requests.exceptions import CannotBeDone, GrantsNothing, Incomplete
from requests.models import Decision, Effect, PrivacyRequest, Rectification
from requests.services.at_once import MKT, RELATIONS
from requests.services.changing import body_of, note, situation_of
from requests.services.matching import confirmed_involvements
from requests.services.messages import tell
from retention import planning
from retention import services as retention
from retention.exceptions import ErasureForbidden
from subjects import rights
from subjects import services as subjects
from subjects.anchors import RENEWED_BY_CONTACT
from subjects.constants import RestrictionGround
from subjects.exceptions import AlreadyRestricted, RuleBroken
from subjects.models import Consent, Involvement, Record
from vault import services as vault

BY_DATE_ONLY = frozenset(["AML", "ACC"])  # the law fixes the day; nobody's decision moves it
BOOKS = "ACC"
# Data are corrected and uses end before anything is listed for erasure.
ORDER = (
    Right.RECTIFICATION,
    Right.OBJECTION,
    Right.MARKETING,
    Right.CONSENT,
    Right.RESTRICTION,
    Right.REVIEW,
    Right.ERASURE,
)
PAUSE_ENDS = _(
    "You asked us to erase your data. We do that. So the pause of their use ends: data in pause"
    " may not be erased."
)


@dataclass
class Work:
    """One approval: who approves, and what of it goes down the road of destruction."""

    request: PrivacyRequest
    situation: str
    words: str
    officer: int
    now: datetime
    # By who decided and whether it was unlawful to hold: what goes together.
    dossiers: dict[tuple[int, bool], list[int]] = field(default_factory=dict)
    involvements: dict[tuple[int, bool], list[int]] = field(default_factory=dict)
    records: dict[int, list[int]] = field(default_factory=dict)
    paused: list[Involvement] = field(default_factory=list)

    @property
    def actor(self) -> str:
        return f"user:{self.officer}"

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)


People = Sequence[Involvement]


def carry_out(privacy_request: PrivacyRequest, *, officer: int, now: datetime) -> None:
    """Do what the decisions say, in the caller's transaction.

    Raises Incomplete where something is missing for it, and CannotBeDone where the registry
    does not allow it (any more): then nothing is approved.

    Source: GDPR Articles 16 to 18, 20 to 22.
    """
    decided = [
        decision
        for decision in privacy_request.decisions.select_related("right").order_by("pk")
        if decision.outcome in GIVEN
        and decision.dossier_reference is not None
        and decision.right.right in ORDER
    ]
    if not decided:
        return
    _lock_first()
    body = body_of(privacy_request)
    work = Work(privacy_request, situation_of(privacy_request), body.get("words", ""), officer, now)
    people = _people(privacy_request)
    decided.sort(key=lambda one: ORDER.index(Right(one.right.right)))
    try:
        for decision in decided:
            of_dossier = [
                one for one in people if one.dossier.reference == decision.dossier_reference
            ]
            HANDLERS[decision.right.right](work, decision, of_dossier)
        _erase(work)
        _plan(work, people)
    except ErasureForbidden as error:
        raise CannotBeDone("the law does not allow this erasure, or not yet") from error
    except RuleBroken as error:
        raise CannotBeDone(str(error)) from error
    _require_effects(decided)


def _require_effects(decided: Sequence[Decision]) -> None:
    """Raise GrantsNothing where what is granted does nothing: it would be an empty word."""
    for decision in decided:
        if decision.dossier_reference and not decision.effects.exists():
            raise GrantsNothing(decision.right.right, decision.dossier_reference, decision.part)


def _plan(work: Work, people: People) -> None:
    """Note with each listed erasure the day from which it may go."""
    fresh = {
        one.reference: one
        for one in Involvement.objects.filter(pk__in=[one.pk for one in people]).select_related(
            "dossier"
        )
    }
    for effect in Effect.objects.filter(
        request=work.request, kind=EffectKind.ERASE, state=EffectState.WAITING, part=Part.WHOLE
    ).exclude(decision__outcome=Outcome.PARTLY):
        involvement = fresh.get(effect.involvement_reference)  # type: ignore[arg-type]
        if involvement is None:
            continue
        days = [day for day in (involvement.delete_from, involvement.dossier.delete_from) if day]
        effect.planned_on = max(min(days), work.today) if days else work.today
        effect.save(update_fields=["planned_on"])


def _lock_first() -> None:
    """Take the locks that destruction and its planner take, in their order, before any row."""
    planning.one_planner_at_a_time()
    with connection.cursor() as cursor:
        cursor.execute(
            "LOCK TABLE retention_helddossier, subjects_restrictionmark IN ROW EXCLUSIVE MODE"
        )


def _people(privacy_request: PrivacyRequest) -> People:
    found = Involvement.objects.filter(pk__in=confirmed_involvements(privacy_request))
    return list(found.select_related("dossier").order_by("pk"))


def _done(
    work: Work,
    decision: Decision,
    kind: EffectKind,
    involvement: Involvement,
    *,
    planned_on: date | None = None,
    mark_id: int | None = None,
) -> Effect:
    """Note what was done by this decision, or is planned; what was done at once is tied to it."""
    done = planned_on is None
    effect, new = Effect.objects.get_or_create(
        request=work.request,
        right=decision.right,
        kind=kind,
        part=decision.part,
        dossier_reference=decision.dossier_reference,
        involvement_reference=involvement.reference,
        defaults={
            "decision": decision,
            "state": EffectState.DONE if done else EffectState.WAITING,
            "planned_on": planned_on,
            "carried_out_at": work.now if done else None,
            "mark_id": mark_id,
        },
    )
    if not new:
        effect.decision = decision
        effect.save(update_fields=["decision"])
        return effect
    note(
        work.request,
        "request.carried_out" if done else "request.begun_to_carry_out",
        work.actor,
        right=decision.right.right,
        kind=str(kind),
        part=decision.part,
        involvement=involvement.reference,
    )
    return effect


def _is_done(work: Work, decision: Decision, kind: EffectKind, involvement: Involvement) -> bool:
    done = Effect.objects.filter(
        request=work.request, right=decision.right, kind=kind, state=EffectState.DONE
    )
    return done.filter(involvement_reference=involvement.reference).exists()


# --- rectification -------------------------------------------------------------------------


def _rectify(work: Work, decision: Decision, people: People) -> None:
    case, actor, now = work.request.reference, work.actor, work.now
    if decision.part == Part.SCORE:
        for one in people:
            telling.compute_again(one, case=case, actor=actor, now=now)
            _done(work, decision, EffectKind.RECOMPUTE, one)
        return
    if work.situation == Situation.NOT_ME:
        for one in people:
            rights.unlink(one.pk, now=now, actor=actor)
            _put(work.involvements, (decision.decided_by, True), one.pk)
            telling.use_ended(one, case=case, actor=actor, now=now)
            _done(work, decision, EffectKind.UNLINK, one)
            _done(work, decision, EffectKind.ERASE, one, planned_on=work.today)
        return
    if work.situation == Situation.DISPUTE:
        for one in people:
            rights.note_dispute(one.pk, work.words, now=now, actor=actor)
            telling.disputed(one, case=case, actor=actor, now=now)
            _done(work, decision, EffectKind.DISPUTE, one)
    for one in people:
        _correct(work, decision, one)


def _correct(work: Work, decision: Decision, involvement: Involvement) -> None:
    waiting = list(
        Rectification.objects.select_for_update()
        .filter(
            request=work.request, involvement_reference=involvement.reference, carried_out_at=None
        )
        .order_by("pk")
    )
    if not waiting:
        return
    key = vault.open_key(work.request.key_id)
    identity: dict[str, object] = {}
    kind = EffectKind.RECTIFY
    values = {row.pk: key.unseal(row.sealed_values, place=row.values_place) for row in waiting}
    for row in waiting:
        if row.record_digest is None:
            identity[row.field] = values[row.pk]["new"]
    old = rights.rectify_identity(involvement.pk, identity, actor=work.actor) if identity else {}
    told: dict[str, Any] = {"case": work.request.reference, "actor": work.actor, "now": work.now}
    if identity:
        changes = {name: (old[name], new) for name, new in identity.items()}
        telling.corrected(involvement, changes, **told)
    for row in waiting:
        kept = values[row.pk]
        if row.record_digest is None:
            kept["old"] = old[row.field]
        else:
            digest = bytes(row.record_digest)
            in_books = involvement.dossier.purpose_id == BOOKS
            kept["old"] = _correct_record(work, digest, row.field, kept["new"], in_books=in_books)
            kind = EffectKind.BOOK if in_books else EffectKind.RECTIFY
            record = Record.objects.select_related("involvement__dossier").get(source_digest=digest)
            telling.corrected(record, {row.field: (kept["old"], kept["new"])}, **told)
        row.sealed_values = key.seal(kept, place=row.values_place)
        row.carried_out_at = work.now
        row.save(update_fields=["sealed_values", "carried_out_at"])
    _done(work, decision, kind, involvement)


def _correct_record(
    work: Work, digest: bytes, name: str, value: object, *, in_books: bool
) -> object:
    try:
        if in_books:
            return rights.book_correction(digest, name, value, now=work.now, actor=work.actor)
        return rights.rectify_record(digest, name, value, actor=work.actor)
    except Record.DoesNotExist as error:
        raise CannotBeDone("the piece of data to correct is no longer there") from error


# --- ending use ----------------------------------------------------------------------------


def _end_use(work: Work, decision: Decision, people: People) -> None:
    case = work.request.reference
    for one in people:
        if one.dossier.purpose_id in RENEWED_BY_CONTACT:
            subjects.unsubscribe(one.pk, now=work.now, actor=work.actor, case=case)
            _done(work, decision, EffectKind.UNSUBSCRIBE, one)
            continue
        rights.end_use(one.pk, why="objection", now=work.now, actor=work.actor)
        telling.use_ended(one, case=case, actor=work.actor, now=work.now)
        _done(work, decision, EffectKind.END_USE, one)


def _end_marketing(work: Work, decision: Decision, people: People) -> None:
    for one in people:
        if one.dossier.purpose_id == MKT:
            subjects.unsubscribe(
                one.pk, now=work.now, actor=work.actor, case=work.request.reference
            )
            _done(work, decision, EffectKind.UNSUBSCRIBE, one)
        elif one.dossier.purpose_id in RELATIONS:
            if not _is_done(work, decision, EffectKind.SUPPRESS, one):
                rights.shut_addresses(one.pk, MKT, today=work.today, actor=work.actor)
            _done(work, decision, EffectKind.SUPPRESS, one)


def _withdraw(work: Work, decision: Decision, people: People) -> None:
    for one in people:
        for consent in Consent.objects.filter(involvement=one).order_by("pk"):
            subjects.withdraw_consent(
                consent.pk, now=work.now, actor=work.actor, case=work.request.reference
            )
        _done(work, decision, EffectKind.WITHDRAW, one)


def _restrict(work: Work, decision: Decision, people: People) -> None:
    if not decision.ground:
        raise Incomplete("a pause needs one of the four grounds of Article 18(1)")
    for one in people:
        mark_id = place(work, one, decision.ground)
        effect = _done(work, decision, EffectKind.RESTRICT, one, mark_id=mark_id)
        if effect.mark_id != mark_id:
            effect.mark_id = mark_id
            effect.save(update_fields=["mark_id"])


def place(work: Work, involvement: Involvement, ground: str) -> int:
    """Restrict a person's data in a dossier on a ground; return the mark, new or standing."""
    try:
        mark = subjects.place_restriction(
            involvement.pk,
            RestrictionGround(ground),
            today=work.today,
            actor=work.actor,
            case=work.request.reference,
        )
    except AlreadyRestricted:
        mark = involvement.restrictions.get(ground=ground, lifted_on=None)
    return mark.pk


def _reviewed(work: Work, decision: Decision, people: People) -> None:
    """A review was done before the answer could be approved; here it is tied to its decision."""
    done = set(
        work.request.reviews.filter(reviewed_at__isnull=False).values_list(
            "involvement_reference", flat=True
        )
    )
    for one in people:
        if one.reference in done:
            _done(work, decision, EffectKind.REVIEW, one)


# --- erasure -------------------------------------------------------------------------------


def _list_for_erasure(work: Work, decision: Decision, people: People) -> None:
    if decision.part == Part.SPECIAL:
        _erase_special(work, decision, people)
    elif decision.part == Part.SCORE:
        _erase_scores(work, decision, people)
    elif decision.outcome == Outcome.PARTLY:
        _erase_part(work, decision, people)
    else:
        _erase_file(work, decision, people)


def _erase_part(work: Work, decision: Decision, people: People) -> None:
    """List what of a file is no longer relevant: the categories of data that were chosen."""
    for one in people:
        if one.dossier.purpose_id in BY_DATE_ONLY:
            raise CannotBeDone("the law fixes how long these data are kept")
        chosen = Record.objects.filter(
            involvement=one, data_category__in=decision.data_categories
        ).values_list("pk", flat=True)
        if found := list(chosen.order_by("pk")):
            work.records.setdefault(decision.decided_by, []).extend(found)
            _done(work, decision, EffectKind.ERASE, one, planned_on=work.today)


def _erase_file(work: Work, decision: Decision, people: People) -> None:
    if not people:
        return
    dossier = people[0].dossier
    unlawful = decision.article == UNLAWFUL or work.situation == Situation.NOT_ME
    by = decision.decided_by, unlawful
    if dossier.purpose_id in RENEWED_BY_CONTACT and not unlawful:
        for one in people:
            subjects.unsubscribe(
                one.pk, now=work.now, actor=work.actor, case=work.request.reference
            )
    elif dossier.purpose_id in BY_DATE_ONLY and not unlawful:
        if dossier.delete_from is None or dossier.delete_from > work.today:
            raise CannotBeDone("the law fixes how long these data are kept")
    elif unlawful or _others(dossier.pk, people):
        for one in people:
            _put(work.involvements, by, one.pk)
    else:
        _put(work.dossiers, by, dossier.pk)
    for one in people:
        _end_pauses(work, one)
        _done(work, decision, EffectKind.ERASE, one, planned_on=work.today)


def _others(dossier_id: int, people: People) -> bool:
    """Tell whether anybody else stands in the dossier: then it stays."""
    mine = [one.pk for one in people]
    return Involvement.objects.filter(dossier=dossier_id).exclude(pk__in=mine).exists()


def _erase_scores(work: Work, decision: Decision, people: People) -> None:
    """List the scores that are old: all of a closed case, all but the newest of an open one."""
    for one in people:
        scores = list(
            Record.objects.filter(involvement=one, data_category="score")
            .order_by("-collected_on", "-pk")
            .values_list("pk", flat=True)
        )
        old = scores if one.dossier.closed_on else scores[1:]
        if old:
            work.records.setdefault(decision.decided_by, []).extend(old)
            _done(work, decision, EffectKind.ERASE, one, planned_on=work.today)


def _erase_special(work: Work, decision: Decision, people: People) -> None:
    """Withdraw the consent that special data rest on; what rests on nothing else goes today."""
    for one in people:
        special = Record.objects.filter(involvement=one, is_special=True, special_ground="9.2.a")
        for consent in set(special.exclude(consent=None).values_list("consent_id", flat=True)):
            subjects.withdraw_consent(
                consent, now=work.now, actor=work.actor, case=work.request.reference
            )
        loose = list(special.filter(consent=None).values_list("pk", flat=True))
        if loose:
            work.records.setdefault(decision.decided_by, []).extend(loose)
        _done(work, decision, EffectKind.ERASE, one, planned_on=work.today)


def _put(where: dict[tuple[int, bool], list[int]], by: tuple[int, bool], pk: int) -> None:
    found = where.setdefault(by, [])
    if pk not in found:
        found.append(pk)


def _end_pauses(work: Work, involvement: Involvement) -> None:
    """Lift what would hold the erasure back, once the person is told of it on their page."""
    marks = list(involvement.restrictions.filter(lifted_on=None).order_by("pk"))
    if not marks:
        return
    if not work.paused:
        with override(work.request.language):
            tell(work.request, str(PAUSE_ENDS), work.officer, work.now)
    work.paused.append(involvement)
    for mark in marks:
        subjects.lift_restriction(
            mark.pk,
            informed_on=work.today,
            today=work.today,
            actor=work.actor,
            case=work.request.reference,
        )
        Effect.objects.filter(request=work.request, mark_id=mark.pk).update(
            informed_at=work.now, ended_at=work.now
        )


def _erase(work: Work) -> None:
    case = work.request.reference
    for (first, unlawful), ids in work.dossiers.items():
        people = (first, work.officer)
        retention.erase_dossiers(ids, case=case, people=people, today=work.today, unlawful=unlawful)
    for (first, unlawful), ids in work.involvements.items():
        people = (first, work.officer)
        retention.erase_involvements(
            ids, case=case, people=people, today=work.today, unlawful=unlawful
        )
    for first, ids in work.records.items():
        retention.erase_records(ids, case=case, people=(first, work.officer), today=work.today)


HANDLERS: dict[str, Callable[[Work, Decision, People], None]] = {
    Right.RECTIFICATION: _rectify,
    Right.OBJECTION: _end_use,
    Right.MARKETING: _end_marketing,
    Right.CONSENT: _withdraw,
    Right.RESTRICTION: _restrict,
    Right.REVIEW: _reviewed,
    Right.ERASURE: _list_for_erasure,
}
