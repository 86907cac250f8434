"""Mail to organisations and systems: that something is there for them.

What they are told stands behind a link, or at the API. It stands in the mail itself only where
that is encrypted for a key of the organisation, which chose to hear from us so.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from audit import services as audit
from requests import codes
from requests.constants import MailKind
from requests.mail import mailing
from requests.organisations import forwarding
from requests.organisations.pages import in_words
from subjects import instructions, notices
from subjects.constants import InstructionState, NoticeChannel
from subjects.models import Instruction, Organisation, OrganisationLink, SourceSystem
from vault import services as vault
from vault.envelopes import KeyUnfit, read_key

DUTCH = ("NL", "BE", "SR")
SYSTEM_AFTER = timedelta(days=3)
SYSTEM_AGAIN = timedelta(days=7)


def link_digest(token: str) -> bytes:
    return vault.digest("requests.organisation_link", token)


def send_links(*, now: datetime) -> list[int]:
    """Mail each organisation that has something to hear one link; return the mails.

    Safe to run twice and to be killed anywhere: link, notices and mail are one transaction.
    """
    waiting = {*notices.organisations_to_tell(now), *forwarding.clients_to_tell(now)}
    mails = [send_link(organisation, now=now) for organisation in sorted(waiting)]
    return [mail_id for mail_id in mails if mail_id is not None]


@transaction.atomic
def send_link(organisation_id: int, *, now: datetime) -> int | None:
    """Mail one organisation a link to what it is told; None where there is nothing."""
    # One at a time: the second finds nothing new.
    organisation = Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)
    if not organisation.privacy_email:
        return None
    secret = codes.new_link()
    link, told = notices.give_link(organisation_id, link_digest(secret.text), now=now)
    told += forwarding.put_behind(link.pk, organisation_id, now=now)
    if not told:
        transaction.set_rollback(True)
        return None
    key = usable_key(organisation, now=now)
    language = "nl" if organisation.country in DUTCH else "en"
    with translation.override(language):
        subject = _("Something about personal data for you to process")
        parts = [
            _(
                "You received personal data from us, or we keep them for you. Something about"
                " them changed, or a person asks something about them. Open the page with this"
                " link and confirm there what you have done. It works for %(days)s days:"
            )
            % {"days": notices.LINK_LIVES.days},
            mailing.address("organisations:link", secret.text),
            _("Give this link to nobody outside your organisation."),
            settings.CONTROLLER["name"],
        ]
        bare = "\n\n".join(parts) + "\n"
        whole = "\n\n".join([*parts[:2], in_words(link), *parts[2:]]) + "\n" if key else bare
    row = mailing.queue_plain(
        MailKind.TOLD,
        organisation.privacy_email,
        subject,
        whole,
        language=language,
        now=now,
        encrypt_for=key,
        bare=bare if key else "",
    )
    if key:
        audit.append(
            "notice.mailed_encrypted",
            object=f"link:{link.reference}",
            actor=audit.SYSTEM,
            organisation=organisation_id,
            fingerprint=organisation.mail_key_fingerprint,
        )
    return row.pk


def usable_key(organisation: Organisation, *, now: datetime) -> str:
    """Return the key that mail to an organisation is encrypted for; nothing where it goes by link.

    A key that has expired since it was given is none: then it is the link again.
    """
    if organisation.notice_channel != NoticeChannel.MAIL or not organisation.mail_key:
        return ""
    try:
        return read_key(organisation.mail_key, now=now).text
    except KeyUnfit:
        return ""


@transaction.atomic
def open_link(token: str, *, now: datetime) -> OrganisationLink | None:
    """Return the link that a token is of, and note that it was opened; None when it is too old."""
    link = (
        OrganisationLink.objects.select_for_update(no_key=True)
        .filter(digest=link_digest(token), expires_at__gt=now)
        .first()
    )
    if link is None:
        return None
    link.opened_at = link.opened_at or now
    link.save(update_fields=["opened_at"])
    audit.append(
        "notice.link_opened",
        object=f"link:{link.reference}",
        actor=f"organisation:{link.organisation_id}",
    )
    return link


def remind_systems(*, now: datetime) -> list[int]:
    """Mail whoever runs a system that left instructions open; return the mails.

    Nothing of a person: how many are open, and since when.
    """
    mails = []
    contacts = dict(
        SourceSystem.objects.exclude(contact_email="").values_list("code", "contact_email")
    )
    for waiting in instructions.open_per_system():
        if waiting.system in contacts and waiting.oldest_at < now - SYSTEM_AFTER:
            mail_id = _remind(waiting, contacts[waiting.system], now=now)
            mails += [mail_id] if mail_id is not None else []
    return mails


@transaction.atomic
def _remind(waiting: instructions.OpenAt, to: str, *, now: datetime) -> int | None:
    SourceSystem.objects.select_for_update(no_key=True).get(pk=waiting.system)
    open_ones = Instruction.objects.filter(
        source_system=waiting.system, state=InstructionState.OPEN
    )
    if open_ones.filter(reminded_at__gt=now - SYSTEM_AGAIN).exists():
        return None
    open_ones.filter(created_at__lt=now - SYSTEM_AFTER).update(reminded_at=now)
    with translation.override("nl"):
        subject = _("Open instructions for system %(system)s") % {"system": waiting.system}
        body = _(
            "System %(system)s has %(count)s open instructions, the oldest since %(days)s days."
            " Let it read and answer them at %(address)s."
        ) % {
            "system": waiting.system,
            "count": waiting.count,
            "days": (now - waiting.oldest_at).days,
            "address": mailing.address("instructions"),
        }
    audit.append(
        "instruction.reminded",
        object=f"source:{waiting.system}",
        actor=audit.SYSTEM,
        open=waiting.count,
    )
    row = mailing.queue_plain(
        MailKind.SYSTEM,
        to,
        subject,
        f"{body}\n\n{settings.CONTROLLER['name']}\n",
        language="nl",
        now=now,
    )
    return row.pk
