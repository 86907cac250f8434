"""What stands in a pack: made of plain data, sealed under a key of its own."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.utils import timezone

from audit import services as audit
from policy import services as policy
from policy.periods import Anchors, first_deletion_day
from requests.belongings import belongings_of
from requests.constants import GIVEN, PackKind, Right
from requests.models import Pack, PrivacyRequest
from requests.packs import portability
from requests.packs.portability_pdf import render as render_portable
from requests.report.build import Report
from requests.report.pdf import render, report_json
from subjects.held import HeldInvolvement
from vault import services as vault
from vault.constants import KeyKind

KEEP_RULE = "PACK-30"


@dataclass(frozen=True)
class Sealed:
    """A pack that is not saved yet, its new key, and what the ledger may know of it."""

    pack: Pack
    key: vault.OpenKey
    counts: dict[str, audit.Fact]


def access_pack(privacy_request: PrivacyRequest, report: Report, *, now: datetime) -> Sealed:
    """Return the pack of an access answer: PDF and JSON."""
    pages, data = render(report), report_json(report)
    manifest = _access_manifest(report) | _files(pdf=pages, json=data)
    counts: dict[str, audit.Fact] = {
        "purposes": len(report["purposes"]),
        "dossiers": sum(len(purpose["dossiers"]) for purpose in report["purposes"]),
        "records": sum(purpose["records"] for purpose in report["purposes"]),
    }
    made = _sealed(privacy_request, PackKind.ACCESS, manifest, now, pdf=pages, json=data)
    return Sealed(*made, counts)


def portability_pack(
    privacy_request: PrivacyRequest, held: Sequence[HeldInvolvement], *, now: datetime
) -> Sealed | None:
    """Return the pack of data to take along: PDF, JSON and CSV; None where none were granted."""
    granted = [
        one
        for one in belongings_of(privacy_request).decisions
        if one.right.right == Right.PORTABILITY and one.outcome in GIVEN
    ]
    dossiers = {one.dossier_reference for one in granted if one.dossier_reference}
    if not granted:
        return None
    portable = portability.build(
        held,
        policy.current(),
        dossiers=dossiers,
        number=privacy_request.number,
        controller=settings.CONTROLLER,
        today=timezone.localdate(now),
        language=privacy_request.language,
    )
    files = {
        "pdf": render_portable(portable),
        "json": portability.as_json(portable),
        "csv": portability.as_csv(portable),
    }
    manifest = {
        "format": portable["format"],
        "language": portable["language"],
        "made_on": portable["made_on"],
        "records": len(portable["records"]),
    } | _files(**files)
    made = _sealed(privacy_request, PackKind.PORTABILITY, manifest, now, **files)
    return Sealed(*made, {"records": len(portable["records"])})


def _sealed(
    privacy_request: PrivacyRequest,
    kind: PackKind,
    manifest: dict[str, Any],
    now: datetime,
    **files: bytes,
) -> tuple[Pack, vault.OpenKey]:
    # A key without a row is swept; a row without its key could never be opened.
    key = vault.create_key(KeyKind.PACK)
    pack = Pack(
        request=privacy_request,
        kind=kind,
        key_id=key.id,
        manifest=manifest,
        digest=hashlib.sha256(b"".join(files.values())).digest(),
        made_at=now,
        expires_at=_expiry(timezone.localdate(now)),
    )
    for form, content in files.items():
        place = getattr(pack, f"{form}_place")
        setattr(pack, f"sealed_{form}", key.seal_bytes(content, place=place))
    return pack, key


def _files(**files: bytes) -> dict[str, Any]:
    return {
        form: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for form, content in files.items()
    }


def _access_manifest(report: Report) -> dict[str, Any]:
    """Return counts and codes that stay when the content goes."""
    return {
        "format": report["format"],
        "language": report["language"],
        "made_on": report["made_on"],
        "statement_version": report["statement_version"],
        "purposes": [
            {
                "code": purpose["code"],
                "dossiers": len(purpose["dossiers"]),
                "records": purpose["records"],
                "shared": purpose["shared"],
            }
            for purpose in report["purposes"]
        ],
        "forwarded": len(report["forwarded"]),
        "refused": len(report["refused"]),
    }


def _expiry(made_on: date) -> datetime:
    """Return the first moment of the day from which the pack must go."""
    due = first_deletion_day(KEEP_RULE, Anchors(made_on=made_on), policy.rules())
    if due.first_day is None:
        raise ValueError(f"{KEEP_RULE} has no end")
    return timezone.make_aware(datetime.combine(due.first_day, time.min))
