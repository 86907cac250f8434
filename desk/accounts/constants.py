"""Names in the session, limits, and what may be chosen."""

from datetime import timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

# What a session of a colleague carries, each a moment in seconds.
STARTED, SEEN = "staff_started", "staff_seen"
FACTOR_GIVEN, CONFIRMED = "staff_factor", "staff_confirmed"
# The row that stands for this session in the list of sessions.
ROW = "staff_session"
# Who gave the first proof, and must give the second; the secret of an app that is being set up.
SIGNING_IN, NEW_SECRET = "staff_signing_in", "staff_new_secret"

SECOND_STEP = timedelta(minutes=10)
# Sensitive acts ask for a proof that is no older.
CONFIRMATION = timedelta(minutes=10)
# How often at most the moment somebody was last seen is written.
SEEN_AGAIN = timedelta(minutes=1)
# Of an account, from wherever: more wrong codes than this in a row, and it waits.
MOST_WRONG_CODES = 5
CODE_PAUSE = timedelta(minutes=15)
MOST_PASSKEYS = 10


class Kind(models.TextChoices):
    """Second factors, by the names that allauth stores."""

    APP = "totp", _("Authenticator app")
    PASSKEY = "webauthn", _("Passkey")
    CODES = "recovery_codes", _("Recovery codes")


# What protects an account; recovery codes only stand in for these.
FACTORS = (Kind.APP, Kind.PASSKEY)


class ResetReason(models.TextChoices):
    """Why a colleague's second factor was taken away by somebody else."""

    LOST = "lost", _("They lost the telephone or key")
    BROKEN = "broken", _("The telephone or key is broken")
    REPLACED = "replaced", _("They have a new one and cannot use the old")
    STOLEN = "stolen", _("The telephone or key was stolen")


class Ended(models.TextChoices):
    """Why a session ended, for the ledger."""

    IDLE = "idle", _("nothing was done for some time")
    AGE = "age", _("it was open for long")
    SELF = "self", _("its own colleague ended it")
    PASSWORD = "password", _("the password changed")
    ACCOUNT = "account", _("roles or account changed")
    FACTOR = "factor", _("the second factor changed")
    COLLEAGUE = "colleague", _("an administrator ended it")
