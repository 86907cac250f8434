"""The addresses on file hear that somebody is taken for their holder, so that a mistake is noticed.

See `docs/decisions/told-on-file.md`. Source: GDPR Articles 12(6) and 32(1).
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from requests.constants import IdentityMethod, MailKind, MatchState
from requests.mail import mailing
from requests.models import PrivacyRequest
from requests.services.changing import email_of
from requests.services.people.proof import identities_of, proven_rungs, told_of
from subjects.models import Involvement

MOST = 10  # addresses on file that are told
MOST_FILES = 50


def tell_on_file(
    privacy_request: PrivacyRequest,
    method: IdentityMethod,
    covered: Collection[UUID],
    *,
    now: datetime,
) -> list[int]:
    """Queue a mail to each address on file of who is about to be proven for the first time.

    Not to the address of the request itself, which hears of all. It says that somebody is taken
    for them, and the number of the request: nothing of what was asked or is held.
    """
    if not covered:
        return []
    found = Involvement.objects.filter(reference__in=covered)
    people = set(found.values_list("subject__reference", flat=True))
    people -= set(proven_rungs(privacy_request))
    files = told_of(privacy_request, MatchState.PROPOSED, MatchState.CONFIRMED)
    held = identities_of(files.filter(subject__reference__in=people)[:MOST_FILES])
    emails = {
        email.strip().casefold() for one in held.values() for email in one.get("emails") or []
    }
    emails -= {"", email_of(privacy_request).strip().casefold()}
    return [_tell(privacy_request, method, one, now) for one in sorted(emails)[:MOST]]


def _tell(privacy_request: PrivacyRequest, method: IdentityMethod, to: str, now: datetime) -> int:
    with translation.override(privacy_request.language):
        subject, happened = _words(method)
        then = _(
            "Was it you? Then you need not do anything. Was it not? Then tell us at once, before we"
            " answer: call %(phone)s or write to %(email)s."
        )
        facts = {
            "number": privacy_request.number,
            "phone": settings.CONTROLLER.get("phone", ""),
            "email": settings.CONTROLLER.get("email", ""),
        }
        body = f"{happened % facts}\n\n{then % facts}\n\n{settings.CONTROLLER['name']}\n"
    language = privacy_request.language
    return mailing.queue_plain(MailKind.SIGNED_IN, to, subject, body, language=language, now=now).pk


def _words(method: IdentityMethod) -> tuple[str, str]:
    """Return the subject, and what happened; of each way only what its holder needs to know it."""
    if method == IdentityMethod.PROVIDER:
        return _("Somebody signed in to show who they are"), _(
            "Somebody signed in with an identity provider to show that they are you, for request"
            " %(number)s about personal data."
        )
    if method == IdentityMethod.MANDATE:
        return _("Somebody asks us for you"), _(
            "For request %(number)s about personal data, somebody showed us that they may ask for"
            " you, such as a lawyer, a guardian or an administrator."
        )
    return _("Somebody showed us that they are you"), _(
        "For request %(number)s about personal data, somebody showed us that they are you, such as"
        " with a code from a letter to your address."
    )
