"""Colleagues hear that a person wrote: a message may hold a new wish, which has its own clock."""

from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from requests.clock.reminders import HANDLERS, colleagues_with
from requests.constants import MailKind
from requests.mail.mailing import address, queue_plain
from requests.models import PrivacyRequest


def tell_colleagues(privacy_request: PrivacyRequest, now: datetime) -> int:
    """Mail who has the request in hand, else all who handle requests; return how many.

    The number and a link, nothing of what was written. The beat sends it.
    """
    handlers = colleagues_with(HANDLERS)
    in_hand = [one for one in handlers if one.pk == privacy_request.assigned_to]
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Somebody wrote about their request")
        said = _("A message came in about %(number)s.") % {"number": privacy_request.number}
    link = address("requests:show", privacy_request.reference)
    body = "\n\n".join([said, link, settings.CONTROLLER["name"]])
    for one in in_hand or handlers:
        queue_plain(
            MailKind.REMINDER,
            one.email,
            subject,
            f"{body}\n",
            language=settings.LANGUAGE_CODE,
            now=now,
        )
    return len(in_hand or handlers)
