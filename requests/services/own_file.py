"""Nobody handles, sees or decides a request about themself; some parts need a role.

Source: privacy statement, access by need only; legal requirements, section 5 (§ 13-14, 24-28).
"""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User

from requests.constants import MatchState
from requests.exceptions import OwnFile
from requests.models import PrivacyRequest
from requests.services.changing import body_of
from subjects.models import Involvement
from subjects.own_file import is_own_file
from vault import services as vault

SEES_AML = "subjects.view_aml_record"
AML = "AML"
LOOKED_AT = 50


def require_other(privacy_request: PrivacyRequest, officer: int) -> None:
    """Raise OwnFile where who asks, or anybody who may be meant, may be this colleague."""
    user = User.objects.filter(pk=officer).first()
    if user is not None and concerns(privacy_request, user):
        raise OwnFile("this may be your own file: a colleague handles it")


def concerns(privacy_request: PrivacyRequest, user: AbstractBaseUser | AnonymousUser) -> bool:
    """Tell whether who asks, or anybody who may be meant, may be this colleague."""
    return any(is_own_file(user, identity) for identity in _identities(privacy_request))


def _identities(privacy_request: PrivacyRequest) -> Iterator[dict[str, Any]]:
    yield body_of(privacy_request)["identity"]
    meant = privacy_request.matches.exclude(state=MatchState.REJECTED)
    rows = list(
        Involvement.objects.filter(subject__reference__in=meant.values("subject_reference"))
        .order_by("pk")
        .values_list("key_id", "sealed_identity")[:LOOKED_AT]
    )
    keys = vault.open_keys([key_id for key_id, _sealed in rows])
    for key_id, sealed in rows:
        if key_id in keys:
            place = f"subjects.involvement.identity:{key_id}"
            yield keys[key_id].unseal(sealed, place=place)


def may_see_aml(officer: int) -> bool:
    """Tell whether this colleague's role lets them see money-laundering checks."""
    user = User.objects.filter(pk=officer).first()
    return user is not None and user.has_perm(SEES_AML)
