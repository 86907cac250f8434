"""Second factors of colleagues: shown, used, added, taken away.

allauth's own parts make and check what is stored; what it leaves to chance is done here: a code
works once whatever the cache remembers, wrong codes of an account are counted from wherever they
come, and each change stands in the ledger in the transaction that makes it.

Source: RFC 6238, 5.2 (a code is accepted once); WebAuthn Level 2, 7.1 and 7.2.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt, encrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F

from audit import services as audit
from desk.accounts.constants import (
    CODE_PAUSE,
    FACTORS,
    MOST_PASSKEYS,
    MOST_WRONG_CODES,
    Kind,
)
from desk.accounts.exceptions import LastFactor, TooManyTries, WrongCode
from desk.accounts.models import CodeTries

LAST_COUNTER = "last_counter"
MALFORMED = (ValidationError, ValueError, TypeError, KeyError, AttributeError)


def protects(user: Any) -> bool:
    """Return whether an account has a second factor."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists()


def factors_of(user: Any) -> list[Authenticator]:
    """Return an account's second factors and recovery codes, oldest first."""
    return list(Authenticator.objects.filter(user_id=user.pk).order_by("pk"))


def has_passkey(user: Any) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type=Kind.PASSKEY).exists()


# --- giving a second factor ----------------------------------------------------------------


def use_code(user: User, code: str, *, now: datetime) -> Kind:
    """Take a code of an app, or a recovery code; return which it was. It works once.

    Raises WrongCode, or TooManyTries where the account waits.
    """
    _require_tries_left(user, now)
    with transaction.atomic():
        used = _use(user, "".join(code.split()), now)
        if used is not None:
            CodeTries.objects.filter(user=user).delete()
    if used is None:
        _count_wrong(user, now)
        raise WrongCode
    return used


def _use(user: User, code: str, now: datetime) -> Kind | None:
    # Whoever gives the same code at the same moment waits for this lock, and then finds it used.
    held = Authenticator.objects.select_for_update().filter(user=user).exclude(type=Kind.PASSKEY)
    for factor in held.order_by("pk"):
        if factor.type == Kind.APP and _is_app_code(factor, code):
            factor.record_usage()
            return Kind.APP
        if factor.type == Kind.CODES and RecoveryCodes(factor).validate_code(code):
            left = codes_left(user)
            Authenticator.objects.filter(pk=factor.pk).update(last_used_at=now)
            audit.append(
                "recovery-code.used",
                object=f"user:{user.pk}",
                actor=audit.actor_of(user),
                left=left,
            )
            return Kind.CODES
    return None


def _is_app_code(factor: Authenticator, code: str) -> bool:
    """Return whether an app makes this code now, and no newer one was used; note that it was."""
    secret = decrypt(factor.data["secret"])
    for counter in totp.yield_hotp_counters_from_time():
        value = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if compare_user_code(actual=code, expected=value):
            if counter <= factor.data.get(LAST_COUNTER, 0):
                return False
            factor.data[LAST_COUNTER] = counter
            factor.save(update_fields=["data"])
            return True
    return False


def _require_tries_left(user: User, now: datetime) -> None:
    tries = CodeTries.objects.filter(user=user).first()
    if tries and tries.wrong >= MOST_WRONG_CODES and now < tries.last_at + CODE_PAUSE:
        raise TooManyTries


@transaction.atomic
def _count_wrong(user: User, now: datetime) -> None:
    CodeTries.objects.get_or_create(user=user, defaults={"last_at": now})
    # A pause that is over, or an old mistake, counts no more.
    CodeTries.objects.filter(user=user, last_at__lte=now - CODE_PAUSE).update(wrong=0)
    CodeTries.objects.filter(user=user).update(wrong=F("wrong") + 1, last_at=now)
    if CodeTries.objects.get(user=user).wrong == MOST_WRONG_CODES:
        audit.append("second-step.locked", object=f"user:{user.pk}", actor=audit.SYSTEM)


def ask_passkey(user: User) -> str:
    """Return what a browser needs to ask for one of this account's passkeys, as JSON."""
    return json.dumps(webauthn.begin_authentication(user), cls=DjangoJSONEncoder)


def use_passkey(user: User, answer: Any, *, now: datetime) -> None:
    """Take a browser's answer of a passkey. Raises WrongCode unless it is one of this account."""
    try:
        webauthn.parse_authentication_response(answer)
        factor = webauthn.complete_authentication(user, answer)
    except MALFORMED:
        raise WrongCode from None
    finally:
        # A challenge is answered once, rightly or not.
        webauthn.clear_state()
    Authenticator.objects.filter(pk=factor.pk).update(last_used_at=now)


# --- changing them -------------------------------------------------------------------------


def new_secret() -> str:
    """Return a secret for an app, sealed, for the session in which it is set up."""
    return encrypt(totp.generate_totp_secret())


def open_secret(sealed: str) -> str:
    return decrypt(sealed)


@transaction.atomic
def add_app(user: User, sealed: str, code: str) -> None:
    """Add an app that shows the right code for this secret. Raises WrongCode otherwise."""
    User.objects.select_for_update().get(pk=user.pk)
    if Authenticator.objects.filter(user=user, type=Kind.APP).exists():
        raise WrongCode
    added = totp.TOTP.activate(user, decrypt(sealed)).instance
    if not _is_app_code(added, "".join(code.split())):
        raise WrongCode
    _tell("factor.added", user, Kind.APP)


def begin_passkey(user: User) -> str:
    """Return what a browser needs to make a passkey, as JSON."""
    return json.dumps(webauthn.begin_registration(user, passwordless=False), cls=DjangoJSONEncoder)


@transaction.atomic
def add_passkey(user: User, name: str, answer: Mapping[str, Any]) -> None:
    """Add the passkey that a browser made. Raises WrongCode where its answer does not hold."""
    User.objects.select_for_update().get(pk=user.pk)
    if Authenticator.objects.filter(user=user, type=Kind.PASSKEY).count() >= MOST_PASSKEYS:
        raise WrongCode
    try:
        webauthn.parse_registration_response(answer)
        webauthn.complete_registration(dict(answer))
    except MALFORMED:
        raise WrongCode from None
    finally:
        webauthn.clear_state()
    webauthn.WebAuthn.add(user, name, dict(answer))
    _tell("factor.added", user, Kind.PASSKEY)


@transaction.atomic
def remove(user: User, pk: int, *, obligatory: bool) -> None:
    """Take a second factor away; recovery codes go with the last. Raises LastFactor."""
    User.objects.select_for_update().get(pk=user.pk)
    held = Authenticator.objects.filter(user=user, type__in=FACTORS)
    factor = held.get(pk=pk)
    is_last = held.count() == 1
    if is_last and obligatory:
        raise LastFactor
    factor.delete()
    _tell("factor.removed", user, Kind(factor.type))
    if is_last:
        Authenticator.objects.filter(user=user).delete()


@transaction.atomic
def make_codes(user: User) -> list[str]:
    """Return new recovery codes; those from before work no more."""
    User.objects.select_for_update().get(pk=user.pk)
    Authenticator.objects.filter(user=user, type=Kind.CODES).delete()
    codes = RecoveryCodes.activate(user).generate_codes()
    audit.append(
        "recovery-codes.made",
        object=f"user:{user.pk}",
        actor=audit.actor_of(user),
        count=len(codes),
    )
    return codes


def codes_left(user: Any) -> int:
    """Return how many recovery codes an account has left."""
    held = Authenticator.objects.filter(user_id=user.pk, type=Kind.CODES).first()
    return len(RecoveryCodes(held).get_unused_codes()) if held else 0


@transaction.atomic
def reset(user: User, *, reason: str, by: User) -> int:
    """Take all second factors of a colleague away; return how many there were."""
    User.objects.select_for_update().get(pk=user.pk)
    count, _details = Authenticator.objects.filter(user=user).delete()
    CodeTries.objects.filter(user=user).delete()
    audit.append(
        "factor.reset",
        object=f"user:{user.pk}",
        actor=audit.actor_of(by),
        reason=reason,
        count=count,
    )
    return count


def _tell(event: str, user: User, kind: Kind) -> None:
    audit.append(
        event,
        object=f"user:{user.pk}",
        actor=audit.actor_of(user),
        kind=kind.value.replace("_", "-"),
    )


def check_password(user: User, given: str, *, now: datetime) -> bool:
    """Return whether this is the account's password; wrong ones count with the codes.

    Raises TooManyTries where the account waits.
    """
    _require_tries_left(user, now)
    if user.check_password(given):
        return True
    _count_wrong(user, now)
    return False
