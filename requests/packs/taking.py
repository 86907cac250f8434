"""The data of an answer as they are taken: read on the page, downloaded, and emptied in time."""

import json
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from audit import services as audit
from requests.constants import PackKind, State
from requests.exceptions import PackGone
from requests.models import Pack, PackDownload, PrivacyRequest
from requests.packs.closed_zip import closed_zip
from requests.packs.encryption import encrypted
from requests.report.build import Report
from requests.services.own_file import require_other_than
from requests.services.people.proof import mandate_lasts
from vault import services as vault

# On the page, and as files; each kind of pack has those that it holds.
FORMS = {
    "page": "text/html",
    "pdf": "application/pdf",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
}
FORMS_OF = {
    PackKind.ACCESS: ("page", "pdf", "json"),
    PackKind.PORTABILITY: ("pdf", "json", "csv"),
}
# What leaves as a file is closed with a passphrase: the PDF, or all files in one zip.
CLOSED = ("pdf", "zip")
# Names in a zip can be read without passphrase: they tell the kind of answer and nothing else.
NAMES = {PackKind.ACCESS: "answer", PackKind.PORTABILITY: "data"}
AT_A_TIME = 200
GIVEN_STATES = (State.ANSWERED, State.CLOSED)


def for_person(privacy_request: PrivacyRequest, *, now: datetime) -> list[Pack]:
    """Return the packs that may be taken now, the newest first, without their content.

    None for a representative whose mandate ended, also after the answer.
    """
    if privacy_request.state not in GIVEN_STATES:
        return []
    if not mandate_lasts(privacy_request, timezone.localdate(now)):
        return []
    there = Pack.objects.filter(request=privacy_request, key_id__isnull=False, expires_at__gt=now)
    light = there.defer("sealed_pdf", "sealed_json", "sealed_csv")
    return list(light.order_by("-pk")[:10])


def gives_access(privacy_request: PrivacyRequest, *, now: datetime) -> bool:
    """Tell whether the data to see can be taken now; earlier requests' papers go with them."""
    return any(pack.kind == PackKind.ACCESS for pack in for_person(privacy_request, now=now))


def open_pack(pack: Pack, form: str, *, actor: str, now: datetime, passphrase: str = "") -> bytes:
    """Return one of the forms of a pack, and note that it was taken. Raises OwnFile.

    For the page that is its JSON. `actor` is how the ledger names who takes it. With a
    passphrase the PDF opens with that only, and so does a zip, with all files as they were made.
    Raises PackGone once it has expired.
    """
    require_other_than(pack.request, actor)
    if form == "zip":
        return _zipped(pack, actor=actor, now=now, passphrase=passphrase)
    content = content_of(pack, form, now=now)
    if passphrase and form == "pdf":
        content = encrypted(content, passphrase)
    note_taken(pack, form, actor=actor, now=now, encrypted=bool(passphrase))
    return content


def _zipped(pack: Pack, *, actor: str, now: datetime, passphrase: str) -> bytes:
    if not passphrase:
        raise ValueError("a zip is made with a passphrase only")
    name = NAMES[PackKind(pack.kind)]
    stored = [form for form in FORMS_OF[PackKind(pack.kind)] if form != "page"]
    files = {f"{name}.{form}": content_of(pack, form, now=now) for form in stored}
    content = closed_zip(files, passphrase, now=timezone.localtime(now))
    note_taken(pack, "zip", actor=actor, now=now, encrypted=True)
    return content


def content_of(pack: Pack, form: str, *, now: datetime) -> bytes:
    """Return one of the forms of a pack, for who then notes it.

    Raises PackGone once it has expired, or where a representative's mandate has ended.
    """
    if form not in FORMS_OF[PackKind(pack.kind)]:
        raise ValueError("a pack has no such form")
    if not mandate_lasts(pack.request, timezone.localdate(now)):
        raise PackGone("the mandate is not in force")
    if pack.key_id is None or pack.expires_at <= now:
        raise PackGone("the pack has expired")
    key = vault.open_keys([pack.key_id]).get(pack.key_id)
    if key is None:
        raise PackGone("the pack has expired")
    stored = "json" if form == "page" else form
    sealed = getattr(pack, f"sealed_{stored}") or b""
    return key.unseal_bytes(sealed, place=getattr(pack, f"{stored}_place"))


@transaction.atomic
def note_taken(
    pack: Pack, form: str, *, actor: str, now: datetime, encrypted: bool = False
) -> None:
    """Note that a pack was taken, by whom and in which form."""
    PackDownload.objects.create(pack=pack, form=form, actor=actor, downloaded_at=now)
    audit.append(
        "pack.downloaded",
        object=f"request:{pack.request.reference}",
        actor=actor,
        form=form,
        encrypted=encrypted,
    )


def report_of(content: bytes) -> Report:
    """Return the report that stands in a pack's JSON."""
    report: Report = json.loads(content)
    return report


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
            key_id=None, sealed_pdf=None, sealed_json=None, sealed_csv=None
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
