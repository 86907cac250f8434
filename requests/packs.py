"""The answer to an access request as a pack: made once, sealed, taken, and emptied in time."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from policy import services as policy
from policy.periods import Anchors, first_deletion_day
from requests import services
from requests.answering import report_for
from requests.completeness import missing
from requests.constants import State
from requests.exceptions import Incomplete, PackGone, WrongState
from requests.models import Pack, PackDownload, PrivacyRequest
from requests.report import Report
from requests.report_pdf import render, report_json
from vault import services as vault
from vault.constants import KeyKind

KEEP_RULE = "PACK-30"
FORMS = {"pdf": "application/pdf", "json": "application/json"}
AT_A_TIME = 200


# --- making --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Built:
    """The pack, and the mail that waits to tell of it, if this call made the pack."""

    pack: Pack
    mail_id: int | None = None


def build_pack(request_id: int, *, now: datetime) -> Built:
    """Make the pack of an approved request and answer with it.

    Safe to run twice, in parallel, and to be killed: until the one commit nothing is answered,
    and whoever comes later finds the pack that is there. Raises WrongState where nothing
    was approved, Incomplete where the law asks for more than the answer holds.
    """
    privacy_request = PrivacyRequest.objects.select_related("dossier").get(pk=request_id)
    if made := _pack_of(privacy_request):
        return Built(made)
    _require_approved(privacy_request)
    report = report_for(privacy_request, today=timezone.localdate(now))
    if gaps := missing(report):
        raise Incomplete(f"{len(gaps)} items are missing")
    pages, data = render(report), report_json(report)
    # A key without a row is swept; a row without its key could never be opened.
    key = vault.create_key(KeyKind.PACK)
    pack = Pack(
        request=privacy_request,
        key_id=key.id,
        manifest=_manifest(report, pages, data),
        digest=hashlib.sha256(pages + data).digest(),
        made_at=now,
        expires_at=_expiry(timezone.localdate(now)),
    )
    pack.sealed_pdf = key.seal_bytes(pages, place=pack.pdf_place)
    pack.sealed_json = key.seal_bytes(data, place=pack.json_place)
    with transaction.atomic():
        locked = PrivacyRequest.objects.select_for_update().get(pk=request_id)
        if made := _pack_of(locked):
            return Built(made)
        _require_approved(locked)
        pack.save()
        facts: dict[str, audit.Fact] = {"pack": pack.reference, "digest": pack.digest.hex()}
        made_of = f"request:{locked.reference}"
        audit.append_many(
            [audit.Event("pack.made", made_of, audit.WORKER, facts=facts | _counts(report))]
        )
        answered = services.answer(locked.pk, actor=audit.WORKER, now=now)
        vault.require_fresh([key])
        return Built(pack, answered)


def waiting(limit: int = AT_A_TIME) -> list[int]:
    """Return requests that were approved and have no answer yet, the oldest first."""
    approved = PrivacyRequest.objects.filter(state=State.APPROVED).order_by("pk")
    return list(approved.values_list("pk", flat=True)[:limit])


def _pack_of(privacy_request: PrivacyRequest) -> Pack | None:
    return Pack.objects.filter(request=privacy_request).order_by("-pk").first()


def _require_approved(privacy_request: PrivacyRequest) -> None:
    if privacy_request.state != State.APPROVED:
        raise WrongState("a pack is made of an approved answer")


def _counts(report: Report) -> dict[str, audit.Fact]:
    purposes = report["purposes"]
    return {
        "purposes": len(purposes),
        "dossiers": sum(len(purpose["dossiers"]) for purpose in purposes),
        "records": sum(purpose["records"] for purpose in purposes),
    }


def _manifest(report: Report, pages: bytes, data: bytes) -> dict[str, Any]:
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
        "pdf": {"bytes": len(pages), "sha256": hashlib.sha256(pages).hexdigest()},
        "json": {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()},
    }


def _expiry(made_on: date) -> datetime:
    """Return the first moment of the day from which the pack must go."""
    due = first_deletion_day(KEEP_RULE, Anchors(made_on=made_on), policy.rules())
    if due.first_day is None:
        raise ValueError(f"{KEEP_RULE} has no end")
    return timezone.make_aware(datetime.combine(due.first_day, time.min))


# --- taking --------------------------------------------------------------------------------


def for_person(privacy_request: PrivacyRequest, *, now: datetime) -> list[Pack]:
    """Return the packs that the person may take now, the newest first, without their content."""
    if privacy_request.state not in (State.ANSWERED, State.CLOSED):
        return []
    there = Pack.objects.filter(request=privacy_request, key_id__isnull=False, expires_at__gt=now)
    return list(there.defer("sealed_pdf", "sealed_json").order_by("-pk")[:10])


def open_pack(pack: Pack, form: str, *, actor: str, now: datetime) -> bytes:
    """Return the PDF or JSON of a pack, and note that it was taken.

    `actor` is how the ledger names who takes it. Raises PackGone once it has expired.
    """
    if form not in FORMS:
        raise ValueError("a pack has a pdf and a json form")
    if pack.key_id is None or pack.expires_at <= now:
        raise PackGone("the pack has expired")
    key = vault.open_keys([pack.key_id]).get(pack.key_id)
    if key is None:
        raise PackGone("the pack has expired")
    place = pack.pdf_place if form == "pdf" else pack.json_place
    sealed = pack.sealed_pdf if form == "pdf" else pack.sealed_json
    content = key.unseal_bytes(sealed or b"", place=place)
    with transaction.atomic():
        PackDownload.objects.create(pack=pack, form=form, actor=actor, downloaded_at=now)
        audit.append(
            "pack.downloaded", object=f"request:{pack.request.reference}", actor=actor, form=form
        )
    return content


# --- emptying ------------------------------------------------------------------------------


def empty_expired(*, now: datetime) -> int:
    """Erase the content of packs past their day and destroy their keys; return how many.

    Manifest and digest stay. Safe to run twice and in parallel: what is left is the work list.
    """
    emptied = 0
    while taken := _empty_some(now):
        emptied += taken
    return emptied


def _empty_some(now: datetime) -> int:
    with transaction.atomic():
        due = Pack.objects.filter(expires_at__lte=now, key_id__isnull=False).order_by("pk")
        rows = due.select_for_update(skip_locked=True, of=("self",)).values_list(
            "pk", "key_id", "reference", "request__reference"
        )[:AT_A_TIME]
        packs = list(rows)
        if not packs:
            return 0
        vault.destroy_keys_later([key_id for _pk, key_id, *_rest in packs if key_id])
        Pack.objects.filter(pk__in=[pk for pk, *_rest in packs]).update(
            key_id=None, sealed_pdf=None, sealed_json=None
        )
        audit.append_many(
            [
                audit.Event(
                    "pack.expired", f"request:{request}", audit.SYSTEM, facts={"pack": reference}
                )
                for _pk, _key, reference, request in packs
            ]
        )
    return len(packs)
