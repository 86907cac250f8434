"""Nobody handles, sees or decides a request about themself; some parts need a role.

Source: privacy statement, access by need only; legal requirements, section 5 (§ 13-14, 24-28).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

from requests.constants import MatchState
from requests.exceptions import OwnFile
from requests.models import PrivacyRequest, SubjectMatch
from requests.services.changing import body_of
from subjects.models import Involvement
from subjects.own_file import is_own_file
from subjects.unseen import sees_aml
from vault import services as vault


def require_other(privacy_request: PrivacyRequest, officer: int) -> None:
    """Raise OwnFile where who asks, or anybody who may be meant, may be this colleague."""
    user = User.objects.filter(pk=officer).first()
    if user is not None and concerns(privacy_request, user):
        raise OwnFile("this may be your own file: a colleague handles it")


def require_other_than(privacy_request: PrivacyRequest, actor: str) -> None:
    """Raise OwnFile where the ledger's name of who acts is of a colleague it may be about."""
    officer = officer_named(actor)
    if officer is not None:
        require_other(privacy_request, officer)


def require_not_own(identity: Mapping[str, Any], actor: str) -> None:
    """Raise OwnFile where who would be taken in may be the colleague who acts."""
    officer = officer_named(actor)
    user = User.objects.filter(pk=officer).first() if officer is not None else None
    if user is not None and is_own_file(user, identity):
        raise OwnFile("this may be your own file: a colleague handles it")


def officer_named(actor: str) -> int | None:
    """Return the colleague whom the ledger names so; None for the person, or a system."""
    kind, _colon, pk = actor.partition(":")
    return int(pk) if kind == "user" and pk.isdecimal() else None


def concerns(privacy_request: PrivacyRequest, user: AbstractBaseUser | AnonymousUser) -> bool:
    """Tell whether who asks, or anybody who may be meant, may be this colleague."""
    return any(is_own_file(user, identity) for identity in _identities(privacy_request))


def _identities(privacy_request: PrivacyRequest) -> Iterator[dict[str, Any]]:
    yield body_of(privacy_request)["identity"]
    meant = privacy_request.matches.exclude(state=MatchState.REJECTED)
    rows = list(
        Involvement.objects.filter(subject__reference__in=meant.values("subject_reference"))
        .order_by("pk")
        .values_list("key_id", "sealed_identity")
    )
    keys = vault.open_keys([key_id for key_id, _sealed in rows])
    for key_id, sealed in rows:
        if key_id in keys:
            place = f"subjects.involvement.identity:{key_id}"
            yield keys[key_id].unseal(sealed, place=place)


def own_files(
    requests: Sequence[PrivacyRequest], users: Sequence[AbstractBaseUser]
) -> set[tuple[int, int]]:
    """Return which of these requests may be about which of these colleagues, by their keys.

    As `concerns`, in five queries for all of them. Of a request whose key is gone nobody is left.
    """
    of_people: dict[UUID, list[int]] = {}
    meant = SubjectMatch.objects.filter(request__in=requests).exclude(state=MatchState.REJECTED)
    for pk, reference in meant.values_list("request_id", "subject_reference"):
        of_people.setdefault(reference, []).append(pk)
    found: set[tuple[int, int]] = set()
    for pks, identity in [*_askers(requests), *_people(of_people)]:
        found |= {(pk, user.pk) for user in users if is_own_file(user, identity) for pk in pks}
    return found


def _askers(requests: Sequence[PrivacyRequest]) -> Iterator[tuple[list[int], dict[str, Any]]]:
    keys = vault.open_keys([one.key_id for one in requests])
    for one in requests:
        if one.key_id in keys:
            body = keys[one.key_id].unseal(one.sealed_body, place=one.body_place)
            yield [one.pk], body["identity"]


def _people(of_people: Mapping[UUID, list[int]]) -> Iterator[tuple[list[int], dict[str, Any]]]:
    if not of_people:
        return
    rows = list(
        Involvement.objects.filter(subject__reference__in=list(of_people))
        .order_by("pk")
        .values_list("subject__reference", "key_id", "sealed_identity")
    )
    keys = vault.open_keys([key_id for _reference, key_id, _sealed in rows])
    for reference, key_id, sealed in rows:
        if key_id in keys:
            place = f"subjects.involvement.identity:{key_id}"
            yield of_people[reference], keys[key_id].unseal(sealed, place=place)


def may_see_aml(officer: int) -> bool:
    """Tell whether this colleague's role lets them see money-laundering checks."""
    user = User.objects.filter(pk=officer).first()
    return user is not None and sees_aml(user)
