"""What a chunk adds and changes, into the tables: what is new by COPY."""

from datetime import date
from typing import Any

from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from audit import services as audit
from policy.periods import Anchors
from subjects import names
from subjects.anchors import ANCHORS, end_of
from subjects.door.children import CHILDREN, record_end
from subjects.door.copying import copy_rows
from subjects.door.persons import INVOLVEMENT_COLUMNS
from subjects.door.state import MARKETING, DossierState, KnownConsent
from subjects.door.work import Work
from subjects.models import Dossier, Involvement, Record
from subjects.suppression import marks_of, shut_since
from subjects.telling import tell_of_restriction
from vault import services as vault

DOSSIER_COLUMNS = (
    *("id", "reference", "source_system", "source_digest", "purpose_id", "client_id", "phase"),
    *("created_at", *ANCHORS, "rule", "delete_from", "missing_anchor"),
)
# What stays as it is: what a row is, and what only a right of the person changes.
NOT_SENT = frozenset(["id", "involvement", "source_digest", "suspended_at", "reviews_digest"])


def write_new(cursor: CursorWrapper, work: Work) -> None:
    """Write the rows that were not there."""
    rows = work.rows
    copy_rows(cursor, "subjects_subject", ("id", "reference"), rows.subjects)
    new = [_row(work, dossier) for dossier in rows.dossiers if dossier.held is None]
    copy_rows(cursor, "subjects_dossier", DOSSIER_COLUMNS, new)
    copy_rows(cursor, "subjects_involvement", INVOLVEMENT_COLUMNS, rows.involvements)
    for kind, child in CHILDREN.items():
        if made := rows.children.get(kind):
            copy_rows(cursor, child.table, work.columns[kind], made)


def _row(work: Work, dossier: DossierState) -> tuple[Any, ...]:
    end = end_of(dossier.purpose, Anchors(**dossier.anchors), work.codes.rules)
    return (
        dossier.id,
        dossier.reference,
        work.standing.source,
        dossier.digest,
        dossier.purpose,
        dossier.client_id,
        dossier.phase,
        work.now,
        *dossier.anchors.values(),
        end.rule,
        end.delete_from,
        end.missing_anchor,
    )


def write_changes(work: Work) -> None:
    """Write what was there already and is changed."""
    rows = work.rows
    if changed := [dossier for dossier in rows.dossiers if dossier.held is not None]:
        _write_dossiers(work, changed)
    if rows.changed_involvements:
        Involvement.objects.bulk_update(
            rows.changed_involvements,
            ["sealed_identity", "sealed_corrections", "category", "verified_on"],
            batch_size=500,
        )
    if rows.use_ended:
        involvements = Involvement.objects.filter(dossier__in=rows.use_ended)
        involvements.filter(use_ended_at__isnull=True).update(use_ended_at=work.now)
    if rows.use_ended or rows.ended_alone:
        _suppress_held(work)
    for pk, day in rows.ended_alone.items():
        end = end_of(MARKETING, Anchors(consent_withdrawn_on=day))
        alone = Involvement.objects.filter(pk=pk)
        alone.filter(use_ended_at__isnull=True).update(use_ended_at=work.now)
        alone.filter(_later_than(day)).update(rule=end.rule, delete_from=day)
    for kind, held in rows.changed.items():
        child = CHILDREN[kind]
        fields = {one.name for one in child.model._meta.concrete_fields}
        child.model._default_manager.bulk_update(held, sorted(fields - NOT_SENT), batch_size=500)
    for consent in rows.withdrawn:
        _end_records_of(consent)
    if rows.despite:
        _note_despite(work)
    if rows.suppressed:
        shut_since(rows.suppressed, MARKETING)


def _write_dossiers(work: Work, changed: list[DossierState]) -> None:
    held = [_applied(work, dossier) for dossier in changed]
    Dossier.objects.bulk_update(
        held,
        ["purpose", "client", "phase", *ANCHORS, "rule", "delete_from", "missing_anchor"],
        batch_size=500,
    )
    audit.append_many(
        [
            audit.Event(
                "dossier.changed",
                f"dossier:{row.reference}",
                audit.SYSTEM,
                facts={"source": work.standing.source, "due": row.delete_from},
            )
            for row in held
        ]
    )


def _applied(work: Work, dossier: DossierState) -> Dossier:
    row = dossier.held
    assert row is not None
    end = end_of(dossier.purpose, Anchors(**dossier.anchors), work.codes.rules)
    row.purpose_id, row.client_id, row.phase = dossier.purpose, dossier.client_id, dossier.phase
    for name, value in dossier.anchors.items():
        setattr(row, name, value)
    row.rule, row.delete_from = end.rule, end.delete_from
    row.missing_anchor = end.missing_anchor
    return row


def _note_despite(work: Work) -> None:
    """Note uses in spite of a restriction; who so received data hears that it stands.

    Whether a legal claim asked for it is for an officer to say (GDPR Article 18(2)).

    Source: GDPR Articles 18(2) and 19.
    """
    despite = work.rows.despite
    audit.append_many(
        [
            audit.Event(
                "restriction.passed",
                f"involvement:{one.reference}",
                audit.SYSTEM,
                facts={"source": work.standing.source, "kind": kind},
            )
            for one, kind, _recipient in despite
        ]
    )
    pairs = {(one.id, recipient) for one, _kind, recipient in despite if recipient is not None}
    tell_of_restriction(pairs, actor=audit.SYSTEM, now=work.now)


def _suppress_held(work: Work) -> None:
    """Keep the addresses of those whose marketing ended from being used again."""
    ended = Involvement.objects.filter(
        Q(dossier__in=work.rows.use_ended) | Q(pk__in=list(work.rows.ended_alone)),
        dossier__purpose=MARKETING,
    )
    rows = list(ended)
    keys = vault.open_keys(row.key_id for row in rows)
    today = work.now.date()
    for row in rows:
        if key := keys.get(row.key_id):
            identity = key.unseal(row.sealed_identity, place=row.identity_place)
            marks = marks_of(names.person_of(identity), row.person_digest)
            work.rows.suppressed += [(mark, today) for mark in marks]


def _end_records_of(consent: KnownConsent) -> None:
    rule, day = record_end(
        register_removed_on=None, withdrawn_on=consent.withdrawn_on, only_by_consent=True
    )
    on_consent = Record.objects.filter(consent_id=consent.id)
    for only in ({"lawful_basis": "6.1.a"}, {"special_ground": "9.2.a"}):
        on_consent.filter(_later_than(day), **only).update(rule=rule, delete_from=day)


def _later_than(day: date | None) -> Q:
    return Q(delete_from__isnull=True) | Q(delete_from__gt=day)
