"""Receipt: a request comes in, has a number and a file of its own, and its clock runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone

from audit import services as audit
from requests import codes
from requests.constants import (
    ARTICLES,
    SOURCE,
    Cause,
    Channel,
    MailKind,
    Right,
)
from requests.models import (
    PrivacyRequest,
    RequestedRight,
)
from requests.services.changing import note, write_end
from requests.services.clock import compute
from requests.services.page import mail_link, new_code
from subjects.models import Dossier
from vault import services as vault
from vault.constants import KeyKind

RTS = "RTS"


@dataclass(frozen=True)
class Submission:
    """What a person asks; `identity` in the shape the door seals (contracts of the registry)."""

    received_at: datetime
    situation: str
    identity: Mapping[str, Any] = field(repr=False)
    words: str = field(repr=False)
    rights: Sequence[Right] = (Right.ACCESS,)
    channel: Channel = Channel.PORTAL
    language: str = "nl"

    @property
    def email(self) -> str:
        emails = self.identity.get("emails") or [""]
        return emails[0]

    def body(self) -> dict[str, Any]:
        return {
            "situation": self.situation,
            "identity": dict(self.identity),
            "words": self.words,
        }


@dataclass(frozen=True)
class Submitted:
    """The request, the access code of its page, and the mail that waits (if an address was given).

    The code stands nowhere else.
    """

    request: PrivacyRequest
    page_code: str = field(repr=False)
    mail_id: int | None = None


@transaction.atomic
def submit(submission: Submission, *, actor: str = audit.PERSON) -> Submitted:
    """Take a request in: it has a number, a file of its own, and its clock runs.

    Source: GDPR Article 12(3): the period counts from receipt.
    """
    key, page = vault.create_key(KeyKind.REQUEST), codes.new_page_code()
    reference, now = uuid4(), submission.received_at
    privacy_request = PrivacyRequest(
        reference=reference,
        number=_next_number(timezone.localdate(now).year),
        key_id=key.id,
        dossier=open_dossier(reference, timezone.localdate(now)),
        language=submission.language,
        channel=submission.channel,
        received_at=now,
        page_digest=page.digest,
        entered_by=_officer(actor),
    )
    privacy_request.sealed_body = key.seal(submission.body(), place=privacy_request.body_place)
    compute(privacy_request, Cause.RECEIVED, {"received_on": privacy_request.received_on}, now)
    RequestedRight.objects.bulk_create(
        RequestedRight(request=privacy_request, right=right, article=ARTICLES[right])
        for right in dict.fromkeys(submission.rights)
    )
    note(
        privacy_request,
        "request.received",
        actor,
        number=privacy_request.number,
        channel=str(submission.channel),
        rights=[str(right) for right in submission.rights],
        due_on=privacy_request.due_on,
    )
    queued = None
    if submission.email:
        code = new_code(privacy_request, now)
        queued = mail_link(privacy_request, MailKind.RECEIVED, submission.email, now, code).pk
    return Submitted(privacy_request, page.text, queued)


def _officer(actor: str) -> int | None:
    """Return the colleague whom the ledger names so; None for the person, or a system."""
    kind, _colon, pk = actor.partition(":")
    return int(pk) if kind == "user" and pk.isdecimal() else None


def _next_number(year: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('requests_number')")
        return f"AP-{year}-{cursor.fetchone()[0]:06}"


def open_dossier(reference: UUID, today: date) -> Dossier:
    dossier = Dossier(
        source_system=SOURCE,
        source_digest=vault.digest(SOURCE, "dossier", str(reference)),
        purpose_id=RTS,
        opened_on=today,
    )
    write_end(dossier)
    return dossier
