"""Carrying out what was decided, in the registry, in the transaction that approves it.

So nothing is half done wherever a worker dies, and what cannot be done is not approved.
Destruction follows down its own road: here its list is made, agreed by the two people of the
decision.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from requests.constants import (
    GIVEN,
    EffectKind,
    Part,
    Right,
    Situation,
)
from requests.exceptions import CannotBeDone, GrantsNothing, Incomplete
from requests.models import Decision, PrivacyRequest, Rectification
from requests.organisations import telling
from requests.services.changing import body_of, situation_of
from requests.services.people.matching import confirmed_involvements
from requests.services.rights.at_once import MKT, RELATIONS
from requests.services.rights.correcting import PIECES, STATEMENT
from requests.services.rights.erasing import erase_listed, list_for_erasure, plan_days
from requests.services.rights.weighed import end_weighed
from requests.services.rights.work import People, Work, is_done, note_done, put
from retention import planning
from retention.exceptions import ErasureForbidden
from subjects import rights
from subjects import services as subjects
from subjects.anchors import RENEWED_BY_CONTACT
from subjects.constants import RestrictionGround
from subjects.exceptions import AlreadyRestricted, RuleBroken
from subjects.models import Consent, Involvement, Record
from vault import services as vault

BOOKS = "ACC"
STATEMENTS = {f"{STATEMENT}_{kind}": model for kind, model in PIECES.items()}
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
        holds = [one for one in decided if one.right.right == Right.OBJECTION]
        end_weighed(work, people, [one.dossier_reference for one in holds])
        erase_listed(work)
        plan_days(work, people)
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


# --- rectification -------------------------------------------------------------------------


def _rectify(work: Work, decision: Decision, people: People) -> None:
    case, actor, now = work.request.reference, work.actor, work.now
    if decision.part == Part.SCORE:
        for one in people:
            telling.compute_again(one, case=case, actor=actor, now=now)
            note_done(work, decision, EffectKind.RECOMPUTE, one)
        return
    if work.situation == Situation.NOT_ME:
        for one in people:
            rights.unlink(one.pk, now=now, actor=actor)
            put(work.involvements, (decision.decided_by, True), one.pk)
            telling.use_ended(one, case=case, actor=actor, now=now)
            note_done(work, decision, EffectKind.UNLINK, one)
            note_done(work, decision, EffectKind.ERASE, one, planned_on=work.today)
        return
    if work.situation == Situation.DISPUTE:
        for one in people:
            rights.note_dispute(one.pk, work.words, now=now, actor=actor)
            telling.disputed(one, case=case, actor=actor, now=now)
            note_done(work, decision, EffectKind.DISPUTE, one)
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
    old = (
        rights.rectify_identity(involvement.pk, identity, today=work.today, actor=work.actor)
        if identity
        else {}
    )
    told: dict[str, Any] = {"case": work.request.reference, "actor": work.actor, "now": work.now}
    if identity:
        changes = {name: (old[name], new) for name, new in identity.items()}
        telling.corrected(involvement, changes, **told)
    for row in waiting:
        kept = values[row.pk]
        if row.record_digest is None:
            kept["old"] = old[row.field]
        elif row.field in STATEMENTS:
            _add_statement(work, bytes(row.record_digest), row.field, kept, told)
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
    note_done(work, decision, kind, involvement)


def _add_statement(
    work: Work, digest: bytes, field: str, kept: dict[str, Any], told: dict[str, Any]
) -> None:
    """Put what the person adds beside the piece it is about, and tell who received such data."""
    pieces = STATEMENTS[field].objects.select_related("involvement__dossier")
    part = pieces.filter(source_digest=digest).first()
    if part is None:
        raise CannotBeDone("the piece that the person adds something to is no longer there")
    words = f"{kept['old']}: {kept['new']}"
    rights.add_statement(part, words, case=work.request.reference, now=work.now, actor=work.actor)
    telling.added(part, words, **told)


def _correct_record(
    work: Work, digest: bytes, name: str, value: object, *, in_books: bool
) -> object:
    try:
        if in_books:
            return rights.book_correction(digest, name, value, now=work.now, actor=work.actor)
        return rights.rectify_record(digest, name, value, today=work.today, actor=work.actor)
    except Record.DoesNotExist as error:
        raise CannotBeDone("the piece of data to correct is no longer there") from error


# --- ending use ----------------------------------------------------------------------------


def _end_use(work: Work, decision: Decision, people: People) -> None:
    case = work.request.reference
    for one in people:
        if one.dossier.purpose_id in RENEWED_BY_CONTACT:
            subjects.unsubscribe(one.pk, now=work.now, actor=work.actor, case=case)
            # Of development and statistics it is told as what it is: that is no marketing.
            is_marketing = one.dossier.purpose_id == MKT
            kind = EffectKind.UNSUBSCRIBE if is_marketing else EffectKind.END_USE
            note_done(work, decision, kind, one)
            continue
        rights.end_use(one.pk, why="objection", now=work.now, actor=work.actor)
        telling.use_ended(one, case=case, actor=work.actor, now=work.now)
        note_done(work, decision, EffectKind.END_USE, one)


def _end_marketing(work: Work, decision: Decision, people: People) -> None:
    for one in people:
        if one.dossier.purpose_id == MKT:
            subjects.unsubscribe(
                one.pk, now=work.now, actor=work.actor, case=work.request.reference
            )
            note_done(work, decision, EffectKind.UNSUBSCRIBE, one)
        elif one.dossier.purpose_id in RELATIONS:
            if not is_done(work, decision, EffectKind.SUPPRESS, one):
                case = work.request.reference
                rights.shut_addresses(one.pk, MKT, now=work.now, actor=work.actor, case=case)
            note_done(work, decision, EffectKind.SUPPRESS, one)


def _withdraw(work: Work, decision: Decision, people: People) -> None:
    for one in people:
        for consent in Consent.objects.filter(involvement=one).order_by("pk"):
            subjects.withdraw_consent(
                consent.pk, now=work.now, actor=work.actor, case=work.request.reference
            )
        note_done(work, decision, EffectKind.WITHDRAW, one)


def _restrict(work: Work, decision: Decision, people: People) -> None:
    if not decision.ground:
        raise Incomplete("a pause needs one of the four grounds of Article 18(1)")
    for one in people:
        mark_id = place(work, one, decision.ground)
        effect = note_done(work, decision, EffectKind.RESTRICT, one, mark_id=mark_id)
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
        subjects.tell_restricted(involvement, case=work.request.reference, actor=work.actor)
    return mark.pk


def _reviewed(work: Work, decision: Decision, people: People) -> None:
    """A review was done before the answer could be approved; here it is tied to its decision."""
    reviewed = set(
        work.request.reviews.filter(reviewed_at__isnull=False).values_list(
            "involvement_reference", flat=True
        )
    )
    for one in people:
        if one.reference in reviewed:
            note_done(work, decision, EffectKind.REVIEW, one)


HANDLERS: dict[str, Callable[[Work, Decision, People], None]] = {
    Right.RECTIFICATION: _rectify,
    Right.OBJECTION: _end_use,
    Right.MARKETING: _end_marketing,
    Right.CONSENT: _withdraw,
    Right.RESTRICTION: _restrict,
    Right.REVIEW: _reviewed,
    Right.ERASURE: list_for_erasure,
}
