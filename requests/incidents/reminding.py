"""Colleagues who keep the breach register are reminded before the 72 hours are over."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from requests.clock.reminders import colleagues_with
from requests.constants import MailKind
from requests.incidents import services
from requests.mail.mailing import address, queue_plain

KEEPERS = "requests.change_incident"


@transaction.atomic
def remind(*, now: datetime) -> list[int]:
    """Mail whoever keeps the register of breaches whose reminder is due; return the mails.

    Numbers and a link, nothing of what happened. Each reminder once: the mails are written with
    the mark that it went. Where nobody can be mailed none is marked, so that it still comes.
    """
    keepers = colleagues_with(KEEPERS)
    due = services.remind(now) if keepers else []
    if not due:
        return []
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("A data breach: tell the authority in time")
        body = "\n\n".join(
            [
                _(
                    "The authority must know of a breach within 72 hours, unless a risk is"
                    " unlikely. Of these it does not know yet: %(numbers)s."
                )
                % {"numbers": ", ".join(one.number for one in due)},
                address("incidents:register"),
                settings.CONTROLLER["name"],
            ]
        )
    return [
        queue_plain(
            MailKind.REMINDER,
            keeper.email,
            subject,
            f"{body}\n",
            language=settings.LANGUAGE_CODE,
            now=now,
        ).pk
        for keeper in keepers
    ]
