"""Mail to a colleague about their own account: that something changed, never a secret or a link."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from requests.constants import MailKind
from requests.mail.mailing import queue_plain
from requests.models import OutgoingMail

WHAT: dict[str, str | Promise] = {
    "added": gettext_lazy("A second factor was added to your account."),
    "removed": gettext_lazy("A second factor was taken from your account."),
    "codes": gettext_lazy("New recovery codes were made for your account."),
    "recovery": gettext_lazy("Somebody signed in to your account with a recovery code."),
    "password": gettext_lazy("The password of your account was changed."),
    "reset": gettext_lazy(
        "An administrator took away the second factors of your account, because you said that you"
        " cannot use them. At your next sign-in you set up a new one."
    ),
    "linked": gettext_lazy("Your account was connected to the sign-in of your organisation."),
    "address": gettext_lazy(
        "An administrator gave your account another e-mail address. What changes of your account"
        " goes there from now on."
    ),
}


def tell(user: Any, what: str, *, now: datetime, to: str | None = None) -> OutgoingMail | None:
    """Write a mail that says what changed, in the caller's transaction; None without an address.

    `to` is the address that was theirs until now, where that is what changed.
    """
    email = user.email if to is None else to
    if not email:
        return None
    with translation.override(settings.LANGUAGE_CODE):
        body = "\n\n".join(
            [
                str(WHAT[what]),
                _("Was this not you? Tell your administrator at once."),
                str(settings.CONTROLLER["name"]),
            ]
        )
        subject = _("A change of your account at Alektum Privacy")
    return queue_plain(
        MailKind.ACCOUNT,
        email,
        subject,
        body + "\n",
        language=settings.LANGUAGE_CODE,
        now=now,
    )
