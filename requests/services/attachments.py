"""Files of a request: taken in sealed, opened for whoever may see the request."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from requests.attachment_models import Attachment
from requests.constants import MOST_FILES, Direction
from requests.exceptions import WrongState
from requests.file_types import NewFile
from requests.models import Message, PrivacyRequest
from requests.services.changing import locked, note
from vault import services as vault


@dataclass(frozen=True)
class Named:
    """An attachment with its name, for a list."""

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

    Raises WrongState when there are more than MOST_FILES at a time.
    """
    if len(files) > MOST_FILES:
        raise WrongState("too many files")
    privacy_request = locked(pk)
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


def keep_files(
    privacy_request: PrivacyRequest,
    files: Iterable[NewFile],
    *,
    direction: Direction,
    now: datetime,
    message: Message | None = None,
) -> list[Attachment]:
    """Seal files under the request's key, in the caller's transaction."""
    key, kept = vault.open_key(privacy_request.key_id), []
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
    rows = list(
        Attachment.objects.filter(request=privacy_request)
        .defer("sealed_content")
        .order_by("id")[:limit]
    )
    if not rows:
        return []
    key = vault.open_key(privacy_request.key_id)
    return [Named(one, key.unseal(one.sealed_name, place=one.name_place)["name"]) for one in rows]


@transaction.atomic
def open_attachment(attachment: Attachment, *, actor: str) -> NewFile:
    """Return a file, unsealed; that it was opened is noted."""
    privacy_request = attachment.request
    key = vault.open_key(privacy_request.key_id)
    note(privacy_request, "request.file_opened", actor, file=attachment.reference)
    return NewFile(
        key.unseal(attachment.sealed_name, place=attachment.name_place)["name"],
        key.unseal_bytes(attachment.sealed_content, place=attachment.content_place),
        attachment.media_type,
    )
