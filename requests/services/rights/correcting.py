"""What is to be corrected, and into what: noted before it is decided, carried out with it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from requests.belongings import belongings_of
from requests.constants import Right, State
from requests.exceptions import Incomplete
from requests.models import PrivacyRequest, Rectification
from requests.services.changing import locked, note, require, save
from requests.services.own_file import require_other
from requests.services.people.matching import confirmed_involvements
from subjects.constants import RECTIFIABLE
from subjects.models import Involvement, Record
from vault import services as vault

BOOKS = "ACC"


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
) -> list[Rectification]:
    """Note a new value for a field of the person's identity: in one file, or in all of them.

    Not in the books, where an old line stays (AWR, Article 52). Raises Incomplete for what is no
    such field, for nothing, or where nobody is confirmed.

    Source: GDPR Article 16.
    """
    privacy_request = _open(pk, officer, version)
    if name not in RECTIFIABLE or value in ("", None, []):
        raise Incomplete("say which field gets which new value")
    rows = Involvement.objects.filter(pk__in=confirmed_involvements(privacy_request))
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
) -> Rectification:
    """Note a new value for a field of one piece of the person's data.

    Raises Incomplete where the record is not of a person confirmed, or the field not in it.

    Source: GDPR Article 16.
    """
    privacy_request = _open(pk, officer, version)
    record = (
        Record.objects.filter(pk=record_id, involvement__in=confirmed_involvements(privacy_request))
        .select_related("involvement__dossier")
        .first()
    )
    if record is None or value in ("", None):
        raise Incomplete("say which field gets which new value")
    held = vault.open_key(record.involvement.key_id).unseal(
        record.sealed_content, place=record.content_place
    )
    if name not in held:
        raise Incomplete("say which field gets which new value")
    kept = {"old": held[name], "new": like(held[name], value), "evidence": evidence}
    digest = bytes(record.source_digest)
    return _note(privacy_request, record.involvement, digest, name, kept, officer=officer, now=now)


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
