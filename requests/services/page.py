"""The person's e-mail address and page: codes, links, and who may open it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from audit import services as audit
from requests import codes
from requests.constants import (
    CODE_ATTEMPTS,
    CODE_MINUTES,
    LINK_DAYS,
    MailKind,
)
from requests.exceptions import (
    CodeRefused,
)
from requests.mail import mailing
from requests.models import (
    EmailCode,
    PageLink,
    PrivacyRequest,
)
from requests.services.changing import email_of, locked, mail_key_of, note, save
from requests.services.people.by_letter import with_access_code
from requests.services.rights.at_once import carry_out_at_once
from vault import services as vault
from vault.envelopes import MailKey, read_key

OPEN_CODES = 3  # that may be under way to one address at a time
# With all codes of one request. Each new code would else give five more guesses, without end.
MOST_GUESSES = 25


def verify_email_code(pk: int, typed: str, *, now: datetime) -> PrivacyRequest:
    """Note that the e-mail address is the person's own; it proves nothing else.

    Raises CodeRefused for a wrong, used or expired code, and after five attempts.
    """
    # An attempt is committed also when it fails: else nobody would count it.
    privacy_request = _try_code(pk, typed, now)
    if privacy_request is None:
        raise CodeRefused("this code is wrong, used or expired")
    carry_out_at_once(pk, now=now)
    return privacy_request


@transaction.atomic
def _try_code(pk: int, typed: str, now: datetime) -> PrivacyRequest | None:
    privacy_request = locked(pk)
    code = (
        EmailCode.objects.filter(request=privacy_request, used_at=None, expires_at__gt=now)
        .order_by("-id")
        .first()
    )
    if code is None or code.attempts >= CODE_ATTEMPTS or _guesses(privacy_request) >= MOST_GUESSES:
        return None
    code.attempts += 1
    right = bytes(code.digest) == codes.email_digest(privacy_request.reference, typed)
    if right:
        code.used_at = now
        privacy_request.email_verified_at = now
        save(privacy_request, "email_verified_at")
        note(privacy_request, "request.email_verified", audit.PERSON)
    code.save(update_fields=["attempts", "used_at"])
    return privacy_request if right else None


def _guesses(privacy_request: PrivacyRequest) -> int:
    codes_sent = EmailCode.objects.filter(request=privacy_request)
    return codes_sent.aggregate(typed=Sum("attempts"))["typed"] or 0


@transaction.atomic
def send_new_code(pk: int, *, now: datetime) -> int | None:
    """Mail another code; return the mail to send, or None where enough are under way."""
    privacy_request = locked(pk)
    email = email_of(privacy_request)
    live = EmailCode.objects.filter(request=privacy_request, expires_at__gt=now).count()
    if not email or privacy_request.email_verified_at or live >= OPEN_CODES:
        return None
    if _guesses(privacy_request) >= MOST_GUESSES:
        return None
    code = new_code(privacy_request, now)
    return mailing.queue(privacy_request, MailKind.CODE, email, now=now, code=code).pk


@transaction.atomic
def send_new_link(
    number: str, email: str, *, now: datetime, may_mail: Callable[[str], bool] = lambda _to: True
) -> int | None:
    """Mail a link to the page to the address given at intake; None where the two do not fit.

    None too where `may_mail` says that this address got enough. The caller answers always the same.
    """
    found = PrivacyRequest.objects.select_for_update().filter(number=number.strip().upper()).first()
    if found is None or email_of(found).casefold() != email.strip().casefold() or not email:
        return None
    if not may_mail(email_of(found)):
        return None
    live = PageLink.objects.filter(request=found, used_at=None, expires_at__gt=now).count()
    if live >= OPEN_CODES:
        PageLink.objects.filter(request=found, used_at=None).delete()
    return mail_link(found, MailKind.LINK, email.strip(), now).pk


@transaction.atomic
def open_link(token: str, *, now: datetime) -> PrivacyRequest | None:
    """Use a mailed link up and return its request; None for a wrong, used or expired one."""
    link = (
        PageLink.objects.select_for_update()
        .filter(digest=codes.link_digest(token), used_at=None, expires_at__gt=now)
        .first()
    )
    if link is None:
        return None
    link.used_at = now
    link.save(update_fields=["used_at"])
    note(link.request, "request.page_opened", audit.PERSON, by="link")
    return link.request


@transaction.atomic
def renew_page_code(pk: int) -> str:
    """Return a new access code of the page; the one before opens nothing from now on."""
    privacy_request, code = locked(pk), codes.new_page_code()
    privacy_request.page_digest = code.digest
    save(privacy_request, "page_digest")
    note(privacy_request, "request.page_code_renewed", audit.PERSON)
    return code.text


def mark_of_code(privacy_request: PrivacyRequest) -> str:
    """Return a mark of the access code in force, for a session: another code has another one."""
    return bytes(privacy_request.page_digest).hex()[:16]


@dataclass(frozen=True)
class Opened:
    """The request that an access code opens; `letter` names the letter that the code stood in."""

    request: PrivacyRequest
    letter: UUID | None = None


@transaction.atomic
def open_with_code(number: str, code: str, *, now: datetime) -> Opened | None:
    """Return what this number and access code open; None for any other pair.

    The code is the person's own, or that of a letter while it opens anything.
    """
    own = PrivacyRequest.objects.filter(
        number=number.strip().upper(), page_digest=codes.page_digest(code)
    )
    # Both are looked up each time: how long it takes tells nothing.
    found, letter = own.first(), with_access_code(number, code, now=now)
    if found is not None:
        note(found, "request.page_opened", audit.PERSON, by="code")
        return Opened(found)
    if letter is not None:
        note(letter.request, "request.page_opened", audit.PERSON, by="letter")
        return Opened(letter.request, letter.reference)
    return None


def new_code(privacy_request: PrivacyRequest, now: datetime) -> str:
    # A new code takes the place of those before it.
    EmailCode.objects.filter(request=privacy_request, used_at=None).update(used_at=now)
    code = codes.new_email_code(privacy_request.reference)
    EmailCode.objects.create(
        request=privacy_request,
        digest=code.digest,
        expires_at=now + timedelta(minutes=CODE_MINUTES),
    )
    return code.text


def mail_link(
    privacy_request: PrivacyRequest,
    kind: MailKind,
    email: str,
    now: datetime,
    *,
    code: str = "",
    words: str = "",
) -> Any:
    link = codes.new_link()
    PageLink.objects.create(
        request=privacy_request,
        digest=link.digest,
        expires_at=now + timedelta(days=LINK_DAYS),
    )
    key = mail_key_of(privacy_request)
    return mailing.queue(
        privacy_request,
        kind,
        email,
        now=now,
        token=link.text,
        code=code,
        words=words if key else "",
        encrypt_for=key,
    )


@transaction.atomic
def keep_mail_key(pk: int, text: str, *, now: datetime) -> MailKey | None:
    """Encrypt mail to the person from now on for this public key; empty text ends that.

    Returns the key, for its fingerprint. Raises KeyUnfit.
    """
    privacy_request = locked(pk)
    found = read_key(text, now=now) if text.strip() else None
    key, place = vault.open_key(privacy_request.key_id), privacy_request.mail_key_place
    privacy_request.sealed_mail_key = key.seal({"text": found.text}, place=place) if found else None
    save(privacy_request, "sealed_mail_key")
    kind = str(found.kind) if found else "none"
    note(privacy_request, "request.mail_key_changed", audit.PERSON, kind=kind)
    return found
