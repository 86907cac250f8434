"""Going on later, on any device: a code or a mailed link opens a form that was saved.

The code works until the form is sent or its days are over, and is typed, so that it stands in no
log. A link stands in logs of a proxy; so it works once, and the newest only. The mail tells nothing
of who saved what.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from requests import codes
from requests.constants import DRAFT_DAYS, MailKind
from requests.dates import NotADay, parse_birth_date
from requests.mail import mailing
from requests.models import OutgoingMail, PortalDraft
from requests.portal import drafts


@transaction.atomic
def code_of(reference: UUID) -> str:
    """Return the code that opens a draft, always the same one; empty once it was sent."""
    draft = PortalDraft.objects.select_for_update().get(reference=reference)
    if draft.request_id is not None:
        return ""
    content = drafts.content_of(draft)
    if not content.get("code"):
        code = codes.new_draft_code()
        draft.code_digest = code.digest
        content |= {"code": code.text}
        drafts.write(draft, content)
        draft.save(update_fields=["sealed_content", "code_digest"])
    return str(content["code"])


def open_with_code(typed: str, *, now: datetime) -> PortalDraft | None:
    """Return the draft with this code; None for a wrong one, and once it was sent or is too old."""
    since = now - timedelta(days=DRAFT_DAYS)
    return PortalDraft.objects.filter(
        code_digest=codes.draft_digest(typed), request=None, kept_at__gt=since
    ).first()


@transaction.atomic
def mail_link(reference: UUID, to: str, *, now: datetime) -> OutgoingMail | None:
    """Mail a link that opens a draft once, in place of any before it; None once it was sent."""
    draft = PortalDraft.objects.select_for_update().get(reference=reference)
    if draft.request_id is not None:
        return None
    link = codes.new_link()
    draft.link_digest = link.digest
    draft.save(update_fields=["link_digest"])
    with translation.override(draft.language):
        subject, body = _words(draft, link.text)
    return mailing.queue_plain(MailKind.DRAFT, to, subject, body, language=draft.language, now=now)


def _words(draft: PortalDraft, token: str) -> tuple[str, str]:
    until = date_format(drafts.kept_until(draft), "DATE_FORMAT")
    paragraphs = [
        _("You saved a form on our website. You can go on with it up to and including %(day)s.")
        % {"day": until},
        _("Open it with this link. The link works once:"),
        mailing.address("portal:resume_link", token),
        _("Or open it with the code that you saw when you saved it:"),
        mailing.address("portal:resume"),
        _("Did you not save a form? Then you need not do anything. Do not reply to this mail."),
        settings.CONTROLLER["name"],
    ]
    return _("Go on with your form"), "\n\n".join(paragraphs) + "\n"


def born_in(token: str, *, now: datetime) -> tuple[str, date] | None:
    """Return which draft a mailed link opens and the date of birth that it gives; None without.

    The address may be mistyped, and what was typed is then not for whoever reads the mail: they do
    not know when its maker was born.
    """
    draft = _of_link(token, now).first()
    born = drafts.answers_of(draft).get("born", {}).get("birth_date", "") if draft else ""
    try:
        day = parse_birth_date(born, today=timezone.localdate(now))
    except NotADay:
        return None
    return (str(draft.reference), day) if draft else None


@transaction.atomic
def open_link(token: str, *, now: datetime) -> PortalDraft | None:
    """Use a mailed link up and return its draft; None for a wrong, used or replaced one."""
    draft = _of_link(token, now).select_for_update().first()
    if draft is not None:
        draft.link_digest = None
        draft.save(update_fields=["link_digest"])
    return draft


def _of_link(token: str, now: datetime) -> "QuerySet[PortalDraft]":
    since = now - timedelta(days=DRAFT_DAYS)
    return PortalDraft.objects.filter(
        link_digest=codes.link_digest(token), request=None, kept_at__gt=since
    )
