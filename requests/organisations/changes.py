"""Where an organisation hears from us is changed by two people: personal data go there.

Or by the system that it comes from and one of them: a system alone changes no address.

Source: GDPR Articles 5(1)(f) and 32.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import translation
from django.utils.translation import gettext as _

from audit import services as audit
from requests.constants import MailKind
from requests.exceptions import ChangedMeanwhile, SecondPersonNeeded, WrongState
from requests.mail import mailing
from requests.organisations import forwarding
from requests.organisations.mail import DUTCH
from requests.organisations.models import AddressChange
from subjects import notices
from subjects.models import Organisation, RecipientNotice
from subjects.notices import UNDER_WAY

# Who asks where no colleague does: the system that an organisation comes from.
SOURCE = 0


@dataclass(frozen=True)
class Wanted:
    """How an organisation is to hear from us; empty address or key: none."""

    channel: str
    privacy_email: str
    mail_key: str
    fingerprint: str


def stamp_of(organisation: Organisation) -> str:
    """Return a mark of how an organisation hears from us, and what waits; each change alters it."""
    waits = waiting_of(organisation)
    facts = [
        organisation.notice_channel,
        organisation.privacy_email,
        organisation.mail_key_fingerprint,
        str(waits.reference) if waits else "",
    ]
    return sha256(json.dumps(facts).encode()).hexdigest()[:16]


@transaction.atomic
def ask(
    organisation_id: int, wanted: Wanted, *, officer: int, now: datetime, seen: str = ""
) -> int | None:
    """Change how an organisation hears from us; return the mail that tells its old address.

    The channel, and what only takes an address or key away, changes at once. Another address or
    key waits for a second colleague (`confirm`), in the place of one that waited before; the old
    address hears of it, so that who did not ask for it can say so in time. So it
    does where it is taken away: else that would be the way to change it unheard.

    Raises ChangedMeanwhile where it is not as `seen`, the stamp of what the colleague saw, says.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation_id)
    if seen and seen != stamp_of(organisation):
        raise ChangedMeanwhile("a colleague changed this organisation meanwhile")
    _set_channel(organisation, wanted.channel, officer)
    before = (organisation.privacy_email, organisation.mail_key)
    after = (wanted.privacy_email, wanted.mail_key)
    _drop_waiting(organisation, officer, now)
    if before == after:
        return None
    if all(new in ("", old) for old, new in zip(before, after, strict=True)):
        told = _tell_old_address(organisation, now, taken_away=True)
        _write(organisation, wanted, officer, now)
        return told
    change = AddressChange.objects.create(
        organisation=organisation,
        privacy_email=wanted.privacy_email,
        mail_key=wanted.mail_key,
        mail_key_fingerprint=wanted.fingerprint,
        asked_by=officer,
        asked_at=now,
    )
    _note(organisation, "organisation.address_asked", officer, change)
    return _tell_old_address(organisation, now)


@transaction.atomic
def ask_offered(*, now: datetime, limit: int = 200) -> list[int]:
    """Put the other addresses that sources give to a colleague; return the mails to old addresses.

    One colleague confirms: the source is the first who says it. Once refused, an address is not
    asked again until the source gives yet another. Safe to run twice and in parallel.
    """
    # What a colleague asks for is not set aside by a system: its offer waits until that ended.
    busy = AddressChange.objects.filter(organisation=OuterRef("pk"), ended_at=None)
    offered = Organisation.objects.exclude(offered_email="").exclude(Exists(busy)).order_by("pk")
    mails = []
    for organisation in offered.select_for_update(skip_locked=True)[:limit]:
        if waiting_of(organisation) is not None:
            continue
        offer, organisation.offered_email = organisation.offered_email, ""
        organisation.save(update_fields=["offered_email"])
        if offer == organisation.privacy_email:
            continue
        # A key is of whoever had the address: a colleague gives the new one its own.
        change = AddressChange.objects.create(
            organisation=organisation, privacy_email=offer, asked_by=SOURCE, asked_at=now
        )
        _note(organisation, "organisation.address_asked", SOURCE, change)
        mails.append(_tell_old_address(organisation, now))
    return [mail_id for mail_id in mails if mail_id is not None]


@transaction.atomic
def confirm(change_id: int, *, officer: int, now: datetime) -> Organisation:
    """Use the address and key that a colleague asked for.

    Raises SecondPersonNeeded for who asked, WrongState where it ended meanwhile.
    """
    # In the order in which `ask` locks them: else two clicks could wait for each other.
    organisation = Organisation.objects.select_for_update(of=("self",)).get(
        address_changes=change_id
    )
    change = _waiting(change_id)
    if change.asked_by == officer:
        raise SecondPersonNeeded("who asked for this address may not confirm it")
    _end(change, used=True, officer=officer, now=now)
    wanted = Wanted(
        organisation.notice_channel,
        change.privacy_email,
        change.mail_key,
        change.mail_key_fingerprint,
    )
    _write(organisation, wanted, officer, now)
    _note(organisation, "organisation.address_confirmed", officer, change)
    return organisation


@transaction.atomic
def refuse(change_id: int, *, officer: int, now: datetime) -> None:
    """Leave the address and key as they are. Raises WrongState where it ended meanwhile."""
    change = _waiting(change_id)
    _end(change, used=False, officer=officer, now=now)
    _note(change.organisation, "organisation.address_refused", officer, change)


def waiting(limit: int = 50) -> list[AddressChange]:
    """Return changes that wait for a second colleague, the oldest first."""
    rows = AddressChange.objects.filter(ended_at=None).select_related("organisation")
    return list(rows.order_by("pk")[:limit])


def waiting_of(organisation: Organisation) -> AddressChange | None:
    return AddressChange.objects.filter(organisation=organisation, ended_at=None).first()


def _waiting(change_id: int) -> AddressChange:
    change = (
        AddressChange.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .get(pk=change_id)
    )
    if change.ended_at is not None:
        raise WrongState("somebody confirmed or refused this meanwhile")
    return change


def _end(change: AddressChange, *, used: bool, officer: int, now: datetime) -> None:
    change.used, change.ended_by, change.ended_at = used, officer, now
    change.save(update_fields=["used", "ended_by", "ended_at"])


def _drop_waiting(organisation: Organisation, officer: int, now: datetime) -> None:
    for change in AddressChange.objects.select_for_update().filter(
        organisation=organisation, ended_at=None
    ):
        _end(change, used=False, officer=officer, now=now)
        _note(organisation, "organisation.address_refused", officer, change)


def _set_channel(organisation: Organisation, channel: str, officer: int) -> None:
    organisation.notice_channel = channel
    organisation.save(update_fields=["notice_channel"])
    RecipientNotice.objects.filter(
        recipient__organisation=organisation, state__in=UNDER_WAY
    ).update(channel=channel)
    audit.append(
        "organisation.channel_set",
        object=f"organisation:{organisation.reference}",
        actor=f"user:{officer}",
        channel=channel,
    )


def _write(organisation: Organisation, wanted: Wanted, officer: int, now: datetime) -> None:
    if organisation.privacy_email != wanted.privacy_email:
        # Whoever reads the old mailbox opens nothing with it any more.
        forwarding.send_anew(notices.end_links(organisation.pk, now=now))
    key_changed = organisation.mail_key != wanted.mail_key
    organisation.privacy_email = wanted.privacy_email
    organisation.mail_key, organisation.mail_key_fingerprint = wanted.mail_key, wanted.fingerprint
    organisation.save(update_fields=["privacy_email", "mail_key", "mail_key_fingerprint"])
    if key_changed:
        audit.append(
            "organisation.mail_key_set",
            object=f"organisation:{organisation.reference}",
            actor=f"user:{officer}",
            fingerprint=wanted.fingerprint,
        )


def _note(organisation: Organisation, event: str, officer: int, change: AddressChange) -> None:
    audit.append(
        event,
        object=f"organisation:{organisation.reference}",
        actor=f"user:{officer}" if officer != SOURCE else audit.SYSTEM,
        change=change.reference,
        fingerprint=change.mail_key_fingerprint,
    )


def _tell_old_address(
    organisation: Organisation, now: datetime, *, taken_away: bool = False
) -> int | None:
    """Tell the address used until now that another is asked for, never which, or that one went."""
    if not organisation.privacy_email:
        return None
    language = "nl" if organisation.country in DUTCH else "en"
    with translation.override(language):
        subject = _("Another address or key for what you hear from us")
        words = _words_of_removal() if taken_away else _words_of_change()
        body = words % {"phone": settings.CONTROLLER.get("phone", "")}
    row = mailing.queue_plain(
        MailKind.TOLD,
        organisation.privacy_email,
        subject,
        f"{body}\n\n{settings.CONTROLLER['name']}\n",
        language=language,
        now=now,
    )
    return row.pk


def _words_of_change() -> str:
    return _(
        "We were given another e-mail address, or another key for encrypted mail, for your"
        " organisation. We use it for what we must tell you about personal data once somebody else"
        " here has confirmed it. Did you not ask for this? Then call us now: %(phone)s."
    )


def _words_of_removal() -> str:
    return _(
        "A colleague of ours took away this e-mail address, or your key for encrypted mail. We do"
        " not use it any more for what we must tell you about personal data. Did you not ask for"
        " this? Then call us now: %(phone)s."
    )
