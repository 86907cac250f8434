"""What stands in the registry of what a chunk names, read in a handful of queries and locked."""

from collections.abc import Iterable, Iterator

from django.db.backends.utils import CursorWrapper

from subjects import names
from subjects.anchors import ANCHORS
from subjects.door.blocks import Block
from subjects.door.children import CHILDREN
from subjects.door.chunks import Prepared
from subjects.door.copying import rows_with
from subjects.door.reading import Line
from subjects.door.state import (
    MARKETING,
    DossierState,
    InvolvementState,
    KnownConsent,
    Standing,
)
from subjects.models import (
    Consent,
    Dossier,
    ErasureProof,
    Involvement,
    Organisation,
    Recipient,
    RestrictionMark,
    Suppression,
)
from subjects.suppression import asked_of, suppression_digest
from vault import services as vault

UNITS = ("dossier", "involvement", "record")
USES = ("disclosure", "contact_event")


def read_standing(cursor: CursorWrapper, prepared: Prepared, source: str) -> Standing:
    """Return what stands of all that the chunk names.

    Dossiers, involvements and people are locked against destruction first; what was destroyed is
    asked afterwards, so that nothing is destroyed unseen in between.
    """
    standing = Standing(source, prepared)
    _read_organisations(standing)
    lost = _read_involvements(cursor, standing)
    _read_children(cursor, standing)
    _read_people(cursor, standing)
    _read_destroyed(cursor, standing)
    # A restored backup may hold rows whose keys are gone: they count as erased.
    standing.destroyed |= {("involvement", name): row.reference for name, row in lost.items()}
    _read_suppressed(standing)
    return standing


def _read_organisations(standing: Standing) -> None:
    wanted = standing.prepared.organisations
    if not wanted:
        return
    standing.organisations = dict(
        Organisation.objects.filter(
            source_system=standing.source, source_id__in=wanted
        ).values_list("source_id", "id")
    )
    standing.recipients = {
        (row.organisation_id, row.category_id): row.pk
        for row in Recipient.objects.filter(organisation__in=standing.organisations.values())
    }


def _found(cursor: CursorWrapper, table: str, digests: Iterable[bytes]) -> list[int]:
    """Return the ids of the rows of a table that have one of these digests."""
    return [row[0] for row in rows_with(cursor, table, ["id"], digests)]


def _read_involvements(cursor: CursorWrapper, standing: Standing) -> dict[str, Involvement]:
    """Read dossiers and involvements; return the involvements whose keys are gone."""
    digests = standing.prepared.digests
    by_digest = {digest: name for name, digest in digests.get("involvement", {}).items()}
    held: dict[str, Involvement] = {}
    if ids := _found(cursor, "subjects_involvement", by_digest):
        rows = Involvement.objects.filter(pk__in=ids).order_by("id")
        held = {
            by_digest[bytes(row.source_digest)]: row for row in rows.select_for_update(no_key=True)
        }
    of_dossier = {digest: name for name, digest in digests.get("dossier", {}).items()}
    ids = _found(cursor, "subjects_dossier", of_dossier)
    by_id = _read_dossiers(standing, {*ids, *(row.dossier_id for row in held.values())}, of_dossier)
    keys = vault.open_keys(row.key_id for row in held.values()) if held else {}
    lost = {}
    for name, row in held.items():
        if row.key_id not in keys:
            lost[name] = row
            continue
        standing.involvements[name] = InvolvementState(
            row.pk, row.reference, by_id[row.dossier_id], keys[row.key_id], row
        )
    _read_restrictions(standing)
    return lost


def _read_restrictions(standing: Standing) -> None:
    """Read since when the use of whom is or was restricted, where lines may tell of a use."""
    by_id = {one.id: one for one in standing.involvements.values()}
    if not by_id or not any(standing.prepared.counts.get(kind) for kind in USES):
        return
    marks = RestrictionMark.objects.filter(involvement__in=list(by_id)).order_by("pk")
    for pk, since, lifted in marks.values_list("involvement_id", "since", "lifted_on"):
        by_id[pk].restricted = [*by_id[pk].restricted, (since, lifted)]


def _read_dossiers(
    standing: Standing, ids: set[int], of_dossier: dict[bytes, str]
) -> dict[int, DossierState]:
    by_id = {}
    rows = Dossier.objects.filter(pk__in=ids).order_by("id") if ids else Dossier.objects.none()
    for row in rows.select_for_update(no_key=True):
        digest = bytes(row.source_digest)
        by_id[row.pk] = dossier = DossierState(
            id=row.pk,
            reference=row.reference,
            purpose=row.purpose_id,
            client_id=row.client_id,
            phase=row.phase,
            anchors={name: getattr(row, name) for name in ANCHORS},
            digest=digest,
            held=row,
        )
        if name := of_dossier.get(digest):
            standing.dossiers[name] = dossier
    return by_id


def _read_children(cursor: CursorWrapper, standing: Standing) -> None:
    for kind, child in CHILDREN.items():
        named = standing.prepared.digests.get(kind)
        if not named or not (ids := _found(cursor, child.table, named.values())):
            continue
        by_digest = {digest: name for name, digest in named.items()}
        for row in child.model._default_manager.filter(pk__in=ids):
            source_id = by_digest[bytes(row.source_digest)]
            standing.children[kind, source_id] = row
            if isinstance(row, Consent):
                standing.consents[source_id] = KnownConsent(
                    row.pk, row.involvement_id, row.withdrawn_on
                )


def _read_people(cursor: CursorWrapper, standing: Standing) -> None:
    """Find the subjects whom this source's people are, and keep them from being deleted."""
    named = standing.prepared.digests.get("person")
    if not named:
        return
    columns = ("person_digest", "subject_id")
    rows = rows_with(cursor, "subjects_involvement", columns, named.values(), named="person_digest")
    found = {bytes(digest): subject for digest, subject in rows}
    if found:
        cursor.execute(
            "SELECT id FROM subjects_subject WHERE id = ANY (%s) ORDER BY id FOR KEY SHARE",
            [list(found.values())],
        )
        alive = {row[0] for row in cursor.fetchall()}
        found = {digest: pk for digest, pk in found.items() if pk in alive}
    standing.people = found


def _read_destroyed(cursor: CursorWrapper, standing: Standing) -> None:
    digests = {
        digest: (kind, source_id)
        for kind in UNITS
        for source_id, digest in standing.prepared.digests.get(kind, {}).items()
    }
    columns = ("source_digest", "reference")
    rows = rows_with(cursor, ErasureProof._meta.db_table, columns, digests)
    standing.destroyed = {digests[bytes(digest)]: reference for digest, reference in rows}
    if not standing.destroyed:
        return
    for block in standing.prepared.blocks:
        for line in block.lines:
            # What went with its dossier has no proof of its own.
            if line.type == "involvement" and went_with_its_dossier(line, standing):
                standing.destroyed.setdefault(("involvement", line.id), None)


def went_with_its_dossier(line: Line, standing: Standing) -> bool:
    return ("dossier", line.data.get("dossier")) in standing.destroyed


def _read_suppressed(standing: Standing) -> None:
    digests = {
        digest
        for block in standing.prepared.blocks
        if not block.bad
        for digest in _addresses_for_marketing(block, standing)
    }
    if digests:
        rows = Suppression.objects.filter(digest__in=digests, purpose=MARKETING)
        standing.suppressed = {bytes(digest) for digest in rows.values_list("digest", flat=True)}


def _addresses_for_marketing(block: Block, standing: Standing) -> Iterator[bytes]:
    if block.lines[0].type == "suppression":
        for line in block.lines:
            yield suppression_digest(line.data["kind"], line.data["value"])
    elif _is_marketing(block, standing):
        for line in block.lines:
            if line.type == "involvement":
                who = standing.digest("person", line.data["person"])
                yield from asked_of(names.person_of(line.data["identity"]), who)


def _is_marketing(block: Block, standing: Standing) -> bool:
    first = block.lines[0]
    if first.type == "dossier":
        return first.data["purpose"] == MARKETING
    known = standing.dossiers.get(block.dossier or "")
    return known is not None and known.purpose == MARKETING
