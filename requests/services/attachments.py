"""Files of a request: taken in sealed, opened for whoever may see the request."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from requests.belongings import belongings_of
from requests.constants import MOST_FILES, Direction
from requests.exceptions import WrongState
from requests.files.models import Attachment
from requests.files.types import NewFile
from requests.models import Message, PrivacyRequest
from requests.services.changing import locked, note
from requests.services.own_file import require_other, require_other_than
from vault import services as vault


@dataclass(frozen=True)
class Named:
    """An attachment with its name, for a list; one that was destroyed has none."""

    attachment: Attachment
    name: str


@transaction.atomic
def attach(
    pk: int,
    files: Sequence[NewFile],
    *,
    direction: Direction,
    actor: str,
    now: datetime,
    message: Message | None = None,
) -> list[Attachment]:
    """Keep files with a request, or with one message of it. `files` were looked at before.

    Raises WrongState when there are more than MOST_FILES at a time, and OwnFile.
    """
    require_few(files)
    privacy_request = locked(pk)
    require_other_than(privacy_request, actor)
    kept = keep_files(privacy_request, files, direction=direction, now=now, message=message)
    note(
        privacy_request,
        "request.files_attached",
        actor,
        direction=str(direction),
        types=[one.media_type for one in kept],
        bytes=sum(one.size for one in kept),
    )
    return kept


def require_few(files: Sequence[NewFile]) -> None:
    """Raise WrongState when there are more than MOST_FILES at a time."""
    if len(files) > MOST_FILES:
        raise WrongState("too many files")


def keep_files(
    privacy_request: PrivacyRequest,
    files: Iterable[NewFile],
    *,
    direction: Direction,
    now: datetime,
    message: Message | None = None,
) -> list[Attachment]:
    """Seal files under the request's key, in the caller's transaction."""
    files, kept = list(files), list[Attachment]()
    if not files:
        return kept
    key = vault.open_key(privacy_request.key_id)
    for file in files:
        one = Attachment(
            request=privacy_request,
            message=message,
            direction=direction,
            media_type=file.media_type,
            size=len(file.content),
            added_at=now,
        )
        one.sealed_name = key.seal({"name": file.name}, place=one.name_place)
        one.sealed_content = key.seal_bytes(file.content, place=one.content_place)
        one.save()
        kept.append(one)
    return kept


def attachments_of(privacy_request: PrivacyRequest, limit: int = 200) -> list[Named]:
    """Return the files of a request with their names, oldest first, without their content."""
    belongings = belongings_of(privacy_request)
    return [Named(one, name_of(one, belongings.key)) for one in belongings.attachments[:limit]]


def name_of(attachment: Attachment, key: vault.OpenKey) -> str:
    """Return the name of a file; nothing once it was destroyed."""
    if attachment.sealed_name is None:
        return ""
    return str(key.unseal(attachment.sealed_name, place=attachment.name_place)["name"])


@transaction.atomic
def open_attachment(attachment: Attachment, *, actor: str) -> NewFile:
    """Return a file, unsealed; that it was opened is noted.

    Raises WrongState once destroyed, and OwnFile.
    """
    require_other_than(attachment.request, actor)
    if attachment.sealed_name is None or attachment.sealed_content is None:
        raise WrongState("the content of this file was destroyed")
    privacy_request = attachment.request
    key = vault.open_key(privacy_request.key_id)
    note(privacy_request, "request.file_opened", actor, file=attachment.reference)
    return NewFile(
        key.unseal(attachment.sealed_name, place=attachment.name_place)["name"],
        key.unseal_bytes(attachment.sealed_content, place=attachment.content_place),
        attachment.media_type,
    )


def kept_copies(privacy_request: PrivacyRequest) -> list[Named]:
    """Return the copies of identity documents by which it was proven who asks, and are still here.

    Source: UAVG, Article 46; GDPR Article 5(1)(e); legal requirements, section 1.3.
    """
    belongings = belongings_of(privacy_request)
    looked_at = {one.paper for one in belongings.checks if one.paper}
    if not looked_at:
        return []
    there = (one for one in belongings.attachments if one.reference in looked_at)
    return [Named(one, name_of(one, belongings.key)) for one in there if not one.destroyed_at]


@transaction.atomic
def destroy_copy(pk: int, file: UUID, *, officer: int, now: datetime) -> bool:
    """Destroy a copy of an identity document at once; the fact that it came stays, and who did it.

    A second time finds nothing to do and returns False. Raises OwnFile.

    Source: UAVG, Article 46; legal requirements, section 1.3: no copy of a document is kept.
    """
    privacy_request = locked(pk)
    require_other(privacy_request, officer)
    attachment = Attachment.objects.select_for_update().get(request=privacy_request, reference=file)
    if attachment.destroyed_at is not None:
        return False
    attachment.sealed_name = attachment.sealed_content = None
    attachment.destroyed_at, attachment.destroyed_by = now, officer
    attachment.save()
    note(
        privacy_request,
        "request.document_copy_destroyed",
        f"user:{officer}",
        file=attachment.reference,
        type=attachment.media_type,
        bytes=attachment.size,
    )
    return True
