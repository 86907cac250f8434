"""What the access code in a letter opens, and until when.

It goes to an address on file, to somebody who may be meant and may be a stranger to the request.
Until the code beside it is typed it opens the field for that code and nothing else; from then on
the page, as long as its reader may be the person. It never touches the access code that the
person has of their own.
"""

from datetime import datetime
from enum import IntEnum
from uuid import UUID

from django.db.models import Q

from requests import codes
from requests.constants import UNANSWERED, MatchState
from requests.identity.constants import POSTED_ATTEMPTS
from requests.identity.models import PostedCode
from requests.models import PrivacyRequest

LIVE = Q(used_at=None, replaced_at=None)
# Who is left unproven may still type the code, while the request is open.
MAY_TYPE = (MatchState.PROPOSED, MatchState.CONFIRMED, MatchState.UNPROVEN)
MAY_READ = (MatchState.PROPOSED, MatchState.CONFIRMED)


class Opens(IntEnum):
    """What a browser may see of a request, the least first."""

    NOTHING = 0
    FACT = 1
    CODE = 2
    PAGE = 3


def with_access_code(number: str, typed: str, *, now: datetime) -> PostedCode | None:
    """Return the letter with this access code, while it opens anything."""
    found = (
        PostedCode.objects.select_related("request")
        .filter(request__number=number.strip().upper(), access_digest=codes.page_digest(typed))
        .first()
    )
    return found if found is not None and opens(found, now=now) else None


def opened_by(privacy_request: PrivacyRequest, letter: UUID, *, now: datetime) -> Opens:
    """Return what a letter that a browser came in with opens now."""
    found = privacy_request.postedcodes.filter(reference=letter).first()
    return opens(found, now=now) if found is not None else Opens.NOTHING


def opens(code: PostedCode, *, now: datetime) -> Opens:
    """Return what the access code in this letter opens."""
    if code.access_digest is None or code.subject_reference is None:
        return Opens.NOTHING
    # The match stays when what it names is destroyed, as by the erasure that was asked.
    match = code.request.matches.filter(subject_reference=code.subject_reference).first()
    state = match.state if match is not None else ""
    if code.used_at is not None:
        return Opens.PAGE if state in MAY_READ else Opens.NOTHING
    works = (
        code.replaced_at is None
        and code.expires_at > now
        and code.attempts < POSTED_ATTEMPTS
        and code.request.state in UNANSWERED
        and state in MAY_TYPE
    )
    return Opens.CODE if works else Opens.NOTHING


def end_unused(privacy_request: PrivacyRequest) -> None:
    """Let no letter open anything whose own code proved nobody, as something else did."""
    PostedCode.objects.filter(request=privacy_request, used_at=None).update(access_digest=None)


def replace_live(privacy_request: PrivacyRequest, *, now: datetime) -> None:
    """End the code that is under way, and what its letter opens."""
    PostedCode.objects.filter(LIVE, request=privacy_request).update(
        replaced_at=now, sealed_letter=None, access_digest=None
    )


def end_of_person(privacy_request: PrivacyRequest, subject: UUID, *, now: datetime) -> None:
    """End the letters to somebody who is not meant: one that waits is not posted any more.

    Also one whose code was typed: its reader turned out to be another than who asks.
    """
    letters = PostedCode.objects.filter(request=privacy_request, subject_reference=subject)
    letters.filter(LIVE).update(replaced_at=now, sealed_letter=None)
    letters.update(access_digest=None)
