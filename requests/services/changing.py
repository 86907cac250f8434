"""What every change of a request shares: lock, check, write, tell the ledger."""

from typing import Any

from audit import services as audit
from requests.belongings import belongings_of
from requests.constants import (
    TRANSITIONS,
    Mention,
    Situation,
    State,
)
from requests.exceptions import (
    ChangedMeanwhile,
    WrongState,
)
from requests.models import (
    PrivacyRequest,
)
from subjects.anchors import anchors_of, end_of
from subjects.models import Dossier
from vault import services as vault

RTS = "RTS"


def locked(pk: int, version: int | None = None) -> PrivacyRequest:
    """Return the request, locked until the caller's transaction ends.

    Raises ChangedMeanwhile when it is not the version the caller has seen.
    """
    privacy_request = PrivacyRequest.objects.select_for_update().get(pk=pk)
    require_version(privacy_request, version)
    return privacy_request


def require_version(privacy_request: PrivacyRequest, version: int | None) -> None:
    """Raise ChangedMeanwhile where a request is not what its reader saw; None says nothing."""
    if version is not None and version != privacy_request.version:
        raise ChangedMeanwhile("a colleague changed this request meanwhile: look again")


def require(privacy_request: PrivacyRequest, *states: State) -> None:
    if privacy_request.state not in states:
        raise WrongState(f"not possible while the request is {privacy_request.state}")


def move(privacy_request: PrivacyRequest, state: State) -> None:
    """Take the request to a state that may follow; the same one again is no move."""
    if state != privacy_request.state and state not in TRANSITIONS[privacy_request.state]:
        raise WrongState(f"{state} may not follow {privacy_request.state}")
    privacy_request.state = state
    privacy_request.version += 1
    privacy_request.save()


def save(privacy_request: PrivacyRequest, *fields: str) -> None:
    privacy_request.version += 1
    privacy_request.save(update_fields=[*fields, "version"])


def note(privacy_request: PrivacyRequest, event: str, actor: str, **facts: Any) -> None:
    audit.append(event, object=f"request:{privacy_request.reference}", actor=actor, **facts)


def body_of(privacy_request: PrivacyRequest) -> dict[str, Any]:
    """Return {"situation", "identity", "words"}. Raises KeyDestroyed once the file is gone."""
    return belongings_of(privacy_request).body


def situation_of(privacy_request: PrivacyRequest) -> str:
    """Return how the person stands to the case: what they say of it before how they know us."""
    if Mention.MISTAKEN in privacy_request.mentions:
        return Situation.NOT_ME
    if Mention.DISPUTE in privacy_request.mentions:
        return Situation.DISPUTE
    return str(body_of(privacy_request).get("situation", ""))


def email_of(privacy_request: PrivacyRequest) -> str:
    emails = body_of(privacy_request)["identity"].get("emails") or [""]
    return emails[0]


def mail_key_of(privacy_request: PrivacyRequest) -> str:
    """Return the public key that mail to the person is encrypted for; empty without one."""
    if privacy_request.sealed_mail_key is None:
        return ""
    key = vault.open_key(privacy_request.key_id)
    place = privacy_request.mail_key_place
    return key.unseal(privacy_request.sealed_mail_key, place=place)["text"]


def write_end(dossier: Dossier) -> None:
    end = end_of(RTS, anchors_of(dossier))
    dossier.rule, dossier.delete_from = end.rule, end.delete_from
    dossier.missing_anchor = end.missing_anchor
    dossier.save()
