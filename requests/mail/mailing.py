"""Mail: what it may say, the rows it waits in, and the demo's way to keep it in the house.

Mail carries a number and a link, and never what somebody asked or who they are. Rows are written
in the transaction of what they tell of; `tasks.send_mail` sends them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import MIMEMixin
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from requests.constants import (
    CODE_MINUTES,
    DRAFT_DAYS,
    LINK_DAYS,
    MAIL_DAYS,
    MailKind,
    MailState,
)
from requests.models import OutgoingMail, PrivacyRequest
from vault import services as vault
from vault.constants import KeyKind
from vault.envelopes import KeyUnfit, MailKey, encrypted
from vault.exceptions import KeyDestroyed


def address(url_name: str, *arguments: object) -> str:
    """Return a page's address as it stands in a mail."""
    return settings.SITE_URL.rstrip("/") + reverse(url_name, args=arguments)


def queue(
    privacy_request: PrivacyRequest,
    kind: MailKind,
    to: str,
    *,
    now: datetime,
    token: str = "",
    code: str = "",
    words: str = "",
    encrypt_for: str = "",
) -> OutgoingMail:
    """Write a mail to be sent, in the caller's transaction; return its row.

    `token` is that of a link which opens the page once, `code` proves the address. With a public
    key in `encrypt_for` only its holder can read the mail, and it may carry `words`.
    """
    if words and not encrypt_for:
        raise ValueError("only a mail that is encrypted carries words")
    with translation.override(privacy_request.language):
        subject, body = _words(privacy_request, kind, token, code, words)
        _subject, bare = _words(privacy_request, kind, token, code)
    key = vault.create_key(KeyKind.MAIL)
    mail = OutgoingMail(
        request=privacy_request,
        kind=kind,
        language=privacy_request.language,
        key_id=key.id,
        created_at=now,
    )
    content = {"to": to, "subject": subject, "body": body, "encrypt_for": encrypt_for}
    if words:
        content["bare"] = bare
    mail.sealed_content = key.seal(content, place=mail.content_place)
    mail.save()
    return mail


def queue_plain(
    kind: MailKind,
    to: str,
    subject: str,
    body: str,
    *,
    language: str,
    now: datetime,
    encrypt_for: str = "",
    bare: str = "",
) -> OutgoingMail:
    """Write a mail that belongs to no request, in the caller's transaction; return its row.

    One for the public key in `encrypt_for` may say more, and is emptied once it went out; `bare`
    is what goes in its place where the key no longer works by then.
    """
    if encrypt_for and not bare:
        raise ValueError("what may be said to anybody is needed too")
    key = vault.create_key(KeyKind.MAIL)
    mail = OutgoingMail(kind=kind, language=language, key_id=key.id, created_at=now)
    content = {"to": to, "subject": subject, "body": body, "encrypt_for": encrypt_for}
    if bare:
        content["bare"] = bare
    mail.sealed_content = key.seal(content, place=mail.content_place)
    mail.save()
    return mail


def _words(
    privacy_request: PrivacyRequest, kind: MailKind, token: str, code: str, words: str = ""
) -> tuple[str, str]:
    number = privacy_request.number
    subjects = {
        MailKind.RECEIVED: _("We received your request %(number)s"),
        MailKind.CODE: _("Your code for request %(number)s"),
        MailKind.NEWS: _("There is something new about your request %(number)s"),
        MailKind.LINK: _("Your link to request %(number)s"),
    }
    paragraphs = [
        {
            MailKind.RECEIVED: _("We received your request. Its number is %(number)s."),
            MailKind.CODE: _("You asked for a new code for request %(number)s."),
            MailKind.NEWS: _("There is something new on the page of your request %(number)s."),
            MailKind.LINK: _("You asked for a link to your request %(number)s."),
        }[kind]
        % {"number": number}
    ]
    if words:
        paragraphs += [_("We wrote to you:"), words]
    if code:
        paragraphs.append(
            _(
                "Your code is %(code)s. Type it on the page of your request within %(minutes)s "
                "minutes. It shows us that this e-mail address is yours."
            )
            % {"code": code, "minutes": CODE_MINUTES}
        )
    if token:
        paragraphs.append(
            _("Open the page of your request with this link. It works once, for %(days)s days:")
            % {"days": LINK_DAYS}
        )
        paragraphs.append(address("portal:link", token))
    paragraphs.append(
        _("You can always open the page with your number and your access code, or ask a new link:")
    )
    paragraphs.append(address("portal:open"))
    # A code that somebody gives away, or types for another, proves that other.
    paragraphs.append(_not_asked_with_code() if code else _not_asked())
    paragraphs.append(settings.CONTROLLER["name"])
    return subjects[kind] % {"number": number}, "\n\n".join(paragraphs) + "\n"


def _not_asked() -> str:
    return _(
        "Did you not ask for anything? Then you need not do anything. Do not reply to this mail."
    )


def _not_asked_with_code() -> str:
    return _(
        "Did you not ask for anything? Then give the code to nobody and type it nowhere: whoever"
        " asked in your name would seem to be you. Do not reply to this mail."
    )


class Written(MIMEMixin, Message):  # type: ignore[misc]  # as Django's own do
    """A whole mail that Django's ways of sending know how to write out."""


class SealedMessage(EmailMessage):
    """A mail in an envelope for the key in `encrypt_for`; without one, an ordinary mail."""

    encrypt_for = ""

    def message(self, **options: Any) -> Any:
        plain = super().message(**options)
        if not self.encrypt_for:
            return plain
        envelope = encrypted(plain, MailKey.of(self.encrypt_for))
        return message_from_bytes(envelope.as_bytes(), _class=Written)


@transaction.atomic
def send(pk: int, *, now: datetime) -> bool:
    """Send one mail that waits; tell whether it went out now. Safe to run twice.

    A mail server that fails raises what it raised, for the caller to try again.
    """
    mail = (
        OutgoingMail.objects.select_for_update(skip_locked=True)
        .filter(pk=pk, state=MailState.WAITING, key_id__isnull=False)
        .first()
    )
    if mail is None:
        return False
    content = content_of(mail)
    _message(content).send()
    mail.state, mail.sent_at, mail.error = MailState.SENT, now, ""
    mail.attempts += 1
    if mail.request_id is None and content.get("encrypt_for"):
        # It may tell of a person, and goes with no file of theirs: so it does not stay.
        vault.destroy_keys_later([key for key in (mail.key_id,) if key is not None])
        mail.key_id = mail.sealed_content = None
    mail.save(update_fields=["state", "sent_at", "error", "attempts", "key_id", "sealed_content"])
    return True


def _message(content: dict[str, str]) -> SealedMessage:
    message = SealedMessage(content["subject"], content["body"], to=[content["to"]])
    message.extra_headers = {"Auto-Submitted": "auto-generated"}
    message.encrypt_for = content.get("encrypt_for", "")
    if message.encrypt_for:
        try:
            message.message()
        except KeyUnfit:
            # The key expired since it was given: the person must hear of it all the same, of what
            # may be said to anybody.
            message.body, message.encrypt_for = content.get("bare", content["body"]), ""
    return message


def note_failure(pk: int, error: Exception, *, last: bool) -> None:
    """Keep the class of the error, and give up after the last attempt."""
    mail = OutgoingMail.objects.get(pk=pk)
    mail.attempts += 1
    mail.error = type(error).__name__
    if last:
        mail.state = MailState.FAILED
    mail.save(update_fields=["attempts", "error", "state"])


def overdue(now: datetime, *, limit: int) -> list[int]:
    """Return mails that wait although their task should have come by now, oldest first."""
    waiting = OutgoingMail.objects.filter(state=MailState.WAITING)
    never_tried = Q(attempts=0, created_at__lt=now - timedelta(minutes=2))
    lost = Q(created_at__lt=now - timedelta(hours=3))
    found = waiting.filter(never_tried | lost).order_by("id")
    return list(found.values_list("pk", flat=True)[:limit])


@transaction.atomic
def empty_old(now: datetime, limit: int = 1_000) -> int:
    """Take address and words out of mails after 30 days, or 7; return of how many."""
    old = OutgoingMail.objects.select_for_update(skip_locked=True).filter(
        Q(created_at__lte=now - timedelta(days=MAIL_DAYS))
        # The address of somebody who saved a form goes when the form does.
        | Q(kind=MailKind.DRAFT, created_at__lte=now - timedelta(days=DRAFT_DAYS)),
        key_id__isnull=False,
    )
    rows = list(old.order_by("created_at").values_list("pk", "key_id")[:limit])
    emptied = OutgoingMail.objects.filter(pk__in=[pk for pk, _key in rows])
    emptied.filter(state=MailState.WAITING).update(state=MailState.FAILED)
    emptied.update(key_id=None, sealed_content=None)
    vault.destroy_keys_later([key_id for _pk, key_id in rows if key_id is not None])
    return len(rows)


def content_of(mail: OutgoingMail) -> dict[str, str]:
    """Return {"to", "subject", "body"}. Raises KeyDestroyed once it was emptied."""
    if mail.key_id is None or mail.sealed_content is None:
        raise KeyDestroyed("this mail was emptied")
    return vault.open_key(mail.key_id).unseal(mail.sealed_content, place=mail.content_place)


def contents_of(mails: Sequence[OutgoingMail]) -> dict[int, dict[str, str]]:
    """Return the content of each mail that still has any, by key, in one query for all keys."""
    keys = vault.open_keys([mail.key_id for mail in mails if mail.key_id is not None])
    return {
        mail.pk: keys[mail.key_id].unseal(mail.sealed_content, place=mail.content_place)
        for mail in mails
        if mail.key_id in keys and mail.sealed_content is not None
    }


class OutboxBackend(BaseEmailBackend):
    """Sends nothing: in the demo the rows of OutgoingMail are the outbox, at /desk/outbox/."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return len(email_messages)
