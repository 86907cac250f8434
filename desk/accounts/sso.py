"""Signing in through the organisation's own provider (OpenID Connect): whose account it is.

A provider tells who somebody is; what they may do here is decided here. An account is connected
once: by the verified e-mail address, or by its colleague while signed in. An account that may do
everything, or gives roles, is connected only by its colleague: who runs the provider must not
become administrator by an e-mail address. So is one in use whose address somebody else just set:
an administrator must not come into it by giving it an address of their own.

Source: OpenID Connect Core 1.0, 5.7 (only issuer and subject together are unique and stable);
RFC 8176 (`mfa` in `amr`: more than one factor was asked for).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction

from alektum_privacy.oidc import Provider
from audit import services as audit
from desk.accounts import sessions, watching
from desk.accounts.constants import Ended
from desk.accounts.exceptions import SignInRefused
from desk.accounts.models import StaffLink
from desk.roles import ROLES
from vault import services as vault

ADMINISTRATOR = "administrator"
LONGEST_NAME = 150


class NoAccount(SignInRefused):
    """Whoever signed in at the provider has no account here."""


def provider() -> Provider | None:
    """Return the staff's provider, or None where settings name none."""
    named = settings.STAFF_SSO
    if not named["issuer"] or not named["client_id"]:
        return None
    fields = ("issuer", "client_id", "client_secret", "name", "scope")
    return Provider(**{field: named[field] for field in fields})


def gave_second_factor(claims: Mapping[str, Any]) -> bool:
    """Return whether the provider says that it asked for more than one factor."""
    methods, level = claims.get("amr"), claims.get("acr")
    told = isinstance(methods, list) and "mfa" in methods
    return told or (isinstance(level, str) and level in settings.STAFF_SSO["acr"])


def digest_of(claims: Mapping[str, Any]) -> bytes:
    return vault.digest("desk.sso", settings.STAFF_SSO["issuer"], str(claims["sub"]))


@transaction.atomic
def account_for(claims: Mapping[str, Any], *, now: datetime) -> tuple[User, bool]:
    """Return the account of whoever signed in, and whether it was connected just now.

    Raises NoAccount.
    """
    link = StaffLink.objects.select_related("user").filter(digest=digest_of(claims)).first()
    if link is not None:
        if not link.user.is_active:
            raise NoAccount
        if link.follows_groups:
            _follow_groups(link.user, claims)
        return link.user, False
    email = _email(claims)
    held = list(User.objects.select_for_update().filter(email__iexact=email)[:2]) if email else []
    if not held:
        return _make(claims, email, now), False
    user = held[0]
    # One of two accounts with one address would be a guess; one that is connected is another's.
    if len(held) > 1 or not user.is_active or is_powerful(user) or is_linked(user):
        raise NoAccount
    if user.last_login is not None and watching.happened(watching.ADDRESS_SET, user.pk):
        raise NoAccount
    connect(user, claims, now=now)
    return user, True


@transaction.atomic
def connect(user: User, claims: Mapping[str, Any], *, now: datetime) -> None:
    """Connect an account to whoever signed in at the provider. Raises NoAccount, if taken."""
    User.objects.select_for_update().get(pk=user.pk)
    digest = digest_of(claims)
    if StaffLink.objects.filter(digest=digest).exclude(user=user).exists() or is_linked(user):
        raise NoAccount
    StaffLink.objects.create(user=user, digest=digest, linked_at=now)
    audit.append("sso.linked", object=f"user:{user.pk}", actor=audit.actor_of(user))


@transaction.atomic
def disconnect(user: User) -> bool:
    """Take the connection away; return whether there was one."""
    count, _details = StaffLink.objects.filter(user=user).delete()
    if count:
        audit.append("sso.unlinked", object=f"user:{user.pk}", actor=audit.actor_of(user))
    return bool(count)


def is_linked(user: Any) -> bool:
    return StaffLink.objects.filter(user_id=user.pk).exists()


def belongs_to(user: User, claims: Mapping[str, Any]) -> bool:
    """Return whether whoever signed in at the provider is connected to this account."""
    return StaffLink.objects.filter(user=user, digest=digest_of(claims)).exists()


def wanted() -> tuple[str, ...]:
    """Return which claims are asked for."""
    groups = (settings.STAFF_SSO["groups_claim"],) if settings.STAFF_SSO["roles"] else ()
    return ("email", "email_verified", *groups)


def is_powerful(user: User) -> bool:
    """Return whether an account may do everything, or gives others their roles."""
    return user.is_superuser or user.is_staff or user.groups.filter(name=ADMINISTRATOR).exists()


def roles_of(claims: Mapping[str, Any]) -> set[str]:
    """Return the roles that the provider's groups stand for; never administrator."""
    told = claims.get(settings.STAFF_SSO["groups_claim"])
    groups = [group for group in told if isinstance(group, str)] if isinstance(told, list) else []
    named = {settings.STAFF_SSO["roles"].get(group) for group in groups}
    return {role for role in named if role in ROLES and role != ADMINISTRATOR}


def _make(claims: Mapping[str, Any], email: str, now: datetime) -> User:
    """Make an account for somebody whose groups stand for roles. Raises NoAccount."""
    roles = roles_of(claims)
    if not email or not roles or User.objects.filter(username=email[:LONGEST_NAME]).exists():
        raise NoAccount
    user = User.objects.create_user(email[:LONGEST_NAME], email)
    user.first_name = _text(claims.get("given_name"))[:LONGEST_NAME]
    user.last_name = _text(claims.get("family_name"))[:LONGEST_NAME]
    user.save()
    StaffLink.objects.create(
        user=user, digest=digest_of(claims), linked_at=now, follows_groups=True
    )
    audit.append("sso.linked", object=f"user:{user.pk}", actor=audit.SYSTEM, made=True)
    _set_roles(user, roles)
    return user


def _follow_groups(user: User, claims: Mapping[str, Any]) -> None:
    """Give an account made by its groups the roles they stand for today, and no others."""
    if is_powerful(user):
        # An administrator decided otherwise since.
        return
    roles = roles_of(claims)
    if set(user.groups.values_list("name", flat=True)) != roles:
        _set_roles(user, roles)
        sessions.end_all(user, Ended.ACCOUNT, by=audit.SYSTEM)


def _set_roles(user: User, roles: set[str]) -> None:
    user.groups.set(Group.objects.filter(name__in=roles))
    audit.append(
        "account.changed",
        object=f"user:{user.pk}",
        actor=audit.SYSTEM,
        roles=sorted(role.replace(" ", "-") for role in roles),
    )


def _email(claims: Mapping[str, Any]) -> str:
    """Return the address, if the provider has verified it."""
    return _text(claims.get("email")) if claims.get("email_verified") is True else ""


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""
