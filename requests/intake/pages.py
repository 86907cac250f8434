"""What the pages show of how a letter came in: what it is, its files, what it may belong to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from policy import services as policy
from policy.statement import Authority
from requests import services
from requests.constants import UNANSWERED, Kind, Mention
from requests.countries import HOME
from requests.models import Message, PrivacyRequest
from requests.services.attachments import Named
from subjects.constants import EEA


def for_person(privacy_request: PrivacyRequest, *, whole: bool = False) -> dict[str, Any]:
    """Return what the person's page shows: messages, files, where to complain, what it joined.

    Of letters that joined the request those that may be shown, or with `whole` all.
    """
    complains = privacy_request.kind == Kind.COMPLAINT
    files = services.attachments_of(privacy_request)
    return {
        "letters": [one for one in letters_of(privacy_request, files) if whole or one[0].shown],
        "files": [one for one in files if one.attachment.message_id is None],
        "authorities": authorities_for(privacy_request) if complains else [],
        "joined": joined(privacy_request),
    }


def letters_of(
    privacy_request: PrivacyRequest, files: Sequence[Named]
) -> list[tuple[Message, str, list[Named]]]:
    """Return each message with its words and those of the files that go with it."""
    of = dict[int | None, list[Named]]()
    for one in files:
        of.setdefault(one.attachment.message_id, []).append(one)
    return [
        (message, words, of.get(message.pk, []))
        for message, words in services.messages_of(privacy_request)
    ]


def for_officer(privacy_request: PrivacyRequest, *, now: datetime) -> dict[str, Any]:
    """Return what an officer sees of it, unsealed: also what it may be the same as."""
    mentions = [Mention(one).label for one in privacy_request.mentions]
    open_question = privacy_request.kind != Kind.REQUEST and privacy_request.state in UNANSWERED
    return {
        **for_person(privacy_request, whole=True),
        "mentions": mentions,
        "duplicates": services.duplicates_of(privacy_request, now=now),
        "open_question": open_question,
        "authorities": authorities_for(privacy_request),
    }


def joined(privacy_request: PrivacyRequest) -> PrivacyRequest | None:
    """Return the earlier request that this one joined, while it is there."""
    if privacy_request.merged_into is None:
        return None
    return PrivacyRequest.objects.filter(reference=privacy_request.merged_into).first()


def authorities_for(privacy_request: PrivacyRequest) -> list[Authority]:
    """Return where this person may complain: with ours, and with that of their own country.

    Source: GDPR Article 77(1).
    """
    known = policy.current().authorities
    addresses = services.body_of(privacy_request)["identity"].get("addresses") or [{}]
    country = addresses[0].get("country") or HOME
    wanted = [HOME, country] if country in EEA and country != HOME else [HOME]
    return [known[code] for code in wanted if code in known]


def standing_answer(privacy_request: PrivacyRequest) -> str:
    """Return a beginning for the answer to a complaint: where the person may go with it."""
    if privacy_request.kind != Kind.COMPLAINT:
        return ""
    names = [f"{one.authority} ({one.site})" for one in authorities_for(privacy_request)]
    if privacy_request.language == "en":
        return "\n\nYou may also complain to: " + "; ".join(names) + "."
    return "\n\nU kunt ook een klacht indienen bij: " + "; ".join(names) + "."
