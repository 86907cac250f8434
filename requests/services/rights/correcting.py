"""What is to be corrected, and into what: noted before it is decided, carried out with it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone, translation
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _

from requests.belongings import belongings_of
from requests.constants import Right, State
from requests.exceptions import Incomplete
from requests.models import PrivacyRequest, Rectification
from requests.services.changing import locked, note, require, save
from requests.services.own_file import require_other
from requests.services.people.matching import told_involvements
from subjects.constants import EMPTY, RECTIFIABLE
from subjects.models import AutomatedDecision, ContactEvent, Involvement, Record
from vault import services as vault

BOOKS = "ACC"
# To these the person may add a statement, which stands in the file with them.
STATEMENT = "statement"
PIECES: dict[str, type[Record | ContactEvent | AutomatedDecision]] = {
    "record": Record,
    "contact": ContactEvent,
    "decision": AutomatedDecision,
}


@transaction.atomic
def note_identity(
    pk: int,
    name: str,
    value: Any,
    *,
    evidence: str,
    officer: int,
    now: datetime,
    involvement: UUID | None = None,
    version: int | None = None,
    removes: bool = False,
) -> list[Rectification]:
    """Note a new value for a field of the person's identity: in one file, or in all of them.

    A field that is empty gets one (completion); with `removes` what stands there is wrong and
    nothing is right, so it goes. Not in the books, where an old line stays (AWR, Article 52).
    Raises Incomplete for what is no such field, for nothing, or where nobody is confirmed.

    Source: GDPR Article 16.
    """
    privacy_request = _open(pk, officer, version)
    if name not in RECTIFIABLE or (value in ("", None, []) and not removes):
        raise Incomplete("say which field gets which new value")
    if removes:
        value = EMPTY[name]
    rows = Involvement.objects.filter(pk__in=told_involvements(privacy_request))
    rows = rows.exclude(dossier__purpose=BOOKS).exclude(dossier__phase="invoice")
    if involvement is not None:
        rows = rows.filter(reference=involvement)
    found = list(rows.select_related("dossier").order_by("pk"))
    if not found:
        raise Incomplete("nobody is confirmed whose data could be corrected here")
    kept = {"old": None, "new": value, "evidence": evidence}
    return [
        _note(privacy_request, one, None, name, kept, officer=officer, now=now) for one in found
    ]


@transaction.atomic
def note_record(
    pk: int,
    record_id: int,
    name: str,
    value: Any,
    *,
    evidence: str,
    officer: int,
    now: datetime,
    version: int | None = None,
    removes: bool = False,
) -> Rectification:
    """Note a new value for a field of one piece of the person's data, or with `removes` none.

    Raises Incomplete where the record is not of a person confirmed, the field not in it, or
    nothing of the piece would be left: that is erased, and not corrected.

    Source: GDPR Article 16.
    """
    privacy_request = _open(pk, officer, version)
    record = (
        Record.objects.filter(pk=record_id, involvement__in=told_involvements(privacy_request))
        .select_related("involvement__dossier")
        .first()
    )
    if record is None or (value in ("", None) and not removes):
        raise Incomplete("say which field gets which new value")
    held = vault.open_key(record.involvement.key_id).unseal(
        record.sealed_content, place=record.content_place
    )
    if name not in held:
        raise Incomplete("say which field gets which new value")
    if removes and not any(part for other, part in held.items() if other != name):
        raise Incomplete("nothing would be left of this piece of data: that is an erasure")
    new = None if removes else like(held[name], value)
    kept = {"old": held[name], "new": new, "evidence": evidence}
    digest = bytes(record.source_digest)
    return _note(privacy_request, record.involvement, digest, name, kept, officer=officer, now=now)


@transaction.atomic
def note_statement(
    pk: int,
    kind: str,
    piece: int,
    words: str,
    *,
    evidence: str,
    officer: int,
    now: datetime,
    version: int | None = None,
) -> Rectification:
    """Note what the person adds to a piece that is not changed: a letter, a call, a decision.

    `kind` is one of `PIECES`. Raises Incomplete for no words, or a piece of nobody confirmed.

    Source: GDPR Article 16, second sentence.
    """
    privacy_request = _open(pk, officer, version)
    found = (
        PIECES[kind]
        .objects.filter(pk=piece, involvement__in=told_involvements(privacy_request))
        .exclude(involvement__dossier__phase="invoice")
        .select_related("involvement__dossier")
        .first()
        if kind in PIECES
        else None
    )
    if found is None or not words.strip():
        raise Incomplete("say to which piece the person adds something, and what")
    with translation.override(privacy_request.language):
        about = _about(found)
    kept = {"old": about, "new": words.strip(), "evidence": evidence}
    digest = bytes(found.source_digest)
    field = f"{STATEMENT}_{kind}"
    return _note(privacy_request, found.involvement, digest, field, kept, officer=officer, now=now)


def _about(piece: Record | ContactEvent | AutomatedDecision) -> str:
    """Return to what a statement is added, in the language now active."""
    if isinstance(piece, Record):
        day = piece.collected_on
        return _("Added to data of %(day)s") % {"day": format_date(day, "j F Y")}
    if isinstance(piece, AutomatedDecision):
        day = timezone.localdate(piece.decided_at)
        return _("Added to the decision of %(day)s") % {"day": format_date(day, "j F Y")}
    day = timezone.localdate(piece.happened_at)
    return _("Added to what was written or said on %(day)s") % {"day": format_date(day, "j F Y")}


def like(old: Any, typed: Any) -> Any:
    """Return what was typed as the kind of value that stands there: a number stays a number.

    >>> like(3, "5"), like("3", "5"), like(1.5, "x")
    (5, '5', 'x')
    """
    if isinstance(typed, str) and isinstance(old, int | float) and not isinstance(old, bool):
        try:
            return type(old)(typed)
        except ValueError:
            return typed
    return typed


@transaction.atomic
def drop_correction(reference: UUID, *, officer: int) -> None:
    """Take back a correction that was noted and not carried out. Safe to run twice."""
    waiting = Rectification.objects.filter(reference=reference, carried_out_at=None)
    request_id = waiting.values_list("request_id", flat=True).first()
    if request_id is None:
        return
    privacy_request = _open(request_id, officer, None)
    waiting.delete()
    note(privacy_request, "request.correction_dropped", f"user:{officer}")


def corrections_of(
    privacy_request: PrivacyRequest,
) -> list[tuple[Rectification, Mapping[str, Any]]]:
    """Return each correction with its {"old", "new", "evidence"}, oldest first."""
    belongings = belongings_of(privacy_request)
    return [
        (row, belongings.key.unseal(row.sealed_values, place=row.values_place))
        for row in belongings.corrections
    ]


def _open(pk: int, officer: int, version: int | None) -> PrivacyRequest:
    privacy_request = locked(pk, version)
    require(privacy_request, State.HANDLING)
    require_other(privacy_request, officer)
    if not privacy_request.rights.filter(right=Right.RECTIFICATION).exists():
        raise Incomplete("no correction was asked")
    return privacy_request


def _note(
    privacy_request: PrivacyRequest,
    involvement: Involvement,
    digest: bytes | None,
    name: str,
    values: dict[str, Any],
    *,
    officer: int,
    now: datetime,
) -> Rectification:
    # A new value for the same field takes the place of one that still waits.
    Rectification.objects.filter(
        request=privacy_request,
        involvement_reference=involvement.reference,
        record_digest=digest,
        field=name,
        carried_out_at=None,
    ).delete()
    row = Rectification(
        request=privacy_request,
        dossier_reference=involvement.dossier.reference,
        involvement_reference=involvement.reference,
        record_digest=digest,
        field=name,
        entered_by=officer,
        entered_at=now,
    )
    key = vault.open_key(privacy_request.key_id)
    row.sealed_values = key.seal(values, place=row.values_place)
    row.save()
    save(privacy_request)
    note(
        privacy_request,
        "request.correction_noted",
        f"user:{officer}",
        field=name,
        involvement=involvement.reference,
    )
    return row
